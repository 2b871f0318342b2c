"""``main``: parse, run one command, print its answer, and turn what went wrong into words."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress

from automl_edge.cli.arguments import parser
from automl_edge.cli.failure import explain, tell
from automl_edge.errors import AutomlEdgeError, UsageError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line ``arguments`` (the process's own unless given); the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(words)
    except BrokenPipeError:
        _discard_output()  # the reader, `head` perhaps, has seen enough
        return 0
    except (Exception, KeyboardInterrupt) as problem:
        return _fail(explain(problem), as_json="--json" in words)


def _fail(failure: AutomlEdgeError, as_json: bool) -> int:
    """Tell ``failure``, on standard error if standard output takes nothing; its exit code."""
    try:
        tell(failure, as_json)
        sys.stdout.flush()
    except OSError:
        _discard_output()
        if as_json:
            with suppress(OSError):
                tell(failure, as_json=False)
    return failure.code


def _discard_output() -> None:
    """Send what is left in standard output's buffer nowhere: the flush at exit must not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _open_closed_streams() -> None:
    """Open what a shell's ``>&-`` closed, or the next file opened would take its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115 - kept open on purpose


def _run(words: list[str]) -> int:
    try:
        options = parser().parse_args(words)
    except SystemExit as done:  # argparse has printed the help
        return int(done.code or 0)
    if options.version:
        from automl_edge.version import __version__

        print(f"automl-edge {__version__}")
        return 0
    if options.command is None:
        raise UsageError("no command given", "Run `automl-edge --help`.")
    from automl_edge.cli.commands import run_command

    with _standard_output_kept():
        answer = run_command(options)
    if options.json and answer.failure is None:
        from automl_edge.report.codec import dumps

        print(dumps(answer.value))
    elif not options.json:
        print("\n".join(answer.lines))
    sys.stdout.flush()
    if answer.failure is not None:
        raise answer.failure
    return 0


@contextmanager
def _standard_output_kept() -> Iterator[None]:
    """Whatever a library prints meanwhile, from Python or from C, goes to standard error.

    Standard output is for the answer alone: with ``--json`` a single stray line would
    spoil it.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _flush_c_streams()
        os.dup2(kept, 1)
        os.close(kept)


def _flush_c_streams() -> None:
    """What C code printed into a buffer must leave it before standard output is itself again."""
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)
