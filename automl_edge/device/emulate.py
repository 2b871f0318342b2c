"""One classification by a library's own firmware on an emulated core.

The ELF is the one whose sizes are reported. It runs from reset; what is counted goes from
``main`` to the moment when the answer is written, so start-up code is left out.
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_edge.device import toolchain
from automl_edge.device.core import Core, End, Limit, Program, Scope, Stop, can_emulate
from automl_edge.device.cycle_table import cycle_table
from automl_edge.device.elf import Firmware, read_firmware
from automl_edge.device.firmware import firmware_elf
from automl_edge.device.location import describe_address
from automl_edge.device.parts import (
    LAYERS,
    START,
    layers_of,
    network_function,
    part_names,
    part_scopes,
)
from automl_edge.device.sources import CSources, Interface
from automl_edge.domain.target import Target, Toolchain
from automl_edge.errors import EnvironmentProblem, FirmwareFault

STACK_BYTES = 64 * 1024
"""Memory below the initial stack pointer; a library takes well under 2 KiB of it."""

SYSTEM_CONTROL = (0xE000E000, 4096)
"""Where a Cortex-M's system registers lie; reset code switches the FPU on there."""

SEED = 1


@dataclass(frozen=True, slots=True)
class PartRun:
    """What one part took: instructions, and cycles by the core's table."""

    name: str
    instructions: int
    cycles: int
    streams_weights: bool = False


@dataclass(frozen=True, slots=True)
class CoreRun:
    """One classification on an emulated core.

    ``parts`` add up to the whole. ``stack_bytes`` is how deep the stack was overwritten,
    less what the empty firmware overwrites. ``features`` and ``scores`` are the int8 bytes
    that the network read and wrote.
    """

    parts: tuple[PartRun, ...]
    stack_bytes: int
    features: bytes
    scores: bytes

    @property
    def layers(self) -> tuple[PartRun, ...]:
        """The network's parts, in order."""
        return self.parts[LAYERS - 1 :]

    @property
    def instructions(self) -> int:
        """Instructions of the whole classification."""
        return sum(part.instructions for part in self.parts)

    @property
    def cycles(self) -> int:
        """Cycles of the whole classification, memory without wait states."""
        return sum(part.cycles for part in self.parts)


def why_not_emulated(target: Target) -> str:
    """What stops the virtual device from running firmware for ``target``; empty if nothing."""
    if target.toolchain is None:
        return "no toolchain here builds for this core"
    return "" if can_emulate() else "unicorn and capstone are not installed"


def stimulus(library: CSources) -> NDArray[np.generic]:
    """The samples of one classification: noise, always the same for the same shape.

    Which values they are hardly matters: kernels take the same way for all.
    """
    noise = np.random.default_rng(SEED)
    match library.interface:
        case Interface.IMAGE:
            return noise.integers(0, 256, library.window, np.uint8)
        case Interface.AUDIO | Interface.MOTION:
            return noise.integers(-9000, 9000, library.window, np.int16)
        case Interface.TENSOR:
            return noise.integers(-128, 128, library.window, np.int8)


def run_on_core(library: CSources, target: Target, limit: Limit | None = None) -> CoreRun:
    """Let the firmware of ``library`` classify ``stimulus(library)`` on the target's core.

    The answer is kept beside the ELF, so nothing is run twice. Raises FirmwareFault for
    firmware that faults or uses up ``limit``, EnvironmentProblem if the virtual device
    cannot work and TargetError if it does not know the core.
    """
    problem = why_not_emulated(target)
    if problem or target.toolchain is None:
        raise EnvironmentProblem(f"{target.name} cannot be emulated: {problem}")
    elf = firmware_elf(target.toolchain, library)
    cached = elf.with_name(f"{elf.stem}-{_key(library, target.core)}.run")
    known = _read(cached)
    if known is None:
        bench = Bench(elf.read_bytes(), target.core, limit or Limit())
        known = bench.classify(library, stimulus(library))
        empty = _empty_stack(target.toolchain, target.core)
        known = CoreRun(known.parts, known.stack_bytes - empty, known.features, known.scores)
        _write(cached, known)
    return known


