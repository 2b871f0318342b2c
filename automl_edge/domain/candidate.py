"""Search spaces, the task that they are asked to solve, and the candidates that they build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from automl_edge.domain.architecture import Architecture
from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.footprint import Footprint

Value = int | float | str | bool
Values = tuple[tuple[str, Value], ...]
Known = Mapping[Modality, Sequence[Mapping[str, Value]]]
"""Choices of well-known networks, the best first; what one leaves out is open, as wide as fits."""

T = TypeVar("T", int, float, str)


class HyperParameters(Protocol):
    """Where a space asks for its choices; the same name always means the same choice.

    Options are listed from small to large cost where they have such an order.
    """

    def choice(self, name: str, options: Sequence[T]) -> T:
        """One of ``options``."""

    def integer(self, name: str, low: int, high: int, step: int = 1) -> int:
        """A whole number from ``low`` to ``high``, both included."""

    def boolean(self, name: str) -> bool:
        """True or False."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """Pretrained weights of a whole network: its family, width and the side of its photos.

    ``family`` is one of ``domain/pretrained.py``, ``width`` the share of its paper's channels,
    ``size`` the side in pixels of the square photos that it was trained on.
    """

    family: str
    width: float
    size: int


@dataclass(frozen=True, slots=True)
class Task:
    """What a space needs to know about the data, and no more.

    ``seconds`` is the length of one classified stretch at most: for audio the clip
    length that the recordings suggest, for motion the longest window that nearly all
    recordings can fill; 0 for images. ``image_size`` is the median (height, width) of
    the photos and ``colour`` False when they are all grey. ``motion_offset`` and
    ``motion_multiplier`` go into MotionSpec as they are. ``backbones`` are the pretrained
    weights at hand.
    """

    modality: Modality
    classes: int
    seconds: float = 0.0
    rate_hz: float = 0.0
    image_size: tuple[int, int] = (0, 0)
    colour: bool = True
    motion_offset: tuple[int, ...] = ()
    motion_multiplier: tuple[int, ...] = ()
    backbones: tuple[Backbone, ...] = ()


@dataclass(frozen=True, slots=True)
class Design:
    """What a search space builds: a front end and a network for its output.

    Training starts with the weights of ``pretrained`` where it is given; what the design
    costs does not depend on it.
    """

    features: FeatureSpec
    architecture: Architecture
    pretrained: Backbone | None = None


class SearchSpace(Protocol):
    """One family of networks; a module of ``search_spaces/`` or the user's own file.

    A space file has these three at module level: ``NAME``, ``MODALITIES`` and ``build``. Two
    more may be there. ``PRETRAINED`` names the family of weights without which it has no designs:
    it is then only asked for tasks that have a backbone of that family. ``KNOWN`` has for a
    modality the choices, by name, of networks that are known to be good: the search begins with
    the first of which some size fits, as large as it fits.
    """

    NAME: str
    MODALITIES: tuple[Modality, ...]

    def build(self, hp: HyperParameters, task: Task) -> Design:
        """The design that the choices in ``hp`` describe; deterministic in them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A design with the choices that made it and what it is predicted to cost."""

    space: str
    values: Values
    design: Design
    footprint: Footprint
