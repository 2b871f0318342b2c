"""Copies and near-copies: found by content, whatever the name, container or size."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import soundfile
import soxr
from PIL import Image, ImageEnhance

from automl_edge.ingest import read_dataset
from automl_edge.ingest.fingerprint import best_overlap, whiten
from tests.makers import audio_folder, csv_text, image_folder, motion, motion_folder, photo, tone


def group_of(dataset, path: str) -> str:
    return next(sample.group for sample in dataset.samples if sample.path == path)


def test_copies_within_a_class_are_kept_once(tmp_path):
    image_folder(tmp_path)
    shutil.copy(tmp_path / "left" / "photo1.png", tmp_path / "left" / "zz copy.png")
    Image.open(tmp_path / "left" / "photo1.png").save(tmp_path / "left" / "zz.bmp")
    dataset = read_dataset(tmp_path)
    told = {item.path: item.reason for item in dataset.set_aside}
    assert told == dict.fromkeys(
        ("left/zz copy.png", "left/zz.bmp"), "the same content as left/photo1.png"
    )
    assert any("2 exact copies" in note for note in dataset.notes)


def test_copies_across_classes_are_all_set_aside(tmp_path):
    audio_folder(tmp_path)
    shutil.copy(tmp_path / "left" / "clip1.wav", tmp_path / "right" / "what.wav")
    dataset = read_dataset(tmp_path)
    told = {item.path: item.reason for item in dataset.set_aside}
    assert told["left/clip1.wav"] == "the same content as right/what.wav, in another class"
    assert told["right/what.wav"] == "the same content as left/clip1.wav, in another class"
    assert any("1 contents appear in several classes" in note for note in dataset.notes)


VARIANTS = {
    "recompressed": lambda image: image,
    "half": lambda image: image.resize((image.width // 2, image.height // 2)),
    "twice": lambda image: image.resize((image.width * 2, image.height * 2)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.1),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_changed_photos_share_a_group(tmp_path, variant):
    image_folder(tmp_path)
    image = Image.fromarray(photo(2, (120, 160)))
    image.save(tmp_path / "left" / "original.png")
    VARIANTS[variant](image).save(tmp_path / "left" / "changed.jpg", quality=50)
    dataset = read_dataset(tmp_path)
    assert group_of(dataset, "left/original.png") == group_of(dataset, "left/changed.jpg")
    assert any("nearly the same" in note for note in dataset.notes)


def test_different_samples_keep_their_own_groups(tmp_path):
    for make in (image_folder, audio_folder, motion_folder):
        dataset = read_dataset(make(tmp_path / make.__name__, per_class=20))
        assert len({sample.group for sample in dataset.samples}) == 40


@pytest.mark.parametrize(
    ("suffix", "subtype", "rate", "gain"),
    [
        ("mp3", None, 16_000, 1.0),
        ("ogg", "VORBIS", 44_100, 0.5),
        ("wav", "ULAW", 8_000, 1.0),
        ("flac", "PCM_16", 48_000, 0.3),
    ],
)
def test_recoded_sounds_share_a_group(tmp_path, suffix, subtype, rate, gain):
    audio_folder(tmp_path)
    sound = soxr.resample(tone(2), 16_000, rate) * gain
    soundfile.write(tmp_path / "left" / f"recoded.{suffix}", sound, rate, subtype=subtype)
    dataset = read_dataset(tmp_path)
    assert group_of(dataset, "left/clip2.wav") == group_of(dataset, f"left/recoded.{suffix}")


def test_overlapping_cuts_of_one_recording_share_a_group(tmp_path):
    audio_folder(tmp_path)
    long = tone(500, 3.0)
    for name, start in (("a", 16_000), ("b", 18_000)):
        soundfile.write(tmp_path / "left" / f"{name}.wav", long[start : start + 8_000], 16_000)
    dataset = read_dataset(tmp_path)
    assert group_of(dataset, "left/a.wav") == group_of(dataset, "left/b.wav")


def test_two_recordings_of_one_hum_are_not_copies():
    rng = np.random.default_rng(1)
    hum = np.sin(2 * np.pi * 100 * np.arange(4000) / 4000)
    first, second = ((hum + 0.1 * rng.standard_normal(4000)).astype(np.float32) for _ in range(2))
    assert best_overlap(whiten(first), whiten(second)) < 0.3
    assert best_overlap(whiten(first), whiten(first)) == pytest.approx(1, abs=1e-3)


def test_motion_in_other_units_shares_a_group(tmp_path):
    motion_folder(tmp_path)
    (tmp_path / "left" / "in g.csv").write_text(csv_text(np.round(motion(3) / 9.81, 4)))
    dataset = read_dataset(tmp_path)
    assert group_of(dataset, "left/walk3.csv") == group_of(dataset, "left/in g.csv")


def test_near_copies_with_other_labels_are_told(tmp_path):
    image_folder(tmp_path)
    image = Image.open(tmp_path / "left" / "photo1.png")
    image.save(tmp_path / "right" / "same.jpg", quality=80)
    dataset = read_dataset(tmp_path)
    assert any("carry different labels" in note for note in dataset.notes)
    assert group_of(dataset, "left/photo1.png") == group_of(dataset, "right/same.jpg")


def test_silent_clips_of_different_length_are_not_linked(tmp_path):
    audio_folder(tmp_path)
    for number in range(3):
        soundfile.write(tmp_path / "left" / f"s{number}.wav", np.zeros(8000 + number), 16_000)
    dataset = read_dataset(tmp_path)
    assert len({group_of(dataset, f"left/s{n}.wav") for n in range(3)}) == 3
