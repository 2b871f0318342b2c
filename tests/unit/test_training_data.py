"""Parts and shares of the windows that a training sees."""

from __future__ import annotations

import numpy as np
import pytest

from automl_edge.training import TrainingData, Windows


def _windows(labels: list[int], groups: list[str]) -> Windows:
    """Two windows a recording; a feature's value is its recording's number."""
    recording = np.repeat(np.arange(len(labels)), 2)
    features = recording.astype(np.int8).reshape(-1, 1, 1, 1)
    return Windows(features, recording, np.array(labels), tuple(groups))


TRAIN = _windows([0, 0, 0, 0, 1, 1, 1, 1], list("aabbaabb"))
DATA = TrainingData(TRAIN, _windows([1, 0], ["c", "d"]), 2, background_class=1)


def test_a_share_keeps_every_class_and_whole_groups_first() -> None:
    half = DATA.share(0.5).train
    assert sorted(half.labels) == [0, 0, 1, 1]
    assert len(set(half.groups)) == 1
    assert half.features.size == 8
    seen = half.features.reshape(-1, 2)[:, 0]
    assert np.array_equal(TRAIN.labels[seen], half.labels)
    assert [TRAIN.groups[number] for number in seen] == list(half.groups)


def test_a_smaller_share_is_part_of_a_larger_one() -> None:
    quarter, half = (set(DATA.share(s).train.features.ravel()) for s in (0.25, 0.5))
    assert quarter < half
    assert DATA.share(0.01).train.labels.tolist() == [0, 1]


def test_the_validation_part_can_be_trained_on_too() -> None:
    both = DATA.with_validation()
    assert both.validation is DATA.validation
    assert both.train.labels.tolist() == [*TRAIN.labels, 1, 0]
    assert both.train.groups == (*TRAIN.groups, "c", "d")
    scores = both.train.mean_scores(np.eye(2)[both.train.window_labels])
    assert np.array_equal(scores.argmax(axis=1), both.train.labels)


def test_folds_hold_out_every_recording_once_and_whole_groups() -> None:
    folds = [DATA.fold(number, 2) for number in range(2)]
    every = DATA.with_validation().train
    held_out = [fold.validation for fold in folds]
    assert sum(len(part.labels) for part in held_out) == len(every.labels)
    assert {x for part in held_out for x in part.features.ravel()} == set(every.features.ravel())
    for fold in folds:
        assert not {*fold.train.groups} & {*fold.validation.groups}
        assert len(fold.train.labels) + len(fold.validation.labels) == len(every.labels)
        assert set(fold.validation.labels) == {0, 1}
    with pytest.raises(ValueError, match="groups"):
        DATA.fold(0, 5)


def test_background_is_the_windows_of_its_class() -> None:
    background = DATA.background
    assert background is not None
    assert set(background.ravel()) == {4, 5, 6, 7}
    assert TrainingData(TRAIN, TRAIN, 3, background_class=2).background is None
    assert TrainingData(TRAIN, TRAIN, 2).background is None
