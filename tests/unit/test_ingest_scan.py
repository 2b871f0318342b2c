"""Folders as people hand them over: strays, links, empty files, too few samples."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from automl_edge.domain.dataset import Modality, SetAside
from automl_edge.errors import DataError
from automl_edge.ingest import IngestOptions, load_signal, read_dataset
from tests.makers import audio_folder, image_folder, motion, motion_folder, photo


def reasons(dataset_aside: tuple[SetAside, ...]) -> dict[str, str]:
    return {item.path: item.reason for item in dataset_aside}


def snapshot(root: Path) -> dict[str, tuple[int, int]]:
    return {
        str(file.relative_to(root)): (file.stat().st_size, file.stat().st_mtime_ns)
        for file in root.rglob("*")
    }


@pytest.mark.parametrize(
    ("make", "modality"),
    [
        (image_folder, Modality.IMAGE),
        (audio_folder, Modality.AUDIO),
        (motion_folder, Modality.MOTION),
    ],
)
def test_modality_is_detected_and_nothing_is_changed(tmp_path, make, modality):
    make(tmp_path)
    before = snapshot(tmp_path)
    dataset = read_dataset(tmp_path)
    assert dataset.modality is modality
    assert dataset.classes == ("left", "right")
    assert len(dataset.samples) == 12
    assert not dataset.set_aside
    assert snapshot(tmp_path) == before


def test_absent_folder(tmp_path):
    with pytest.raises(DataError, match="no folder or zip"):
        read_dataset(tmp_path / "nowhere")


def test_empty_folder_says_what_layout_is_needed(tmp_path):
    with pytest.raises(DataError, match="nothing in it") as caught:
        read_dataset(tmp_path)
    assert "folder of its own" in caught.value.hint
    assert caught.value.code == 3


def test_loose_files_without_class_folders(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(DataError, match="only loose files"):
        read_dataset(tmp_path)


def test_a_file_that_is_no_dataset(tmp_path):
    file = tmp_path / "model.bin"
    file.write_bytes(b"x")
    with pytest.raises(DataError, match="neither a folder nor a zip"):
        read_dataset(file)


def test_one_class(tmp_path):
    image_folder(tmp_path, classes=("only",))
    with pytest.raises(DataError, match=r"one class .'only'."):
        read_dataset(tmp_path)


def test_a_class_with_two_files_is_named(tmp_path):
    image_folder(tmp_path)
    for file in sorted((tmp_path / "right").iterdir())[2:]:
        file.unlink()
    with pytest.raises(DataError, match="class 'right' has 2 usable samples; at least 5"):
        read_dataset(tmp_path)


def test_a_class_whose_files_are_all_damaged_is_not_forgotten(tmp_path):
    image_folder(tmp_path, classes=("left", "right", "third"))
    for file in (tmp_path / "third").iterdir():
        file.write_bytes(b"\x89PNG broken")
    with pytest.raises(DataError, match="class 'third' has 0 usable samples"):
        read_dataset(tmp_path)


def test_nothing_usable_gives_a_reason(tmp_path):
    for name in ("left", "right"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.wav").write_bytes(b"RIFF nonsense")
    with pytest.raises(DataError, match=r"none of the 2 files .* can be used: left/a.wav"):
        read_dataset(tmp_path)


def test_system_files_are_skipped_and_loose_ones_told(tmp_path):
    image_folder(tmp_path)
    for name in (".DS_Store", "left/.DS_Store", "left/._photo0.png", "right/Thumbs.db"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "a.png").write_bytes(b"x")
    (tmp_path / "LICENSE").write_text("free")
    (tmp_path / "void").mkdir()
    dataset = read_dataset(tmp_path)
    assert dataset.classes == ("left", "right")
    assert not dataset.set_aside
    assert any("Not in a class folder" in note and "LICENSE" in note for note in dataset.notes)
    assert any("'void' is empty" in note for note in dataset.notes)


def test_zero_byte_special_and_dangling_files_are_set_aside(tmp_path):
    image_folder(tmp_path)
    (tmp_path / "left" / "empty.png").write_bytes(b"")
    (tmp_path / "left" / "inner.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "left" / "lost.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "left" / "loop").symlink_to(tmp_path / "left")
    os.mkfifo(tmp_path / "left" / "pipe.png")
    told = reasons(read_dataset(tmp_path).set_aside)
    assert "0 bytes" in told["left/empty.png"]
    assert "archive inside" in told["left/inner.zip"]
    assert "link to nothing" in told["left/lost.png"]
    assert "link to a folder that it lies in" in told["left/loop"]
    assert "not a plain file" in told["left/pipe.png"]


def test_linked_files_are_read(tmp_path):
    image_folder(tmp_path / "store")
    (tmp_path / "data").mkdir()
    for name in ("left", "right"):
        (tmp_path / "data" / name).symlink_to(tmp_path / "store" / name)
    assert len(read_dataset(tmp_path / "data").samples) == 12


def test_the_majority_kind_wins_and_the_others_are_told(tmp_path):
    image_folder(tmp_path)
    audio_folder(tmp_path, per_class=2)
    (tmp_path / "left" / "notes.txt").write_text("recorded on Monday\nby us\n")
    dataset = read_dataset(tmp_path)
    told = reasons(dataset.set_aside)
    assert dataset.modality is Modality.IMAGE
    assert told["left/clip0.wav"] == "a sound file, in a dataset of images"
    assert told["left/notes.txt"] == "neither image, sound nor table, in a dataset of images"
    assert any("Mixed kinds" in note for note in dataset.notes)


def test_the_modality_can_be_given(tmp_path):
    image_folder(tmp_path, per_class=9)
    audio_folder(tmp_path)
    assert read_dataset(tmp_path, IngestOptions(Modality.AUDIO)).modality is Modality.AUDIO
    with pytest.raises(DataError, match="no motion tables, but 18 images"):
        read_dataset(tmp_path, IngestOptions(Modality.MOTION))


def test_files_without_an_extension_are_recognised_by_content(tmp_path):
    image_folder(tmp_path)
    audio_folder(tmp_path / "sound")
    for file in [*tmp_path.glob("left/*.png"), *tmp_path.glob("right/*.png")]:
        file.rename(file.with_suffix(""))
    for file in (tmp_path / "sound").rglob("*.wav"):
        file.rename(file.with_suffix(".dat"))
    assert read_dataset(tmp_path / "sound").modality is Modality.AUDIO
    for folder in ("left", "right"):
        for file in (tmp_path / "sound" / folder).iterdir():
            file.unlink()
    assert read_dataset(tmp_path).modality is Modality.IMAGE


def test_odd_names_work_to_the_end(tmp_path):
    odd = ("with space", "açcênt é", "emoji 🎉", "new\nline", "quote'\"", "semi;comma,")
    image_folder(tmp_path, classes=("cla ss 🎈", "li\nne"))
    for label in ("cla ss 🎈", "li\nne"):
        for name, file in zip(odd, sorted((tmp_path / label).iterdir()), strict=True):
            file.rename(file.with_name(f"{name}.png"))
    dataset = read_dataset(tmp_path)
    assert dataset.classes == ("cla ss 🎈", "li\nne")
    sample = next(s for s in dataset.samples if s.path == "li\nne/new\nline.png")
    assert load_signal(dataset, sample, 0).shape == (40, 30, 3)


def test_a_name_that_is_not_utf8_is_set_aside_readably(tmp_path):
    image_folder(tmp_path)
    (tmp_path / "left" / "photo0.png").rename(tmp_path / "left" / os.fsdecode(b"caf\xe9.png"))
    dataset = read_dataset(tmp_path)
    (item,) = dataset.set_aside
    assert "not valid UTF-8" in item.reason
    item.path.encode("utf-8")


def test_folders_inside_a_class_are_searched(tmp_path):
    motion_folder(tmp_path)
    inner = tmp_path / "left" / "day two" / "evening"
    inner.mkdir(parents=True)
    (tmp_path / "left" / "walk0.csv").rename(inner / "walk0.csv")
    paths = [sample.path for sample in read_dataset(tmp_path).samples]
    assert "left/day two/evening/walk0.csv" in paths


def test_the_same_data_gives_the_same_dataset(tmp_path):
    first = read_dataset(motion_folder(tmp_path / "a"))
    second = read_dataset(motion_folder(tmp_path / "b"))
    assert first.content_hash == second.content_hash
    assert [(s.path, s.part, s.digest) for s in first.samples] == [
        (s.path, s.part, s.digest) for s in second.samples
    ]


def test_content_changes_the_hash(tmp_path):
    first = read_dataset(image_folder(tmp_path))
    from PIL import Image

    Image.fromarray(photo(77)).save(tmp_path / "left" / "photo0.png")
    assert read_dataset(tmp_path).content_hash != first.content_hash


def test_makers_differ_by_seed():
    assert not (photo(1) == photo(2)).all()
    assert not (motion(1) == motion(2)).all()
