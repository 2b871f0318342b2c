"""A library measured on its core teaches the predictor what its kernels took."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automl_edge import feedback
from automl_edge.catalog import load_target
from automl_edge.cost import footprint
from automl_edge.costs.correction import NO_CORRECTIONS
from automl_edge.domain.footprint import Source
from automl_edge.domain.target import KernelSet
from automl_edge.export.c_library import build_library
from automl_edge.feedback import measured
from tests.small_models import LABELS, ORIGIN, SPECS, library_for, small_model

TARGET = replace(load_target("cortex-m4"), kernels=KernelSet.PORTABLE)


@pytest.mark.parametrize("kind", ["image", "audio", "motion", "tensor"])
def test_each_part_is_told_by_the_kernel_that_ran_it(kind: str) -> None:
    library = library_for(kind)
    predicted = footprint(library.network.workload, library.info.features, TARGET)
    found = measured(library, TARGET, predicted)
    assert found.footprint.latency_source is Source.EMULATED
    assert found.lesson is not None
    front_end = {"audio": "logmel", "tensor": None}.get(kind, kind)
    kinds = {*library.network.main_kernels} | ({f"front end {front_end}"} if front_end else set())
    *shares, stack = found.lesson.shares
    assert {share.kind for share in shares} == kinds
    assert stack.kind.removeprefix("stack ") in kinds
    assert stack.measured == pytest.approx(found.footprint.stack_bytes / predicted.stack_bytes)
    assert sum(share.predicted for share in shares) == pytest.approx(1, abs=1e-4)
    taken = sum(share.measured for share in shares)
    assert taken == pytest.approx(
        found.footprint.latency_ms / predicted.latency_ms, rel=0.05
    )  # not quite: dense layers have a factor of their own, a bare network's caller is left out
    corrected = footprint(
        library.network.workload,
        library.info.features,
        TARGET,
        NO_CORRECTIONS.learnt(found.lesson),
    )
    before, after = (
        abs(cost.latency_ms - found.footprint.latency_ms) for cost in (predicted, corrected)
    )
    assert after < before
    used = found.footprint.stack_bytes
    assert abs(corrected.stack_bytes - used) <= abs(predicted.stack_bytes - used)
    assert (
        corrected.ram_bytes - predicted.ram_bytes == corrected.stack_bytes - predicted.stack_bytes
    )
    assert measured(library, TARGET, predicted) == found


def test_the_same_layers_with_other_weights_are_the_same_model() -> None:
    spec = SPECS["image"]
    keys = []
    for filters, seed in ((8, 1), (8, 2), (12, 1)):
        model = small_model(spec.output_shape, filters, seed)
        library = build_library(model, spec, LABELS, 0.0, "model", ORIGIN)
        predicted = footprint(library.network.workload, spec, TARGET)
        lesson = measured(library, TARGET, predicted).lesson
        assert lesson is not None
        keys.append(lesson.key)
    assert keys[0] == keys[1] != keys[2]


def test_nothing_is_learnt_where_nothing_is_emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    library = library_for("image")
    predicted = footprint(library.network.workload, library.info.features, TARGET)
    monkeypatch.setattr(feedback, "core_run", lambda *_: None)
    assert measured(library, TARGET, predicted).lesson is None
