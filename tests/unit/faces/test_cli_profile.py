"""``profile`` in words, in JSON and as a page, with the work behind it replaced."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from automl_edge.cli import main
from automl_edge.domain.optimize import Optimize
from automl_edge.report.profile import ProfileResult
from tests.command_line import Install, Screen, answer

LINE = ("profile", "m.tflite", "--target", "cortex-m4")


@pytest.fixture
def asked(install: Install, profile: ProfileResult) -> list[tuple[Path, str, Optimize, bool]]:
    """What the library was asked for, which answers with ``profile``."""
    seen: list[tuple[Path, str, Optimize, bool]] = []

    def profile_model(path: Path, target: str, wish: Optimize, rows: bool) -> ProfileResult:
        seen.append((path, target, wish, rows))
        return profile

    install("profiling", profile_model=profile_model)
    return seen


def test_words(asked: list[tuple[Path, str, Optimize, bool]], capsys: Screen) -> None:
    out = answer(capsys, *LINE, "--optimize", "size", "--row-bands")
    assert out.splitlines() == [
        "On Arm Cortex-M4 at 80 MHz",
        "",
        "     layer         op                    MACs     cycles  per MAC  instructions  "
        "RAM while it runs",
        "  0  conv          CONV_2D          1,204,224  6,500,000     5.40     4,000,000  "
        "         12.5 KiB",
        "  1  head\\x1b[31m  FULLY_CONNECTED        256      1,400     5.47         1,100  "
        "             96 B",
        "     total                          1,204,480  6,501,400              4,001,100",
        "  Cycles are predicted, memory without wait states.",
        "",
        "           measured             predicted  for a model",
        "  Flash    25.6 KiB  linked      25.4 KiB    384.0 KiB",
        "  RAM      16.5 KiB  linked      16.5 KiB     96.0 KiB",
        "  Latency   64.1 ms  predicted    64.1 ms    at 80 MHz",
        "",
        "  19 of 20 samples equal the portable kernels (TensorFlow Lite Micro has no package "
        "here) in every byte",
        "  the emulated core computes the same bytes as this machine",
        "",
        "  4 of 12 channels never change an answer and were left out.",
        "",
        "  What would help most, by the cost model and the planner:",
        "   1. Layer 0 (conv) holds the peak. It saves 8.0 KiB of RAM (48 %) and 3,250,700 cycles "
        "(50 %),",
        "      and the network has to be trained again.",
        "   2. --optimize speed takes other kernels. It saves 1,300,280 cycles (20 %); costs 2.0 "
        "KiB of",
        "      flash (8 %) and 512 B of RAM (3 %).",
    ]
    assert asked == [(Path("m.tflite"), "cortex-m4", Optimize.SIZE, True)]


@pytest.mark.usefixtures("asked")
def test_json(capsys: Screen) -> None:
    found = json.loads(answer(capsys, *LINE, "--json"))
    assert set(found) == {
        "model", "target", "optimize", "footprint", "layers", "memory", "notes", "advice",
        "parity", "parity_on_core", "corrections",
    }  # fmt: skip
    known = {"name", "op", "macs", "cycles", "ram_bytes"}
    more = {"latency_ms", "cycles_per_mac", "instructions", "kernel", "in_shape", "out_shape"}
    assert set(found["layers"][0]) == known | more | {"weight_bytes"}
    assert found["memory"]["lifetimes"][0] == {
        "name": "input", "is_scratch": False, "offset": 0, "size": 6912, "first": 0, "last": 0,
    }  # fmt: skip
    assert found["advice"][0] == {
        "kind": "resolution",
        "layer": 0,
        "text": "Layer 0 (conv) holds the peak.",
        "saves": {"flash_bytes": 0, "ram_bytes": 8192, "cycles": 3_250_700},
        "share": 0.5,
        "retrain": True,
    }


@pytest.mark.usefixtures("asked")
def test_a_page_is_written_where_it_is_asked_for(tmp_path: Path, capsys: Screen) -> None:
    page = tmp_path / "my page.html"
    out = answer(capsys, *LINE, "--html", str(page))
    assert out.splitlines()[-1] == f"  '{page}' shows all this and the arena over time."
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert json.loads(answer(capsys, *LINE, "--html", str(page), "--json"))["model"]


@pytest.mark.parametrize("place", [".", "missing/page.html"])
def test_a_place_that_cannot_be_is_told_before_the_work(
    asked: list[tuple[Path, str, Optimize, bool]],
    tmp_path: Path,
    capsys: Screen,
    place: str,
) -> None:
    assert main([*LINE, "--html", str(tmp_path / place)]) == 2
    assert "--html" in capsys.readouterr().err
    assert not asked


def test_the_model_is_never_overwritten(
    asked: list[tuple[Path, str, Optimize, bool]], tmp_path: Path, capsys: Screen
) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(b"model")
    assert main(["profile", str(model), "--target", "cortex-m4", "--html", str(model)]) == 2
    assert "overwrite the model" in capsys.readouterr().err
    assert model.read_bytes() == b"model"
    assert not asked


def test_with_nothing_to_say_nothing_is_said(
    install: Install, profile: ProfileResult, capsys: Screen
) -> None:
    bare = replace(profile, notes=(), advice=())
    install("profiling", profile_model=lambda *_: bare)
    assert answer(capsys, *LINE).splitlines()[-1].endswith("as this machine")
