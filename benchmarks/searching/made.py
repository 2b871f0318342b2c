"""What a method is given, what it makes of it, and what the C of that answers."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from searching.runs import Key, budget_of, target

from automl_edge.cost import describe_architecture, footprint
from automl_edge.device.measure import measure
from automl_edge.domain.candidate import Design
from automl_edge.domain.dataset import Dataset, Part
from automl_edge.domain.footprint import Footprint
from automl_edge.domain.target import Budget, Target
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Origin
from automl_edge.material import Material
from automl_edge.verify import Classifier
from automl_edge.version import __version__

Course = tuple[tuple[float, float], ...]
"""(seconds since the run began, best validation accuracy so far), where it rose."""


class BestSoFar:
    """Keeps when the best validation accuracy rose."""

    def __init__(self) -> None:
        self._course: list[tuple[float, float]] = []

    def note(self, seconds: float, accuracy: float) -> None:
        """A network of ``accuracy`` was there after ``seconds``."""
        rounded = round(accuracy, 4)
        if rounded > (self._course[-1][1] if self._course else 0.0):
            self._course.append((round(seconds, 1), rounded))

    @property
    def course(self) -> Course:
        """What was noted, as far as it was a rise."""
        return tuple(self._course)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One run: ``data`` divided by the CSV ``split``, ``scratch`` for files that may go.

    ``began`` is the moment on ``time.monotonic``'s clock from which the minutes count.
    """

    key: Key
    data: Path
    split: Path
    scratch: Path
    began: float

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    @property
    def limit(self) -> float:
        """Seconds that the run may take."""
        return 60 * self.key.minutes

    @property
    def target(self) -> Target:
        """The chip."""
        return target()

    @property
    def budget(self) -> Budget:
        """What the chip, or the user's limits, leave."""
        return budget_of(self.key)


@dataclass(frozen=True, slots=True)
class Built:
    """A network as C on this machine, and what it takes as measured."""

    classifier: Classifier
    footprint: Footprint


@dataclass(frozen=True, slots=True)
class Made:
    """What a method came up with after ``seconds``; ``built`` is None where nothing fits.

    ``validation`` is the accuracy on the validation part by which it was chosen, None where the
    C is still to be asked.
    """

    network: str
    built: Built | None
    seconds: float
    course: Course
    validation: float | None = None


def predicted(design: Design, chip: Target) -> Footprint:
    """What ``design`` is predicted to take on ``chip``."""
    return footprint(describe_architecture(design.architecture), design.features, chip)


def build(model: bytes, design: Design, dataset: Dataset, chip: Target) -> Built:
    """The C of ``model``, linked and run for ``chip``."""
    origin = Origin(__version__, kernels=chip.kernels)
    library = build_library(model, design.features, dataset.classes, 0.0, "model", origin)
    found = measure(library.sources, chip, predicted(design, chip))
    return Built(Classifier(library.info, library.sources), found)


def answered_rightly(classifier: Classifier, material: Material, part: Part) -> str:
    """A 1 for each sample of ``part`` whose label the C says, a 0 for each other."""
    features = classifier.info.features
    assert features is not None  # a library that was made for data has a front end
    samples = material.dataset.part(part)
    answers = classifier.answers(material.windows(samples, features))
    return _marks(answer.label == s.label for answer, s in zip(answers, samples, strict=True))


def commonest_rightly(dataset: Dataset, part: Part) -> str:
    """The same for always saying the training part's commonest class."""
    commonest = int(np.argmax(dataset.counts(Part.TRAIN)))
    return _marks(sample.label == commonest for sample in dataset.part(part))


def share(marks: str) -> float:
    """The share of ones."""
    return round(marks.count("1") / len(marks), 6)


def _marks(right: Iterable[bool]) -> str:
    return "".join("1" if one else "0" for one in right)
