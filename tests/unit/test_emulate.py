"""A library's own firmware on the emulated core: parts, stack, answers, faults."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from automl_edge.catalog import load_target
from automl_edge.device import emulate, measure
from automl_edge.device.core import Limit
from automl_edge.device.emulate import Bench, CoreRun, run_on_core, stimulus, why_not_emulated
from automl_edge.device.firmware import firmware_elf
from automl_edge.device.measure import core_run, link_sizes
from automl_edge.device.sources import CSources
from automl_edge.domain.footprint import Cost, Footprint, Source
from automl_edge.domain.target import Target
from automl_edge.errors import EnvironmentProblem, FirmwareFault, ModelFileError, TargetError
from automl_edge.verify import same_on_core
from tests.small_models import library_for

CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "esp32-c3")
KINDS = ("image", "audio", "motion", "tensor")
LAYERS = ["0 CONV_2D", "1 MEAN", "2 FULLY_CONNECTED", "3 SOFTMAX"]
PREDICTED = Footprint(1, 2, 3.5, 4, (Cost("0 CONV_2D", latency_ms=3.5),))


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own."""
    monkeypatch.setenv("AUTOML_EDGE_CACHE", str(tmp_path))
    return tmp_path


def bench(library: CSources, target: Target, limit: Limit | None = None, paint: int = 1) -> Bench:
    assert target.toolchain is not None
    elf = firmware_elf(target.toolchain, library).read_bytes()
    return Bench(elf, target.core, limit or Limit(), paint)


def changed(library: CSources, file: str, old: str, new: str) -> CSources:
    """The library with one line of its C replaced."""
    text = library.bundle[file].decode()
    assert text.count(old) == 1
    return replace(library, bundle={**library.bundle, file: text.replace(old, new).encode()})


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_emulated_core_computes_what_this_machine_computes(core: str, kind: str) -> None:
    library = library_for(kind).sources
    run = run_on_core(library, load_target(core))
    assert same_on_core(library, run)
    assert not same_on_core(library, replace(run, scores=run.scores[::-1] + b"\x55"))
    assert [part.name for part in run.parts] == ["interface", "front end", *LAYERS]
    assert [part.name for part in run.layers] == LAYERS
    assert all(part.instructions <= part.cycles for part in run.parts)
    assert all(part.instructions > 100 for part in run.layers)
    assert (run.parts[1].instructions > 0) == (kind != "tensor")
    assert [part.streams_weights for part in run.layers] == [False, False, True, False]


def test_parts_are_all_that_happens_between_main_and_the_answer() -> None:
    library, target = library_for("audio").sources, load_target("cortex-m4")
    whole = bench(replace(library, layers=()), target).classify(library, stimulus(library))
    known = bench(library, target).classify(library, stimulus(library))
    assert (known.instructions, known.cycles) == (whole.instructions, whole.cycles)
    unknown = replace(library, layers=())
    alone = bench(unknown, target).classify(unknown, stimulus(library))
    assert [part.name for part in alone.parts] == ["interface", "front end", "network"]
    assert alone.layers[0].cycles == sum(part.cycles for part in known.layers)


def test_more_filters_cost_where_they_are() -> None:
    target = load_target("cortex-m4")
    small, large = (run_on_core(library_for("tensor", filters=n).sources, target) for n in (8, 16))
    ratios = [b.cycles / a.cycles for a, b in zip(small.layers, large.layers, strict=True)]
    assert 1.5 < ratios[0] < 2.1
    assert 1.3 < ratios[2] < 2.1
    assert 0.8 < ratios[3] < 1.2


def test_a_layer_of_several_calls_is_one_part() -> None:
    library, target = library_for("tensor").sources, load_target("cortex-m4")
    first, second, *rest = library.layers
    joined = replace(first, name="both", calls=first.calls + second.calls)
    apart = run_on_core(library, target)
    together = run_on_core(replace(library, layers=(joined, *rest)), target)
    assert [part.name for part in together.layers] == ["both", *LAYERS[2:]]
    assert together.layers[0].cycles == apart.layers[0].cycles + apart.layers[1].cycles
    with pytest.raises(ValueError, match=r"tiny_net_run makes 4 calls, not 3"):
        run_on_core(replace(library, layers=(first, *rest)), target)


@pytest.mark.parametrize("kind", KINDS)
def test_the_painted_stack_lies_below_the_call_graphs_bound(kind: str) -> None:
    library, target = library_for(kind).sources, load_target("cortex-m4")
    assert target.toolchain is not None
    bound = link_sizes(library, target.toolchain).stack_bytes
    painted = run_on_core(library, target).stack_bytes
    assert 0.5 * bound < painted <= bound


def test_a_known_frame_is_found_to_the_byte_whatever_the_paint() -> None:
    library, target = library_for("tensor").sources, load_target("cortex-m0plus")
    runs = [bench(library, target, paint=n).classify(library, stimulus(library)) for n in (1, 2)]
    assert runs[0] == runs[1]
    call = "    tiny_net_run(tiny_input(context), context->work);\n"
    fill = "    for (int32_t i = 0; i < 512; i++) {\n        frame[i] = i;\n    }\n"
    frame = f"    volatile int32_t frame[512];\n\n{fill}"
    deep = changed(library, "tiny.c", call, frame + call + fill)
    found = bench(deep, target).classify(deep, stimulus(deep))
    assert 2048 <= found.stack_bytes - runs[0].stack_bytes <= 2048 + 16


