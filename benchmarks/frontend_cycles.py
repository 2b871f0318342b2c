"""Cycles of the front ends on Cortex-M0+ and Cortex-M4, from emulated instruction counts.

The C that ships is compiled by zig at -Os, run by unicorn, and every executed instruction
costs what the core's Technical Reference Manual says with zero wait states (DDI 0484 for
the Cortex-M0+, DDI 0439 for the Cortex-M4; the multiplier of the M0+ is the one-cycle one).
Run it as ``python benchmarks/frontend_cycles.py``; it needs ``automl-edge[device]``.
"""

from __future__ import annotations

import struct
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import capstone
import numpy as np
import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm_const

from automl_edge.device import toolchain
from automl_edge.domain.bundle import Bundle
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.features import front_end_bundle, front_end_sizes
from automl_edge.features.bundle import runtime_sources

RAM, RAM_SIZE = 0x2000_0000, 0x40_0000
STACK_TOP = RAM + RAM_SIZE
RETURN = 0x0FFF_FF00
STATE, SCRATCH, SIGNAL, FEATURES, FRAME = (RAM + offset for offset in range(0, 0xA0000, 0x20000))


@dataclass(frozen=True, slots=True)
class Core:
    """A core as zig and unicorn know it, and its cycles by kind of instruction."""

    name: str
    target: str
    cpu: str
    model: int
    load: int
    store: int
    branch: int
    call: int


CORES = (
    Core("cortex-m0plus", "thumb-freestanding-eabi", "cortex_m0plus",
         arm_const.UC_CPU_ARM_CORTEX_M0, 2, 2, 2, 3),
    Core("cortex-m4", "thumb-freestanding-eabihf", "cortex_m4+vfp4d16sp",
         arm_const.UC_CPU_ARM_CORTEX_M4, 2, 1, 3, 3),
)  # fmt: skip


class Machine:
    """One linked front end in an emulated core; ``call`` returns r0 and counts cycles."""

    def __init__(self, core: Core, elf: bytes) -> None:
        self.core = core
        self.cycles = 0
        self.by_block: Counter[int] = Counter()
        self._after = 0
        self._blocks: dict[int, tuple[int, int, bool]] = {}
        self._decoder = capstone.Cs(
            capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS
        )
        self._engine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
        self._engine.ctl_set_cpu_model(core.model)
        self._engine.mem_map(RAM, RAM_SIZE)
        self._engine.mem_map(0, 0x10_0000)
        self._engine.mem_map(RETURN & ~0xFFF, 0x1000)
        self.symbols = self._load(ELFFile(BytesIO(elf)))
        self._engine.hook_add(unicorn.UC_HOOK_BLOCK, self._count)

    def write(self, address: int, content: bytes) -> None:
        self._engine.mem_write(address, content)

    def read(self, address: int, size: int) -> bytes:
        return bytes(self._engine.mem_read(address, size))

    def call(self, name: str, *arguments: int) -> int:
        registers = (arm_const.UC_ARM_REG_R0, arm_const.UC_ARM_REG_R1,
                     arm_const.UC_ARM_REG_R2, arm_const.UC_ARM_REG_R3)  # fmt: skip
        for register, value in zip(registers, arguments, strict=False):
            self._engine.reg_write(register, value)
        self._engine.reg_write(arm_const.UC_ARM_REG_SP, STACK_TOP - 64)
        self._engine.reg_write(arm_const.UC_ARM_REG_LR, RETURN | 1)
        self._after = 0
        self._engine.emu_start(self.symbols[name] | 1, RETURN)
        return int(self._engine.reg_read(arm_const.UC_ARM_REG_R0))

    def by_function(self) -> dict[str, int]:
        """Cycles per function, the most expensive first."""
        names = {start: name for name, start in self.symbols.items() if name and name[0] != "$"}
        starts = sorted(names)
        totals: Counter[str] = Counter()
        for address, cycles in self.by_block.items():
            totals[names[starts[bisect_right(starts, address) - 1]]] += cycles
        return dict(totals.most_common())

    def _load(self, elf: ELFFile) -> dict[str, int]:
        for segment in elf.iter_segments("PT_LOAD"):
            if segment["p_memsz"]:
                self._engine.mem_write(segment["p_vaddr"], segment.data())
        table = elf.get_section_by_name(".symtab")
        return {symbol.name: symbol["st_value"] & ~1 for symbol in table.iter_symbols()}

    def _count(self, _engine: object, address: int, size: int, _data: object) -> None:
        if address not in self._blocks:
            self._blocks[address] = self._decode(address, size)
        cycles, end, conditional = self._blocks[address]
        if self._after and self._after != address:
            self.cycles += self.core.branch - 1
        self.cycles += cycles
        self.by_block[address] += cycles
        self._after = end if conditional else 0

    def _decode(self, address: int, size: int) -> tuple[int, int, bool]:
        """Cycles of a block, its end, and whether it may fall through there."""
        cycles, conditional = 0, False
        for instruction in self._decoder.disasm(self.read(address, size), address):
            cost, conditional = self._cost(instruction)
            cycles += cost
        return cycles, address + size, conditional

    def _cost(self, instruction: capstone.CsInsn) -> tuple[int, bool]:
        core, name = self.core, instruction.mnemonic.split(".")[0]
        listed = instruction.op_str.count(",") + 1
        if name.startswith(("push", "pop", "ldm", "stm")):
            registers = listed if name.startswith(("push", "pop")) else listed - 1
            return 1 + registers + (core.branch if "pc" in instruction.op_str else 0), False
        if name.startswith(("ldrd", "strd")):
            return 3, False
        if name.startswith("ldr"):
            return core.load, False
        if name.startswith("str"):
            return core.store, False
        if name in ("bl", "blx"):
            return core.call, False
        if name in ("b", "bx"):
            return core.branch, False
        if name.startswith(("cbz", "cbnz")) or (name.startswith("b") and len(name) == 3):
            return (0 if name == "bic" else 1) or 1, name not in ("bic", "bfi", "bfc")
        if name.startswith(("udiv", "sdiv")):
            return 7, False
        return 1, False


