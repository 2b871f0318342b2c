"""Calls functions of a linked ELF in an emulated core and counts their cycles."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import capstone
import unicorn
from calibration.cycles import TABLES
from unicorn import arm_const, riscv_const

from automl_edge.device.elf import Firmware

MEMORY = 0x2000_0000
MEMORY_BYTES = 4 << 20
STACK_TOP = MEMORY + MEMORY_BYTES - 64
RETURN_TO = 0x0FFF_F000
_ARM_MODELS = {
    "cortex-m0plus": arm_const.UC_CPU_ARM_CORTEX_M0,
    "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7,
    "cortex-m33": arm_const.UC_CPU_ARM_CORTEX_M33,
}

_WITH_FPU = ("cortex-m4", "cortex-m7", "cortex-m33")


class Emulator:
    """One core with a firmware's code in it and zeroed memory at MEMORY."""

    def __init__(self, core: str, firmware: Firmware) -> None:
        self._table = TABLES[core]
        self._functions = {function.name: function.address for function in firmware.functions}
        self._arm = core in _ARM_MODELS
        if self._arm:
            self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
            self._uc.ctl_set_cpu_model(_ARM_MODELS[core])
            self._decoder = capstone.Cs(
                capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS
            )
        else:
            self._uc = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
            self._decoder = capstone.Cs(
                capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV32 | capstone.CS_MODE_RISCVC
            )
        if core in _WITH_FPU:
            access = self._uc.reg_read(arm_const.UC_ARM_REG_C1_C0_2)
            self._uc.reg_write(arm_const.UC_ARM_REG_C1_C0_2, access | 0xF << 20)
            self._uc.reg_write(arm_const.UC_ARM_REG_FPEXC, 1 << 30)
        self._load(firmware)
        self._blocks: dict[tuple[int, int], int] = {}
        self._cycles = 0
        self._next = 0
        self._uc.hook_add(unicorn.UC_HOOK_BLOCK, self._on_block)

    def _load(self, firmware: Firmware) -> None:
        self._uc.mem_map(MEMORY, MEMORY_BYTES)
        self._uc.mem_map(RETURN_TO, 0x1000)
        pages = {
            page
            for section in firmware.sections
            if section.address < RETURN_TO
            for page in range(section.address >> 12, (section.address + section.size >> 12) + 1)
        }
        for page in pages:
            self._uc.mem_map(page << 12, 0x1000)
        for section in firmware.sections:
            self._uc.mem_write(section.address, section.content)

    def write(self, address: int, words: Sequence[int]) -> None:
        """Put 32-bit words into memory."""
        self._uc.mem_write(address, struct.pack(f"<{len(words)}i", *words))

    def call(self, name: str, *arguments: int) -> int:
        """Call a function; the cycles that it took."""
        entry = self._functions[name]
        if self._arm:
            first = arm_const.UC_ARM_REG_R0
            self._uc.reg_write(arm_const.UC_ARM_REG_SP, STACK_TOP)
            self._uc.reg_write(arm_const.UC_ARM_REG_LR, RETURN_TO | 1)
        else:
            first = riscv_const.UC_RISCV_REG_A0
            self._uc.reg_write(riscv_const.UC_RISCV_REG_SP, STACK_TOP)
            self._uc.reg_write(riscv_const.UC_RISCV_REG_RA, RETURN_TO)
        for index, argument in enumerate(arguments):
            self._uc.reg_write(first + index, argument)
        self._cycles, self._next = 0, entry
        self._uc.emu_start(entry | self._arm, RETURN_TO)
        return self._cycles

    def _on_block(self, uc: unicorn.Uc, address: int, size: int, data: object) -> None:
        del uc, data
        key = (address, size)
        cost = self._blocks.get(key)
        if cost is None:
            code = bytes(self._uc.mem_read(address, size))
            cost = self._blocks[key] = sum(
                self._table.cycles(mnemonic, operands)
                for _, _, mnemonic, operands in self._decoder.disasm_lite(code, address)
            )
        self._cycles += cost + (self._table.taken if address != self._next else 0)
        self._next = address + size
