"""The emulated core: a process of its own that runs machine code and counts it.

    python -m automl_edge.device.runner

Reads one JSON object a line from standard input and answers each with one line on standard
output. This is the only file that touches unicorn, which is licensed GPL-2.0, and capstone;
it imports nothing else of this package, and the package talks to it through pipes only.

``{"do": "load", ...}`` makes a fresh core (see ``Core``); then, as often as wanted:

* ``write``: ``address``, ``data`` (base64)
* ``read``: ``address``, ``size``; answers ``data``
* ``run``: ``pc`` (null: go on where it stopped), ``registers`` by name, ``until`` an
  address, ``answer`` the address whose writing ends the run (or null), ``instructions`` and
  ``seconds`` that it may take; answers ``end``, ``pc``, ``address``, ``why`` and the first
  four ``arguments``
* ``counts``: answers [instructions, cycles] of each scope since the last time, and forgets them

``end`` is ``until``, ``answer``, ``fault``, ``instructions`` or ``seconds``. What cannot be
answered at all is answered with ``error``.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import threading
import time
from bisect import bisect_right
from typing import Any

import capstone
import unicorn
from unicorn import arm_const, riscv_const

LOOK_S = 0.1
"""Time between looks at a run's budget."""

NOWHERE = 0xFFFF_FFFE
"""An address that no code reaches: "until" for runs that end otherwise."""

THUMB = 1
ARM_MODELS = {
    "cortex-m0plus": arm_const.UC_CPU_ARM_CORTEX_M0,  # same instruction set; QEMU has no M0+
    "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7,
    "cortex-m33": arm_const.UC_CPU_ARM_CORTEX_M33,
}
RISCV_MODELS = {"esp32-c3": riscv_const.UC_CPU_RISCV32_ANY}
ARM_REGISTERS = {
    "sp": arm_const.UC_ARM_REG_SP,
    "return": arm_const.UC_ARM_REG_LR,
    "pc": arm_const.UC_ARM_REG_PC,
    **{str(index): arm_const.UC_ARM_REG_R0 + index for index in range(4)},
}
RISCV_REGISTERS = {
    "sp": riscv_const.UC_RISCV_REG_SP,
    "return": riscv_const.UC_RISCV_REG_RA,
    "pc": riscv_const.UC_RISCV_REG_PC,
    **{str(index): riscv_const.UC_RISCV_REG_A0 + index for index in range(4)},
}


class Costs:
    """Instructions and cycles of a block, decoded once; ``table`` as ``cycle_table`` sends it."""

    def __init__(self, decoder: capstone.Cs, table: dict[str, Any]) -> None:
        self._decoder = decoder
        self._base: int = table["base"]
        self.taken: int = table["taken"]
        self._rules: dict[str, list[tuple[re.Pattern[str], int, int]]] = {}
        for rule in table["rules"]:
            for name in rule["names"]:
                self._rules.setdefault(name, []).append(
                    (re.compile(rule["operands"]), rule["cycles"], rule["each_register"])
                )

    def of(self, code: bytes, address: int) -> tuple[int, int]:
        """(instructions, cycles) of straight-line ``code``, branches counted as not taken.

        What the disassembler does not know counts as one instruction of base cost.
        """
        instructions = cycles = at = 0
        while at < len(code):
            for found in self._decoder.disasm(code[at:], address + at):
                instructions += 1
                cycles += self._cycles(found.insn_name() or found.mnemonic, found.op_str)
                at += found.size
            if at < len(code):
                instructions += 1
                cycles += self._base
                at += self._width(code[at : at + 2])
        return instructions, cycles

    def _cycles(self, name: str, operands: str) -> int:
        for pattern, cycles, each in self._rules.get(name, ()):
            if pattern.search(operands):
                return cycles + each * _words(operands)
        return self._base

    def _width(self, start: bytes) -> int:
        first = int.from_bytes(start, "little")
        if self._decoder.arch == capstone.CS_ARCH_ARM:
            return 4 if first >> 11 in (0b11101, 0b11110, 0b11111) else 2
        return 4 if first & 3 == 3 else 2


