"""Data that hostile and clumsy users hand over: told clearly, set aside or refused, unchanged."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from tests.e2e.asking import (
    DATA,
    Ask,
    refused,
    snapshot,
)
from tests.makers import (
    audio_folder,
    csv_text,
    image_folder,
    motion,
    motion_folder,
    photo,
    tone,
    zip_bytes,
)

# --- Data that cannot be used


def _empty(data: Path) -> None:
    data.mkdir()


def _one_class(data: Path) -> None:
    image_folder(data, classes=("solo",))


def _two_files(data: Path) -> None:
    image_folder(data)
    for file in sorted((data / "left").iterdir())[2:]:
        file.unlink()


def _damaged_class(data: Path) -> None:
    image_folder(data)
    for file in sorted((data / "left").iterdir())[2:]:
        file.write_bytes(file.read_bytes()[:100])


def _all_damaged(data: Path) -> None:
    for number in range(12):
        place = data / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.wav").write_bytes(b"RIFF" + bytes(number * 20))


def _name_not_text(data: Path) -> None:
    image_folder(data)
    (data / "left").rename(data / b"\xff\xfe".decode(errors="surrogateescape"))


UNUSABLE = {
    "empty": (_empty, "no class folders"),
    "one-class": (_one_class, "one class ('solo')"),
    "two-files": (_two_files, "'left' has 2 usable samples"),
    "damaged-class": (_damaged_class, "left/photo2.png': damaged or truncated"),
    "all-damaged": (_all_damaged, "none of the 12 files"),
    "name-not-text": (_name_not_text, "not valid UTF-8"),
}


@pytest.mark.parametrize(("make", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_data(tmp_path: Path, ask: Ask, make: Callable[[Path], None], words: str) -> None:
    data, out = tmp_path / "data", tmp_path / "run"
    make(data)
    before = snapshot(data)
    refused(ask("check", data), DATA, words)
    refused(ask("fit", data, "--target", "cortex-m4", "--trials", 1, "--out", out), DATA, words)
    told = ask("check", data, "--json")
    error = json.loads(told.out)["error"]
    assert (told.code, error["code"], error["kind"]) == (DATA, DATA, "data")
    assert snapshot(data) == before
    assert not out.exists()


def test_data_that_is_not_there_or_no_folder(tmp_path: Path, ask: Ask) -> None:
    (tmp_path / "a.txt").write_text("hello")
    refused(ask("check", tmp_path / "nowhere"), DATA, "no folder or zip at")
    refused(ask("check", tmp_path / "a.txt"), DATA, "neither a folder nor a zip")


def test_odd_photos_are_set_aside_or_used(tmp_path: Path, ask: Ask) -> None:
    data = image_folder(tmp_path / "data", 8)
    good = (data / "left" / "photo0.png").read_bytes()
    (data / "left" / "truncated.png").write_bytes(good[: len(good) // 2])
    (data / "left" / "zero.png").write_bytes(b"")
    (data / "left" / "sound.png").write_bytes(b"RIFF0000WAVEfmt ")
    (data / "left" / "text.jpg").write_text("hello")
    Image.new("RGB", (1, 1)).save(data / "right" / "dot.png")
    Image.fromarray(photo(77, (10, 20_000))).save(data / "right" / "wide.png")
    said = ask("check", data, "--json")
    assert said.code == 0
    aside = {item["path"]: item["reason"] for item in json.loads(said.out)["set_aside"]}
    assert set(aside) == {
        f"left/{n}" for n in ("truncated.png", "zero.png", "sound.png", "text.jpg")
    }
    assert all(aside.values())


def test_odd_sounds_are_set_aside_or_used(tmp_path: Path, ask: Ask) -> None:
    data = audio_folder(tmp_path / "data", 8)
    good = (data / "left" / "clip0.wav").read_bytes()
    (data / "left" / "truncated.wav").write_bytes(good[: len(good) // 2])
    (data / "left" / "photo.wav").write_bytes(b"\x89PNG" + bytes(99))
    (data / "right" / "zero.wav").write_bytes(b"")
    soundfile.write(data / "right" / "short.wav", tone(1, 0.02), 16_000)
    soundfile.write(data / "right" / "silent.wav", np.zeros(8000), 16_000)
    found = json.loads(ask("check", data, "--json").out)
    aside = {item["path"]: item["reason"] for item in found["set_aside"]}
    assert set(aside) == {
        *("left/truncated.wav", "left/photo.wav", "right/zero.wav", "right/short.wav")
    }
    assert "truncated: " in aside["left/truncated.wav"]
    assert "0.02 s is too short" in aside["right/short.wav"]
    assert any("Silent" in note and "right/silent.wav" in note for note in found["notes"])


def test_odd_tables_are_set_aside_or_used(tmp_path: Path, ask: Ask) -> None:
    data = motion_folder(tmp_path / "data", 8)
    tables = {
        "nan": "t_ms,x,y,z\n" + "0,nan,nan,nan\n" * 40,
        "text": "hello\nworld\n",
        "huge": "t_ms,x,y,z\n" + "".join(f"{10 * n},1e308,-1e308,inf\n" for n in range(40)),
        "quotes": 't,x,y,z\n"1,2\n3,4,"5\n',
        "ragged": csv_text(motion(90)) + "1,2\n1,2,3,4,5,6\n",
    }
    for name, text in tables.items():
        (data / "left" / f"{name}.csv").write_text(text)
    found = json.loads(ask("check", data, "--json").out)
    aside = {item["path"]: item["reason"] for item in found["set_aside"]}
    assert set(aside) == {f"left/{name}.csv" for name in tables}
    assert "nothing is left" in aside["left/nan.csv"]
    assert "2 cells, 4 expected" in aside["left/ragged.csv"]
    assert sum(map(sum, found["counts"].values())) == 17  # the ragged one is used all the same


# --- Zips


def test_a_hostile_zip_stays_in_its_place(tmp_path: Path, ask: Ask) -> None:
    data = image_folder(tmp_path / "data", 8)
    files = {f"{f.parent.name}/{f.name}": f.read_bytes() for f in data.rglob("*.png")}
    link = zipfile.ZipInfo("left/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    packed = tmp_path / "in" / "evil.zip"
    packed.parent.mkdir()
    traps = {"../up.png": b"x", "/etc/root.png": b"x", "left/../../up2.png": b"x"}
    packed.write_bytes(zip_bytes({**files, **traps, "left/inner.zip": zip_bytes(files)}))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    before = snapshot(tmp_path)
    found = json.loads(ask("check", packed, "--json").out)
    assert {item["path"] for item in found["set_aside"]} == {
        *traps,
        "left/link.png",
        "left/inner.zip",
    }
    assert snapshot(tmp_path) == before
    plain = json.loads(ask("check", data, "--json").out)
    assert found["content_hash"] == plain["content_hash"]


def _bomb(packed: Path) -> None:
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("left/a.png", "w") as out,
    ):
        for _ in range(12):
            out.write(bytes(1 << 24))


def _nested(packed: Path) -> None:
    packed.write_bytes(zip_bytes({"inner.zip": zip_bytes({"a/b.png": b"x"})}))


def _truncated(packed: Path) -> None:
    packed.write_bytes(zip_bytes({f"a/{n}.png": b"x" * 99 for n in range(9)})[:700])


BAD_ZIPS = {
    "bomb": (_bomb, "zip bomb"),
    "nested": (_nested, "An archive in it is not opened"),
    "truncated": (_truncated, "is not a zip that can be read"),
    "zero": (lambda packed: packed.write_bytes(b""), "is not a zip that can be read"),
    "nothing": (lambda packed: packed.write_bytes(zip_bytes({})), "nothing in it"),
}


@pytest.mark.parametrize(("make", "words"), BAD_ZIPS.values(), ids=BAD_ZIPS)
def test_bad_zips(tmp_path: Path, ask: Ask, make: Callable[[Path], None], words: str) -> None:
    packed = tmp_path / "my data.zip"
    make(packed)
    refused(ask("check", packed), DATA, words, "my data.zip")


# --- Names


def test_names_with_anything_in_them(tmp_path: Path, ask: Ask) -> None:
    data = image_folder(tmp_path / "wéird 🎤\nname", 6, ("a b", "né\ne", "🎉"))
    (data / "a b" / "photo0.png").rename(data / "a b" / 'x\ny "$(ls)" \x1b[31m.png')
    said = ask("check", data)
    assert said.code == 0
    assert "\x1b" not in said.out
    assert "'né\\ne'" in said.out
    assert json.loads(ask("check", data, "--json").out)["classes"] == ["a b", "né\ne", "🎉"]
