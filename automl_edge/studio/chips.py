"""What kind of thing a target is, and a small picture of it."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib import resources

from automl_edge.domain.target import Target


class Kind(StrEnum):
    """What one buys."""

    CHIP = "chip"
    BOARD = "board"
    PHONE = "phone"


def kind_of(target: Target) -> Kind:
    """A bare core or chip, a board with one on it, or something with an operating system."""
    if "tflite" in target.exporters and "c" not in target.exporters:
        return Kind.PHONE
    return Kind.CHIP if target.name == target.core else Kind.BOARD


@cache
def picture(kind: Kind) -> str:
    """An SVG."""
    folder = resources.files("automl_edge.studio").joinpath("pictures")
    return folder.joinpath(f"{kind.value}.svg").read_text("utf-8")
