"""The log-mel front end against librosa, and its behaviour on hard signals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from automl_edge.domain.features import LogMelSpec
from automl_edge.errors import DataError, TargetError
from automl_edge.features import FrontEnd
from automl_edge.features.mel import band_ranges
from automl_edge.features.tables import mel_filters, reference_power

KEYWORDS = LogMelSpec(16000, 16000, 480, 320, 40, 20, 7600)
SPECS = (
    KEYWORDS,
    LogMelSpec(16000, 8000, 512, 160, 20, 125, 7500),
    LogMelSpec(16000, 16000, 1024, 512, 64, 0, 8000),
    LogMelSpec(8000, 8000, 256, 128, 32, 60, 4000),
    LogMelSpec(11025, 11025, 331, 500, 13, 50, 5000),
    LogMelSpec(16000, 9000, 2000, 3000, 40, 50, 8000),
)
FLOOR, CEILING = -128, 127
WITHIN_DB = 60
NOISE_WITHIN_DB = 30  # a single bin of noise may be nearly empty by chance
STEP_DB = 10 * np.log10(2) / 8


def reference(spec: LogMelSpec, clip: NDArray[np.int16]) -> NDArray[np.float64]:
    """The documented formula in floating point on librosa's spectrogram, unrounded."""
    import librosa

    lead = (spec.fft - spec.window) // 2  # librosa centres the window in the FFT's frame
    padded = np.pad(clip / 32768, (lead, spec.fft))
    spectrum = librosa.stft(
        padded,
        n_fft=spec.fft,
        hop_length=spec.hop,
        win_length=spec.window,
        center=False,
        dtype=np.complex128,
    )
    mel = mel_filters(spec) @ np.abs(spectrum[:, : spec.frames]) ** 2
    return (8 * np.log2(np.maximum(mel, 1e-30) / reference_power(spec)) + 96).T


