"""The one C compiler: zig from its pip package, or what AUTOML_EDGE_CC names.

Shared libraries for the host are cached by the hash of their sources, flags and
compiler, and appear in the cache atomically, so that any number of processes may ask
for the same one.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from automl_edge.domain.bundle import Bundle
from automl_edge.errors import EnvironmentProblem, TargetError

WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror")
CACHED_FILES = 4000
"""A fit leaves some fifty small files; this many are about 150 MB."""

CACHED_SUFFIXES = frozenset((".so", ".dll", ".o", ".elf", ".run", ".learnt"))
DAY_S = 86_400
UBSAN = ("-fsanitize=undefined", "-fsanitize-trap=undefined")
_SHOWN_LINES = 8
_UNKNOWN_CPU = re.compile(r"unknown CPU: '(?P<name>[^']*)'")


@lru_cache(maxsize=1)
def compiler() -> tuple[str, ...]:
    """Command line of the C compiler; raises EnvironmentProblem if there is none."""
    override = os.environ.get("AUTOML_EDGE_CC")
    return tuple(shlex.split(override)) if override else zig()


@lru_cache(maxsize=1)
def zig() -> tuple[str, ...]:
    """Command line of zig's C compiler, which alone links firmware; raises EnvironmentProblem."""
    package = find_spec("ziglang")
    if package is None or package.origin is None:
        raise EnvironmentProblem(
            "no C compiler: the ziglang package is missing",
            "Run `pip install ziglang`, or name a compiler for this machine in AUTOML_EDGE_CC.",
        )
    program = Path(package.origin).with_name("zig.exe" if os.name == "nt" else "zig")
    return (str(program), "cc")


@lru_cache(maxsize=1)
def compiler_version() -> str:
    """Name and version of the compiler, for reports and cache keys."""
    if os.environ.get("AUTOML_EDGE_CC"):
        shown = subprocess.run(
            [*compiler(), "--version"], capture_output=True, text=True, check=False
        )
        return shown.stdout.partition("\n")[0] or " ".join(compiler())
    return zig_version()


def zig_version() -> str:
    """Name and version of zig; needs it installed."""
    zig()
    return f"zig {metadata.version('ziglang')}"


def cache_folder() -> Path:
    """Where built libraries and measurements are kept; AUTOML_EDGE_CACHE moves it."""
    named = os.environ.get("AUTOML_EDGE_CACHE")
    folder = Path(named) if named else Path(platformdirs.user_cache_dir("automl-edge", False))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot write to the cache folder {folder}: {problem.strerror}",
            "Set AUTOML_EDGE_CACHE to a folder that you can write to.",
        ) from problem
    return folder


@lru_cache(maxsize=1)
def tidy_cache(most: int = CACHED_FILES) -> int:
    """Remove the cached files that were used longest ago, beyond ``most``; how many went.

    Looks once a process. Folders that a killed process was building in go after a day.
    """
    found = []
    for entry in cache_folder().iterdir():
        with suppress(FileNotFoundError):  # another process may be tidying or building
            found.append((entry.stat().st_mtime, entry))
    files = sorted(item for item in found if item[1].suffix in CACHED_SUFFIXES)
    surplus = [entry for _, entry in files[: max(len(files) - most, 0)]]
    for entry in surplus:
        entry.unlink(missing_ok=True)
    yesterday = time.time() - DAY_S
    for used, entry in found:
        if entry.is_dir() and entry.name.startswith("tmp") and used < yesterday:
            shutil.rmtree(entry, ignore_errors=True)
    return len(surplus)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder beside the cache for building in, gone afterwards; EnvironmentProblem if the
    disk is full or refuses."""
    try:
        with tempfile.TemporaryDirectory(dir=cache_folder()) as name:
            yield Path(name)
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot build in the cache folder {cache_folder()}: {problem.strerror or problem}",
            "Free some space there, or set AUTOML_EDGE_CACHE to another folder.",
        ) from problem


def content_key(sources: Bundle, *extra: str) -> str:
    """A short hash of file names, contents and ``extra``."""
    digest = hashlib.sha256("\0".join(extra).encode())
    for path in sorted(sources):
        digest.update(f"\0{path}\0{len(sources[path])}\0".encode())
        digest.update(sources[path])
    return digest.hexdigest()[:24]


def write_sources(sources: Bundle, folder: Path) -> None:
    """Write a bundle below ``folder`` for the compiler to read."""
    for path, content in sources.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def run_compiler(
    arguments: Sequence[str], folder: Path, command_line: Sequence[str] | None = None
) -> None:
    """Run the compiler in ``folder``; raises EnvironmentProblem with its own words, and
    TargetError for a CPU that it does not know.

    ``command_line`` is ``compiler()`` unless given.
    """
    command = [*(command_line or compiler()), *arguments]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot start the C compiler {command[0]}: {problem}"
        ) from problem
    if unknown := _UNKNOWN_CPU.search(done.stderr):
        raise TargetError(
            f"the C compiler does not know the core {unknown['name']!r}",
            "Check cpu under [toolchain] in the target's file; zig's names have underscores, as "
            "in cortex_m4.",
        )
    if done.returncode != 0 or done.stderr.strip():
        raise EnvironmentProblem(
            f"the C compiler failed on {' '.join(arguments[-3:])}:\n{_complaint(done.stderr)}",
            "If AUTOML_EDGE_CC is set, unset it to use the compiler that was tested; if the "
            "target is a file of yours, check its toolchain.",
        )


def _complaint(said: str) -> str:
    """The first lines with an error in what a compiler said, or else its first lines."""
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line]
    return "\n".join((errors or lines)[:_SHOWN_LINES])


def build_shared(sources: Bundle, flags: Sequence[str] = ("-O2",)) -> Path:
    """Path of a host shared library made of every ``.c`` file in ``sources``.

    Headers are found at the root of the bundle. Compiled with the project's warnings as
    errors; the same sources and flags are compiled once per machine.
    """
    # A symbol that is missing is told now, not when the library is loaded.
    complete = ("-Wl,-z,defs",) if sys.platform == "linux" else ()
    key = content_key(sources, *flags, *WARNINGS, *complete, compiler_version(), sys.platform)
    suffix = ".dll" if os.name == "nt" else ".so"
    library = cache_folder() / f"{key}{suffix}"
    if library.exists():
        library.touch()  # used: tidy_cache drops what was not, longest ago first
        return library
    tidy_cache()
    with scratch_folder() as folder:
        write_sources(sources, folder)
        units = sorted(path for path in sources if path.endswith(".c"))
        built = f"built{suffix}"
        options = (*flags, *WARNINGS, *complete, "-fPIC", "-shared", "-I.")
        run_compiler([*options, *units, "-o", built], folder)
        (folder / built).replace(library)
    return library
