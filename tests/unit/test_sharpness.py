"""Which photos are blurred."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from automl_edge.ingest import read_dataset
from automl_edge.ingest.sharpness import BLURRED, LEAST_SIDE, blur_of, is_blurred
from tests.makers import CLASSES


def _sharp(seed: int, side: int = 96) -> Image.Image:
    """Patches of random colours with hard edges."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (12, 12, 3), dtype=np.uint8))
    return coarse.resize((side, side), Image.Resampling.NEAREST)


def test_the_more_it_is_blurred_the_more_is_found() -> None:
    found = [
        blur_of(np.asarray(_sharp(1).filter(ImageFilter.GaussianBlur(radius)))) or 0.0
        for radius in (0, 1, 2, 4, 8)
    ]
    assert found == sorted(found)
    assert 0 < found[0] < 0.5 < BLURRED < found[-1]


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((200, 200, 3), np.uint8), np.asarray(_sharp(1, LEAST_SIDE - 1))],
    ids=["one colour", "too small"],
)
def test_of_some_photos_nothing_can_be_told(pixels: np.ndarray) -> None:
    assert blur_of(pixels) is None
    assert not is_blurred(pixels)


def test_blurred_photos_are_used_and_told(tmp_path: Path) -> None:
    for label, name in enumerate(CLASSES):
        (tmp_path / name).mkdir()
        for number in range(6):
            photo = _sharp(10 * label + number)
            if number == 0:
                photo = photo.filter(ImageFilter.GaussianBlur(6))
            photo.save(tmp_path / name / f"{number}.png")
    dataset = read_dataset(tmp_path)
    assert len(dataset.samples) == 12
    told = [note for note in dataset.notes if note.startswith("Blurred")]
    assert len(told) == 1
    assert "2 of 12 samples" in told[0]
