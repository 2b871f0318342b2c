"""New labelled data for a model that exists: one part, no least number, the model's format."""

from __future__ import annotations

import pytest

from automl_edge.domain.dataset import Modality, Part
from automl_edge.errors import DataError
from automl_edge.ingest import load_signal, read_dataset, read_samples
from tests.makers import csv_text, image_folder, motion, motion_folder


def test_one_class_and_few_samples_are_enough(tmp_path):
    image_folder(tmp_path / "new", per_class=2, classes=("left",))
    (tmp_path / "new" / "left" / "broken.png").write_bytes(b"no photo")
    dataset = read_samples(tmp_path / "new", Modality.IMAGE, None, tmp_path / "work")
    assert dataset.classes == ("left",)
    assert [sample.part for sample in dataset.samples] == [Part.TEST] * 2
    assert [item.path for item in dataset.set_aside] == ["left/broken.png"]


def test_motion_comes_in_the_models_format(tmp_path):
    known = read_dataset(motion_folder(tmp_path / "data")).motion
    assert known is not None
    motion_folder(tmp_path / "new", per_class=2)
    (tmp_path / "new" / "left" / "flat.csv").write_text(csv_text(motion(70, axes=2), "t_ms,a,b"))
    dataset = read_samples(tmp_path / "new", Modality.MOTION, known, tmp_path / "work")
    assert dataset.motion == known
    assert len(dataset.samples) == 4
    assert "left/flat.csv" in {item.path for item in dataset.set_aside}
    assert load_signal(dataset, dataset.samples[0], known.rate_hz).shape == (60, 3)


def test_other_sensors_are_refused(tmp_path):
    known = read_dataset(motion_folder(tmp_path / "data")).motion
    (tmp_path / "new" / "left").mkdir(parents=True)
    (tmp_path / "new" / "left" / "a.csv").write_text(csv_text(motion(1), "t_ms,a,b,c"))
    with pytest.raises(DataError, match="axes of the training data"):
        read_samples(tmp_path / "new", Modality.MOTION, known, tmp_path / "work")
