"""What people see of samples, and what they take with them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from automl_edge.errors import RunDirectoryError
from automl_edge.studio.downloads import c_library, report_page, tflite_model
from automl_edge.studio.preview import SIDE, SPECTROGRAM_WIDTH, picture_of, trace_of
from tests.makers import audio_folder, image_folder, motion_folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    for name in ("c/src/model.h", "c/README.md", "tflm/model_data.c", "model.tflite"):
        file = tmp_path / "run" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path / "run"


def _names(archive: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(archive)).namelist()


def test_the_library_and_the_model_are_zips_of_one_folder_each(run: Path) -> None:
    assert _names(c_library(run, "words-1")) == ["words-1/c/README.md", "words-1/c/src/model.h"]
    assert _names(tflite_model(run, "w")) == ["w/model.tflite", "w/tflm/model_data.c"]
    first = c_library(run, "w")
    (run / "c/src/model.h").touch()
    assert c_library(run, "w") == first


def test_what_is_missing_is_told(run: Path) -> None:
    (run / "model.tflite").unlink()
    with pytest.raises(RunDirectoryError, match=r"no model\.tflite"):
        tflite_model(run, "w")
    with pytest.raises(RunDirectoryError, match="cannot be read"):
        report_page(run)


def test_photos_are_shown_small_and_sounds_as_spectrograms(tmp_path: Path) -> None:
    photos = image_folder(tmp_path / "photos", 1, size=(400, 500))
    sounds = audio_folder(tmp_path / "sounds", 1)
    for folder, width in ((photos, SIDE), (sounds, SPECTROGRAM_WIDTH)):
        shown = picture_of(next(folder.rglob("*.*")))
        assert shown is not None
        assert Image.open(io.BytesIO(shown)).width == width


def test_motion_is_shown_as_traces(tmp_path: Path) -> None:
    file = next(motion_folder(tmp_path / "motion", 1).rglob("*.csv"))
    trace = trace_of(file)
    assert trace is not None
    assert trace.values.shape == (60, 3)
    assert trace.axes == ("x", "y", "z")
    assert picture_of(file) is None


def test_what_cannot_be_shown_is_not(tmp_path: Path) -> None:
    for name, content in (("a.png", b"no"), ("a.wav", b"no"), ("a.txt", b"no")):
        (tmp_path / name).write_bytes(content)
        assert picture_of(tmp_path / name) is None
    (tmp_path / "a.csv").write_bytes(b"")
    assert trace_of(tmp_path / "a.csv") is None
