"""What hostile and clumsy users hand to the command line: a clear message, the exit code of
its kind, nothing of theirs changed, never a traceback.

What needs no training runs in this process and takes milliseconds; the rest is marked slow.
"""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from automl_edge.cli import main
from tests.makers import (
    audio_folder,
    csv_text,
    image_folder,
    motion,
    motion_folder,
    photo,
    tone,
    zip_bytes,
    zip_folder,
)
from tests.small_models import model_for
from tests.tflite_builder import TfliteBuilder

DATA, TARGET, NOTHING_FITS, MODEL, DISK, RUN, INTERRUPTED = 3, 4, 5, 6, 7, 8, 130
PATIENCE_S = 300.0


@dataclass(frozen=True)
class Said:
    """What one command answered."""

    code: int
    out: str
    err: str


Ask = Callable[..., Said]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command in this process; any exception that leaves it fails the test."""

    def run(*words: object) -> Said:
        code = main([str(word) for word in words])
        shown = capsys.readouterr()
        said = Said(code, shown.out, shown.err)
        assert "Traceback" not in said.out + said.err
        assert code != 1, said.err
        return said

    return run


def refused(said: Said, code: int, *words: str) -> None:
    """``said`` is a refusal of kind ``code`` with all of ``words`` and advice on what to do."""
    assert said.code == code, said.err
    message, _, advice = said.err[said.err.index("automl-edge: ") :].partition("\n")
    assert message.strip()
    assert advice.strip(), f"no advice after: {message}"
    for word in words:
        assert word in said.err


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` and what is in it."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


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


# --- Models


def _float_model() -> bytes:
    net = TfliteBuilder()
    source = net.input((1, 4), None, dtype="float32")
    weights = net.constant(np.ones((2, 4), np.float32))
    output = net.activation((1, 2), None, dtype="float32")
    net.fully_connected(source, weights, -1, output)
    return net.finish(output)


def _unknown_op() -> bytes:
    net = TfliteBuilder()
    return net.finish(net.unary("TANH", net.input((1, 4)), net.activation((1, 4))))


BAD_MODELS = {
    "truncated": (lambda: model_for("tensor")[:900], "damaged or truncated"),
    "zero": (lambda: b"", "not a .tflite"),
    "text": (lambda: b"not a model" * 50, "not a .tflite"),
    "float": (_float_model, "computes in float32"),
    "unknown-op": (_unknown_op, "layer 0 is TANH (writing 'tensor_1')"),
}


@pytest.mark.parametrize(("make", "words"), BAD_MODELS.values(), ids=BAD_MODELS)
def test_bad_models(tmp_path: Path, ask: Ask, make: Callable[[], bytes], words: str) -> None:
    model, out = tmp_path / "my model.tflite", tmp_path / "out"
    model.write_bytes(make())
    refused(ask("profile", model, "--target", "cortex-m4"), MODEL, words, "my model.tflite")
    refused(ask("compile", model, "--target", "cortex-m4", "--out", out), MODEL, words)
    error = json.loads(ask("profile", model, "--target", "cortex-m4", "--json").out)["error"]
    assert error["code"] == MODEL
    assert not out.exists()


def test_a_model_that_is_not_there(tmp_path: Path, ask: Ask) -> None:
    for path in (tmp_path / "no.tflite", tmp_path):
        refused(ask("profile", path, "--target", "cortex-m4"), MODEL, str(path))


# --- Targets and search spaces

TARGET_FILES = {
    "syntax": ("flash = = 3", "not a TOML file"),
    "unknown-key": ('inherits = "cortex-m4"\nflsh = "64K"', "Did you mean flash?"),
    "no-size": ('inherits = "cortex-m4"\nflash = "lots"', "'lots' is not a size"),
    "negative": ('inherits = "cortex-m4"\nflash = -3', "'-3' is not a size"),
    "beyond-reason": ('inherits = "cortex-m4"\nflash = "' + "9" * 400 + 'M"', "is not a size"),
    "no-core": ('flash = "64K"', "does not say which core"),
    "itself": ('inherits = "target.toml"', "inherits from itself"),
    "nothing-left": (
        'inherits = "cortex-m4"\nflash = "9K"\nreserved_flash = "9K"',
        "leaves nothing",
    ),
}


@pytest.mark.parametrize(("text", "words"), TARGET_FILES.values(), ids=TARGET_FILES)
def test_broken_target_files(tmp_path: Path, ask: Ask, text: str, words: str) -> None:
    file = tmp_path / "target.toml"
    file.write_text(text)
    line = ("fit", tmp_path, "--target", file, "--out", tmp_path / "run")
    refused(ask(*line), TARGET, words, "target.toml")


def test_misspelt_names(tmp_path: Path, ask: Ask) -> None:
    data = image_folder(tmp_path / "data")
    line = ("fit", data, "--out", tmp_path / "run", "--target")
    refused(ask(*line, "cortex-m44"), TARGET, "Did you mean cortex-m4?")
    refused(ask(*line, "no.toml"), TARGET, "there is no file no.toml")
    misspelt = ask(*line, "cortex-m4", "--space", "tinyconv")
    refused(misspelt, TARGET, "Did you mean tiny_conv?")
    assert "reading" not in misspelt.err  # told before the data is read
    refused(ask(*line, "cortex-m4", "--space", "motion_conv"), TARGET, "not for image data")


_HEAD = """from automl_edge.domain.dataset import Modality
NAME, MODALITIES = "mine", (Modality.IMAGE,)
"""
SPACE_FILES = {
    "syntax": ("def build(:", "line 1: SyntaxError"),
    "raises": ("1 / 0", "line 1: ZeroDivisionError"),
    "leaves": ("import sys\nsys.exit(3)", "line 2: SystemExit"),
    "no-package": ("import nothing_of_the_kind", "ModuleNotFoundError"),
    "empty": ("", "it has no NAME"),
    "no-build": (_HEAD, "no function build"),
    "build-raises": (f"{_HEAD}def build(hp, task):\n    raise KeyError('x')\n", "line 4: KeyError"),
    "build-gives-nothing": (f"{_HEAD}def build(hp, task):\n    return None\n", "NoneType"),
}


@pytest.mark.parametrize(("text", "words"), SPACE_FILES.values(), ids=SPACE_FILES)
def test_broken_space_files(tmp_path: Path, ask: Ask, text: str, words: str) -> None:
    data, file = image_folder(tmp_path / "data"), tmp_path / "space.py"
    file.write_text(text)
    line = ("fit", data, "--target", "cortex-m4", "--space", file, "--out", tmp_path / "run")
    refused(ask(*line), TARGET, words)


# --- Options

NONSENSE = {
    "flash": ("--flash", "-3"),
    "no-flash": ("--flash", "0"),
    "endless-flash": ("--flash", "9" * 400 + "M"),
    "unit": ("--ram", "3T"),
    "time": ("--time-limit", "nan"),
    "trials": ("--trials", "0"),
    "seed": ("--seed", "x"),
    "name": ("--name", "9 lives"),
    "c-word": ("--name", "int"),
    "regex": ("--group-by", "("),
    "modality": ("--modality", "video"),
    "unknown": ("--nonsense",),
    "empty-path": ("--out", ""),
}


@pytest.mark.parametrize("words", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_options(tmp_path: Path, ask: Ask, words: tuple[str, ...]) -> None:
    refused(ask("fit", tmp_path, "--target", "cortex-m4", *words), 2)


def test_options_that_do_not_suit_the_data(tmp_path: Path, ask: Ask) -> None:
    data = image_folder(tmp_path / "data")
    refused(ask("check", data, "--modality", "audio"), DATA, "no sound files, but 12 images")
    refused(ask("check", data, "--split", tmp_path / "no.csv"), DATA, "cannot read the split")
    refused(ask("check", data, "--group-by", "zzz"), 2, "matches none")
    refused(ask("check", data, "--test", tmp_path / "no"), DATA, "no folder or zip")
    refused(ask("check", ""), 2, "the path is empty")


# --- Folders


@pytest.mark.parametrize("command", ["fit", "compile"])
def test_output_folders_that_are_not_ours(tmp_path: Path, ask: Ask, command: str) -> None:
    data, model = image_folder(tmp_path / "data"), tmp_path / "m.tflite"
    model.write_bytes(model_for("tensor"))
    before = snapshot(tmp_path)
    line = (command, data if command == "fit" else model, "--target", "cortex-m4", "--out")
    refused(ask(*line, data), RUN, "did not write; nothing in it was changed")
    refused(ask(*line, model), RUN, "is a file")
    refused(ask(*line, model / "below"), DISK, "m.tflite/below", "is a file")
    assert snapshot(tmp_path) == before


def test_a_cache_that_cannot_be_written(
    tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    model = tmp_path / "m.tflite"
    model.write_bytes(model_for("tensor"))
    monkeypatch.setenv("AUTOML_EDGE_CACHE", str(tmp_path / "file"))
    refused(ask("profile", model, "--target", "cortex-m4"), DISK, "AUTOML_EDGE_CACHE")
    assert (tmp_path / "file").read_text() == "mine"


def test_run_directories_that_are_none(tmp_path: Path, ask: Ask) -> None:
    (tmp_path / "empty").mkdir()
    for run in (tmp_path / "empty", tmp_path / "nowhere"):
        refused(ask("predict", run, "a.png"), RUN, "holds no complete C library")
        refused(ask("evaluate", run, tmp_path), RUN, "holds no complete C library")


def test_a_closed_or_full_standard_output(tmp_path: Path) -> None:
    line = f"{sys.executable} -m automl_edge.cli"
    for script, code in (
        (f"{line} targets | head -1", 0),
        (f"{line} targets >/dev/full", DISK),
        (f"{line} targets --json >/dev/full", DISK),
        (f"{line} targets >&-", 0),
        (f"{line} check nowhere --json >/dev/full", DATA),
        (f"{line} check nowhere 2>&-", DATA),
    ):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True
        )
        assert "Traceback" not in done.stderr, script
        assert "Exception ignored" not in done.stderr, script
        assert done.returncode == code, (script, done.stderr)


# --- Fits


def _fit(data: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "automl_edge.cli", "fit", str(data), "--trials", "1"),
            *("--target", "cortex-m4", "--space", "motion_conv", "--out", str(out), *more),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(running: subprocess.Popen[str]) -> Said:
    out, err = running.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in out + err
    return Said(running.returncode, out, err)


def _wait_for_journal(out: Path, running: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not (out / "journal.jsonl").exists() and running.poll() is None:
        assert time.monotonic() < give_up
        time.sleep(0.02)


@pytest.mark.slow
def test_interrupted_then_two_at_once_then_other_data(tmp_path: Path, ask: Ask) -> None:
    """One run directory through its life: Ctrl-C, a second process, resumed, asked wrongly."""
    names = ("né\ne", "🎉 b")
    data, out = motion_folder(tmp_path / "wéird\n🎤", 8, names), tmp_path / "rún\n🎤 x"
    interrupted = _fit(data, out)
    _wait_for_journal(out, interrupted)
    interrupted.send_signal(signal.SIGINT)
    said = _end(interrupted)
    refused(said, INTERRUPTED, "interrupted", "--resume")

    first = _fit(data, out, "--resume")
    time.sleep(0.5)
    line = ("fit", data, "--target", "cortex-m4", "--space", "motion_conv", "--out", out)
    give_up = time.monotonic() + PATIENCE_S
    second = ask(*line, "--resume", "--trials", 1, "--flash", "64K")
    while "another run is working" not in second.err and time.monotonic() < give_up:
        assert first.poll() is None, "it ended before it was asked"
        second = ask(*line, "--resume", "--trials", 1, "--flash", "64K")
    refused(second, RUN, "another run is working")
    done = _end(first)
    assert done.code == 0, done.err

    report = json.loads((out / "report.json").read_text())
    assert report["parity"]["identical"] == report["parity"]["samples"] > 0
    kept = snapshot(out)
    refused(ask(*line), RUN, "already holds a run", "--resume")
    other = motion_folder(tmp_path / "other", 9, names)
    line = ("fit", other, *line[2:])
    refused(ask(*line, "--resume"), RUN, "holds another run: its data is")
    assert snapshot(out) == kept

    sample = next((data / names[1]).iterdir())
    answer = json.loads(ask("predict", out, sample, "--json").out)["predictions"][0]
    assert set(answer["scores"]) == set(names)
    scored = json.loads(ask("evaluate", out, data, "--json").out)
    assert sum(map(sum, scored["confusion"])) == 16
    (tmp_path / "short.csv").write_text(csv_text(motion(1, 3)))
    refused(ask("predict", out, tmp_path / "short.csv"), DATA, "3 usable rows are too few")
    refused(ask("predict", out, tmp_path / "no.csv"), DATA, "no.csv")
    refused(ask("evaluate", out, image_folder(tmp_path / "photos")), DATA, "no motion tables")
    refused(ask("evaluate", out, motion_folder(tmp_path / "strange")), DATA, "not know the class")


@pytest.mark.slow
def test_nothing_fits_and_a_zip_equals_its_folder(tmp_path: Path) -> None:
    """The nearest model is written, and what binds, what is needed and what helps is said."""
    folder = motion_folder(tmp_path / "data", 8)
    packed = zip_folder(folder, tmp_path / "data.zip", "data/")
    running = [
        _fit(folder, tmp_path / "one", "--flash", "2K"),
        _fit(packed, tmp_path / "two", "--flash", "2K", "--json"),
    ]
    words, data = (_end(each) for each in running)
    refused(words, NOTHING_FITS, "Flash binds", "the nearest model needs", "2.0 KiB", "--flash")
    error = json.loads(data.out)["error"]
    assert (data.code, error["code"]) == (NOTHING_FITS, NOTHING_FITS)
    reports = [json.loads((tmp_path / run / "report.json").read_text()) for run in ("one", "two")]
    for report in reports:
        assert (report["status"], report["binding"]) == ("nearest", "flash")
        assert report["parity"]["identical"] == report["parity"]["samples"] > 0
    assert reports[0]["data"]["content_hash"] == reports[1]["data"]["content_hash"]
    assert (tmp_path / "one" / "c" / "library.json").exists()
