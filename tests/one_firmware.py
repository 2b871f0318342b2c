"""Many compiled networks in one ELF for a core, so that the kernels are built once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler import Network
from automl_edge.compiler.prefix import prefix_header
from automl_edge.device import toolchain
from automl_edge.device.core import Core, End, Program
from automl_edge.device.elf import Firmware, Segment, read_firmware
from automl_edge.device.firmware import FLAGS
from automl_edge.domain.target import Target

ARENA = 0x2000_0000
ARENA_BYTES = 1 << 20
STACK_TOP = ARENA + ARENA_BYTES - 64
RETURN_TO = 0x0FFF_F000
CODE = 0x1_0000


def link_together(networks: Sequence[Network], target: Target, folder: Path) -> Firmware:
    """``networks``, of different symbols, linked for the core of ``target``."""
    sources: dict[str, bytes] = {}
    for network in networks:
        sources |= network.bundle
    toolchain.write_sources({**sources, **prefix_header("shared")}, folder)
    chain = target.toolchain
    assert chain is not None
    core = ("-target", chain.triple, f"-mcpu={chain.cpu}")
    units = sorted(path for path in sources if path.endswith(".c"))
    options = [*core, *FLAGS, *toolchain.WARNINGS, "-I."]

    def compile_one(unit: str) -> str:
        built = unit.replace(".c", ".o")
        toolchain.run_compiler([*options, "-c", unit, "-o", built], folder, toolchain.zig())
        return built

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        objects = list(pool.map(compile_one, units))
    link = [*core, "-Os", "-g", "-Wl,-e,0x0", f"-Wl,--image-base={CODE:#x}", "-Wl,--no-gc-sections"]
    toolchain.run_compiler([*link, *objects, "-o", "all.elf"], folder, toolchain.zig())
    return read_firmware((folder / "all.elf").read_bytes())


class ManyNetworks:
    """A core with all of them in its memory."""

    def __init__(self, firmware: Firmware, core: str) -> None:
        stored = [section for section in firmware.sections if section.content]
        regions = [(section.address, section.size) for section in stored]
        self._entries = {function.name: function.address for function in firmware.functions}
        self._core = Core(
            core,
            Program(
                regions=(*regions, (ARENA, ARENA_BYTES), (RETURN_TO, 2)),
                segments=tuple(Segment(section.address, section.content) for section in stored),
            ),
        )

    def run(self, network: Network, values: NDArray[np.int8]) -> NDArray[np.int8]:
        """What the core makes of one input, its arena full of rubbish before."""
        rubbish = np.random.default_rng(values.size).integers(-128, 128, network.arena_bytes)
        assert network.input_offset is not None
        self._core.write(ARENA, rubbish.astype(np.int8).tobytes())
        self._core.write(ARENA + network.input_offset, values.tobytes())
        registers = {
            "0": ARENA + network.input_offset,
            "1": ARENA,
            "sp": STACK_TOP,
            "return": RETURN_TO | self._core.thumb,
        }
        entry = self._entries[f"{network.symbol}_net_run"]
        stop = self._core.run(pc=entry, registers=registers, until=RETURN_TO)
        assert stop.end is End.UNTIL, stop
        found = self._core.read(ARENA + network.output_offset, network.output.elements)
        return np.frombuffer(found, np.int8)
