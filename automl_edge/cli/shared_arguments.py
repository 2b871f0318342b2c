"""Arguments that several commands take, each added in one place."""

from __future__ import annotations

from argparse import ArgumentParser

from automl_edge.cli import values
from automl_edge.domain.dataset import Modality
from automl_edge.domain.optimize import Optimize


def data(command: ArgumentParser) -> None:
    """The samples."""
    command.add_argument(
        "data", type=values.path, metavar="DATA", help="a folder of class folders, or a zip of one"
    )


def model(command: ArgumentParser) -> None:
    """A ``.tflite``."""
    command.add_argument("model", type=values.path, metavar="MODEL.tflite", help="an int8 model")


def run(command: ArgumentParser) -> None:
    """A finished run."""
    command.add_argument("run", type=values.path, metavar="RUN", help="a folder that `fit` wrote")


def chip(command: ArgumentParser) -> None:
    """The chip that all is made for."""
    command.add_argument(
        "--target", required=True, metavar="TARGET", help="a chip, a board or a TOML file"
    )


def limits(command: ArgumentParser) -> None:
    """Limits below the chip's own."""
    command.add_argument(
        "--flash", type=values.size, metavar="SIZE", help="flash for the model at most"
    )
    command.add_argument(
        "--ram", type=values.size, metavar="SIZE", help="RAM for the model at most"
    )
    command.add_argument(
        "--latency", type=values.seconds, metavar="TIME", help="time of one classification at most"
    )


def samples(command: ArgumentParser) -> None:
    """How samples are read and parted."""
    command.add_argument(
        "--modality",
        type=values.modality,
        metavar="M",
        help=f"{', '.join(Modality)}; found out unless given",
    )
    command.add_argument(
        "--split", type=values.path, metavar="FILE", help="a split.csv that says each sample's part"
    )
    command.add_argument(
        "--group-by",
        type=values.pattern,
        metavar="REGEX",
        help="what in a sample's path names its speaker, subject or device",
    )


def choices(command: ArgumentParser) -> None:
    """What may be chosen from, and by which chance."""
    optimize(command)
    command.add_argument(
        "--space", metavar="NAME|FILE", help="one family of networks; all that suit unless given"
    )
    command.add_argument(
        "--backbone",
        type=values.backbone,
        metavar="PATH|imagenet|none",
        help="pretrained weights for photos: a Keras .h5 file or a folder of them; ImageNet's, "
        "downloaded once, unless given here or in AUTOML_EDGE_BACKBONE",
    )
    command.add_argument(
        "--seed",
        type=values.natural,
        default=1,
        metavar="N",
        help="of all random choices, 1 unless given",
    )


def optimize(command: ArgumentParser) -> None:
    """What is wanted most."""
    command.add_argument(
        "--optimize",
        type=values.optimize,
        default=Optimize.BALANCED,
        metavar="WISH",
        help=f"{', '.join(Optimize)}; size takes the smaller portable kernels; of networks "
        "whose accuracies cannot be told apart, fit takes the smallest or the fastest",
    )


def name(command: ArgumentParser) -> None:
    """What the C is called."""
    command.add_argument(
        "--name",
        type=values.symbol,
        default="model",
        metavar="SYMBOL",
        help="prefix of the C library's names, model unless given",
    )


def row_bands(command: ArgumentParser) -> None:
    """Less memory for more flash."""
    command.add_argument(
        "--row-bands",
        action="store_true",
        help="compute the layers that need the most RAM a few rows at a time: more flash and "
        "up to a third more cycles",
    )