def test_noise_in_memory_does_not_change_a_run() -> None:
    library, target = library_for("image").sources, load_target("esp32-c3")
    runs = [bench(library, target, paint=n).classify(library, stimulus(library)) for n in (3, 4)]
    assert runs[0] == runs[1]


MANY = 100_000
"""Twice what a run takes that ends: the limit is looked at now and then, from another thread."""

FAULTS = [
    ("for (;;) {}", r"ran past its time \(100,000 instructions\)"),
    ("*(volatile int32_t *)0x50000000 = 1;", r"reached for 0x50000000, where there is no memory,"),
    ("__builtin_trap();", r"cannot go on \(.+\)"),
]


@pytest.mark.parametrize(("statement", "words"), FAULTS)
@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4", "esp32-c3"])
def test_a_fault_names_function_and_line(core: str, statement: str, words: str) -> None:
    library = library_for("motion").sources
    first = "    int32_t best = 0;\n"
    broken = changed(library, "ae_best_score.c", first, f"{first}    {statement}\n")
    line = 1 + broken.bundle["ae_best_score.c"].decode().split(statement)[0].count("\n")
    limited = bench(broken, load_target(core), Limit(instructions=MANY))
    with pytest.raises(FirmwareFault) as told:
        limited.classify(broken, stimulus(broken))
    place = rf" in tiny_best_score, ae_best_score\.c line {line}$"
    assert told.match("^the firmware " + words + place)
    assert told.value.code == 7


def test_a_run_is_kept_beside_the_elf_and_made_anew_when_it_cannot_be_read(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, target = library_for("tensor").sources, load_target("cortex-m4")
    first = run_on_core(library, target)
    (kept,) = fresh.glob("*.run")
    runs: list[CoreRun] = []
    classify = Bench.classify

    def counted(self: Bench, *arguments: object) -> CoreRun:
        runs.append(classify(self, *arguments))
        return runs[-1]

    monkeypatch.setattr(emulate.Bench, "classify", counted)
    assert run_on_core(library, target) == first
    assert not runs
    kept.write_text('{"parts": 3')
    assert run_on_core(library, target) == first
    assert len(runs) == 1


def test_measured_figures_come_from_the_run() -> None:
    library, target = library_for("motion").sources, load_target("nucleo-l4r5zi")
    assert target.toolchain is not None
    run, linked = run_on_core(library, target), link_sizes(library, target.toolchain)
    found = measure.measure(library, target, PREDICTED)
    assert (found.flash_source, found.ram_source) == (Source.LINKED, Source.EMULATED)
    assert found.latency_source is Source.EMULATED
    assert (found.instructions, found.cycles) == (run.instructions, run.cycles)
    assert found.stack_bytes == run.stack_bytes
    assert found.ram_bytes == linked.static_ram_bytes + run.stack_bytes
    assert found.ram_bytes == sum(part.ram_bytes for part in found.parts)
    assert found.flash_bytes == sum(part.flash_bytes for part in found.parts)
    assert found.latency_ms == pytest.approx(sum(part.latency_ms for part in found.parts))
    streamed = run.layers[2].cycles
    expected = (run.cycles - streamed) * 1.18 + streamed * 1.34
    assert found.latency_ms == pytest.approx(expected / 120_000)
    times = {part.name: part.latency_ms for part in found.parts}
    assert times["2 FULLY_CONNECTED"] == pytest.approx(streamed * 1.34 / 120_000)


def test_without_unicorn_latency_stays_predicted_and_the_reason_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library, target = library_for("motion").sources, load_target("cortex-m4")
    monkeypatch.setattr(emulate, "can_emulate", lambda: False)
    assert why_not_emulated(target) == "unicorn and capstone are not installed"
    with pytest.raises(EnvironmentProblem, match="cortex-m4 cannot be emulated"):
        run_on_core(library, target)
    found = measure.measure(library, target, PREDICTED)
    assert (found.latency_ms, found.latency_source) == (3.5, Source.PREDICTED)
    assert (found.instructions, found.cycles, found.ram_source) == (None, None, Source.LINKED)


def test_what_would_take_minutes_stays_predicted() -> None:
    library, target = library_for("motion").sources, load_target("cortex-m4")
    slow = replace(PREDICTED, latency_ms=20_000.0)
    assert core_run(library, target, slow) is None
    assert core_run(library, target, PREDICTED) is not None
    assert core_run(replace(library, window=()), target, PREDICTED) is None


def test_a_core_that_is_not_known_is_told() -> None:
    target = replace(load_target("cortex-m4"), core="cortex-m55")
    with pytest.raises(TargetError, match="does not know the core 'cortex-m55'"):
        run_on_core(library_for("motion").sources, target)


def test_a_model_larger_than_any_memory_map_is_told() -> None:
    library, target = library_for("tensor").sources, load_target("cortex-m4")
    array = "    static volatile int32_t array[80000000];\n\n    array[0] = 1;\n"
    large = changed(library, "tiny.c", "    tiny_net_run(", array + "    tiny_net_run(")
    assert target.toolchain is not None
    with pytest.raises(ModelFileError, match="too large for the firmware's memory map, 256 MiB"):
        firmware_elf(target.toolchain, large)
