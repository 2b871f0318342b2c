"""What `check` says: shortcuts, warnings, counts; and that TensorFlow stays out of it."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from PIL import Image

from automl_edge.ingest import dataset_json, dataset_warnings, describe_dataset, read_dataset
from automl_edge.ingest.records import Reading, Trait
from automl_edge.ingest.shortcuts import find_shortcuts
from tests.makers import audio_folder, csv_text, image_folder, motion, photo, tone


def shortcuts_of(dataset) -> dict[str, float]:
    return {shortcut.name: shortcut.accuracy for shortcut in dataset.shortcuts}


def test_length_as_a_shortcut(tmp_path):
    for label, rows in (("short", 40), ("long", 90)):
        (tmp_path / label).mkdir()
        for seed in range(30):
            file = tmp_path / label / f"{label}{seed}.csv"
            file.write_text(csv_text(motion(seed + rows * 100, rows + seed % 7)))
    found = shortcuts_of(read_dataset(tmp_path))
    assert found["length"] > 0.95


def test_loudness_rate_and_channels_as_shortcuts(tmp_path):
    for label, gain, rate, channels in (("a", 1.0, 16_000, 1), ("b", 0.1, 8_000, 2)):
        (tmp_path / label).mkdir()
        for seed in range(30):
            sound = gain * tone(seed + 100 * channels)
            soundfile.write(
                tmp_path / label / f"{label}{seed}.wav",
                np.repeat(sound[:, None], channels, axis=1),
                rate,
            )
    found = shortcuts_of(read_dataset(tmp_path))
    assert {"loudness", "sample rate", "channel count"} <= set(found)


def test_image_size_and_format_as_shortcuts(tmp_path):
    for label, size, suffix in (("a", (40, 30), "png"), ("b", (30, 40), "bmp")):
        (tmp_path / label).mkdir()
        for seed in range(30):
            pixels = photo(seed + 100 * len(label) + size[0], size)
            Image.fromarray(pixels).save(tmp_path / label / f"{label}{seed}.{suffix}")
    found = shortcuts_of(read_dataset(tmp_path))
    assert {"aspect ratio", "image height", "file format"} <= set(found)


def test_noise_is_no_shortcut():
    rng = np.random.default_rng(3)
    readings = [
        Reading(f"{n}", "x", f"{n}", (1, 1), traits={Trait.LENGTH: rng.random()})
        for n in range(300)
    ]
    labels = [n % 3 for n in range(300)]
    assert find_shortcuts(readings, labels, [reading.path for reading in readings]) == ()


def test_a_trait_of_the_group_is_no_shortcut():
    """A property that tells the speaker but not the class must not count."""
    readings = [
        Reading(f"{n}", "x", f"{n}", (1, 1), traits={Trait.RATE: float(n // 10)})
        for n in range(300)
    ]
    rng = np.random.default_rng(2)
    labels = np.repeat(rng.integers(0, 3, 30), 10).tolist()
    groups = [str(n // 10) for n in range(300)]
    assert find_shortcuts(readings, labels, groups) == ()


def test_the_account_names_everything(tmp_path):
    image_folder(tmp_path, per_class=30)
    for file in sorted((tmp_path / "right").iterdir())[5:]:
        file.unlink()
    (tmp_path / "left" / "broken.png").write_bytes(b"no photo")
    dataset = read_dataset(tmp_path)
    text = describe_dataset(dataset)
    assert "35 image samples in 2 classes" in text
    assert "'left/broken.png': not an image" in text
    assert "Set aside (1)" in text
    assert any("'right' has 5 samples; 50 or more" in line for line in dataset_warnings(dataset))
    assert any("uneven" in line for line in dataset_warnings(dataset))
    rows = [line.split() for line in text.splitlines() if line.startswith("right")]
    assert rows == [["right", "3", "1", "1", "5"]]


def test_the_json_is_json(tmp_path):
    dataset = read_dataset(audio_folder(tmp_path))
    data = json.loads(json.dumps(dataset_json(dataset)))
    assert data["classes"] == ["left", "right"]
    assert sum(map(sum, data["counts"].values())) == data["samples"] == 12
    assert data["groups"] == {"source": "none", "count": 12}


@pytest.mark.parametrize("name", ["tensorflow", "keras", "librosa", "sklearn"])
def test_importing_ingest_stays_light(name):
    code = f"import sys, automl_edge.ingest; sys.exit({name!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
