"""The page of ``profile``: its picture is the plan, and no name in it can act."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from automl_edge.compiler import compile_graph, read_tflite, simplify
from automl_edge.domain.target import KernelSet
from automl_edge.profiling import arena_over_time
from automl_edge.report.lifetimes import BOTTOM, LEFT, RIGHT, TOP, lifetimes
from automl_edge.report.profile import LayerRow, ProfileResult
from automl_edge.report.profile_html import render_profile
from tests.graph_networks import random_network
from tests.page_reader import HOSTILE, read


def _planned(profile: ProfileResult, seed: int) -> tuple[ProfileResult, int]:
    """``profile`` with the arena of a random network, and how many layers that has."""
    model = random_network(np.random.default_rng(seed))
    network = compile_graph(simplify(read_tflite(model)), "net", True, KernelSet.DSP)
    layers = tuple(
        replace(profile.layers[0], name=f"layer {number}", ram_bytes=in_use)
        for number, in_use in enumerate(network.in_use)
    )
    return replace(profile, layers=layers, memory=arena_over_time(network)), len(layers)


@pytest.mark.parametrize("seed", range(5))
def test_rectangles_are_the_plan(profile: ProfileResult, seed: int) -> None:
    result, layers = _planned(profile, seed)
    picture = lifetimes(result)
    memory = result.memory
    column, byte = (RIGHT - LEFT) / layers, (BOTTOM - TOP) / memory.arena_bytes
    for box, each in zip(picture.boxes, memory.lifetimes, strict=True):
        assert box.x == pytest.approx(LEFT + each.first * column, abs=0.01)
        assert box.width == pytest.approx((each.last - each.first + 1) * column, abs=0.02)
        assert box.y == pytest.approx(BOTTOM - (each.offset + each.size) * byte, abs=0.01)
        assert box.height == pytest.approx(each.size * byte, abs=0.02)
        assert each.name in box.title
        assert f"{each.size:,} B" in box.title
        assert (box.colour == "rest") == each.is_scratch
    peak = max(range(layers), key=lambda layer: result.layers[layer].ram_bytes)
    assert memory.peak == peak
    assert picture.peak.x == pytest.approx(LEFT + peak * column, abs=0.01)
    assert picture.peak.width == pytest.approx(column, abs=0.02)
    assert all(TOP - 0.01 <= tick.at <= BOTTOM for tick in picture.y_ticks)
    assert len(picture.x_ticks) == layers


def test_rectangles_and_titles_are_on_the_page(profile: ProfileResult) -> None:
    result, _ = _planned(profile, 3)
    picture = lifetimes(result)
    page = render_profile(result)
    assert page.count('<rect class="box') == len(picture.boxes)
    for box in picture.boxes:
        assert f"<title>{box.title}</title>" in page
        place = f'x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"'
        assert place in page


def test_the_page_tells_figures_sources_layers_and_advice(profile: ProfileResult) -> None:
    text = " ".join(" ".join(read(render_profile(profile)).text).split())
    for said in (
        "Fits what the chip leaves for a model",
        "25.6 KiB of 384.0 KiB linked",
        "64.1 ms predicted",
        "read from the firmware that was linked for this core",
        "0 conv CONV_2D conv_2d 48 x 48 x 3 \u2192 24 x 24 x 8 1,204,224 6,500,000 5.40",
        "16 \u2192 2",
        "Layer 0 (conv) holds the peak. It saves 8.0 KiB of RAM (48 %) and 3,250,700 cycles",
        "4 of 12 channels never change an answer",
        "Optimized for balanced (portable kernels).",
        "the same bytes as this machine",
    ):
        assert said in text, said


def test_a_model_that_is_too_large_is_told(profile: ProfileResult) -> None:
    small = replace(profile.target, flash_bytes=20_000, reserved_flash_bytes=0)
    page = render_profile(replace(profile, target=small))
    assert "Larger than what the chip leaves for a model" in page
    assert 'class="verdict bad"' in page


def test_no_name_becomes_markup(profile: ProfileResult) -> None:
    def renamed(layer: LayerRow) -> LayerRow:
        return replace(layer, name=HOSTILE)

    hostile = replace(
        profile,
        model=HOSTILE,
        notes=(HOSTILE,),
        layers=tuple(map(renamed, profile.layers)),
        memory=replace(
            profile.memory,
            lifetimes=tuple(replace(each, name=HOSTILE) for each in profile.memory.lifetimes),
        ),
        advice=tuple(replace(advice, text=HOSTILE) for advice in profile.advice),
    )
    plain, found = read(render_profile(profile)), read(render_profile(hostile))
    assert found.tags == plain.tags
    assert found.open == []
    assert not {"script", "img", "iframe", "link"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]


def test_the_page_asks_for_nothing_else_and_has_both_modes(profile: ProfileResult) -> None:
    page = render_profile(profile)
    assert not re.search(r"https?:|url\(|@import|src=|href=", page)
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert page == render_profile(profile)