@dataclass(slots=True)
class Bench:
    """One firmware for one emulated core. ``paint`` seeds what fills the unused stack."""

    elf: bytes
    core: str
    limit: Limit = field(default_factory=Limit)
    paint: int = SEED
    firmware: Firmware = field(init=False)

    def __post_init__(self) -> None:
        self.firmware = read_firmware(self.elf)

    def classify(self, library: CSources, window: NDArray[np.generic]) -> CoreRun:
        """One classification of ``window``; ``stack_bytes`` counts from reset."""
        names, network = part_names(library), network_function(self.firmware, library)
        answer = self.firmware.symbols["firmware_answer"]
        core = self._loaded(part_scopes(self.firmware, library), len(names), window)
        self._reach_main(core)
        core.work()
        entered = self._expect(
            core.run(until=network.address, answer=answer, limit=self.limit), End.UNTIL
        )
        read, arena = entered.arguments[:2]
        if library.interface is Interface.TENSOR:
            core.write(read, window.tobytes())  # the application's work: not counted
        features = core.read(read, library.input_bytes)
        self._expect(core.run(answer=answer, limit=self.limit), End.ANSWER)
        counts = zip(names, core.work(), _streams(library), strict=True)
        parts = [
            PartRun(name, work.instructions, work.cycles, streams) for name, work, streams in counts
        ]
        return CoreRun(
            parts=tuple(parts[START + 1 :]),  # without the reset code
            stack_bytes=self._stack_used(core),
            features=features,
            scores=core.read(arena + library.output_offset, library.output_bytes),
        )

    def start(self) -> int:
        """Run the reset code until ``main`` is entered; bytes of stack that it overwrote."""
        core = self._loaded((), 1, np.zeros(0, np.int8))
        self._reach_main(core)
        return self._stack_used(core)

    @property
    def _stack_top(self) -> int:
        return self.firmware.symbols["firmware_stack_top"]

    def _loaded(self, scopes: tuple[Scope, ...], parts: int, window: NDArray[np.generic]) -> Core:
        samples = self.firmware.symbols["firmware_samples"]
        regions = [
            *((section.address, section.size) for section in self.firmware.sections),
            *((segment.address, len(segment.content)) for segment in self.firmware.segments),
            (self._stack_top - STACK_BYTES, STACK_BYTES),
            (samples, max(window.nbytes, 1)),
        ]
        if self.firmware.machine == "EM_ARM":
            regions.append(SYSTEM_CONTROL)
        core = Core(self.core, Program(tuple(regions), self.firmware.segments, scopes, parts))
        core.write(samples, window.tobytes())
        core.write(self._stack_top - STACK_BYTES, self._pattern())
        return core

    def _reach_main(self, core: Core) -> None:
        stop = core.run(
            pc=self.firmware.entry,
            registers={"sp": self._stack_top},
            until=self.firmware.function("main").address,
            limit=self.limit,
        )
        self._expect(stop, End.UNTIL)

    def _pattern(self) -> bytes:
        return random.Random(self.paint).randbytes(STACK_BYTES)

    def _stack_used(self, core: Core) -> int:
        """Bytes from the lowest word of the paint that is no longer there to the top."""
        found = core.read(self._stack_top - STACK_BYTES, STACK_BYTES)
        pairs = np.frombuffer(found, np.uint32) != np.frombuffer(self._pattern(), np.uint32)
        return 4 * (len(pairs) - int(pairs.argmax())) if pairs.any() else 0

    def _expect(self, stop: Stop, end: End) -> Stop:
        if stop.end is end:
            return stop
        place = describe_address(self.elf, stop.pc)
        raise FirmwareFault(f"the firmware {self._words(stop)} in {place}", _HINT)

    def _words(self, stop: Stop) -> str:
        match stop.end:
            case End.INSTRUCTIONS:
                return f"ran past its time ({self.limit.instructions:,} instructions)"
            case End.SECONDS:
                return f"ran past its time ({self.limit.seconds:g} s on this machine)"
            case End.FAULT if stop.address is not None:
                return f"reached for {stop.address:#010x}, where there is no memory,"
            case End.FAULT:
                return f"cannot go on ({stop.why})"
            case _:
                return "gave an answer too early"


_HINT = "This is a fault of automl-edge or of a changed C source: please report it."


def _streams(library: CSources) -> list[bool]:
    return [False] * LAYERS + [layer.streams_weights for layer in layers_of(library)]


def _empty_stack(chain: Toolchain, core: str) -> int:
    return Bench(firmware_elf(chain).read_bytes(), core).start()


def _key(library: CSources, core: str) -> str:
    """A hash of all that a run depends on beside the ELF."""
    made = {
        "runner": Path(__file__).with_name("runner.py").read_bytes(),
        "table": json.dumps(cycle_table(core).as_request()).encode(),
    }
    facts = (library.interface, library.window, library.layers, library.output_offset)
    versions = (metadata.version("unicorn"), metadata.version("capstone"))
    return toolchain.content_key(made, core, repr(facts), *versions)


def _read(file: Path) -> CoreRun | None:
    """A run that was kept; None if there is none, or what is there is damaged."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return CoreRun(
            parts=tuple(PartRun(**part) for part in kept["parts"]),
            stack_bytes=kept["stack_bytes"],
            features=bytes.fromhex(kept["features"]),
            scores=bytes.fromhex(kept["scores"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(file: Path, run: CoreRun) -> None:
    kept = asdict(run) | {"features": run.features.hex(), "scores": run.scores.hex()}
    with toolchain.scratch_folder() as folder:
        (folder / "run").write_text(json.dumps(kept), encoding="utf-8")
        (folder / "run").replace(file)
