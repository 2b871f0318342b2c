from __future__ import annotations

import numpy as np
import pytest

from automl_edge import scores


def test_probabilities_are_steps_of_a_256th() -> None:
    outputs = np.array([[-128, 127, 0]], np.int8)
    assert scores.probabilities(outputs).tolist() == [[0.0, 255 / 256, 0.5]]


def test_a_recording_scores_the_mean_of_its_windows() -> None:
    windows = np.array([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])
    means = scores.recording_scores(windows, np.array([1, 0, 1]))
    assert means.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_a_recording_without_windows_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one window"):
        scores.recording_scores(np.zeros((2, 2)), np.array([0, 2]))


def test_the_first_of_equals_is_the_answer() -> None:
    assert scores.answers(np.array([[0.25, 0.25, 0.5], [0.4, 0.4, 0.2]])).tolist() == [2, 0]


def test_evaluation_of_an_unbalanced_part() -> None:
    labels = np.array([0, 0, 0, 1])
    found = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.3, 0.7]])
    result = scores.evaluate(found, labels, ("a", "a", "b", "c"), np.array([0, 0, 1]))
    assert result.accuracy == 0.75
    assert result.balanced == pytest.approx((2 / 3 + 1) / 2)
    assert result.majority == 0.75
    assert result.confusion == ((2, 1), (0, 1))
    assert result.per_class[0] == scores.ClassScore(1.0, pytest.approx(2 / 3), 3)
    assert result.per_class[1] == scores.ClassScore(0.5, 1.0, 1)
    low, high = result.interval95
    assert 0 <= low < 0.75 < high <= 1


def test_a_class_that_never_occurs_counts_nowhere() -> None:
    found = np.array([[0.6, 0.4, 0.0], [0.4, 0.6, 0.0]])
    labels = np.array([0, 1])
    assert scores.balanced_accuracy(found, labels) == 1.0
    assert scores.per_class(found, labels)[2] == scores.ClassScore(0.0, 0.0, 0)


def test_groups_widen_the_interval() -> None:
    correct = np.repeat([True, False, True, True], 25)
    alone = scores.interval95(correct, [str(i) for i in range(100)])
    grouped = scores.interval95(correct, [str(i // 25) for i in range(100)])
    assert grouped[1] - grouped[0] > 2 * (alone[1] - alone[0])


def test_one_group_is_drawn_sample_by_sample() -> None:
    correct = np.array([True] * 50 + [False] * 50)
    low, high = scores.interval95(correct, ["one"] * 100)
    assert 0.38 < low < 0.45
    assert 0.55 < high < 0.62


@pytest.mark.parametrize(("count", "bound"), [(10, 0.6915), (100, 0.9638), (1, 0.025)])
def test_nothing_wrong_is_not_certainty(count: int, bound: float) -> None:
    groups = [str(i % 3) for i in range(count)]
    right = scores.interval95(np.ones(count, bool), groups)
    wrong = scores.interval95(np.zeros(count, bool), groups)
    assert right == (pytest.approx(bound, abs=1e-4), 1.0)
    assert wrong == (0.0, pytest.approx(1 - bound, abs=1e-4))


def test_unsure_gives_up_the_wrong_answers_and_no_right_one() -> None:
    found = np.array([[0.5, 0.5], [0.6, 0.4], [0.9, 0.1], [0.1, 0.9]])
    labels = np.array([1, 1, 0, 1])
    threshold = scores.unsure_threshold(found, labels)
    assert 0.6 < threshold <= 0.6 + 2 / 256


def test_unsure_is_never_said_where_all_answers_are_right() -> None:
    found = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert scores.unsure_threshold(found, np.array([0, 1])) == 0.0