def _words(operands: str) -> int:
    """Words of memory that a register list such as ``{r4, r5, lr}`` or ``{d8, d9}`` takes."""
    listed = re.search(r"\{(.*)\}", operands)
    names = listed[1].split(",") if listed else []
    return sum(2 if name.strip().startswith("d") else 1 for name in names)


class Counter:
    """Counts blocks, each for the scope that is current when it starts.

    ``scopes`` are [start, stop, scope], sorted and apart: code in that range belongs to
    that scope; all other code belongs to whoever called it.

    Runs are never interrupted and taken up again: unicorn would then report the block in
    between twice.
    """

    __slots__ = ("_costs", "_current", "_known", "_next", "_scopes", "_starts", "_tables", "stop")

    def __init__(self, costs: Costs, scopes: list[list[int]], number: int) -> None:
        self._costs = costs
        self._starts = [start for start, _, _ in scopes]
        self._scopes = scopes
        self._known: dict[tuple[int, int], tuple[int, int]] = {}
        # By scope: (address, size) to how often the block was come to in sequence and by a
        # branch. A block is only ever in the tables of scopes that it does not leave.
        self._tables: list[dict[tuple[int, int], list[int]]] = [{} for _ in range(number)]
        self._current = self._tables[0]
        self._next = -1
        self.stop = False

    def hook(self, uc: unicorn.Uc, address: int, size: int, _: object) -> None:
        """Called at the start of every block; by far the hottest code here."""
        try:
            counts = self._current[address, size]
        except KeyError:
            counts = self._enter(uc, address, size)
        counts[address != self._next] += 1
        self._next = address + size

    def _enter(self, uc: unicorn.Uc, address: int, size: int) -> list[int]:
        if self.stop:
            uc.emu_stop()
            return [0, 0]  # this block will not be executed
        place = bisect_right(self._starts, address) - 1
        if place >= 0 and address < self._scopes[place][1]:
            self._current = self._tables[self._scopes[place][2]]
        if (address, size) not in self._known:
            code = bytes(uc.mem_read(address, size))
            self._known[address, size] = self._costs.of(code, address)
        return self._current.setdefault((address, size), [0, 0])

    def begin(self) -> None:
        """A run begins."""
        self.stop = False
        if all(self._current is not table for table in self._tables):
            self._current = self._tables[0]  # the last run was halted

    def halt(self) -> None:
        """Stop the core at the next block; called from another thread."""
        self.stop = True
        self._current = {}  # so that the hook, which has no time to look, comes to _enter

    def totals(self) -> list[list[int]]:
        """[instructions, cycles] of each scope so far."""
        return [self._total(table) for table in self._tables]

    def _total(self, table: dict[tuple[int, int], list[int]]) -> list[int]:
        instructions = cycles = 0
        for key, (straight, taken) in list(table.items()):
            length, cost = self._known[key]
            instructions += length * (straight + taken)
            cycles += cost * (straight + taken) + self._costs.taken * taken
        return [instructions, cycles]

    def clear(self) -> None:
        """Forget the counts, not the decoded blocks."""
        for table in self._tables:
            table.clear()

    def arrive(self, pc: int) -> None:
        """The core is sent to ``pc`` from outside, which is no branch of the program's."""
        self._next = pc


class Watch:
    """Looks at a run from another thread; ``verdict`` is ``instructions`` or ``seconds`` if it
    took too many, else empty."""

    def __init__(self, counter: Counter, instructions: int, seconds: float) -> None:
        self._counter = counter
        self._instructions = instructions + self._executed()
        self._deadline = time.monotonic() + seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.verdict = ""

    def __enter__(self) -> Watch:
        self._counter.begin()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(LOOK_S):
            if self._executed() > self._instructions:
                self.verdict = "instructions"
            elif time.monotonic() > self._deadline:
                self.verdict = "seconds"
            if self.verdict:
                self._counter.halt()

    def _executed(self) -> int:
        return sum(instructions for instructions, _ in self._counter.totals())


