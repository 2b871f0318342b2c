"""Windows of recordings, and the task that a dataset makes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import ImageSpec, LogMelSpec, MotionSpec
from automl_edge.errors import DataError
from automl_edge.ingest import count_windows, cut_windows, make_task, read_dataset
from automl_edge.ingest.task import clip_seconds, window_seconds
from automl_edge.ingest.windows import window_starts
from tests.makers import audio_folder, photo

SOUND = LogMelSpec(16_000, 1000, 400, 160, 20, 100, 7000)
MOTION = MotionSpec(100.0, 50, (0, 0, 0), (1, 1, 1))


@given(st.integers(1, 5000))
def test_every_window_has_the_models_length(length):
    signal = np.arange(length, dtype=np.int16)
    windows = cut_windows(signal, SOUND)
    assert windows
    assert all(len(window) == SOUND.clip for window in windows)
    assert set(np.concatenate(windows)) <= set(signal)


@given(st.integers(1, 5000))
def test_windows_are_counted_as_they_are_cut(length):
    signal = np.zeros(length, np.int16)
    seconds, longest = length / SOUND.rate, SOUND.clip / SOUND.rate
    assert count_windows(seconds, longest) == len(cut_windows(signal, SOUND))


@given(st.integers(1, 400), st.integers(1, 4000))
def test_windows_overlap_by_half_and_leave_little_over(length, total):
    if total < length:
        return
    starts = window_starts(total, length)
    steps = np.diff(starts)
    assert starts[0] == 0
    assert (steps <= max(1, length // 2)).all()
    assert total - (starts[-1] + length) < max(1, length // 4)
    assert starts[-1] + length <= total


def test_short_recordings_are_mirrored_not_filled():
    signal = np.array([1, 2, 3, 4], dtype=np.int16)
    spec = MotionSpec(100.0, 10, (0,), (1,))
    (window,) = cut_windows(signal[:, None], spec)
    assert window[:, 0].tolist() == [4, 3, 2, 1, 2, 3, 4, 3, 2, 1]
    assert window.dtype == np.int16


def test_one_row_is_all_there_is():
    (window,) = cut_windows(np.array([[7, 8, 9]], dtype=np.int16), MOTION)
    assert window.shape == (50, 3)


def test_images_are_one_window():
    (window,) = cut_windows(photo(1), ImageSpec(8, 8, 1))
    assert window.shape == (40, 30, 3)


def test_empty_signals_are_refused():
    with pytest.raises(DataError, match="empty"):
        cut_windows(np.zeros(0, np.int16), SOUND)


@pytest.mark.parametrize(
    ("lengths", "seconds"),
    [
        ([1.0] * 50, 1.0),
        ([1.0001] * 50, 1.0),
        ([0.63] * 9, 0.7),
        ([9.0] * 9, 2.0),
        ([0.1] * 9, 0.2),
    ],
)
def test_clip_lengths(lengths, seconds):
    assert clip_seconds(lengths) == seconds


def test_an_odd_long_recording_does_not_stretch_the_clip():
    assert clip_seconds([1.0] * 99 + [60.0]) == 1.0


def test_motion_windows_are_filled_by_nearly_all():
    lengths = [0.3] + [1.0] * 40
    assert window_seconds(lengths, 50.0) == 1.0
    assert window_seconds([100.0] * 9, 50.0) == 8.0
    assert window_seconds([0.337] * 9, 100.0) == pytest.approx(0.33)


def test_the_task_of_sound(tmp_path):
    task = make_task(read_dataset(audio_folder(tmp_path)))
    assert task.modality is Modality.AUDIO
    assert (task.classes, task.seconds, task.rate_hz) == (2, 0.5, 16_000.0)
