"""Figures come from the linked ELF: they follow what is put into it, on every core."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automl_edge.catalog import load_target
from automl_edge.device import emulate
from automl_edge.device.core import Limit
from automl_edge.device.firmware import link_firmware
from automl_edge.device.measure import MARGIN, SLOWEST, Linked, core_run, link_sizes, measure
from automl_edge.domain.footprint import Cost, Footprint, Source
from automl_edge.domain.target import Toolchain
from tests.small_models import library_for

CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "esp32-c3")
PREDICTED = Footprint(
    flash_bytes=1,
    ram_bytes=2,
    latency_ms=3.5,
    macs=4,
    parts=(Cost("front end", 1, 2, 1.5), Cost("0 CONV_2D", latency_ms=2.0)),
)


def chain_of(core: str) -> Toolchain:
    chain = load_target(core).toolchain
    assert chain is not None
    return chain


def part(linked: Linked, name: str) -> int:
    return sum(cost.flash_bytes + cost.ram_bytes for cost in linked.parts if cost.name == name)


@pytest.mark.parametrize("core", CORES)
def test_parts_add_up_to_the_whole_on_every_core(core: str) -> None:
    library = library_for("audio")
    linked = link_sizes(library.sources, chain_of(core))
    assert sum(cost.flash_bytes for cost in linked.parts) == linked.flash_bytes
    ram = sum(cost.ram_bytes for cost in linked.parts)
    assert ram == linked.static_ram_bytes + linked.stack_bytes
    assert linked.static_ram_bytes == library.sources.context_bytes
    assert part(linked, "arena") == library.info.work_bytes >= library.network.arena_bytes
    assert (
        0
        <= part(linked, "weights") - (library.network.weight_bytes + library.network.table_bytes)
        < 4
    )
    assert part(linked, "code") > 0
    assert part(linked, "front end") > 1000
    assert 32 <= linked.stack_bytes <= 1024


@pytest.mark.parametrize("kind", ["image", "audio", "motion", "tensor"])
def test_a_context_takes_what_the_library_says(kind: str) -> None:
    library = library_for(kind)
    linked = link_sizes(library.sources, chain_of("cortex-m4"))
    assert linked.static_ram_bytes == library.info.context_bytes


def test_more_weights_take_as_many_bytes_more() -> None:
    small, large = (library_for("tensor", filters=filters) for filters in (8, 16))
    added = (
        large.network.weight_bytes
        + large.network.table_bytes
        - small.network.weight_bytes
        - small.network.table_bytes
    )
    chain = chain_of("cortex-m4")
    figures = [link_sizes(library.sources, chain) for library in (small, large)]
    assert abs(part(figures[1], "weights") - part(figures[0], "weights") - added) < 4
    assert abs(figures[1].flash_bytes - figures[0].flash_bytes - added) < 8


def test_the_empty_firmware_has_no_ram_and_hardly_any_flash() -> None:
    empty = link_firmware(chain_of("cortex-m4"))
    assert empty.ram_bytes == 0
    assert 64 < empty.flash_bytes < 300


def test_without_an_emulator_the_latency_stays_predicted_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(emulate, "can_emulate", lambda: False)
    found = measure(library_for("motion").sources, load_target("cortex-m0plus"), PREDICTED)
    assert found.flash_source is found.ram_source is Source.LINKED
    assert (found.latency_ms, found.latency_source) == (3.5, Source.PREDICTED)
    assert {cost.name: cost.latency_ms for cost in found.parts if cost.latency_ms} == {
        "front end": 1.5,
        "0 CONV_2D": 2.0,
    }
    assert found.flash_bytes == sum(cost.flash_bytes for cost in found.parts) > 1000
    assert found.ram_bytes > found.stack_bytes > 0


def test_a_long_run_has_the_time_that_a_busy_machine_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Limit] = []
    monkeypatch.setattr(
        "automl_edge.device.measure.run_on_core", lambda _, __, limit: given.append(limit)
    )
    target = load_target("cortex-m7")
    for cycles in (1e6, 9e8):
        latency = cycles * target.cycle_factor / target.clock_hz * 1000
        core_run(library_for("motion").sources, target, replace(PREDICTED, latency_ms=latency))
    short, long = given
    assert short == Limit()
    assert long.seconds == pytest.approx(9e8 / SLOWEST)
    assert long.seconds > short.seconds
    assert long.instructions == pytest.approx(MARGIN * 9e8)


def test_without_a_toolchain_the_prediction_is_an_estimate() -> None:
    target = replace(load_target("cortex-m4"), toolchain=None)
    found = measure(library_for("motion").sources, target, PREDICTED)
    assert (found.flash_bytes, found.ram_bytes) == (1, 2)
    assert found.flash_source is found.ram_source is found.latency_source is Source.ESTIMATED
