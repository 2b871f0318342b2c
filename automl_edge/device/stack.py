"""How deep the stack can get: the deepest path through the linked code's call graph.

A bound, not a measurement: every call is taken to happen at its function's full depth.
A call through a pointer is taken to reach the deepest function whose address is stored
anywhere in the image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from automl_edge.device.elf import Firmware, Function
from automl_edge.device.instructions import Step, decode_riscv, decode_thumb


def stack_bound(firmware: Firmware, entry: str) -> int:
    """Bytes of stack that function ``entry`` and all that it calls can take at most.

    Recursion, which neither the libraries nor the compiler's runtime have, is counted
    once. Raises ValueError if there is no such function.
    """
    for function in firmware.functions:
        if function.name == entry:
            return _CallGraph(firmware).depth(function.address, frozenset())
    raise ValueError(f"the firmware has no function {entry}")


@dataclass(slots=True)
class _CallGraph:
    """Depths of functions by address, each computed once."""

    firmware: Firmware
    functions: dict[int, Function] = field(init=False)
    depths: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.functions = {function.address: function for function in self.firmware.functions}

    def depth(self, address: int, callers: frozenset[int]) -> int:
        if address in callers:
            return 0
        if address not in self.depths:
            function = self.functions[address]
            steps = tuple(step for _, step in instructions_of(self.firmware, function))
            pushed = sum(step.pushed for step in steps)
            called = self._called(function, steps) - {address}
            deepest = max((self.depth(a, callers | {address}) for a in called), default=0)
            self.depths[address] = max(self.firmware.frames.get(address, 0), pushed) + deepest
        return self.depths[address]

    def _called(self, function: Function, steps: tuple[Step, ...]) -> set[int]:
        targets = {step.target for step in steps if step.target is not None}
        if any(step.indirect for step in steps):
            targets |= self._stored_addresses()
        inside = range(function.address + 1, function.address + function.size)
        return {t for t in targets if t in self.functions and t not in inside}

    def _stored_addresses(self) -> set[int]:
        words = (
            int.from_bytes(section.content[at : at + 4], "little")
            for section in self.firmware.sections
            for at in range(0, len(section.content) - 3, 4)
        )
        return {word & ~1 for word in words if word & ~1 in self.functions}


def instructions_of(firmware: Firmware, function: Function) -> Iterator[tuple[int, Step]]:
    """Address and instruction of all of ``function``, without the constants among them."""
    decode = decode_thumb if firmware.machine == "EM_ARM" else decode_riscv
    code = firmware.read(function.address, function.size)
    spans = [s for s in firmware.data_spans if s[1] > function.address]
    at = 0
    while at < len(code):
        address = function.address + at
        span = next((s for s in spans if s[0] <= address < s[1]), None)
        if span is not None:
            at = span[1] - function.address
            continue
        step = decode(code, at, address)
        yield address, step
        at += step.size
