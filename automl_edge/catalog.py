"""Finds targets and search spaces: those that ship with the project, and the user's own files.

Wherever a name is asked for, a path to a file works as well.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
import zlib
from collections.abc import Collection
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import cast

from automl_edge.domain.candidate import SearchSpace
from automl_edge.domain.dataset import Modality
from automl_edge.domain.pretrained import FAMILIES
from automl_edge.domain.target import Target
from automl_edge.errors import TargetError
from automl_edge.target_file import TargetReader, nearest, read_toml

_PACKAGE = Path(__file__).resolve().parent


def target_names() -> tuple[str, ...]:
    """Names of the targets that ship with the project, sorted."""
    return tuple(sorted(path.stem for path in _folder("targets").glob("*.toml")))


def space_names() -> tuple[str, ...]:
    """Names of the search spaces that ship with the project, sorted."""
    return tuple(sorted(path.stem for path in _folder("search_spaces").glob("*.py")))


def load_target(name_or_path: str) -> Target:
    """The target of that name, or described by the TOML file at that path.

    Raises TargetError for an unknown name (the nearest valid one is told), an unreadable
    file, an unknown key or an impossible value.
    """
    file = _find(name_or_path, "targets", ".toml", target_names())
    chain = _ancestry(file)
    root = chain[-1][0]
    if root.parent != _folder("targets"):
        raise TargetError(
            f"{root} does not say which core it has",
            'Start it with a line such as inherits = "cortex-m4".',
        )
    merged = {key: value for _, table in reversed(chain) for key, value in table.items()}
    return TargetReader(name=file.stem, core=root.stem, file=file, table=merged).read()


def load_space(name_or_path: str) -> SearchSpace:
    """The search space of that name, or defined by the Python file at that path.

    Raises TargetError for an unknown name, and for a file that cannot be loaded or lacks
    ``NAME``, ``MODALITIES`` or ``build``; the message has the line of the user's file.
    """
    file = _find(name_or_path, "search_spaces", ".py", space_names())
    return _load_space(file, file.stat().st_mtime_ns)


def spaces_for(modality: Modality, families: Collection[str] = ()) -> tuple[SearchSpace, ...]:
    """All search spaces of the project that suit ``modality``, by name.

    Those that start from pretrained weights are left out unless ``families`` has theirs.
    """
    spaces = (load_space(name) for name in space_names())
    return tuple(
        space
        for space in spaces
        if modality in space.MODALITIES and pretrained_family(space) in (None, *families)
    )


def pretrained_family(space: SearchSpace) -> str | None:
    """The family of weights that the designs of ``space`` start from; None: from scratch."""
    family: str | None = getattr(space, "PRETRAINED", None)
    return family


def line_of_error(problem: BaseException, file: str) -> str:
    """Where in ``file`` an exception arose, as ``FILE, line N``; the file alone if elsewhere."""
    if isinstance(problem, SyntaxError) and problem.filename == file:
        return f"{file}, line {problem.lineno}"
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(problem.__traceback__)
        if frame.filename == file
    ]
    return f"{file}, line {lines[-1]}" if lines else file


def _folder(kind: str) -> Path:
    """Inside the package in a wheel, next to it in a checkout."""
    inside = _PACKAGE / kind
    return inside if inside.is_dir() else _PACKAGE.parent / kind


def _find(name_or_path: str, kind: str, suffix: str, known: tuple[str, ...]) -> Path:
    if name_or_path in known:
        return _folder(kind) / f"{name_or_path}{suffix}"
    path = Path(name_or_path).expanduser()
    if path.suffix == suffix or len(path.parts) > 1:
        if path.is_file():
            return path.resolve()
        raise TargetError(f"there is no file {name_or_path}", nearest(path.stem, known))
    noun = "target" if kind == "targets" else "search space"
    raise TargetError(f"there is no {noun} named {name_or_path!r}", nearest(name_or_path, known))


def _ancestry(file: Path) -> list[tuple[Path, dict[str, object]]]:
    """The file and what it inherits from, the file itself first, each with its own keys."""
    chain: list[tuple[Path, dict[str, object]]] = []
    current: Path | None = file
    while current is not None:
        if any(current == seen for seen, _ in chain):
            raise TargetError(
                f"{file} inherits from itself", "Inherit from a core such as cortex-m4."
            )
        table = dict(read_toml(current))
        parent = table.pop("inherits", None)
        chain.append((current, table))
        current = _parent(parent, current)
    return chain


def _parent(name: object, child: Path) -> Path | None:
    if name is None:
        return None
    if not isinstance(name, str):
        raise TargetError(
            f"{child}: inherits must be a name or a path, not {name!r}",
            'Write a line such as inherits = "cortex-m4".',
        )
    known = target_names()
    if name not in known:
        beside = (child.parent / name).resolve()
        if beside.is_file():
            return beside
        raise TargetError(f"{child}: there is no target {name!r} to inherit", nearest(name, known))
    return _folder("targets") / f"{name}.toml"


class _Loader(SourceFileLoader):
    """Compiles afresh each time, so that no bytecode is left beside the user's file."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


@lru_cache(maxsize=64)
def _load_space(file: Path, modified: int) -> SearchSpace:
    """Loaded once for each time ``modified`` (nanoseconds) that the file has had."""
    del modified
    module = _run_file(file)
    for wanted, kind in (("NAME", str), ("MODALITIES", tuple)):
        if not isinstance(getattr(module, wanted, None), kind):
            raise TargetError(
                f"{file} is not a search space: it has no {wanted} ({kind.__name__})",
                'It needs NAME = "...", MODALITIES = (Modality....,) and build(hp, task).',
            )
    family = getattr(module, "PRETRAINED", None)
    if family not in (None, *FAMILIES):
        raise TargetError(
            f"{file}: there is no family of pretrained weights {family!r}",
            f"PRETRAINED is one of {', '.join(FAMILIES)}, or left out.",
        )
    if not callable(getattr(module, "build", None)):
        raise TargetError(
            f"{file} is not a search space: it has no function build",
            "Define build(hp, task) that returns a Design.",
        )
    if not all(isinstance(one, Modality) for one in module.MODALITIES) or not module.MODALITIES:
        raise TargetError(f"{file}: MODALITIES must hold members of Modality, at least one")
    known = getattr(module, "KNOWN", {})
    if not isinstance(known, dict) or not all(map(_is_networks, known.values())):
        raise TargetError(
            f"{file}: KNOWN must hold, for a modality, networks as choices by their names",
            'An example: KNOWN = {Modality.AUDIO: ({"filters": 64},)}. It may be left out.',
        )
    return cast(SearchSpace, module)


def _is_networks(networks: object) -> bool:
    return isinstance(networks, tuple) and all(isinstance(one, dict) for one in networks)


def _run_file(file: Path) -> ModuleType:
    """Import a space by its path, under a name of its own; dataclasses need it registered."""
    name = f"automl_edge_space_{file.stem}_{zlib.crc32(str(file).encode()):x}"
    loader = _Loader(name, str(file))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None  # a loader was given
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except (Exception, SystemExit) as problem:
        del sys.modules[name]
        place = line_of_error(problem, str(file))
        raise TargetError(
            f"{place}: {type(problem).__name__}: {problem}", "Correct the search space's file."
        ) from problem
    return module
