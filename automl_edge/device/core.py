"""An emulated core, seen from here: a ``runner`` process that is asked over pipes.

One process serves everything that this process emulates, one core at a time; it starts
with the first core and ends with this process.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from typing import Any

from automl_edge.device.cycle_table import cycle_table
from automl_edge.device.elf import Segment
from automl_edge.errors import EnvironmentProblem

INSTALL_HINT = "Run `pip install 'automl-edge[device]'` to have latency measured."
PAGE = 4096
RISCV = ("esp32-c3",)
_RUNNER = "automl_edge.device.runner"


class End(StrEnum):
    """Why a run stopped."""

    UNTIL = "until"
    ANSWER = "answer"
    FAULT = "fault"
    INSTRUCTIONS = "instructions"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Scope:
    """Code from ``start`` to before ``stop`` counts for part number ``part``."""

    start: int
    stop: int
    part: int


@dataclass(frozen=True, slots=True)
class Program:
    """What is loaded into a core: ``regions`` of memory as (address, bytes), what lies in
    them, and who the code belongs to. Code under no scope belongs to whoever called it."""

    regions: tuple[tuple[int, int], ...]
    segments: tuple[Segment, ...]
    scopes: tuple[Scope, ...] = ()
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that one run may take."""

    instructions: int = 200_000_000
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Where and why the core stopped; ``address`` is that of an access which failed.

    ``arguments`` are the first four that a function entered here was given.
    """

    end: End
    pc: int
    address: int | None
    why: str
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """Instructions executed, and their cycles by the core's table."""

    instructions: int = 0
    cycles: int = 0


def can_emulate() -> bool:
    """Whether unicorn and capstone are installed; neither is imported here."""
    return find_spec("unicorn") is not None and find_spec("capstone") is not None


class Core:
    """One emulated core with a program in it; loading another ends this one's life.

    Raises TargetError for a core that is not known and EnvironmentProblem if the runner
    cannot work, or dies.
    """

    def __init__(self, core: str, program: Program) -> None:
        self._runner = _runner()
        self._runner.load(
            core=core,
            table=cycle_table(core).as_request(),
            maps=_pages(program.regions),
            segments=[[each.address, _text(each.content)] for each in program.segments],
            scopes=[[each.start, each.stop, each.part] for each in _ordered(program.scopes)],
            parts=program.parts,
        )
        self._turn = self._runner.turn
        self.thumb = 0 if core in RISCV else 1
        """Bit 0 of return addresses and pointers to functions."""

    def write(self, address: int, content: bytes) -> None:
        """Put bytes into memory."""
        self._ask("write", address=address, data=_text(content))

    def read(self, address: int, size: int) -> bytes:
        """Bytes of memory."""
        return base64.b64decode(self._ask("read", address=address, size=size)["data"])

    def run(
        self,
        pc: int | None = None,
        registers: Mapping[str, int] | None = None,
        until: int | None = None,
        answer: int | None = None,
        limit: Limit | None = None,
    ) -> Stop:
        """Run from ``pc``, or on from where the last run stopped.

        It ends before the instruction at ``until``, when ``answer`` (an address without
        memory) is written, on a fault, or when ``limit`` is used up. ``registers`` are
        ``sp``, ``return`` and the arguments ``0`` to ``3``.
        """
        most = limit or Limit()
        said = self._ask(
            "run",
            pc=pc,
            registers=dict(registers or {}),
            until=until,
            answer=answer,
            instructions=most.instructions,
            seconds=most.seconds,
        )
        return Stop(
            End(said["end"]), said["pc"], said["address"], said["why"], tuple(said["arguments"])
        )

    def work(self) -> tuple[Work, ...]:
        """What each part took since this was last asked."""
        return tuple(Work(*counts) for counts in self._ask("counts")["scopes"])

    def _ask(self, do: str, **order: Any) -> dict[str, Any]:
        if self._turn != self._runner.turn:
            raise RuntimeError("another core has been loaded since")
        return self._runner.ask(do, **order)


@dataclass(slots=True)
class _Runner:
    """The process; ``turn`` counts the cores that it has had."""

    process: subprocess.Popen[str]
    turn: int = field(default=0)

    def load(self, **order: Any) -> None:
        self.turn += 1
        self.ask("load", **order)

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        pipes = self.process.stdin, self.process.stdout
        assert pipes[0] is not None
        assert pipes[1] is not None
        line = ""
        with suppress(OSError):  # it has died: there is no answer either
            pipes[0].write(json.dumps({"do": do, **order}) + "\n")
            pipes[0].flush()
            line = pipes[1].readline()
        if not line:
            _runner_of.cache_clear()
            raise EnvironmentProblem("the emulator's process died", INSTALL_HINT)
        said: dict[str, Any] = json.loads(line)
        if "error" in said:
            raise EnvironmentProblem(f"the emulator refuses to {do}: {said['error']}")
        return said


def _runner() -> _Runner:
    return _runner_of(os.getpid())  # a forked child must not talk into its parent's pipes


@cache
def _runner_of(process_id: int) -> _Runner:
    del process_id
    if not can_emulate():
        raise EnvironmentProblem("unicorn and capstone are not installed", INSTALL_HINT)
    process = subprocess.Popen(
        [sys.executable, "-m", _RUNNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, process)
    return _Runner(process)


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()  # the runner reads to the end of its input, then leaves
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _ordered(scopes: Sequence[Scope]) -> list[Scope]:
    return sorted((each for each in scopes if each.stop > each.start), key=lambda s: s.start)


def _pages(regions: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """``regions`` as whole pages, those that touch or share a page as one."""
    merged: list[tuple[int, int]] = []
    for address, size in sorted(regions):
        start, stop = address // PAGE * PAGE, -(-(address + size) // PAGE) * PAGE
        if merged and start <= merged[-1][1]:
            start, stop = merged[-1][0], max(merged.pop()[1], stop)
        merged.append((start, stop))
    return [(start, stop - start) for start, stop in merged if stop > start]


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
