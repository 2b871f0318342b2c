"""Lines of results, and the table that they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ablating.changes import CHANGES
from ablating.networks import EPOCHS
from searching.lines import Record, read_lines

USUAL = next(iter(CHANGES))
DRAWS = 5000


@dataclass(frozen=True, slots=True)
class Training:
    """The network of ``data`` on a split, trained for ``epochs`` with a ``change`` by the package
    of ``tag``."""

    data: str
    seed: int
    change: str
    tag: str
    epochs: int

    def __str__(self) -> str:
        return f"{self.data} seed {self.seed}, {self.epochs} epochs, {self.change}"


@dataclass(frozen=True, slots=True)
class Line:
    """One training: a 1 for each test sample that the int8 model got right, and their groups."""

    training: Training
    correct: str
    groups: tuple[int, ...]
    validation: float

    @property
    def accuracy(self) -> float:
        """On the test part."""
        return self.correct.count("1") / len(self.correct)

    @property
    def record(self) -> dict[str, Any]:
        """The line as JSON values."""
        return asdict(self)


def read(file: Path) -> list[Line]:
    """The lines of ``file``."""
    return [_line(record) for record in read_lines(file)]


def _line(record: Record) -> Line:
    return Line(
        Training(**record["training"]),
        record["correct"],
        tuple(record["groups"]),
        record["validation"],
    )


def table(lines: Sequence[Line], sets: Sequence[str]) -> str:
    """A row a change: accuracy over the splits in square brackets, and the difference to the usual
    training on the same, with its standard error."""
    columns = [(data, epochs) for data in sets for epochs in EPOCHS[data]]
    names = " | ".join(f"{data}, {epochs} epochs" for data, epochs in columns)
    of = [[e for e in lines if (e.training.data, e.training.epochs) == each] for each in columns]
    rows = [
        f"| {change.told} | " + " | ".join(_cell(part, name) for part in of) + " |\n"
        for name, change in CHANGES.items()
    ]
    return f"| training | {names} |\n" + "|---" * (len(columns) + 1) + "|\n" + "".join(rows)


def _cell(lines: Sequence[Line], change: str) -> str:
    """Of one set and length."""
    usual, own = (
        {e.training.seed: e for e in lines if e.training.change == name} for name in (USUAL, change)
    )
    pairs = [(line, usual[seed]) for seed, line in own.items() if seed in usual]
    if not pairs:
        return ""
    correct = "".join(line.correct for line, _ in pairs)
    accuracy = f"{100 * correct.count('1') / len(correct):.1f} %"
    splits = "".join(sorted(str(line.training.seed) for line, _ in pairs))
    if change == USUAL:
        return f"{accuracy} [{splits}]"
    mean, error = _difference(pairs)
    return f"{accuracy} ({100 * mean:+.1f} ± {100 * error:.1f}) [{splits}]"


def _difference(pairs: Sequence[tuple[Line, Line]]) -> tuple[float, float]:
    """Mean difference, and its standard error by a bootstrap over groups."""
    gained = np.array(
        [
            int(a) - int(b)
            for one, two in pairs
            for a, b in zip(one.correct, two.correct, strict=True)
        ]
    )
    groups = [group for one, _ in pairs for group in one.groups]
    _, index = np.unique(groups, return_inverse=True)
    sizes, gains = np.bincount(index), np.bincount(index, weights=gained)
    drawn = np.random.default_rng(0).integers(0, sizes.size, (DRAWS, sizes.size))
    means = gains[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    return float(gained.mean()), float(means.std())
