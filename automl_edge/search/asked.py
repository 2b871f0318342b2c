"""What a fit was asked for, as its journal keeps it, so that `pick` need not be told again.

Places are kept relative to the run directory: the two may be moved or copied together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from automl_edge.catalog import space_names, target_names
from automl_edge.domain.dataset import Modality
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.run import FitSpec
from automl_edge.errors import RunDirectoryError, UsageError
from automl_edge.ingest import SPLIT_NAME
from automl_edge.search.journal import Journal, read_journal

ASKED = "asked"
BACKBONE_WORDS = ("imagenet", "none")
"""What `--backbone` may say instead of naming a file."""


def check_asked(spec: FitSpec) -> None:
    """Raise UsageError unless what limits the search leaves something to do."""
    for name, limit in (("trials", spec.trials), ("time_limit", spec.time_limit)):
        if limit is not None and not limit > 0:
            raise UsageError(
                f"{name} is {limit:g}, and nothing can be trained in that",
                "Give a number above 0, or leave it out.",
            )


def note_asked(journal: Journal, spec: FitSpec) -> None:
    """Append what ``spec`` asks for, unless the journal's last word on it says the same."""
    record = _to_json(spec, journal.folder)
    before = [each for each in journal.records if each.get("record") == ASKED]
    if before[-1:] != [record]:
        journal.append(record)


def read_asked(folder: Path) -> FitSpec:
    """What the run in ``folder`` was last asked for, with places as they are now.

    A split that was given is the run's own copy of it. Raises RunDirectoryError without a
    journal, and for one that tells nothing of it or that cannot be read.
    """
    records = read_journal(folder)
    if not records:
        raise RunDirectoryError(
            f"{folder} holds no run: it has no journal",
            "Name a folder that `automl-edge fit` wrote; what was picked from a run is picked "
            "from there.",
        )
    asked = [record for record in records if record.get("record") == ASKED]
    if not asked:
        raise RunDirectoryError(
            f"{folder} is of an earlier version, which did not note where the data are",
            "Give the same `automl-edge fit` once more with --resume: it keeps what was trained.",
        )
    try:
        return _from_json(asked[-1], folder)
    except (KeyError, TypeError, ValueError) as problem:
        raise RunDirectoryError(
            f"the journal in {folder} holds a request that this version cannot read ({problem})",
            "Use the version that wrote it, or start a new run in another folder.",
        ) from problem


def _to_json(spec: FitSpec, folder: Path) -> dict[str, Any]:
    return {
        "record": ASKED,
        "data": _relative(spec.data, folder),
        "test": _relative(spec.test, folder) if spec.test else None,
        "split": spec.split is not None,
        "modality": spec.modality.value if spec.modality else None,
        "group_by": spec.group_by,
        "target": _named(spec.target, target_names(), folder),
        "flash": spec.flash,
        "ram": spec.ram,
        "latency_ms": spec.latency_ms,
        "space": _named(spec.space, space_names(), folder) if spec.space else None,
        "backbone": _backbone(spec, folder),
        "optimize": spec.optimize.value,
        "seed": spec.seed,
        "name": spec.name,
    }


def _from_json(record: Mapping[str, Any], folder: Path) -> FitSpec:
    def place(text: str) -> Path:
        return Path(os.path.normpath(folder.resolve() / text))

    def found(text: str, known: tuple[str, ...]) -> str:
        return text if text in known else str(place(text))

    return FitSpec(
        data=place(record["data"]),
        target=found(record["target"], target_names()),
        out=folder,
        flash=record["flash"],
        ram=record["ram"],
        latency_ms=record["latency_ms"],
        modality=Modality(record["modality"]) if record["modality"] else None,
        test=place(record["test"]) if record["test"] else None,
        split=folder / SPLIT_NAME if record["split"] else None,
        group_by=record["group_by"],
        space=found(record["space"], space_names()) if record["space"] else None,
        backbone=found(record["backbone"], BACKBONE_WORDS) if record["backbone"] else None,
        optimize=Optimize(record["optimize"]),
        seed=record["seed"],
        name=record["name"],
    )


def _backbone(spec: FitSpec, folder: Path) -> str | None:
    return _named(str(spec.backbone), BACKBONE_WORDS, folder) if spec.backbone else None


def _named(name_or_path: str, known: tuple[str, ...], folder: Path) -> str:
    """A name that ships with the project as it is, the user's own file by its place."""
    if name_or_path in known:
        return name_or_path
    return _relative(Path(name_or_path).expanduser(), folder)


def _relative(path: Path, folder: Path) -> str:
    """``path`` as seen from ``folder``; as it is where there is no way (Windows, other drives)."""
    try:
        return Path(os.path.relpath(path.absolute(), folder.resolve())).as_posix()
    except ValueError:
        return path.absolute().as_posix()
