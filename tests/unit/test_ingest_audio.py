"""Sound in any container, rate and channel count, and the ways in which it can be broken."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from automl_edge.domain.dataset import Modality
from automl_edge.errors import DataError
from automl_edge.ingest import load_file, read_dataset
from automl_edge.ingest.audio import inspect_audio, read_audio
from automl_edge.ingest.records import Entry, Remark, UnusableError
from tests.makers import audio_folder, tone


def inspect(file):
    return inspect_audio(Entry(file.name, file, "x")).readings[0]


def test_sixteen_bit_mono_passes_unchanged(tmp_path):
    counts = np.array([0, 1, -1, 32767, -32768, 1234] * 400, dtype=np.int16)
    soundfile.write(tmp_path / "a.wav", counts, 16_000)
    assert (read_audio(tmp_path / "a.wav", 16_000) == counts).all()


@pytest.mark.parametrize(
    ("suffix", "subtype"),
    [
        ("wav", "PCM_U8"),
        ("wav", "PCM_24"),
        ("wav", "FLOAT"),
        ("wav", "ULAW"),
        ("flac", "PCM_16"),
        ("ogg", "VORBIS"),
        ("ogg", "OPUS"),
        ("aiff", "PCM_16"),
        ("mp3", None),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_containers_and_channels(tmp_path, suffix, subtype, channels):
    if suffix == "mp3" and channels > 2:
        pytest.skip("MP3 holds two channels at most")
    seconds = np.arange(8000) / 16_000
    chirp = 0.4 * np.sin(2 * np.pi * (200 + 600 * seconds) * seconds)
    sound = np.repeat(chirp[:, None], channels, axis=1)
    soundfile.write(tmp_path / f"a.{suffix}", sound, 16_000, subtype=subtype)
    mono = read_audio(tmp_path / f"a.{suffix}", 16_000).astype(float)
    assert mono.ndim == 1
    length = min(len(mono), len(sound))
    assert np.corrcoef(mono[:length], sound[:length, 0])[0, 1] > 0.9


def test_channels_are_averaged(tmp_path):
    stereo = np.stack([np.full(4000, 0.5), np.full(4000, -0.25)], axis=1)
    soundfile.write(tmp_path / "a.wav", stereo, 16_000)
    assert read_audio(tmp_path / "a.wav", 16_000)[100] == 4096


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000, 96_000])
def test_resampling_keeps_pitch_level_and_length(tmp_path, rate):
    seconds = np.arange(rate) / rate
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * seconds), rate)
    mono = read_audio(tmp_path / "a.wav", 16_000)
    assert mono.dtype == np.int16
    assert abs(len(mono) - 16_000) <= 2
    spectrum = np.abs(np.fft.rfft(mono[:16_000], 16_000))
    assert int(spectrum.argmax()) == 440
    assert np.abs(mono[2000:-2000]).max() == pytest.approx(16384, rel=0.01)


def test_long_files_are_read_in_blocks_without_seams(tmp_path):
    seconds = np.arange(16_000 * 20) / 16_000
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 50 * seconds), 16_000, "FLOAT")
    mono = read_audio(tmp_path / "a.wav", 8_000)[1000:-1000].astype(int)
    assert np.abs(np.diff(mono)).max() < 16384 * 2 * np.pi * 50 / 8_000 * 1.05


def test_loud_floats_are_clipped_not_wrapped(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.full(4000, 1.7), 16_000, subtype="FLOAT")
    assert set(read_audio(tmp_path / "a.wav", 16_000)) == {32767}
    assert Remark.CLIPPED in inspect(tmp_path / "a.wav").remarks


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_not_numbers(tmp_path, bad):
    sound = tone(1)
    sound[100] = bad
    soundfile.write(tmp_path / "a.wav", sound, 16_000, subtype="FLOAT")
    with pytest.raises(UnusableError, match="not numbers"):
        inspect(tmp_path / "a.wav")


def test_silence_is_kept_and_told(tmp_path):
    audio_folder(tmp_path)
    soundfile.write(tmp_path / "left" / "silent.wav", np.zeros(8000), 16_000)
    dataset = read_dataset(tmp_path)
    assert len(dataset.samples) == 13
    assert any("Silent" in note and "left/silent.wav" in note for note in dataset.notes)


@pytest.mark.parametrize(("frames", "reason"), [(320, "0.02 s is too short"), (0, "no sound")])
def test_clips_too_short_to_use(tmp_path, frames, reason):
    soundfile.write(tmp_path / "a.wav", tone(1)[:frames], 16_000)
    with pytest.raises(UnusableError, match=reason):
        inspect(tmp_path / "a.wav")


def test_truncated_mislabelled_and_unknown_files(tmp_path):
    soundfile.write(tmp_path / "whole.flac", tone(1, 2.0), 16_000)
    whole = (tmp_path / "whole.flac").read_bytes()
    for name, content in {
        "cut.flac": whole[: len(whole) // 2],
        "text.wav": b"hello, this is text\n" * 9,
        "empty-header.wav": b"RIFF\0\0\0\0WAVE",
        "phone.m4a": b"\0\0\0\x20ftypM4A \0\0\0\0",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnusableError):
            inspect(tmp_path / name)


def test_a_raw_file_for_predict(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(1), 44_100)
    assert len(load_file(tmp_path / "a.wav", Modality.AUDIO, 16_000.0, None)) == pytest.approx(
        8000 * 16_000 / 44_100, abs=2
    )
    with pytest.raises(DataError, match=r"cannot open .*b\.wav"):
        load_file(tmp_path / "b.wav", Modality.AUDIO, 16_000.0, None)