def link(core: Core, bundle: Bundle) -> bytes:
    """An ELF with every function of ``bundle``, for ``core``."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        toolchain.write_sources(bundle, folder)
        units = sorted(path for path in bundle if path.endswith(".c"))
        flags = ["-target", core.target, f"-mcpu={core.cpu}", "-Os", "-g", "-std=c99"]
        toolchain.run_compiler(
            [*flags, "-I.", "-Wl,--no-gc-sections", "-Wl,-e,m_entry", *units, "-o", "m.elf"], folder
        )
        return (folder / "m.elf").read_bytes()


def machine(core: Core, spec: FeatureSpec) -> Machine:
    entry = "m_frontend_image" if isinstance(spec, ImageSpec) else "m_frontend_feed"
    prefix = runtime_sources({"ae_prefix.h"})
    bundle = dict(front_end_bundle(spec, "m")) | prefix
    start = f"void {entry}(void);\nvoid m_entry(void);\nvoid m_entry(void) {{ {entry}(); }}\n"
    return Machine(core, link(core, bundle | {"entry.c": start.encode()}))


def stream_cycles(core: Core, spec: LogMelSpec | MotionSpec, signal: np.ndarray) -> tuple[int, bytes]:
    """Cycles of one whole clip or window from the reset on, and its features."""
    emulated = machine(core, spec)
    emulated.write(SIGNAL, signal.tobytes())
    emulated.call("m_frontend_reset", STATE)
    emulated.call("m_frontend_feed", STATE, SCRATCH, SIGNAL, len(signal))
    assert emulated.call("m_frontend_ready", STATE) == 1
    start = emulated.call("m_frontend_features", STATE)
    return emulated.cycles, emulated.read(start, int(np.prod(spec.output_shape)))


def image_cycles(core: Core, spec: ImageSpec, image: np.ndarray, kind: int) -> tuple[int, bytes]:
    """Cycles of one frame (rows of bytes, ``kind`` as in ae_image.h), and its features."""
    emulated = machine(core, spec)
    height, width = image.shape[:2]
    emulated.write(SIGNAL, image.tobytes())
    frame = struct.pack("<IIHHI", SIGNAL, image[0].nbytes, width, height, kind)
    emulated.write(FRAME, frame)
    assert emulated.call("m_frontend_image", FRAME, FEATURES) == 0
    return emulated.cycles, emulated.read(FEATURES, int(np.prod(spec.output_shape)))
