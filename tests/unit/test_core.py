"""Hand-made code on emulated cores: exact counts, cycles by the manuals, every end of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automl_edge.device import core as core_module
from automl_edge.device.core import Core, End, Limit, Program, Scope, Work
from automl_edge.device.cycle_table import cycle_table, emulated_cores
from automl_edge.device.elf import Segment
from automl_edge.errors import EnvironmentProblem, TargetError

RAM = 0x2000_0000
RETURN_TO = 0x800
CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33")

# Encodings as GNU as gives them, byte by byte.
LOOP = "0520 0138 fdd1 7047"  # movs r0, #5; 1: subs r0, #1; bne 1b; bx lr
FOREVER = "00bf fee7"  # nop; 1: b 1b
RISCV_LOOP = "1545 7d15 7dfd 8280"  # c.li a0, 5; 1: c.addi a0, -1; c.bnez a0, 1b; ret


def loaded(core: str, code: str, *scopes: Scope, parts: int = 1) -> Core:
    regions = ((0, 4096), (RAM, 4096))
    segments = (Segment(0, bytes.fromhex(code)),)
    return Core(core, Program(regions, segments, scopes, parts))


def called(core: str, code: str) -> Work:
    """The work of ``code`` when it is called and returns; r0 points into memory."""
    bench = loaded(core, code)
    registers = {"sp": RAM + 4096, "0": RAM + 256, "return": RETURN_TO | bench.thumb}
    assert bench.run(0, registers, RETURN_TO).end is End.UNTIL
    return bench.work()[0]


@pytest.mark.parametrize("core", CORES)
def test_a_loop_is_counted_to_the_instruction(core: str) -> None:
    assert called(core, LOOP) == Work(instructions=1 + 5 * 2 + 1, cycles=1 + 5 * 2 + 4 + 1)


def test_a_riscv_loop_is_counted_to_the_instruction() -> None:
    assert called("esp32-c3", RISCV_LOOP) == Work(1 + 5 * 2 + 1, 1 + 5 * 2 + 4 + 1)


# What each takes on a Cortex-M4 without the bx lr, which takes 1 and is not followed.
M4 = {
    "0168": 2,  # ldr r1, [r0]
    "0160": 1,  # str r1, [r0]
    "d0e90023": 3,  # ldrd r2, r3, [r0]
    "0ec8": 4,  # ldmia r0!, {r1-r3}
    "80e80600": 3,  # stmia r0, {r1, r2}
    "90ed000a": 2,  # vldr s0, [r0]
    "90ed000b": 3,  # vldr d0, [r0]
    "80ed000a": 2,  # vstr s0, [r0]
    "90ec040a": 5,  # vldmia r0, {s0-s3}
    "90ec080b": 9,  # vldmia r0, {d0-d3}
    "80ec040a": 5,  # vstmia r0, {s0-s3}
    "2ded048b bdec048b": 10,  # vpush {d8, d9}; vpop {d8, d9}
    "00ee100a 10ee101a": 2,  # vmov s0, r0; vmov r1, s0
    "52ec101b": 2,  # vmov r1, r2, d0
    "5bec10ab": 2,  # vmov sl, fp, d0
    "21fb0231": 1,  # smlad r1, r1, r2, r3
    "c2fbc314": 1,  # smlald r1, r4, r2, r3
    "82fb0313": 1,  # smull r1, r3, r2, r3
    "52fb1311": 1,  # smmlar r1, r2, r3, r1
    "e2fb6313": 1,  # umaal r1, r3, r2, r3
    "02fb0311": 1,  # mla r1, r2, r3, r1
    "92fbf2f1": 7,  # sdiv r1, r2, r2
    "8042 00d0 00bf": 3,  # cmp r0, r0; beq 1f (taken: 2); nop; 1:
    "8042 00d1 00bf": 3,  # cmp r0, r0; bne 1f (not taken: 1); nop; 1:
}


@pytest.mark.parametrize("code", M4)
def test_a_cortex_m4_takes_the_manuals_cycles(code: str) -> None:
    assert called("cortex-m4", f"{code} 7047").cycles == M4[code] + 1


def test_tables_of_other_cores_differ_where_their_manuals_do() -> None:
    store, pop, long_multiply = "0160 7047", "f0b5 f0bd", "82fb0313 7047"
    assert called("cortex-m0plus", store).cycles == 2 + 1
    assert called("cortex-m0plus", pop).cycles == 6 + 7  # the branch itself is not followed
    assert called("cortex-m4", pop).cycles == 6 + 6
    assert called("cortex-m3", long_multiply).cycles == 4 + 1


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4"])
def test_conditional_instructions_count_whether_they_are_executed_or_not(core: str) -> None:
    skipped, executed = "0028 08bf 0121 7047", "0028 18bf 0121 7047"
    assert called(core, skipped) == called(core, executed) == Work(4, 4)
    left = called(core, "8042 08bf 7047 00bf 7047")  # cmp r0, r0; it eq; bxeq lr; ...
    assert left == Work(3, 3)


def test_code_counts_for_its_own_part_or_for_its_caller() -> None:
    # 0: push {lr}; bl 8; bl 8; at 8 (pop follows at 0xa): see the offsets in the comments.
    code = "00b5 00f004f8 00f002f8 00bd 00bf 7047"  # 2: bl 0xe; 6: bl 0xe; a: pop {pc}; e: bx lr
    bench = loaded("cortex-m4", code, Scope(0, 6, 1), Scope(6, 10, 2), Scope(10, 12, 1), parts=3)
    stop = bench.run(0, {"sp": RAM + 4096, "return": RETURN_TO | 1}, RETURN_TO)
    assert stop.end is End.UNTIL
    found = [work.instructions for work in bench.work()]
    assert found == [0, 2 + 1 + 1, 1 + 1]  # push, bl, bx; pop; then bl, bx
    assert bench.work() == (Work(), Work(), Work())


def test_a_run_goes_on_where_it_stopped_and_nothing_is_counted_twice() -> None:
    bench = loaded("cortex-m4", LOOP)
    registers = {"sp": RAM + 4096, "return": RETURN_TO | 1}
    first = bench.run(0, registers, until=6)
    assert (first.end, first.pc) == (End.UNTIL, 6)
    assert bench.run(until=RETURN_TO).end is End.UNTIL
    assert bench.work()[0] == called("cortex-m4", LOOP)


def test_arguments_and_memory_can_be_read() -> None:
    bench = loaded("cortex-m4", "0160 0a46 7047")  # str r1, [r0]; mov r2, r1; bx lr
    registers = {"0": RAM, "1": 0x01020304, "return": RETURN_TO | 1}
    stop = bench.run(0, registers, RETURN_TO)
    assert stop.arguments[:3] == (RAM, 0x01020304, 0x01020304)
    assert bench.read(RAM, 4) == bytes((4, 3, 2, 1))


@pytest.mark.parametrize(
    ("core", "code"),
    [
        ("cortex-m4", "00bf 00bf 0168 7047"),  # nop; nop; ldr r1, [r0]
        ("esp32-c3", "0100 0100 0c41 8280"),  # c.nop; c.nop; c.lw a1, 0(a0)
    ],
)
def test_reaching_for_missing_memory_tells_who_and_where(core: str, code: str) -> None:
    stop = loaded(core, code).run(0, {"0": 0x4000_0000}, RETURN_TO)
    assert (stop.end, stop.address, stop.pc) == (End.FAULT, 0x4000_0000, 4)


def test_writing_the_answer_ends_a_run() -> None:
    bench = loaded("cortex-m4", "0160 7047")
    registers = {"0": 0x7000_0000, "return": RETURN_TO | 1}
    assert bench.run(0, registers, answer=0x7000_0000).end is End.ANSWER
    assert bench.run(0, registers, answer=0x7000_0004).end is End.FAULT


@pytest.mark.parametrize(
    ("core", "code"),
    [
        ("cortex-m4", "00bf ffde"),  # nop; udf #255
        ("cortex-m0plus", "00bf d0e90023"),  # nop; ldrd, which a Cortex-M0+ lacks
        ("esp32-c3", "0100 0000"),  # c.nop; an illegal instruction
        ("esp32-c3", "0100 ffffffff"),  # c.nop; a longer one
    ],
)
def test_what_is_no_instruction_is_a_fault(core: str, code: str) -> None:
    stop = loaded(core, code).run(0, {"sp": RAM + 4096}, RETURN_TO)
    assert (stop.end, stop.pc, stop.address) == (End.FAULT, 2, None)
    assert stop.why


def test_a_run_without_end_is_stopped_by_its_budget() -> None:
    for limit, end in (
        (Limit(instructions=1000), End.INSTRUCTIONS),
        (Limit(seconds=0.0), End.SECONDS),
    ):
        bench = loaded("cortex-m4", FOREVER)
        stop = bench.run(0, until=RETURN_TO, limit=limit)
        assert (stop.end, stop.pc) == (end, 2)


def test_one_process_serves_core_after_core() -> None:
    counts = {called(core, LOOP) for core in CORES for _ in range(10)}
    assert len(counts) == 1
    first = loaded("cortex-m4", LOOP)
    loaded("cortex-m3", LOOP)
    with pytest.raises(RuntimeError, match="another core"):
        first.work()


def test_a_runner_that_dies_is_told_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert called("cortex-m4", LOOP)
    core_module._runner().process.kill()
    with pytest.raises(EnvironmentProblem, match="process died"):
        called("cortex-m4", LOOP)
    assert called("cortex-m4", LOOP)
    monkeypatch.setattr(core_module, "can_emulate", lambda: False)
    core_module._runner_of.cache_clear()
    with pytest.raises(EnvironmentProblem, match="not installed") as told:
        called("cortex-m4", LOOP)
    assert "automl-edge[device]" in told.value.hint


def test_memory_that_is_not_there_cannot_be_read() -> None:
    with pytest.raises(EnvironmentProblem, match="refuses to read"):
        loaded("cortex-m4", LOOP).read(0x5000_0000, 4)


def test_an_unknown_core_is_refused_by_name() -> None:
    with pytest.raises(TargetError, match="does not know the core 'cortex-a53'") as told:
        cycle_table("cortex-a53")
    assert "cortex-m4" in told.value.hint


@pytest.mark.parametrize("core", emulated_cores())
def test_every_table_names_the_sources_of_its_figures(core: str) -> None:
    table = cycle_table(core)
    assert table.source
    assert all(rule.source and rule.cycles >= 1 for rule in table.rules)
    assert replace(table, taken=0) != table
