"""Every target takes every wish, and the C is made of the kernels that the wish promises."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import automl_edge
from automl_edge import pipeline
from automl_edge.catalog import load_target, spaces_for, target_names
from automl_edge.compiler.sets import kernel_sources
from automl_edge.cost import footprint
from automl_edge.device.measure import measure
from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.optimize import Optimize, optimised
from automl_edge.domain.run import FitSpec, OnEvent
from automl_edge.domain.target import Budget, KernelSet
from automl_edge.errors import RunDirectoryError, UsageError
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Library, Origin
from automl_edge.planning import would_fit_as_size
from automl_edge.search.problem import Problem
from automl_edge.tools import compile_model
from tests.layer_maker import Layers
from tests.makers import motion_folder
from tests.small_models import model_for


def _library(target_name: str, wish: Optimize) -> Library:
    kernels = optimised(load_target(target_name), wish).kernels
    origin = Origin("0", kernels=kernels, optimize=wish)
    return build_library(model_for("tensor"), None, (), 0.0, "tiny", origin)


@pytest.mark.parametrize("wish", Optimize)
@pytest.mark.parametrize("name", target_names())
def test_the_sources_are_those_of_the_set_that_is_promised(name: str, wish: Optimize) -> None:
    promised = KernelSet.PORTABLE if wish is Optimize.SIZE else load_target(name).kernels
    library = _library(name, wish)
    called = library.network.kernels
    assert kernel_sources(called, promised).items() <= library.sources.bundle.items()
    assert bool(library.sources.plain) == (promised is not KernelSet.PORTABLE)


@pytest.mark.parametrize("name", target_names())
def test_size_is_never_larger_and_speed_never_slower(name: str) -> None:
    found = {}
    for wish in Optimize:
        workload = _library(name, wish).network.workload
        found[wish] = footprint(workload, None, optimised(load_target(name), wish))
    size, speed = found[Optimize.SIZE], found[Optimize.SPEED]
    assert size.flash_bytes <= speed.flash_bytes
    assert size.ram_bytes <= speed.ram_bytes
    assert speed.latency_ms <= size.latency_ms
    assert found[Optimize.BALANCED] == speed


@pytest.mark.parametrize("wish", [Optimize.SIZE, Optimize.SPEED])
@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7", "cortex-m33"])
def test_both_cost_tables_of_a_core_are_those_of_its_kernels(core: str, wish: Optimize) -> None:
    target = optimised(load_target(core), wish)
    model = Layers(24, 24, 3).conv(8, 3, 2).depthwise().conv(16, 1).conv(8).mean().dense(4)
    origin = Origin("0", kernels=target.kernels, optimize=wish)
    library = build_library(model.finish(), None, (), 0.0, "tiny", origin)
    predicted = footprint(library.network.workload, None, target)
    measured = measure(library.sources, target, predicted)
    assert predicted.flash_bytes == pytest.approx(measured.flash_bytes, rel=0.05)
    assert predicted.ram_bytes == pytest.approx(measured.ram_bytes, rel=0.05)
    assert predicted.latency_ms == pytest.approx(measured.latency_ms, rel=0.1)


def test_a_library_says_how_it_was_made(tmp_path: Path) -> None:
    model = tmp_path / "tiny.tflite"
    model.write_bytes(model_for("tensor"))
    result = compile_model(model, "cortex-m4", tmp_path / "lib", "tiny", Optimize.SIZE)
    assert result.optimize is Optimize.SIZE
    origin = json.loads((tmp_path / "lib" / "library.json").read_text())["origin"]
    assert (origin["optimize"], origin["kernels"]) == ("size", "portable")
    for file in ("src/tiny.h", "README.md"):
        assert "--optimize size" in (tmp_path / "lib" / file).read_text("utf-8")


@pytest.mark.parametrize(("wish", "helps"), [(Optimize.BALANCED, True), (Optimize.SIZE, False)])
def test_what_size_would_let_fit_is_known(wish: Optimize, helps: bool) -> None:
    """A motion model fits 4 KiB of a Cortex-M4's flash with the portable kernels only."""
    target = optimised(load_target("cortex-m4"), wish)
    task = Task(Modality.MOTION, 4, 2.0, 50.0, motion_offset=(0,), motion_multiplier=(5000,))
    budget = Budget.of(target, flash=4096)
    problem = Problem(spaces_for(Modality.MOTION), task, target, budget, wish)
    assert would_fit_as_size(problem, seed=1) is helps


def test_a_run_is_resumed_with_its_own_wish_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = []

    def interrupted(problem: Problem, *_: object) -> None:
        targets.append((problem.optimize, problem.target.kernels, problem.validation > 0))
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "run_search", interrupted)
    data = motion_folder(tmp_path / "data", per_class=8)
    spec = FitSpec(data, "cortex-m4", tmp_path / "run", optimize=Optimize.SIZE)
    with pytest.raises(KeyboardInterrupt):
        pipeline.run(spec)
    other = replace(spec, optimize=Optimize.SPEED, resume=True)
    with pytest.raises(RunDirectoryError, match="its optimize is 'size', not 'speed'"):
        pipeline.run(other)
    with pytest.raises(KeyboardInterrupt):
        pipeline.run(replace(spec, resume=True))
    assert targets == [(Optimize.SIZE, KernelSet.PORTABLE, True)] * 2


def test_python_takes_the_words_of_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[FitSpec] = []

    def run(spec: FitSpec, _: OnEvent) -> None:
        asked.append(spec)
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "run", run)
    with pytest.raises(KeyboardInterrupt):
        automl_edge.fit(tmp_path, target="cortex-m4", optimize="size")
    assert asked[0].optimize is Optimize.SIZE
    with pytest.raises(UsageError, match="'beauty' is not one of speed, size, balanced"):
        automl_edge.fit(tmp_path, target="cortex-m4", optimize="beauty")
