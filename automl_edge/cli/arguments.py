"""The grammar of the command line. Nothing slow is imported here: ``--help`` answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn

from automl_edge.cli import shared_arguments as shared
from automl_edge.cli.values import backbone, natural, path, port, positive, seconds
from automl_edge.errors import UsageError

_DESCRIPTION = """\
Labelled photos, sounds or motion in; a proven int8 classifier in C for a microcontroller out.

DATA is a folder with one sub-folder for each class, or a zip of one. TARGET is a name that
`automl-edge targets` lists, or your own TOML file. Sizes are written 64K, 24KiB or 1M (K is
1024), times 50ms, 30s or 10m."""

_EXITS = """\
exit codes: 0 done, 2 usage, 3 data, 4 target or space, 5 nothing fits, 6 model file,
7 environment or disk, 8 run directory, 9 jobs of a batch failed, 130 interrupted,
1 a fault of automl-edge itself"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are UsageError, so that they can be told as JSON too."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of printing and leaving."""
        raise UsageError(message, f"Run `{self.prog} --help`.")


def parser() -> Parser:
    """The parser of all commands; the chosen one is in ``command``."""
    top = Parser(
        prog="automl-edge",
        description=_DESCRIPTION,
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="store_true", help="print the version and leave")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, (summary, fill) in _COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, description=_sentence(summary), allow_abbrev=False
        )
        fill(command)
        command.add_argument(
            "--json", action="store_true", help="print one JSON object on standard output"
        )
    return top


def _plan(command: Parser) -> None:
    shared.data(command)
    shared.chip(command)
    shared.limits(command)
    shared.samples(command)
    shared.choices(command)


def _fit(command: Parser) -> None:
    shared.data(command)
    shared.chip(command)
    shared.limits(command)
    command.add_argument(
        "--time-limit",
        type=seconds,
        metavar="TIME",
        help="whole time of the run, 10m unless --trials is given",
    )
    command.add_argument(
        "--trials", type=positive, metavar="N", help="how many candidates to train at most"
    )
    command.add_argument(
        "--workers",
        type=positive,
        default=1,
        metavar="N",
        help="how many candidates to train at a time, each in a process of its own; 1 unless given",
    )
    shared.samples(command)
    command.add_argument(
        "--test", type=path, metavar="DIR", help="a folder of its own for the test part"
    )
    shared.choices(command)
    shared.name(command)
    command.add_argument(
        "--out",
        type=path,
        metavar="DIR",
        help="the run directory, DATA-TARGET unless told otherwise",
    )
    command.add_argument(
        "--learnt",
        action="store_true",
        help="begin with what earlier runs here measured on the core; the result depends on them",
    )
    command.add_argument(
        "--resume", action="store_true", help="go on with the interrupted run in the run directory"
    )


def _pick(command: Parser) -> None:
    shared.run(command)
    command.add_argument(
        "--number", type=natural, metavar="N", help="a point of the front, by its number"
    )
    shared.limits(command)
    command.add_argument(
        "--data", type=path, metavar="DATA", help="where the run's data are now, if they moved"
    )
    command.add_argument(
        "--test", type=path, metavar="DIR", help="where its test folder is now, if it moved"
    )
    command.add_argument(
        "--backbone", type=backbone, metavar="PATH", help="where its weights are now, if they moved"
    )
    command.add_argument(
        "--out", type=path, metavar="DIR", help="where it goes, RUN-pick-N unless told otherwise"
    )


def _batch(command: Parser) -> None:
    command.add_argument(
        "manifest", type=path, metavar="JOBS.yaml", help="the jobs; docs/batch.md shows one"
    )
    command.add_argument(
        "--out",
        type=path,
        metavar="DIR",
        required=True,
        help="where each job gets a run directory, and the summary goes",
    )
    command.add_argument(
        "--jobs",
        type=positive,
        default=1,
        metavar="N",
        help="how many jobs to do at a time, each on its share of the cores; 1 unless given",
    )
    command.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="let a Ray cluster do them, one on this machine without ADDRESS",
    )


def _gui(command: Parser) -> None:
    command.add_argument(
        "--host",
        default="localhost",
        metavar="ADDRESS",
        help="where it listens, this computer alone unless given; elsewhere a token is asked for",
    )
    command.add_argument(
        "--port", type=port, metavar="N", help="its port, the first free one from 8501 unless given"
    )
    command.add_argument(
        "--folder", type=path, metavar="DIR", help="where it keeps its projects, yours unless given"
    )
    command.add_argument(
        "--no-browser", action="store_true", help="print the address and open no browser"
    )


def _profile(command: Parser) -> None:
    shared.model(command)
    shared.chip(command)
    shared.optimize(command)
    shared.row_bands(command)
    command.add_argument(
        "--html", type=path, metavar="FILE", help="write a page with the arena over time, too"
    )


def _compile(command: Parser) -> None:
    shared.model(command)
    shared.chip(command)
    shared.optimize(command)
    command.add_argument(
        "--out", type=path, metavar="DIR", required=True, help="where the C library goes"
    )
    shared.name(command)
    shared.row_bands(command)


def _evaluate(command: Parser) -> None:
    shared.run(command)
    shared.data(command)


def _predict(command: Parser) -> None:
    shared.run(command)
    command.add_argument("files", type=path, nargs="+", metavar="FILE", help="raw files")


def _check(command: Parser) -> None:
    shared.data(command)
    shared.samples(command)
    command.add_argument(
        "--test", type=path, metavar="DIR", help="a folder of its own for the test part"
    )


def _targets(command: Parser) -> None:
    command.add_argument("name", nargs="?", metavar="NAME", help="one target, figure by figure")


def _example(command: Parser) -> None:
    command.add_argument("name", metavar="NAME", help="digits, for one; a wrong name lists all")
    command.add_argument("folder", type=path, metavar="DIR", help="where the samples go")


_COMMANDS: dict[str, tuple[str, Callable[[Parser], None]]] = {
    "plan": ("before any training: what is feasible, built and measured", _plan),
    "fit": ("find, train and prove the best model that fits the chip", _fit),
    "pick": ("another point of a run's front, smaller or faster, without searching again", _pick),
    "batch": ("many fits from one file of jobs, and one table over them", _batch),
    "gui": ("the studio: all of this as a page in your browser", _gui),
    "profile": ("what any int8 .tflite takes, layer by layer, and what would help", _profile),
    "compile": ("any int8 .tflite to a C library", _compile),
    "evaluate": ("run the compiled C of a run on new labelled data", _evaluate),
    "predict": ("run the compiled C of a run on raw files", _predict),
    "check": ("what is in the data, and what is wrong with it", _check),
    "targets": ("chips and boards, their limits and where each figure comes from", _targets),
    "example": ("write real sample data to try it with", _example),
}


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
