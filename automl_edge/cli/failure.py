"""Failures as the user sees them: a sentence, what to do next, an exit code; never a traceback."""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from automl_edge.cli.layout import visible
from automl_edge.errors import AutomlEdgeError, EnvironmentProblem, Interrupted


class InternalError(AutomlEdgeError):
    """A fault of automl-edge itself."""

    code = 1
    kind = "internal"


_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EMFILE: "too many open files",
}


def explain(problem: BaseException) -> AutomlEdgeError:
    """``problem`` as an error for users; what nobody foresaw is written to a file and named."""
    if isinstance(problem, AutomlEdgeError):
        return problem
    if isinstance(problem, KeyboardInterrupt):
        return Interrupted("interrupted")
    if isinstance(problem, OSError) and problem.errno in _DISK:
        place = f": {problem.filename}" if problem.filename else ""
        return EnvironmentProblem(
            f"{_DISK[problem.errno]}{place}", "Free some space, or choose a folder of your own."
        )
    if isinstance(problem, MemoryError):
        return EnvironmentProblem("not enough memory", "Close other programs, or use less data.")
    return InternalError(
        f"stopped by {type(problem).__name__}: {_first_line(problem)}",
        f"This is a fault of ours. The details are in {_keep(problem)}",
    )


def tell(problem: AutomlEdgeError, as_json: bool) -> None:
    """Print ``problem``: JSON on standard output if asked for, else words on standard error."""
    if as_json:
        print(json.dumps(problem.as_json(), indent=2))
        return
    print(f"automl-edge: {_lines(problem.message)}", file=sys.stderr)
    if problem.hint:
        print(f"  {_lines(problem.hint)}", file=sys.stderr)


def _lines(text: str) -> str:
    return "\n  ".join(visible(line) for line in text.splitlines())


def _keep(problem: BaseException) -> Path:
    """Write the traceback where it can be found again."""
    text = "".join(traceback.format_exception(problem))
    name = f"traceback-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    path = _folder() / name
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
    return path


def _folder() -> Path:
    from automl_edge.device.toolchain import cache_folder

    try:
        folder = cache_folder()
    except EnvironmentProblem:
        return Path(tempfile.gettempdir())
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())


def _first_line(problem: BaseException) -> str:
    return (str(problem).splitlines() or [""])[0][:200]
