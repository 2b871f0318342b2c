"""Calls functions of a linked ELF in an emulated core and counts their cycles."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence

from automl_edge.device.core import Core, End, Program
from automl_edge.device.elf import Firmware, Segment

MEMORY = 0x2000_0000
MEMORY_BYTES = 4 << 20
STACK_TOP = MEMORY + MEMORY_BYTES - 64
RETURN_TO = 0x0FFF_F000
_PAINTED_BYTES = 4096


class Emulator:
    """One core with a firmware's code in it and zeroed memory at MEMORY."""

    def __init__(self, core: str, firmware: Firmware) -> None:
        self._functions = {function.name: function.address for function in firmware.functions}
        stored = [section for section in firmware.sections if section.address < RETURN_TO]
        regions = [(section.address, section.size) for section in stored]
        program = Program(
            regions=(*regions, (MEMORY, MEMORY_BYTES), (RETURN_TO, 2)),
            segments=tuple(Segment(section.address, section.content) for section in stored),
        )
        self._core = Core(core, program)

    def write(self, address: int, words: Sequence[int]) -> None:
        """Put 32-bit words into memory."""
        self._core.write(address, struct.pack(f"<{len(words)}i", *words))

    def stack_of(self, name: str, *arguments: int) -> int:
        """Call a function; bytes of the stack that it overwrote, whole words."""
        paint = random.Random(1).randbytes(_PAINTED_BYTES)
        self._core.write(STACK_TOP - _PAINTED_BYTES, paint)
        self.call(name, *arguments)
        found = self._core.read(STACK_TOP - _PAINTED_BYTES, _PAINTED_BYTES)
        kept = next(n for n, (a, b) in enumerate(zip(found, paint, strict=True)) if a != b)
        return _PAINTED_BYTES - kept // 4 * 4

    def call(self, name: str, *arguments: int) -> int:
        """Call a function; the cycles that it took."""
        registers = {str(index): value for index, value in enumerate(arguments)}
        stop = self._core.run(
            pc=self._functions[name],
            registers={**registers, "sp": STACK_TOP, "return": RETURN_TO | self._core.thumb},
            until=RETURN_TO,
        )
        if stop.end is not End.UNTIL:
            raise RuntimeError(f"{name} ended by {stop}")
        return self._core.work()[0].cycles
