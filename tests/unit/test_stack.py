"""Calls and pushes are decoded as the architecture manuals say, and paths are added up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automl_edge.device.elf import Firmware, Function, Section
from automl_edge.device.firmware import link_firmware
from automl_edge.device.instructions import Step, decode_riscv, decode_thumb
from automl_edge.device.stack import stack_bound
from automl_edge.domain.target import Toolchain

# Encodings as disassemblers of GNU binutils and LLVM print them.
THUMB = {
    "b570": Step(2, pushed=16),  # push {r4, r5, r6, lr}
    "b0b6": Step(2, pushed=216),  # sub sp, #216
    "e92d43f0": Step(4, pushed=28),  # stmdb sp!, {r4-r9, lr}
    "e92d4ff0": Step(4, pushed=36),  # stmdb sp!, {r4-r11, lr}
    "f84ded04": Step(4, pushed=4),  # str lr, [sp, #-4]!
    "f5ad7d00": Step(4),  # sub.w sp, sp, #512: only .stack_sizes tells that
    "f1ad0d80": Step(4, pushed=128),  # sub.w sp, sp, #128
    "ed2d8b04": Step(4, pushed=16),  # vpush {d8, d9}
    "f000f826": Step(4, target=0x1050),  # bl
    "f7ffffd4": Step(4, target=0x0FAC),  # bl, backwards
    "f7ffbffe": Step(4, target=0x1000),  # b.w to itself
    "e7fe": Step(2, target=0x1000),  # b to itself
    "d0fd": Step(2, target=0x0FFE),  # beq
    "4798": Step(2, indirect=True),  # blx r3
    "4770": Step(2),  # bx lr
    "4605": Step(2),  # mov r5, r0
}
RISCV = {
    "7139": Step(2, pushed=64),  # addi sp, sp, -64 (c.addi16sp)
    "6121": Step(2),  # addi sp, sp, 64
    "1141": Step(2, pushed=16),  # addi sp, sp, -16 (c.addi)
    "f8010113": Step(4, pushed=128),  # addi sp, sp, -128
    "008000ef": Step(4, target=0x1008),  # jal ra, 8
    "ffdff06f": Step(4, target=0x0FFC),  # j -4
    "a001": Step(2, target=0x1000),  # c.j to itself
    "2011": Step(2, target=0x1004),  # c.jal 4
    "9782": Step(2, indirect=True),  # c.jalr a5
    "000780e7": Step(4, indirect=True),  # jalr a5
    "8082": Step(2),  # ret
    "00a50533": Step(4),  # add a0, a0, a0
}


def halfwords(text: str) -> bytes:
    """Thumb's wide instructions are two halfwords, first one first."""
    return b"".join(bytes.fromhex(text[i : i + 4])[::-1] for i in range(0, len(text), 4))


@pytest.mark.parametrize("text", THUMB)
def test_thumb_instructions_are_read(text: str) -> None:
    assert decode_thumb(halfwords(text), 0, 0x1000) == THUMB[text]


@pytest.mark.parametrize("text", RISCV)
def test_riscv_instructions_are_read(text: str) -> None:
    assert decode_riscv(bytes.fromhex(text)[::-1], 0, 0x1000) == RISCV[text]


def test_a_far_riscv_call_is_its_two_halves() -> None:
    code = bytes.fromhex("00001097")[::-1] + bytes.fromhex("010080e7")[::-1]
    assert decode_riscv(code, 4, 0x1004).target == 0x1000 + 0x1000 + 16


def image(code: bytes, *functions: Function) -> Firmware:
    section = Section(".text", 0, len(code), False, code)
    return Firmware("EM_ARM", (section,), functions, {}, ())


def test_the_deepest_path_counts_and_recursion_counts_once() -> None:
    code = halfwords("b570f000f803f000f804bd7046c0b0b6b0364770b570f7fffffdbd70")
    main = Function("main", 0, 12)
    big, recursive = Function("big", 0x0C, 6), Function("recursive", 0x12, 8)
    assert stack_bound(image(code, main), "main") == 16
    assert stack_bound(image(code, main, big), "main") == 16 + 216
    assert stack_bound(image(code, main, recursive), "main") == 16 + 16
    assert stack_bound(image(code, main, big, recursive), "main") == 16 + 216


def test_what_the_compiler_says_about_a_frame_counts_before_what_was_decoded() -> None:
    firmware = image(halfwords("b5704770"), Function("main", 0, 4))
    assert stack_bound(replace(firmware, frames={0: 600}), "main") == 600


def test_a_call_through_a_pointer_reaches_any_stored_address() -> None:
    code = halfwords("47984770") + (9).to_bytes(4, "little") + halfwords("b0b64770")
    functions = (Function("main", 0, 4), Function("stored", 8, 4))
    assert stack_bound(image(code, *functions), "main") == 216


def test_constants_among_the_code_are_not_read_as_instructions() -> None:
    firmware = image(halfwords("4770b0b6"), Function("main", 0, 4))
    assert stack_bound(firmware, "main") == 216
    assert stack_bound(replace(firmware, data_spans=((2, 4),)), "main") == 0


def test_an_unknown_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="no function nothing"):
        stack_bound(image(b"", Function("main", 0, 0)), "nothing")


def test_frames_of_linked_code_come_from_the_compiler() -> None:
    firmware = link_firmware(Toolchain("thumb-freestanding-eabi", "cortex_m0plus"))
    start = next(f for f in firmware.functions if f.name == "firmware_reset")
    assert firmware.frames[start.address] == stack_bound(firmware, "firmware_reset")
