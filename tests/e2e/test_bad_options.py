"""Models, targets, spaces, options and folders that cannot be meant: a message of their kind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.asking import (
    DATA,
    DISK,
    MODEL,
    RUN,
    TARGET,
    Ask,
    refused,
    snapshot,
)
from tests.makers import (
    image_folder,
)
from tests.small_models import model_for
from tests.tflite_builder import TfliteBuilder

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


def test_weights_that_cannot_be_used(tmp_path: Path, ask: Ask) -> None:
    data = image_folder(tmp_path / "data", size=(48, 40))
    file = tmp_path / "my weights.h5"
    line = ("fit", data, "--target", "cortex-m4", "--out", tmp_path / "run", "--backbone")
    missing = ask(*line, file)
    refused(missing, MODEL, "there is no file", "my weights.h5")
    assert "reading" not in missing.err  # told before the data is read
    file.write_text("weights")
    refused(ask(*line, file), MODEL, "damaged or no HDF5 file", "my weights.h5")
    refused(ask("plan", *line[1:4], "--backbone", file), MODEL, "my weights.h5")
    refused(ask(*line, "none", "--space", "mobilenet_v1_pretrained"), 2, "none are at hand")
    assert not (tmp_path / "run").exists()


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
    "workers": ("--workers", "two"),
    "no-workers": ("--workers", "0"),
    "workers-without-cores": ("--workers", "1000"),
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
        refused(ask("pick", run, "--ram", "16K"), RUN, "it has no journal")


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
