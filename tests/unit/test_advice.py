"""Each kind of advice on a network that calls for it, and none where nothing is gained."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from automl_edge.advice import Subject, advise
from automl_edge.catalog import load_target
from automl_edge.compiler import compile_graph, read_tflite, simplify
from automl_edge.cost import footprint
from automl_edge.domain.footprint import Footprint
from automl_edge.domain.optimize import Optimize, optimised
from automl_edge.profiling import arena_over_time, layer_rows, notes
from automl_edge.report.profile import Advice, AdviceKind, LayerRow, Memory
from tests.layer_maker import Layers


@dataclass(frozen=True)
class Profiled:
    """A network's layers, predicted, its arena, and what is said about it."""

    layers: tuple[LayerRow, ...]
    memory: Memory
    measured: Footprint
    notes: tuple[str, ...]
    advice: tuple[Advice, ...]


def profiled(
    layers: Layers, target_name: str = "cortex-m4", wish: Optimize = Optimize.BALANCED
) -> Profiled:
    """What ``profile`` says of a network on a core that is not emulated, without building it."""
    plain = load_target(target_name)
    target = optimised(plain, wish)
    graph = read_tflite(layers.finish())
    network = compile_graph(simplify(graph), "made", True, target.kernels)
    rows = layer_rows(network, None, target)
    measured = footprint(network.workload, None, target)
    subject = Subject(network, target, plain, rows, measured)
    said = tuple(notes(graph, subject))
    return Profiled(rows, arena_over_time(network), measured, said, advise(subject))


def _of_kind(result: Profiled, kind: AdviceKind) -> list[Advice]:
    return [advice for advice in result.advice if advice.kind is kind]


def _cycles(result: Profiled) -> int:
    return sum(layer.cycles for layer in result.layers)


def test_what_saves_most_comes_first_and_each_has_its_figure() -> None:
    result = profiled(Layers(24, 24, 3).conv(8).depthwise().conv(16, 1).mean().dense(4))
    shares = [advice.share for advice in result.advice]
    assert shares == sorted(shares, reverse=True)
    assert min(shares) >= 0.01
    measured, cycles = result.measured, _cycles(result)
    for advice in result.advice:
        saves = advice.saves
        parts = (
            saves.flash_bytes / measured.flash_bytes,
            saves.ram_bytes / measured.ram_bytes,
            saves.cycles / cycles,
        )
        assert advice.share == pytest.approx(max(parts), abs=1e-4)
        assert re.search(r"\d", advice.text)


def test_the_peak_is_named_with_what_half_the_resolution_would_make_of_it() -> None:
    body = (8, 16)
    large, small = (
        profiled(Layers(size, size, 3).conv(body[0]).conv(body[1], 1).mean().dense(4))
        for size in (24, 12)
    )
    advice = next(a for a in _of_kind(large, AdviceKind.RESOLUTION) if "the input" in a.text)
    assert advice.layer == large.memory.peak
    assert f"Layer {large.memory.peak} (" in advice.text
    assert "24 x 24 becomes 12 x 12" in advice.text
    assert advice.saves.ram_bytes == large.memory.arena_bytes - small.memory.arena_bytes
    assert advice.saves.cycles == pytest.approx(_cycles(large) - _cycles(small), abs=5)
    assert advice.retrain


def test_fewer_channels_at_the_peak() -> None:
    wide, narrow = (
        profiled(Layers(16, 16, 1).conv(filters).mean().dense(4)) for filters in (16, 8)
    )
    advice = next(a for a in _of_kind(wide, AdviceKind.CHANNELS) if "8 channels" in a.text)
    assert advice.saves.ram_bytes == wide.memory.arena_bytes - narrow.memory.arena_bytes


def test_rows_at_a_time_where_that_makes_the_arena_smaller() -> None:
    large = Layers(48, 48, 3).conv(8).depthwise().conv(16, 1).depthwise(stride=2).mean().dense(4)
    (advice,) = _of_kind(profiled(large), AdviceKind.ROW_BANDS)
    assert re.search(r"--row-bands computes layers \d to \d a few rows at a time", advice.text)
    assert advice.saves.ram_bytes > 0
    assert advice.saves.flash_bytes < 0
    assert not advice.retrain
    small = Layers(1, 1, 16).dense(8).dense(4)
    assert not _of_kind(profiled(small), AdviceKind.ROW_BANDS)


def test_channels_that_fill_what_kernels_take_at_once_can_be_cheaper() -> None:
    odd, even = (
        profiled(Layers(12, 12, 8).conv(filters, 1).conv(32, 1).mean().dense(2))
        for filters in (15, 16)
    )
    assert _cycles(even) < _cycles(odd)
    advice = next(a for a in _of_kind(odd, AdviceKind.CHANNELS) if "no multiple of 4" in a.text)
    assert advice.layer == 0
    assert "15 channels" in advice.text
    assert "With 16" in advice.text
    assert advice.saves.cycles == pytest.approx(_cycles(odd) - _cycles(even), abs=5)
    assert not [a for a in even.advice if "no multiple of 4" in a.text]


def test_slow_layers_are_compared_with_the_best_of_their_kind() -> None:
    result = profiled(Layers(16, 16, 2).conv(16, 1).conv(32, 3).mean().dense(4))
    slow, fast = result.layers[:2]
    (advice,) = [a for a in _of_kind(result, AdviceKind.RATE) if a.layer == 0]
    assert advice.saves.cycles == slow.cycles - round(slow.macs * fast.cycles / fast.macs)
    assert "sums of 2 products, the other's of 144" in advice.text


