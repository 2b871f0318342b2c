"""How many candidates a second are sampled, described and rated, on one core.

    python benchmarks/rating.py [--keras-tuner]

Prints one line a space; TensorFlow is not loaded. With ``--keras-tuner`` the same spaces
are sampled through KerasTuner's HyperParameters, without rating, for comparison.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from automl_edge.catalog import load_target, spaces_for
from automl_edge.domain.candidate import SearchSpace, Task
from automl_edge.domain.dataset import Modality
from automl_edge.search.choices import RandomChoices
from automl_edge.search.sampling import rate

T = TypeVar("T", int, float, str)
SECONDS = 2.0
TASKS = {
    Modality.IMAGE: Task(Modality.IMAGE, 6, image_size=(128, 128)),
    Modality.AUDIO: Task(Modality.AUDIO, 6, seconds=1.0, rate_hz=16000.0),
    Modality.MOTION: Task(
        Modality.MOTION,
        5,
        seconds=2.0,
        rate_hz=100.0,
        motion_offset=(0, 0, 0),
        motion_multiplier=(1000, 1000, 1000),
    ),
}


def main() -> None:
    for modality, task in TASKS.items():
        for space in spaces_for(modality):
            rated = per_second(_rating(space, task))
            line = f"{modality:7} {space.NAME:13} {rated:8.0f} rated a second"
            if "--keras-tuner" in sys.argv:
                line += f" {per_second(_keras_tuner(space, task)):8.0f} sampled by KerasTuner"
            print(line)
    if "--keras-tuner" not in sys.argv:
        assert "tensorflow" not in sys.modules
        assert "keras" not in sys.modules
        print("TensorFlow and Keras were not loaded")


def per_second(step: Callable[[], object]) -> float:
    """How often ``step`` runs in a second of processor time, after a warm-up."""
    for _ in range(50):
        step()
    count, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        for _ in range(50):
            step()
        count += 50
    return count / (time.process_time() - start)


def _rating(space: SearchSpace, task: Task) -> Callable[[], object]:
    source, target = random.Random(1), load_target("cortex-m4")
    return lambda: rate(space, RandomChoices(source), task, target)


def _keras_tuner(space: SearchSpace, task: Task) -> Callable[[], object]:
    import keras_tuner

    class Adapter:
        """A space's choices, drawn by KerasTuner."""

        def __init__(self) -> None:
            self.hp: Any = keras_tuner.HyperParameters()

        def choice(self, name: str, options: Sequence[T]) -> T:
            self.hp.Choice(name, list(options))
            drawn: T = self.hp.space[-1].random_sample(random.randrange(1 << 30))
            return drawn

        def integer(self, name: str, low: int, high: int, step: int = 1) -> int:
            return self.choice(name, range(low, high + 1, step))

        def boolean(self, name: str) -> bool:
            return bool(self.choice(name, (0, 1)))

    return lambda: space.build(Adapter(), task)


if __name__ == "__main__":
    main()
