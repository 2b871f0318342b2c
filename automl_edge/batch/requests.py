"""What each job of a batch was asked for, so that a run is not taken for that of other options."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from automl_edge.batch.manifest import Job
from automl_edge.domain.run import FitSpec
from automl_edge.errors import RunDirectoryError
from automl_edge.export.write import write_file
from automl_edge.report.codec import dumps, to_json

NAME = "batch.json"

_NOT_COMPARED = ("out", "resume", "workers")


def note_requests(out: Path, jobs: Sequence[Job]) -> None:
    """Keep in ``out`` what ``jobs`` are asked for; raises EnvironmentProblem if that fails."""
    kept = {**_kept(out), **{job.name: _request(job.spec) for job in jobs}}
    write_file(out / NAME, (dumps(dict(sorted(kept.items()))) + "\n").encode())


def check_unchanged(out: Path, job: Job) -> None:
    """Raise RunDirectoryError if ``job`` was begun in ``out`` with other options."""
    before = _kept(out).get(job.name)
    if before is None or not job.spec.out.exists():
        return
    now = _request(job.spec)
    changed = [word for word in now if now[word] != before.get(word)]
    if changed:
        told = ", ".join(f"{word} was {_shown(before.get(word))}" for word in changed)
        raise RunDirectoryError(
            f"{job.spec.out} was begun with other options: {told}",
            "Remove that folder to fit it anew, or choose another --out.",
        )


def _kept(out: Path) -> dict[str, dict[str, Any]]:
    try:
        kept: dict[str, dict[str, Any]] = json.loads((out / NAME).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise RunDirectoryError(
            f"{out / NAME} cannot be read: {problem}", "Remove it, or choose another --out."
        ) from problem
    return kept


def _request(spec: FitSpec) -> dict[str, Any]:
    """``spec`` as JSON values, paths as seen from the batch's folder."""
    batch = spec.out.parent
    found = {}
    for field in fields(spec):
        value = getattr(spec, field.name)
        if field.name in _NOT_COMPARED:
            continue
        is_path = isinstance(value, Path)
        found[field.name] = to_json(_relative(value, batch) if is_path else value)
    return found


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def _shown(value: Any) -> str:
    return "not given" if value is None else str(value)
