"""Where a training ends: on a clock that goes on by a tick whenever it is read, and by failing."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from automl_edge.domain.architecture import (
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    Flatten,
    Softmax,
)
from automl_edge.domain.features import ImageSpec
from automl_edge.search import Workshop, open_run, run_compiled, trials
from automl_edge.search.trials import run_job
from automl_edge.training import (
    Progressed,
    Settings,
    convert,
    course,
    keras_model,
    to_int8_tflite,
    train,
)
from automl_edge.training._tensorflow import failing_plainly, tensorflow
from automl_edge.training.stepper import Stepper
from automl_edge.training.train import ignore_progress
from tests.tiny_search import DATA, IDENTITY, features_for, measure
from tests.unit.test_search_workers import some_jobs

SPEC = ImageSpec(8, 8, 1)
SMALL = Architecture(
    (8, 8, 1), (Conv2D(4, (3, 3), (2, 2)), AveragePool2D(), Flatten(), Dense(2), Softmax())
)


class Clock:
    """Says a hundredth of a second more each time it is asked."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += 0.01
        return self.now


@pytest.mark.parametrize("late", [0.0, 5.0])
def test_a_training_keeps_its_seconds_and_ends_with_a_validation(
    monkeypatch: pytest.MonkeyPatch, late: float
) -> None:
    """Even if a listener takes the rest of the time shortly before the end."""
    training = import_module("automl_edge.training.train")
    clock = Clock()
    monkeypatch.setattr(course, "time", SimpleNamespace(monotonic=clock))
    monkeypatch.setattr(training, "time", SimpleNamespace(monotonic=clock))
    done: list[str] = []
    validated, advance = training._validated, Stepper.advance

    def noted(*arguments: Any) -> Any:
        done.append("validated")
        return validated(*arguments)

    def stepped(stepper: Stepper, state: Any, batches: Any, rates: Any) -> Any:
        done.append("stepped")
        clock.now += 0.05 * len(batches)
        return advance(stepper, state, batches, rates)

    monkeypatch.setattr(training, "_validated", noted)
    monkeypatch.setattr(Stepper, "advance", stepped)
    lost: list[float] = []

    def listen(progress: Progressed) -> None:
        if progress.done > 0.85 and done[-1] == "stepped" and not lost:
            lost.append(late)
            clock.now += late

    limited = Settings(epochs=100_000, seconds=25.0)
    trained = train(SMALL, SPEC, DATA, limited, None, listen)
    assert lost == [late]
    assert done[-1] == "validated"
    assert 5 <= done.count("validated") <= 11
    assert trained.epochs < 100_000
    assert 24.5 < trained.seconds < 25.5 + late


def test_what_the_converter_cannot_do_is_told_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(calibrated: bytes) -> bytes:
        from tensorflow.lite.python.convert_phase import ConverterError

        raise ConverterError(f"{len(calibrated)} bytes with an operator of no kind")

    monkeypatch.setattr(convert, "_quantized", refuse)
    with pytest.raises(RuntimeError, match=r"ConverterError: .* an operator of no kind"):
        to_int8_tflite(keras_model(SMALL), DATA.representative)


def test_errors_of_others_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="ResourceExhaustedError"), failing_plainly():
        raise tensorflow().errors.ResourceExhaustedError(None, None, "no memory")
    with pytest.raises(KeyError), failing_plainly():
        raise KeyError("ours")


def test_a_network_for_which_there_is_no_memory_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: Any) -> None:
        raise MemoryError("no memory")

    monkeypatch.setattr(trials, "train", exhausted)
    (job,) = some_jobs(1)
    with open_run(tmp_path, IDENTITY) as journal:
        ended = run_job(
            Workshop(features_for, run_compiled, journal, measure), job, ignore_progress
        )
    assert ended.failure == "MemoryError: no memory"
