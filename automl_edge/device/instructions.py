"""Just enough of two instruction sets to follow calls and stack pushes in linked code.

Encodings: Arm v7-M Architecture Reference Manual (DDI 0403), chapter A7; The RISC-V
Instruction Set Manual, volume I, chapters RV32I and C. Floating-point code is not looked
at: the libraries have none.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One decoded instruction.

    ``size`` in bytes; ``target`` is the address that it calls or jumps to, if it does so
    to a known one; ``indirect`` is true for a call through a register; ``pushed`` is by
    how many bytes it lowers the stack pointer.
    """

    size: int
    target: int | None = None
    indirect: bool = False
    pushed: int = 0


def decode_thumb(code: bytes, at: int, address: int) -> Step:
    """The Thumb instruction at ``code[at:]``, which lies at ``address``."""
    first = int.from_bytes(code[at : at + 2], "little")
    if first >> 11 in (0b11101, 0b11110, 0b11111) and at + 4 <= len(code):
        return _thumb_wide(first, int.from_bytes(code[at + 2 : at + 4], "little"), address)
    if first & 0xF800 == 0xE000:  # B, T2
        return Step(2, target=address + 4 + 2 * _signed(first & 0x7FF, 11))
    if first & 0xF000 == 0xD000 and first & 0xE00 != 0xE00:  # B<c>, T1
        return Step(2, target=address + 4 + 2 * _signed(first & 0xFF, 8))
    if first & 0xFF87 == 0x4780:  # BLX register
        return Step(2, indirect=True)
    if first & 0xFE00 == 0xB400:  # PUSH
        return Step(2, pushed=4 * (first & 0x1FF).bit_count())
    if first & 0xFF80 == 0xB080:  # SUB SP, #
        return Step(2, pushed=4 * (first & 0x7F))
    return Step(2)


def _thumb_wide(first: int, second: int, address: int) -> Step:
    if first & 0xF800 == 0xF000 and second & 0x9000 == 0x9000:  # BL and B.W
        return Step(4, target=address + 4 + _thumb_offset(first, second))
    if first == 0xE92D:  # STMDB SP!
        return Step(4, pushed=4 * second.bit_count())
    if first == 0xF84D and second & 0xFFF == 0xD04:  # STR register, [SP, #-4]!
        return Step(4, pushed=4)
    if first in (0xF1AD, 0xF2AD) and second & 0x8F00 == 0x0D00:  # SUB SP, SP, # below 256
        return Step(4, pushed=second & 0xFF)
    if first & 0xFFBF == 0xED2D and second & 0xE00 == 0xA00:  # VPUSH
        return Step(4, pushed=4 * (second & 0xFF))
    return Step(4)


def _thumb_offset(first: int, second: int) -> int:
    sign = first >> 10 & 1
    bit23 = 1 ^ (second >> 13 & 1) ^ sign
    bit22 = 1 ^ (second >> 11 & 1) ^ sign
    high = sign << 24 | bit23 << 23 | bit22 << 22
    return _signed(high | (first & 0x3FF) << 12 | (second & 0x7FF) << 1, 25)


def decode_riscv(code: bytes, at: int, address: int) -> Step:
    """The RV32IMC instruction at ``code[at:]``, which lies at ``address``."""
    word = int.from_bytes(code[at : at + 4], "little")
    if word & 3 != 3:
        return _riscv_short(word & 0xFFFF, address)
    opcode, destination, function = word & 0x7F, word >> 7 & 31, word >> 12 & 7
    source = word >> 15 & 31
    if opcode == 0x6F:  # JAL
        return Step(4, target=address + _jal_offset(word))
    if opcode == 0x67 and destination in (0, 1):  # JALR: AUIPC before it names the target
        return _riscv_far_call(code, at, address, word)
    if opcode == 0x13 and function == 0 and destination == source == 2:  # ADDI sp, sp
        return Step(4, pushed=max(0, -_signed(word >> 20, 12)))
    return Step(4)


def _riscv_far_call(code: bytes, at: int, address: int, word: int) -> Step:
    before = int.from_bytes(code[at - 4 : at], "little") if at >= 4 else 0
    if before & 0x7F == 0x17 and before >> 7 & 31 == word >> 15 & 31:
        upper = _signed(before & 0xFFFFF000, 32)
        return Step(4, target=address - 4 + upper + _signed(word >> 20, 12))
    return Step(4, indirect=word >> 7 & 31 == 1)


def _riscv_short(word: int, address: int) -> Step:
    quadrant, function, register = word & 3, word >> 13, word >> 7 & 31
    if quadrant == 1 and function in (0b001, 0b101):  # C.JAL, C.J
        return Step(2, target=address + _short_jump_offset(word))
    if quadrant == 1 and function == 0 and register == 2:  # C.ADDI sp
        return Step(2, pushed=max(0, -_signed((word >> 12 & 1) << 5 | word >> 2 & 31, 6)))
    if quadrant == 1 and function == 0b011 and register == 2:  # C.ADDI16SP
        return Step(2, pushed=max(0, -_addi16sp(word)))
    if quadrant == 2 and word >> 12 == 0b1001 and register and not word >> 2 & 31:  # C.JALR
        return Step(2, indirect=True)
    return Step(2)


def _jal_offset(word: int) -> int:
    offset = (word >> 31) << 20 | (word >> 12 & 0xFF) << 12
    return _signed(offset | (word >> 20 & 1) << 11 | (word >> 21 & 0x3FF) << 1, 21)


def _short_jump_offset(word: int) -> int:
    """offset[11|4|9:8|10|6|7|3:1|5] in bits 12 to 2."""
    places = {12: 11, 11: 4, 10: 9, 9: 8, 8: 10, 7: 6, 6: 7, 5: 3, 4: 2, 3: 1, 2: 5}
    return _signed(sum((word >> bit & 1) << place for bit, place in places.items()), 12)


def _addi16sp(word: int) -> int:
    """nzimm[9] in bit 12, nzimm[4|6|8:7|5] in bits 6 to 2."""
    places = {12: 9, 6: 4, 5: 6, 4: 8, 3: 7, 2: 5}
    return _signed(sum((word >> bit & 1) << place for bit, place in places.items()), 10)


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) & 1 else value
