"""Signals and features of a dataset: in order, computed once, not all in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_edge import material
from automl_edge.domain.dataset import Dataset, Part, Sample
from automl_edge.domain.features import ImageSpec
from automl_edge.ingest import load_signal, read_dataset
from automl_edge.material import DECODED_AHEAD, Material
from tests.makers import image_folder

SPEC = ImageSpec(16, 16, 3)
THREADS = 2


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return read_dataset(image_folder(tmp_path, per_class=12))


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The samples that were decoded so far."""
    keys: list[str] = []

    def noted(dataset: Dataset, sample: Sample, rate: float) -> Any:
        keys.append(sample.key)
        return load_signal(dataset, sample, rate)

    monkeypatch.setattr(material, "load_signal", noted)
    monkeypatch.setattr(material, "cpu_count", lambda: THREADS)
    return keys


def test_few_signals_are_decoded_ahead_and_none_twice(dataset: Dataset, decoded: list[str]) -> None:
    own = Material(dataset)
    taken = own.windows(dataset.samples, SPEC)
    first = next(taken)
    assert len(decoded) <= DECODED_AHEAD * THREADS < len(dataset.samples)
    rest = list(taken)
    assert sorted(decoded) == sorted(sample.key for sample in dataset.samples)
    assert [len(windows) for windows in (first, *rest)] == [1] * len(dataset.samples)
    list(own.windows(dataset.samples, SPEC))
    assert len(decoded) == len(dataset.samples)


def test_windows_come_in_the_order_of_their_samples(dataset: Dataset) -> None:
    backwards = dataset.samples[::-1]
    found = list(Material(dataset).windows(backwards, SPEC))
    for sample, (window,) in zip(backwards, found, strict=True):
        np.testing.assert_array_equal(window, load_signal(dataset, sample, 0.0))


def test_features_are_computed_once_and_the_test_part_is_not_read(
    dataset: Dataset, decoded: list[str]
) -> None:
    own = Material(dataset)
    data = own.training_data(SPEC)
    assert data.train.features.shape == (len(dataset.part(Part.TRAIN)), 16, 16, 3)
    assert own.training_data(SPEC) is data
    tested = {sample.key for sample in dataset.part(Part.TEST)}
    assert tested
    assert not tested & set(decoded)
