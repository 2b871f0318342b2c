"""The studio in a real browser: from an upload to a library whose self-test passes."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.studio import Studio, Visitor
from tests.makers import csv_text, zip_folder

pytestmark = pytest.mark.browser

EACH = 24
SEARCHES_WITHIN = 240.0


def _photos(root: Path) -> Path:
    """Light and dark photos with some noise."""
    for label, (name, level) in enumerate((("day", 190), ("night", 60))):
        (root / name).mkdir(parents=True)
        for number in range(EACH):
            random = np.random.default_rng(100 * label + number)
            pixels = np.clip(random.normal(level, 25, (48, 48, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(root / name / f"{name}{number}.png")
    return root


def _sounds(root: Path) -> Path:
    """Low and high hums in noise."""
    time = np.arange(16_000) / 16_000
    for label, (name, pitch) in enumerate((("low", 200), ("high", 1500))):
        (root / name).mkdir(parents=True)
        for number in range(EACH):
            random = np.random.default_rng(100 * label + number)
            hum = 0.3 * np.sin(2 * np.pi * pitch * random.uniform(0.9, 1.1) * time)
            noise = 0.05 * random.standard_normal(len(time))
            soundfile.write(root / name / f"{name}{number}.wav", hum + noise, 16_000)
    return root


def _motions(root: Path) -> Path:
    """Slow and fast shaking."""
    time = np.arange(200) / 50
    for label, (name, speed) in enumerate((("slow", 0.7), ("fast", 4.0))):
        (root / name).mkdir(parents=True)
        for number in range(EACH):
            random = np.random.default_rng(100 * label + number)
            phase = random.uniform(0, 6, 3)
            values = np.sin(2 * np.pi * speed * time[:, None] + phase)
            values += 0.1 * random.standard_normal(values.shape)
            text = csv_text(np.round(values, 3), step=20)
            (root / name / f"{name}{number}.csv").write_text(text)
    return root


def _search(visitor: Visitor) -> None:
    visitor.go_to("3 Search")
    visitor.page.get_by_role("slider").first.press("Home")
    visitor.settle()
    visitor.press("Search")
    visitor.sees("Networks trained")


def _library_passes_its_self_test(archive: Path, into: Path) -> None:
    compiler = shutil.which("cc")
    assert compiler is not None
    zipfile.ZipFile(archive).extractall(into)
    (library,) = into.glob("*/c")
    plain = {path.name: path for path in library.glob("plain/*.c")}  # for machines such as this
    own = [plain.get(path.name, path) for path in library.glob("src/*.c")]
    sources = [*own, *library.glob("selftest/*.c")]
    folders = [f"-I{library / name}" for name in ("src", "plain", "selftest")]
    program = into / "selftest"
    command = [compiler, "-O2", *folders, *map(str, sources), "-o", str(program), "-lm"]
    subprocess.run(command, check=True)
    subprocess.run([str(program)], check=True)


def test_photos_from_upload_to_library(studio: Studio, chromium: Browser, tmp_path: Path) -> None:
    visitor = Visitor(chromium, studio)
    visitor.shoot("0-empty")
    visitor.new_project("day and night")
    visitor.shoot("1-new-project")
    photos = _photos(tmp_path / "photos")
    visitor.drop(zip_folder(photos, tmp_path / "photos.zip"))
    visitor.sees(f"{2 * EACH} samples were added.")
    visitor.settle()
    visitor.shoot("2-data")

    visitor.go_to("2 Device")
    visitor.sees("Yes, something fits")
    visitor.shoot("3-device")

    _search(visitor)
    visitor.page.reload()  # it is no page's thread
    visitor.sees("Time left, at most")
    stop = visitor.page.get_by_role("button", name="Stop and keep the best")
    expect(stop).to_be_enabled(timeout=1000 * SEARCHES_WITHIN)
    visitor.shoot("4-search")
    other = Visitor(chromium, studio)
    other.go_to("3 Search")
    other.sees("It goes on when this page is closed.")
    other.page.close()
    visitor.sees("It is done.", SEARCHES_WITHIN)
    visitor.shoot("5-searched")

    visitor.go_to("4 Result")
    visitor.sees("that it had never seen are answered")
    visitor.page.get_by_text("Show what it got wrong").click()
    visitor.settle()
    visitor.shoot("6-result")

    visitor.go_to("5 Try it")
    uploader = visitor.page.locator('[data-testid="stFileUploader"] input[type="file"]')
    uploader.first.set_input_files(str(photos / "night" / "night3.png"))
    visitor.sees("one answer takes")
    visitor.shoot("7-try")

    visitor.go_to("6 Take it")
    visitor.shoot("8-take")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Download the C library").click()
    assert download.value.suggested_filename == "day-and-night-1-c.zip"
    download.value.save_as(tmp_path / "library.zip")
    _library_passes_its_self_test(tmp_path / "library.zip", tmp_path / "library")
    with visitor.page.expect_download() as model:
        visitor.page.get_by_role("button", name="Download the model").click()
    assert zipfile.is_zipfile(model.value.path())


@pytest.mark.parametrize(
    ("make", "kind"),
    [(_sounds, "sounds"), pytest.param(_motions, "motions", marks=pytest.mark.much)],
)
def test_sounds_and_motion_stopped_with_the_best(
    studio: Studio, chromium: Browser, tmp_path: Path, make: Callable[[Path], Path], kind: str
) -> None:
    visitor = Visitor(chromium, studio)
    visitor.new_project(kind)
    visitor.drop(zip_folder(make(tmp_path / kind), tmp_path / f"{kind}.zip"))
    visitor.sees(f"{2 * EACH} samples were added.")
    visitor.settle()
    visitor.shoot(f"2-data-{kind}")
    _search(visitor)
    stop = visitor.page.get_by_role("button", name="Stop and keep the best")
    expect(stop).to_be_enabled(timeout=1000 * SEARCHES_WITHIN)
    stop.click()
    visitor.sees("It is done.", SEARCHES_WITHIN)
    visitor.go_to("4 Result")
    visitor.sees("that it had never seen are answered")
    visitor.shoot(f"6-result-{kind}")
    visitor.go_to("6 Take it")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Download the C library").click()
    download.value.save_as(tmp_path / "library.zip")
    _library_passes_its_self_test(tmp_path / "library.zip", tmp_path / "library")


def test_at_phone_width(studio: Studio, chromium: Browser) -> None:
    visitor = Visitor(chromium, studio, width=390)
    visitor.settle()
    wide = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    visitor.shoot("a-phone")


def test_with_the_keyboard_alone(studio: Studio, chromium: Browser) -> None:
    visitor = Visitor(chromium, studio)
    visitor.reach("New project")
    box = visitor.page.get_by_label("Name of the project", exact=True)
    if not box.is_visible():
        visitor.type_keys("Enter")
    expect(box).to_be_visible()  # it unfolds slowly, and Tab passes over what is hidden
    visitor.reach("Name of the project")
    visitor.page.keyboard.type("keys")
    visitor.type_keys("Enter")
    visitor.sees("Or try it with an example")
    visitor.settle()
    visitor.reach("Choose files")
    visitor.reach("Choose a folder")
    visitor.reach("Take digits")
    visitor.type_keys("Enter")
    visitor.sees("samples of digits are in the project")
    visitor.settle()
    visitor.reach("2 Device")
    visitor.type_keys("Enter")
    visitor.sees("Yes, something fits")
    visitor.settle()
    visitor.reach("3 Search")
    visitor.type_keys("Enter")
    visitor.sees("How long may it take?")
    visitor.settle()
    visitor.reach("How long may it take?")
    visitor.type_keys("Home")
    visitor.sees("1 min")
    visitor.settle()
    visitor.reach("Search")
