"""``profile`` from a file to figures: emulated where that can be, predicted where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from automl_edge import profiling
from automl_edge.catalog import load_target
from automl_edge.cli import show_chip
from automl_edge.cli.show_chip import profile_lines
from automl_edge.costs.kept import kept_file
from automl_edge.device import emulate
from automl_edge.domain.footprint import Source
from automl_edge.report.codec import to_json
from automl_edge.report.model import Parity
from tests.graph_networks import residual_network
from tests.small_models import model_for


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.tflite"
    file.write_bytes(model_for("tensor"))
    return file


def test_layers_add_up_to_the_run_but_for_the_interface(model: Path) -> None:
    result = profiling.profile_model(model, "cortex-m4")
    measured = result.footprint.measured
    assert measured.cycles is not None
    layers = sum(layer.cycles for layer in result.layers)
    assert 0 < measured.cycles - layers < 100
    spent = sum(layer.latency_ms for layer in result.layers)
    assert 0 < measured.latency_ms - spent < 0.002
    assert result.parity_on_core == Parity(1, 1, "host")
    convolution, _, dense, _ = result.layers
    assert convolution.cycles_per_mac == round(convolution.cycles / convolution.macs, 3)
    assert dense.latency_ms == pytest.approx(dense.cycles * 1.34 / 80_000)
    shown = "\n".join(profile_lines(result))
    assert "the same bytes as this machine" in shown
    assert f"{convolution.instructions:,}" in shown
    assert "automl-edge[device]" not in shown
    assert to_json(result)["footprint"]["measured"]["instructions"] == measured.instructions


def test_a_second_profile_is_corrected_by_the_first(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOML_EDGE_CACHE", str(tmp_path / "cache"))
    first, second = (profiling.profile_model(model, "cortex-m4") for _ in range(2))
    assert (first.corrections.models, second.corrections.models) == (0, 1)
    found = first.footprint.measured.latency_ms
    assert second.footprint.measured == first.footprint.measured
    before, after = (
        abs(result.footprint.predicted.latency_ms - found) for result in (first, second)
    )
    assert after < before
    assert "corrected" not in "\n".join(profile_lines(first))
    assert "corrected by 1 measured model (" in "\n".join(profile_lines(second))


def test_damage_to_what_was_learnt_is_told(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOML_EDGE_CACHE", str(tmp_path / "cache"))
    kept_file(load_target("cortex-m4")).write_text("{")
    result = profiling.profile_model(model, "cortex-m4")
    assert result.corrections.models == 0
    assert "is damaged" in " ".join(word for line in profile_lines(result) for word in line.split())


def test_other_bytes_on_the_core_are_cried_out(model: Path) -> None:
    result = replace(
        profiling.profile_model(model, "cortex-m4"), parity_on_core=Parity(1, 0, "host")
    )
    assert "OTHER BYTES THAN" in "\n".join(profile_lines(result))


def test_without_unicorn_the_figures_are_predicted_and_the_cure_is_named(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulate, "can_emulate", lambda: False)
    monkeypatch.setattr(show_chip, "can_emulate", lambda: False)
    result = profiling.profile_model(model, "cortex-m4")
    assert result.footprint.measured.latency_source is Source.PREDICTED
    assert result.parity_on_core is None
    assert all(layer.instructions is None for layer in result.layers)
    shown = "\n".join(profile_lines(result))
    assert "pip install 'automl-edge[device]'" in shown
    assert "Cycles are predicted" in shown


def test_row_bands_are_one_layer_whose_figures_were_foretold(tmp_path: Path) -> None:
    """RAM and flash as linked and cycles as emulated are near what was predicted."""
    file = tmp_path / "blocks.tflite"
    file.write_bytes(residual_network(np.random.default_rng([5, 80])))
    whole = profiling.profile_model(file, "cortex-m4")
    banded = profiling.profile_model(file, "cortex-m4", row_bands=True)
    assert "CONV_2D to ADD by rows" in [layer.op for layer in banded.layers]
    assert sum(layer.macs for layer in banded.layers) == sum(layer.macs for layer in whole.layers)
    assert banded.parity.identical == banded.parity.samples
    assert banded.parity_on_core == Parity(1, 1, "host")
    predicted, measured = banded.footprint.predicted, banded.footprint.measured
    assert predicted.ram_bytes == pytest.approx(measured.ram_bytes, rel=0.02)
    assert predicted.flash_bytes == pytest.approx(measured.flash_bytes, rel=0.1)
    assert predicted.latency_ms == pytest.approx(measured.latency_ms, rel=0.1)
    assert measured.ram_bytes < 0.8 * whole.footprint.measured.ram_bytes
    assert measured.latency_ms < 1.1 * whole.footprint.measured.latency_ms
