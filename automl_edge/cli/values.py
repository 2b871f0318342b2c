"""Words of the command line as values, for argparse: what is wrong is an ArgumentTypeError."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from automl_edge.domain.dataset import Modality
from automl_edge.domain.optimize import Optimize, parse_optimize
from automl_edge.domain.units import parse_size, parse_time
from automl_edge.errors import UsageError

T = TypeVar("T")

_SYMBOL = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


def size(text: str) -> int:
    """Bytes in ``text``."""
    return _told(parse_size, text)


def seconds(text: str) -> float:
    """Seconds in ``text``."""
    return _told(parse_time, text)


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def natural(text: str) -> int:
    """A whole number of at least 0 that fits in 32 bits."""
    if not text.isascii() or not text.isdigit() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {2**32 - 1}")
    return int(text)


def path(text: str) -> Path:
    """A path; an empty one (an unset shell variable) is not the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def port(text: str) -> int:
    """A TCP port."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number from 1 to 65535")
    return int(text)


def backbone(text: str) -> str:
    """A path, "imagenet" or "none"; not empty."""
    return str(path(text))


def optimize(text: str) -> Optimize:
    """A wish by its name."""
    return _told(parse_optimize, text)


def modality(text: str) -> Modality:
    """A modality by its name."""
    try:
        return Modality(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(Modality)}") from None


def symbol(text: str) -> str:
    """A prefix for C names."""
    if not _SYMBOL.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} cannot begin C names: a letter, then at most 39 letters, digits or _"
        )
    return text


def pattern(text: str) -> str:
    """A regular expression."""
    try:
        re.compile(text)
    except re.error as problem:
        raise argparse.ArgumentTypeError(f"{text!r} is not a regex: {problem}") from None
    return text


def _told(parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except UsageError as problem:
        raise argparse.ArgumentTypeError(problem.message) from None