def signals(length: int) -> dict[str, NDArray[np.int16]]:
    rng = np.random.default_rng(7)
    time = np.arange(length) / 16000
    made = {
        "noise": rng.normal(0, 3000, length),
        "quiet": rng.normal(0, 30, length),
        "full scale": rng.uniform(-32768, 32767, length),
        "tone": 32767 * np.sin(2 * np.pi * 1000.3 * time),
        "chirp": 20000 * np.sin(2 * np.pi * 3000 * time**2),
        "impulse": np.where(np.arange(length) == length // 2, 32767, 0),
        "nyquist": np.where(np.arange(length) % 2, 32767, -32768),
        "offset": np.full(length, -32768),
    }
    return {
        name: np.clip(np.rint(wave), -32768, 32767).astype(np.int16) for name, wave in made.items()
    }


def mean_level(spec: LogMelSpec, clip: NDArray[np.int16]) -> NDArray[np.float64]:
    """The feature that white noise as loud as each frame would have, (frames, 1)."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(spec.window) / spec.window)
    starts = np.arange(spec.frames)[:, None] * spec.hop
    frames = clip[starts + np.arange(spec.window)] / 32768 * window
    power = np.sum(frames**2, axis=1, keepdims=True) / np.sum(window**2)
    level: NDArray[np.float64] = 8 * np.log2(np.maximum(power, 1e-30)) + 96
    return level


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_within_a_step_of_librosa_down_to_60_db_below_the_frame(spec: LogMelSpec) -> None:
    for name, clip in signals(spec.clip).items():
        wanted = reference(spec, clip)
        found = FrontEnd(spec).one(clip)[..., 0]
        audible = wanted > mean_level(spec, clip) - WITHIN_DB / STEP_DB
        error = np.abs(found - np.clip(wanted, FLOOR, CEILING))[audible]
        assert error.max(initial=0) <= 1.0, name


def test_rounding_is_the_only_error_on_noise() -> None:
    clip = signals(KEYWORDS.clip)["noise"]
    error = FrontEnd(KEYWORDS).one(clip)[..., 0] - reference(KEYWORDS, clip)
    assert np.abs(error).max() * STEP_DB < 0.2
    assert np.sqrt(np.mean(error**2)) * STEP_DB < 0.12


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_silence_is_the_floor(spec: LogMelSpec) -> None:
    assert np.all(FrontEnd(spec).one(np.zeros(spec.clip, np.int16)) == FLOOR)


def test_louder_by_6_db_is_16_steps() -> None:
    clip = signals(KEYWORDS.clip)["noise"] // 4
    front_end = FrontEnd(KEYWORDS)
    rise = front_end.one(2 * clip).astype(int) - front_end.one(clip)
    assert set(np.unique(rise)) <= {15, 16, 17}


def test_a_batch_is_its_clips() -> None:
    clips = np.stack(list(signals(KEYWORDS.clip).values()))
    front_end = FrontEnd(KEYWORDS)
    batch = front_end.batch(clips)
    assert batch.shape == (len(clips), 49, 40, 1)
    assert batch.dtype == np.int8
    assert np.array_equal(batch, front_end.batch(list(clips)))
    assert np.array_equal(batch, np.stack([front_end.one(clip) for clip in clips]))
    many = np.tile(clips, (17, 1))  # enough for several threads
    assert np.array_equal(front_end.batch(many), np.tile(batch, (17, 1, 1, 1)))
    assert front_end.batch([]).shape == (0, 49, 40, 1)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_counted_bins_are_those_with_weights(spec: LogMelSpec) -> None:
    for row, (first, bins) in zip(mel_filters(spec), band_ranges(spec), strict=True):
        covered = np.zeros(row.size, bool)
        covered[first : first + bins] = True
        assert np.all(row[~covered] < 1e-12)
        assert np.all(row[covered] > 0)


def test_a_band_between_two_bins_is_the_floor() -> None:
    narrow = LogMelSpec(16000, 4000, 64, 64, 60, 20, 8000)
    empty = [bins == 0 for _, bins in band_ranges(narrow)]
    features = FrontEnd(narrow).one(signals(narrow.clip)["noise"])[..., 0]
    assert any(empty)
    assert np.all(features[:, empty] == FLOOR)
    assert np.all(features[:, ~np.array(empty)] > FLOOR)


@st.composite
def logmel_specs(draw: st.DrawFn) -> LogMelSpec:
    rate = draw(st.sampled_from((8000, 11025, 16000)))
    window = draw(st.integers(32, 2048))
    low = draw(st.integers(0, rate // 8))
    return LogMelSpec(
        rate=rate,
        clip=draw(st.integers(window, window + 4000)),
        window=window,
        hop=draw(st.integers(64, 3000)),
        mel_bins=draw(st.integers(1, 80)),
        low_hz=low,
        high_hz=draw(st.integers(low + 600, rate // 2)),
    )


@settings(max_examples=40, deadline=None)
@given(spec=logmel_specs(), amplitude=st.sampled_from((0, 20, 500, 32767)), seed=st.integers(0))
def test_any_spec_on_any_loudness(spec: LogMelSpec, amplitude: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    clip = rng.integers(-amplitude, amplitude, spec.clip, endpoint=True).astype(np.int16)
    wanted = np.clip(reference(spec, clip), FLOOR, CEILING)
    wanted[:, [bins == 0 for _, bins in band_ranges(spec)]] = FLOOR
    error = np.abs(FrontEnd(spec).one(clip)[..., 0] - wanted)
    loud = wanted > mean_level(spec, clip) - NOISE_WITHIN_DB / STEP_DB
    assert error[loud].max(initial=0) <= 1.0
    assert error.max() <= 16.0


def test_a_clip_of_another_length_is_refused() -> None:
    with pytest.raises(DataError, match=r"int16 \(16000,\)"):
        FrontEnd(KEYWORDS).one(np.zeros(15999, np.int16))
    with pytest.raises(DataError, match="float64"):
        FrontEnd(KEYWORDS).batch(np.zeros((2, 16000)))


@pytest.mark.parametrize(
    "spec",
    [
        LogMelSpec(16000, 16000, 4096, 320, 40, 20, 7600),
        LogMelSpec(16000, 16000, 480, 0, 40, 20, 7600),
        LogMelSpec(16000, 400, 480, 320, 40, 20, 7600),
        LogMelSpec(16000, 16000, 480, 320, 40, 20, 8001),
        LogMelSpec(16000, 16000, 480, 320, 0, 20, 7600),
        LogMelSpec(16000, 16000, 32, 320, 4, 10, 90),
    ],
    ids=("window", "hop", "clip", "range", "bins", "empty"),
)
def test_what_the_c_cannot_do_is_refused(spec: LogMelSpec) -> None:
    with pytest.raises(TargetError):
        FrontEnd(spec)
