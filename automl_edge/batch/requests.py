"""What each job of a batch was asked for, so that a run is not taken for that of other options or
other data."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from automl_edge.batch.manifest import Job
from automl_edge.domain.run import FitSpec
from automl_edge.errors import DataError, RunDirectoryError
from automl_edge.export.write import write_file
from automl_edge.ingest.scan import GROUPS_FILE, list_folder
from automl_edge.report.codec import dumps, to_json

NAME = "batch.json"

_CONTENT = "content"
_NOT_COMPARED = ("out", "resume", "workers")


def note_requests(out: Path, jobs: Sequence[Job]) -> None:
    """Keep in ``out`` what ``jobs`` are asked for; raises EnvironmentProblem if that fails."""
    asked = {job.name: {**_request(job.spec), _CONTENT: _digest(job.spec)} for job in jobs}
    kept = {**_kept(out), **asked}
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


def check_same_data(out: Path, job: Job) -> None:
    """Raise RunDirectoryError if the data of ``job`` are not what they were when it was begun.

    Data that are no longer there say nothing.
    """
    before = _kept(out).get(job.name, {}).get(_CONTENT)
    now = _digest(job.spec) if before is not None else None
    if now is not None and now != before:
        raise RunDirectoryError(
            f"{job.spec.data} has changed since {job.spec.out} was made from it",
            "Remove that folder to fit it anew, or choose another --out.",
        )


def _digest(spec: FitSpec) -> str | None:
    """Of the names and bytes of all that is read; None for what cannot be, of which the fit
    tells."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        for source in (spec.data, spec.test, spec.split):
            for name, file in _files(source):
                with file.open("rb") as content:
                    own = hashlib.file_digest(content, "blake2b").hexdigest()
                digest.update(f"{name}\0{own}\0".encode())
    except (OSError, DataError):
        return None
    return digest.hexdigest()


def _files(source: Path | None) -> list[tuple[str, Path]]:
    if source is None:
        return []
    if not source.is_dir():
        return [("", source)]
    groups = source / GROUPS_FILE
    listed = [(entry.path, entry.file) for entry in list_folder(source).entries]
    return listed + ([(GROUPS_FILE, groups)] if groups.exists() else [])


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