class Core:
    """One core with its memory.

    ``load`` has ``core`` (a name of ARM_MODELS or RISCV_MODELS), ``maps`` ([address, size]
    in whole pages), ``segments`` ([address, base64]), ``table``, ``scopes`` and the number
    of ``parts`` that the scopes name.
    """

    def __init__(self, load: dict[str, Any]) -> None:
        name = load["core"]
        self._arm = name in ARM_MODELS
        self._thumb = THUMB if self._arm else 0
        self._registers = ARM_REGISTERS if self._arm else RISCV_REGISTERS
        if self._arm:
            # UC_MODE_MCLASS would silently make every core a Cortex-M33.
            self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
            self._uc.ctl_set_cpu_model(ARM_MODELS[name])
            decoder = capstone.Cs(
                capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS
            )
        else:
            self._uc = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
            self._uc.ctl_set_cpu_model(RISCV_MODELS[name])
            decoder = capstone.Cs(
                capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV32 | capstone.CS_MODE_RISCVC
            )
        self._counter = Counter(Costs(decoder, load["table"]), load["scopes"], load["parts"])
        for address, size in load["maps"]:
            self._uc.mem_map(address, size)
        for address, data in load["segments"]:
            self.write(address, data)
        # Hooks must be there before any code has run: blocks that are cached have none.
        self._uc.hook_add(unicorn.UC_HOOK_BLOCK, self._counter.hook)
        self._uc.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._on_invalid)
        self._invalid: int | None = None

    def write(self, address: int, data: str) -> None:
        """Put base64 ``data`` into memory."""
        self._uc.mem_write(address, base64.b64decode(data))

    def read(self, address: int, size: int) -> dict[str, Any]:
        """Memory as base64."""
        return {"data": base64.b64encode(bytes(self._uc.mem_read(address, size))).decode()}

    def counts(self) -> dict[str, Any]:
        """Instructions and cycles of every scope since the last time."""
        totals = self._counter.totals()
        self._counter.clear()
        return {"scopes": totals}

    def run(self, order: dict[str, Any]) -> dict[str, Any]:
        """Run until one of the ends that ``order`` names."""
        for register, value in order["registers"].items():
            self._uc.reg_write(self._registers[register], value)
        if order["pc"] is not None:
            self._uc.reg_write(self._registers["pc"], order["pc"] | self._thumb)
            self._counter.arrive(order["pc"])
        until = NOWHERE if order["until"] is None else order["until"]
        end, why = self._run(until, order)
        if end == "fault" and self._invalid is not None and self._invalid == order["answer"]:
            end, why = "answer", ""
        arguments = [self._uc.reg_read(self._registers[str(index)]) for index in range(4)]
        found = {"end": end, "pc": self._pc(), "address": self._invalid, "why": why}
        return {**found, "arguments": arguments}

    def _run(self, until: int, order: dict[str, Any]) -> tuple[str, str]:
        """How the run ended, and what unicorn says about a fault."""
        self._invalid = None
        with Watch(self._counter, order["instructions"], order["seconds"]) as watch:
            try:
                self._uc.emu_start(self._pc() | self._thumb, until)
            except unicorn.UcError as problem:
                if problem.errno == unicorn.UC_ERR_EXCEPTION and not self._arm:
                    # unicorn has stepped over the instruction that nothing handles
                    self._uc.reg_write(self._registers["pc"], self._pc() - 4)
                return "fault", str(problem)
        return watch.verdict or "until", ""

    def _pc(self) -> int:
        return int(self._uc.reg_read(self._registers["pc"])) & ~THUMB

    def _on_invalid(self, _uc: unicorn.Uc, _access: int, address: int, *_: object) -> bool:
        self._invalid = address
        return False


def answer(core: Core | None, order: dict[str, Any]) -> tuple[Core | None, dict[str, Any]]:
    """Do what ``order`` says; the core to go on with, and what to answer."""
    do = order.pop("do")
    if do == "load":
        return Core(order), {}
    if core is None:
        raise ValueError("no core is loaded")
    if do == "write":
        core.write(**order)
        return core, {}
    if do == "read":
        return core, core.read(**order)
    return core, core.counts() if do == "counts" else core.run(order)


def main() -> None:
    """Answer until standard input ends."""
    core: Core | None = None
    for line in sys.stdin:
        try:
            core, said = answer(core, json.loads(line))
        except (unicorn.UcError, KeyError, TypeError, ValueError) as problem:
            said = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
