"""How many one-second clips a second become features, ours beside librosa's.

Run as ``python benchmarks/frontend.py``: a table of Markdown for benchmarks/README.md.
Both compute 49 frames of 40 mel bins of 16 kHz sound. librosa is given the whole batch as
one array and single precision; both may use all cores, and a third row has ours on one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.features import ImageSpec, LogMelSpec
from automl_edge.features import FrontEnd

KEYWORDS = LogMelSpec(16000, 16000, 480, 320, 40, 20, 7600)
PHOTO = ImageSpec(96, 96, 3)
CLIPS = 256
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was computed, by whom, and how many a second."""

    task: str
    by: str
    per_second: float


def rows() -> list[Row]:
    """All measurements of this machine, now; the best of ROUNDS each."""
    rng = np.random.default_rng(1)
    clips = rng.normal(0, 3000, (CLIPS, KEYWORDS.clip)).astype(np.int16)
    photos = rng.integers(0, 256, (CLIPS // 8, 240, 320, 3)).astype(np.uint8)
    sound, image = FrontEnd(KEYWORDS), FrontEnd(PHOTO)
    task = "log-mel, 1 s of 16 kHz to 49 x 40"
    return [
        Row(task, "FrontEnd.batch", best_rate(lambda: sound.batch(clips), CLIPS)),
        Row(
            task,
            "FrontEnd.batch, one core",
            best_rate(lambda: in_small_batches(sound, clips), CLIPS),
        ),
        Row(task, "librosa", best_rate(lambda: librosa_batch(clips), CLIPS)),
        Row(
            "320 x 240 photo to 96 x 96 x 3",
            "FrontEnd.batch",
            best_rate(lambda: image.batch(photos), len(photos)),
        ),
    ]


def in_small_batches(front_end: FrontEnd, clips: NDArray[np.int16]) -> None:
    """Batches too small to be spread over threads."""
    for start in range(0, len(clips), 32):
        front_end.batch(clips[start : start + 32])


def librosa_batch(clips: NDArray[np.int16]) -> NDArray[np.float32]:
    """The same spectrogram in librosa's words, in decibels; (clips, mel bins, frames)."""
    import librosa

    power = librosa.feature.melspectrogram(
        y=clips.astype(np.float32) / 32768,
        sr=KEYWORDS.rate,
        n_fft=KEYWORDS.fft,
        hop_length=KEYWORDS.hop,
        win_length=KEYWORDS.window,
        center=False,
        n_mels=KEYWORDS.mel_bins,
        fmin=KEYWORDS.low_hz,
        fmax=KEYWORDS.high_hz,
    )
    decibels: NDArray[np.float32] = librosa.power_to_db(power)
    return decibels


def best_rate(work: Callable[[], object], items: int) -> float:
    """Items a second in the fastest of ROUNDS runs, after one that is not timed."""
    work()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return items / min(seconds)


def main() -> None:
    """Print the table."""
    print("| task | by | a second |\n|---|---|---:|")
    for row in rows():
        print(f"| {row.task} | {row.by} | {row.per_second:,.0f} |")


if __name__ == "__main__":
    main()
