"""The grammar of the command line. Nothing slow is imported here: ``--help`` answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn

from automl_edge.cli.values import (
    backbone,
    modality,
    natural,
    optimize,
    path,
    pattern,
    port,
    positive,
    seconds,
    size,
    symbol,
)
from automl_edge.domain.dataset import Modality
from automl_edge.domain.optimize import Optimize
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
    _data(command)
    _chip(command)
    _limits(command)
    _samples(command)
    _choices(command)


def _fit(command: Parser) -> None:
    _data(command)
    _chip(command)
    _limits(command)
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
    _samples(command)
    command.add_argument(
        "--test", type=path, metavar="DIR", help="a folder of its own for the test part"
    )
    _choices(command)
    _name(command)
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
    _run(command)
    command.add_argument(
        "--number", type=natural, metavar="N", help="a point of the front, by its number"
    )
    _limits(command)
    command.add_argument(
        "--data", type=path, metavar="DATA", help="where the run's data are now, if they moved"
    )
    command.add_argument(
        "--test", type=path, metavar="DIR", help="where its test folder is now, if it moved"
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
    _model(command)
    _chip(command)
    _optimize(command)
    _row_bands(command)
    command.add_argument(
        "--html", type=path, metavar="FILE", help="write a page with the arena over time, too"
    )


def _compile(command: Parser) -> None:
    _model(command)
    _chip(command)
    _optimize(command)
    command.add_argument(
        "--out", type=path, metavar="DIR", required=True, help="where the C library goes"
    )
    _name(command)
    _row_bands(command)


def _row_bands(command: Parser) -> None:
    command.add_argument(
        "--row-bands",
        action="store_true",
        help="compute the layers that need the most RAM a few rows at a time: more flash and "
        "up to a third more cycles",
    )


def _evaluate(command: Parser) -> None:
    _run(command)
    _data(command)


def _predict(command: Parser) -> None:
    _run(command)
    command.add_argument("files", type=path, nargs="+", metavar="FILE", help="raw files")


def _check(command: Parser) -> None:
    _data(command)
    _samples(command)
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


def _data(command: Parser) -> None:
    command.add_argument(
        "data", type=path, metavar="DATA", help="a folder of class folders, or a zip of one"
    )


def _model(command: Parser) -> None:
    command.add_argument("model", type=path, metavar="MODEL.tflite", help="an int8 model")


def _run(command: Parser) -> None:
    command.add_argument("run", type=path, metavar="RUN", help="a folder that `fit` wrote")


def _chip(command: Parser) -> None:
    command.add_argument(
        "--target", required=True, metavar="TARGET", help="a chip, a board or a TOML file"
    )


def _limits(command: Parser) -> None:
    command.add_argument("--flash", type=size, metavar="SIZE", help="flash for the model at most")
    command.add_argument("--ram", type=size, metavar="SIZE", help="RAM for the model at most")
    command.add_argument(
        "--latency", type=seconds, metavar="TIME", help="time of one classification at most"
    )


def _samples(command: Parser) -> None:
    command.add_argument(
        "--modality",
        type=modality,
        metavar="M",
        help=f"{', '.join(Modality)}; found out unless given",
    )
    command.add_argument(
        "--split", type=path, metavar="FILE", help="a split.csv that says each sample's part"
    )
    command.add_argument(
        "--group-by",
        type=pattern,
        metavar="REGEX",
        help="what in a sample's path names its speaker, subject or device",
    )


def _choices(command: Parser) -> None:
    _optimize(command)
    command.add_argument(
        "--space", metavar="NAME|FILE", help="one family of networks; all that suit unless given"
    )
    command.add_argument(
        "--backbone",
        type=backbone,
        metavar="PATH|imagenet|none",
        help="pretrained weights for photos: a Keras .h5 file or a folder of them; ImageNet's, "
        "downloaded once, unless given here or in AUTOML_EDGE_BACKBONE",
    )
    command.add_argument(
        "--seed", type=natural, default=1, metavar="N", help="of all random choices, 1 unless given"
    )


def _optimize(command: Parser) -> None:
    command.add_argument(
        "--optimize",
        type=optimize,
        default=Optimize.BALANCED,
        metavar="WISH",
        help=f"{', '.join(Optimize)}; size takes the smaller portable kernels; of networks "
        "whose accuracies cannot be told apart, fit takes the smallest or the fastest",
    )


def _name(command: Parser) -> None:
    command.add_argument(
        "--name",
        type=symbol,
        default="model",
        metavar="SYMBOL",
        help="prefix of the C library's names, model unless given",
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
