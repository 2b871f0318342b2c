"""``report.json`` on disk: checked against its schema on the way out and on the way in."""

from __future__ import annotations

import json
import os
from functools import cache
from importlib import resources
from pathlib import Path

from automl_edge.errors import EnvironmentProblem, RunDirectoryError
from automl_edge.report.codec import Json, dumps, from_json, to_json
from automl_edge.report.html import render
from automl_edge.report.model import Report
from automl_edge.report.profile import ProfileResult
from automl_edge.report.profile_html import render_profile

JSON_NAME = "report.json"
HTML_NAME = "report.html"
SCHEMA_NAME = "report.schema.json"


@cache
def schema() -> Json:
    """The published JSON Schema (2020-12) of ``report.json``."""
    text = resources.files("automl_edge.report").joinpath(SCHEMA_NAME).read_text("utf-8")
    return json.loads(text)


def write_report(report: Report, folder: Path) -> None:
    """Write ``report.json`` and ``report.html`` into ``folder``, each complete or not at all.

    Raises jsonschema.ValidationError if the report is not what the schema promises, which
    is a fault of ours, and EnvironmentProblem if the disk refuses.
    """
    _check(to_json(report))
    _write(folder / JSON_NAME, dumps(report) + "\n")
    _write(folder / HTML_NAME, render(report))


def write_profile(result: ProfileResult, path: Path) -> None:
    """Write the page of ``result`` to ``path``; raises EnvironmentProblem if the disk refuses."""
    _write(path, render_profile(result))


def read_report(folder: Path) -> Report:
    """The report of the run in ``folder``; raises RunDirectoryError if there is no sound one."""
    from jsonschema import ValidationError

    path = folder / JSON_NAME
    try:
        data = json.loads(path.read_text("utf-8"))
        _check(data)
    except FileNotFoundError:
        raise RunDirectoryError(
            f"{folder} is not a finished run: it has no {JSON_NAME}",
            "Name a folder that `automl-edge fit` wrote, or finish it with `fit --resume`.",
        ) from None
    except OSError as problem:
        raise RunDirectoryError(
            f"cannot read {path}: {problem.strerror}", "Check that the file may be read."
        ) from problem
    except (ValueError, ValidationError) as problem:
        raise RunDirectoryError(
            f"{path} is damaged or of another version: {_first_line(problem)}",
            "Run `automl-edge fit` again with this version.",
        ) from problem
    return from_json(Report, data)


def _check(data: Json) -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator(schema()).validate(data)


def _write(path: Path, text: str) -> None:
    """Atomically; a name that is not valid UTF-8 is written with backslashes."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8", errors="backslashreplace")
        draft.replace(path)
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise EnvironmentProblem(
            f"cannot write {path}: {problem.strerror}",
            "Free some space, or choose another place.",
        ) from problem


def _first_line(problem: Exception) -> str:
    return str(getattr(problem, "message", problem)).partition("\n")[0][:200]
