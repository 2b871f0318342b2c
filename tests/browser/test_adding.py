"""Samples on their way into the studio, in a real browser."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.studio import MUCH_WITHIN, Studio, Visitor, told_here
from tests.makers import zip_bytes, zip_folder

pytestmark = pytest.mark.browser

CAMERA_SHOWS = "(document.querySelector('video')?.videoWidth ?? 0) > 0"
"""Before that a photo cannot be taken, though the button can be pressed."""

MANY = 2000
LARGE_FILES = 105
MOST_BYTES = 3 << 30


def _noise(files: Iterable[Path], side: int) -> list[Path]:
    """Photos of noise, each another."""
    random = np.random.default_rng(1)
    made = []
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(file, compress_level=0)
        made.append(file)
    return made


def test_a_hostile_zip_is_refused_and_its_rest_is_told(
    studio: Studio, chromium: Browser, tmp_path: Path
) -> None:
    visitor = Visitor(chromium, studio)
    visitor.new_project("hostile")
    bomb = tmp_path / "bomb.zip"
    bomb.write_bytes(zip_bytes({"yes/1.png": bytes(80 << 20)}))
    visitor.drop(bomb)
    visitor.sees("this looks like a zip bomb")
    visitor.shoot("9-bomb")
    visitor.page.reload()
    visitor.sees("Or try it with an example")
    (photo,) = _noise([tmp_path / "photo.png"], 8)
    png = photo.read_bytes()
    sly = tmp_path / "sly.zip"
    sly.write_bytes(zip_bytes({"yes/1.png": png, "../../out.png": png}))
    visitor.drop(sly)
    visitor.sees("points out of the zip")
    assert not list(studio.folder.parent.rglob("out.png"))


def test_two_thousand_photos_at_once(studio: Studio, chromium: Browser, tmp_path: Path) -> None:
    visitor = Visitor(chromium, studio)
    visitor.new_project("many")
    visitor.choose("Their class", "a new class")
    visitor.type_in("Name of the new class", "noise")
    visitor.drop(*_noise((tmp_path / f"{number}.png" for number in range(MANY)), 24))
    visitor.sees(f"{MANY} samples were added.", MUCH_WITHIN)
    kept = list((studio.folder / "many" / "data" / "noise").iterdir())
    assert len(kept) == MANY
    assert all(file.read_bytes() == (tmp_path / file.name).read_bytes() for file in kept)
    assert studio.peak_bytes() < MOST_BYTES


def test_a_folder_with_large_files_and_then_one_more_of_a_class(
    studio: Studio, chromium: Browser, tmp_path: Path
) -> None:
    visitor = Visitor(chromium, studio)
    visitor.new_project("folder")
    names = [f"all/{label}/{number}.png" for label in ("yes", "no") for number in range(3)]
    large = _noise((tmp_path / name for name in names), 1600)  # more than one part each
    visitor.give("Folder", tmp_path / "all")
    visitor.sees(told_here(6))
    visitor.go_to("2 Device")
    visitor.go_to("1 Data")
    visitor.sees(told_here(6))
    visitor.shoot("2-dropped")
    visitor.press("Add them")
    visitor.sees("6 samples were added.")
    data = studio.folder / "folder" / "data"
    for file in large:
        assert (data / file.relative_to(tmp_path / "all")).read_bytes() == file.read_bytes()
    visitor.settle()
    visitor.page.get_by_text("Add samples", exact=True).first.click()
    visitor.choose("Their class", "yes")
    visitor.drop(*_noise([tmp_path / "more.png"], 8))
    visitor.sees("1 sample was added.")
    assert (data / "yes" / "more.png").exists()


def test_what_is_dragged_onto_the_place_is_taken_and_can_be_given_back(
    studio: Studio, chromium: Browser
) -> None:
    visitor = Visitor(chromium, studio)
    visitor.new_project("dragged")
    visitor.drag("one.csv", "x,y\n1,2\n")
    visitor.sees(told_here(1))
    visitor.settle()  # what is pressed while the page is being drawn can be lost
    visitor.press("Not these")
    expect(visitor.page.get_by_text(told_here(1))).to_have_count(0)
    visitor.drag("two.csv", "x,y\n1,2\n")
    visitor.choose("Their class", "a new class")
    visitor.type_in("Name of the new class", "still")
    visitor.press("Add them")
    visitor.sees("1 sample was added.")
    assert [file.name for file in (studio.folder / "dragged" / "data" / "still").iterdir()] == [
        "two.csv"
    ]


@pytest.mark.much
def test_a_zip_of_300_megabytes(studio: Studio, chromium: Browser, tmp_path: Path) -> None:
    visitor = Visitor(chromium, studio)
    visitor.new_project("large")
    folder = tmp_path / "large"
    _noise((folder / "noise" / f"{number}.png" for number in range(LARGE_FILES)), 1000)
    large = zip_folder(folder, tmp_path / "large.zip")
    assert large.stat().st_size > 300e6
    visitor.drop(large)
    visitor.sees(f"{LARGE_FILES} samples were added.", MUCH_WITHIN)
    assert len(list((studio.folder / "large" / "data" / "noise").iterdir())) == LARGE_FILES
    assert studio.peak_bytes() < MOST_BYTES


def test_a_sound_is_recorded_and_a_photo_taken_into_a_class(
    studio: Studio, chromium: Browser
) -> None:
    visitor = Visitor(chromium, studio)
    visitor.new_project("live")
    visitor.take("Record sound")
    visitor.type_in("Name of the new class", "hum")
    visitor.press("Record")
    visitor.page.wait_for_timeout(1500)
    visitor.press("Stop recording")
    visitor.press("Keep it")
    visitor.sees("1 sample was added.")
    visitor.page.reload()  # it is folded up then
    visitor.sees("Single samples")
    visitor.page.get_by_text("Add samples", exact=True).first.click()
    visitor.take("Take photos")
    visitor.page.wait_for_function(CAMERA_SHOWS)
    visitor.page.wait_for_timeout(1500)
    visitor.press("Take Photo")
    visitor.press("Keep it")
    visitor.sees("1 sample was added.")
    data = studio.folder / "live" / "data"
    assert [path.suffix for path in sorted(data.rglob("*.*"))] == [".jpg", ".wav"]
