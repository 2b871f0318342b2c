"""What was learnt from measured models, kept in the cache between runs.

One small JSON file for each core, kernel set and state of what predictions and measurements
are made of: another cost table, kernel, cycle table or compiler is another file, so that
nothing stale is ever applied. Files are replaced whole, under a lock, and what two runs add
at the same time is there afterwards, whoever was first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from automl_edge.costs.correction import NO_CORRECTIONS, Corrections, MeasuredModel, Share
from automl_edge.device import toolchain
from automl_edge.device.cycle_table import cycle_table
from automl_edge.domain.target import Target
from automl_edge.errors import EnvironmentProblem

FORMAT = 1
LOCK_SECONDS = 10.0
_PACKAGE = Path(__file__).resolve().parents[1]


def read_kept(target: Target) -> tuple[Corrections, str]:
    """What earlier runs learnt for the target's core and kernel set, and a note if what they
    kept is damaged and was left out (else empty). No toolchain, nothing measured, nothing kept.
    """
    if target.toolchain is None:
        return NO_CORRECTIONS, ""
    file = kept_file(target)
    try:
        return from_json(json.loads(file.read_text(encoding="utf-8"))), ""
    except FileNotFoundError:
        return NO_CORRECTIONS, ""
    except (OSError, ValueError, KeyError, TypeError) as problem:
        return NO_CORRECTIONS, (
            f"what earlier runs learnt about the predictor is left out: {file} is damaged "
            f"({type(problem).__name__}); it will be written anew"
        )


def keep(target: Target, models: Sequence[MeasuredModel]) -> str:
    """Add what ``models`` taught; a note if that was not possible (else empty).

    A fit is not given up because its lessons cannot be kept.
    """
    if target.toolchain is None or not models:
        return ""
    file = kept_file(target)
    lock = FileLock(file.with_name(f"{target.core}.{target.kernels.value}.lock"), LOCK_SECONDS)
    try:
        with lock, toolchain.scratch_folder() as folder:
            merged = read_kept(target)[0].learnt(*models)
            draft = folder / "learnt"
            draft.write_text(json.dumps(to_json(merged), indent=1) + "\n", encoding="utf-8")
            draft.replace(file)
    except (EnvironmentProblem, Timeout, OSError) as problem:
        return f"what was learnt about the predictor could not be kept: {problem}"
    return ""


def kept_file(target: Target) -> Path:
    """Where corrections for the target's core and kernel set lie in the cache."""
    key = _state(target.core, target.kernels.value)
    return toolchain.cache_folder() / f"{target.core}.{target.kernels.value}-{key}.learnt"


def to_json(corrections: Corrections) -> dict[str, Any]:
    """``corrections`` as JSON data; the factors stand there for readers."""
    return {
        "format": FORMAT,
        "factors": dict(corrections.factors),
        "models": [model_to_json(model) for model in corrections.models],
    }


def from_json(data: Mapping[str, Any]) -> Corrections:
    """Reads what ``to_json`` made; raises ValueError, KeyError or TypeError for other data."""
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']!r}, not {FORMAT}")
    return Corrections(tuple(model_from_json(model) for model in data["models"]))


def model_to_json(model: MeasuredModel) -> dict[str, Any]:
    """``model`` as JSON data."""
    return asdict(model)


def model_from_json(data: Mapping[str, Any]) -> MeasuredModel:
    """Reads what ``model_to_json`` made; raises ValueError, KeyError or TypeError otherwise."""
    shares = tuple(
        Share(str(each["kind"]), float(each["predicted"]), float(each["measured"]))
        for each in data["shares"]
    )
    if any(not (share.predicted >= 0 and share.measured >= 0) for share in shares):
        raise ValueError("a share is not a number above 0")
    return MeasuredModel(str(data["key"]), shares)


@lru_cache(maxsize=32)
def _state(core: str, kernels: str) -> str:
    """A hash of all that predicted and measured cycles of a core and kernel set depend on."""
    sets = (_PACKAGE / "csrc" / "kernels" / name for name in ("portable", kernels))
    folders = (*sets, _PACKAGE / "csrc" / "frontend", _PACKAGE / "csrc" / "include")
    files: Iterable[Path] = (
        *(_PACKAGE / "costs").glob("*.py"),
        _PACKAGE / "costs" / f"{core}.{kernels}.toml",
        *(file for folder in folders for file in folder.rglob("*.[ch]")),
    )
    made = {file.relative_to(_PACKAGE).as_posix(): file.read_bytes() for file in files}
    cycles = json.dumps(cycle_table(core).as_request())
    return toolchain.content_key(made, cycles, toolchain.zig_version())