def test_a_layer_whose_numbers_the_set_cannot_take_says_why() -> None:
    strong = profiled(Layers(8, 8, 4).conv(8, out_scale=0.001).conv(8).mean().dense(2))
    assert strong.layers[0].kernel == "conv_2d"
    assert strong.layers[1].kernel == "conv_2d_packed"
    assert any("a quarter or more in 8 of 8 channels" in note for note in strong.notes)
    (advice,) = _of_kind(strong, AdviceKind.FALLBACK)
    plain = profiled(Layers(8, 8, 4).conv(8).conv(8).mean().dense(2))
    assert advice.layer == 0
    assert not advice.retrain
    assert advice.saves.cycles == pytest.approx(_cycles(strong) - _cycles(plain), abs=2)
    portable = profiled(
        Layers(8, 8, 4).conv(8, out_scale=0.001).conv(8).mean().dense(2), wish=Optimize.SIZE
    )
    assert not portable.notes
    assert not _of_kind(portable, AdviceKind.FALLBACK)


def test_a_window_that_the_set_has_no_kernel_for() -> None:
    result = profiled(Layers(12, 12, 8).conv(8, 1).depthwise(5).conv(8, 1).mean().dense(2))
    (advice,) = _of_kind(result, AdviceKind.FALLBACK)
    assert advice.layer == 1
    assert "its windows are 5 x 5 at stride 1, and the set's 3 x 3" in advice.text
    small = profiled(Layers(12, 12, 8).conv(8, 1).depthwise(3).conv(8, 1).mean().dense(2))
    assert advice.saves.cycles == pytest.approx(_cycles(result) - _cycles(small), rel=0.01)


@pytest.mark.parametrize("name", ["RELU", "QUANTIZE"])
def test_an_operator_that_need_not_be(name: str) -> None:
    result = profiled(Layers(12, 12, 3).conv(8).unary(name).conv(8).mean().dense(2))
    (advice,) = _of_kind(result, AdviceKind.UNFUSED)
    assert advice.layer == 1
    assert not advice.retrain
    assert advice.saves.cycles == pytest.approx(result.layers[1].cycles, abs=2)


def test_padding_of_its_own() -> None:
    result = profiled(Layers(12, 12, 3).conv(8).pad(1).conv(8).mean().dense(2))
    (advice,) = _of_kind(result, AdviceKind.UNFUSED)
    assert "pads ('same')" in advice.text
    assert advice.saves.ram_bytes > 0


def test_weights_of_a_flattened_plane() -> None:
    flat, pooled = (
        profiled(network.dense(40))
        for network in (Layers(12, 12, 3).conv(8).flat(), Layers(12, 12, 3).conv(8).mean())
    )
    (advice,) = _of_kind(flat, AdviceKind.WEIGHTS)
    assert "flattened plane of 12 x 12 x 8" in advice.text
    saved = flat.layers[1].weight_bytes - pooled.layers[2].weight_bytes
    assert 0 < saved - advice.saves.flash_bytes < 600, "the kernel that averages takes flash"
    assert not _of_kind(pooled, AdviceKind.WEIGHTS)


def test_heavy_weights_between_other_layers() -> None:
    result = profiled(Layers(1, 1, 64).dense(200).dense(100).dense(4))
    (advice,) = _of_kind(result, AdviceKind.WEIGHTS)
    assert advice.layer == 1
    assert "With 50 of the 100 channels that it writes" in advice.text


def test_the_portable_kernels_are_told_what_the_core_s_own_would_save() -> None:
    network = Layers(12, 12, 3).conv(8).conv(16).mean().dense(2)
    (advice,) = _of_kind(profiled(network, wish=Optimize.SIZE), AdviceKind.OPTIMIZE)
    assert advice.saves.cycles > 0 > advice.saves.flash_bytes
    assert not _of_kind(profiled(network), AdviceKind.OPTIMIZE)


def test_a_chip_that_is_too_small_is_told_of_smaller_kernels(
    tmp_path: Path,
) -> None:
    tiny = tmp_path / "tiny.toml"
    tiny.write_text(
        'title = "Tiny"\ninherits = "cortex-m4"\nflash = "6 KiB"\nreserved_flash = "1 KiB"\n'
    )
    network = Layers(8, 8, 3).conv(8).conv(16).mean().dense(2)
    (advice,) = _of_kind(profiled(network, str(tiny)), AdviceKind.OPTIMIZE)
    assert "--optimize size" in advice.text
    assert advice.saves.flash_bytes > 0 > advice.saves.cycles
    small = optimised(load_target(str(tiny)), Optimize.SIZE)
    assert small.kernels.value == "portable"


def test_nothing_is_said_where_nothing_is_gained() -> None:
    assert profiled(Layers(1, 1, 4).dense(4)).advice == ()


@pytest.mark.parametrize("target", ["esp32", "android-phone", "cortex-m0plus", "esp32-c3"])
def test_every_target_is_advised(target: str) -> None:
    result = profiled(Layers(24, 24, 3).conv(8).depthwise().conv(16, 1).mean().dense(4), target)
    assert _of_kind(result, AdviceKind.RESOLUTION)
