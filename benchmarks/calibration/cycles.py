"""Cycles of each instruction, as far as the cores' manuals say, memory without wait states.

Arm: Technical Reference Manuals of Cortex-M0+ (DDI 0484, table 3-1, single-cycle
multiplier), Cortex-M3 (DDI 0337, table 18-1) and Cortex-M4 (DDI 0439, table 3-1). Loads
count 2 on Cortex-M3 and M4 although neighbours may overlap, so figures are high rather than
low. Cortex-M7 and M33 publish none: the M4's is taken, and the target's ``cycle_scale``
tells them apart. ESP32-C3's core is undocumented: a simple five-stage pipeline is assumed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class CycleTable:
    """Cycles by class of instruction; ``taken`` is added when a branch leaves its block."""

    load: int
    store: int
    multiple: int  # LDM, STM, PUSH, POP: this plus one a register
    long_multiply: int
    multiply_add: int
    divide: int
    call: int
    taken: int

    def cycles(self, mnemonic: str, operands: str) -> int:
        """Cycles of one instruction, a branch counted as not taken."""
        name = mnemonic.split(".")[0]
        if name.startswith(("push", "pop", "ldm", "stm", "vldm", "vstm", "vpush", "vpop")):
            return self.multiple + _registers(operands)
        if name.startswith(("ldrd", "strd")):
            return self.load + 1
        if name.startswith(("ldr", "vldr")) or name in _RISCV_LOADS:
            return self.load
        if name.startswith("str") or name in _RISCV_STORES:
            return self.store
        if name.startswith(("smull", "umull", "smlal", "umlal")):
            return self.long_multiply
        if name.startswith(("mla", "mls")):
            return self.multiply_add
        if name.startswith(("sdiv", "udiv", "div", "rem")):
            return self.divide
        if name in ("bl", "blx", "jal", "jalr", "c.jal", "c.jalr"):
            return self.call
        return 1


_RISCV_LOADS = frozenset(("lb", "lbu", "lh", "lhu", "lw", "c.lw", "c.lwsp"))
_RISCV_STORES = frozenset(("sb", "sh", "sw", "c.sw", "c.swsp"))
_M4 = CycleTable(2, 1, 1, 1, 1, 7, 2, 1)

TABLES = {
    "cortex-m0plus": CycleTable(2, 2, 1, 1, 1, 1, 2, 1),
    "cortex-m3": CycleTable(2, 1, 1, 4, 2, 7, 2, 1),
    "cortex-m4": _M4,
    "cortex-m7": _M4,
    "cortex-m33": _M4,
    "esp32-c3": CycleTable(2, 1, 1, 1, 1, 20, 2, 1),
}


def _registers(operands: str) -> int:
    """How many registers a list such as ``{r4-r7, lr}`` names (capstone spells them out)."""
    inside = re.search(r"\{(.*)\}", operands)
    return inside[1].count(",") + 1 if inside else 1
