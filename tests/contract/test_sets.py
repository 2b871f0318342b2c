"""A set's own kernels, on an emulated core, give the bytes of the same kernels in plain C."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.compiler import HostNetwork, Network, compile_graph, read_tflite
from automl_edge.device.elf import Firmware, read_firmware
from automl_edge.device.firmware import FLAGS
from automl_edge.device.toolchain import WARNINGS, run_compiler, write_sources, zig
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from tests.graph_cases import random_model

unicorn = pytest.importorskip("unicorn", reason="the unicorn package is not installed")

CASES = 4
INPUTS = 3
CODE = 0x1_0000
CODE_BYTES = 1 << 20
MEMORY = 0x2000_0000
MEMORY_BYTES = 1 << 20
ARENA = MEMORY + 0x1_0000
RETURN_TO = 0x0FFF_F000
GUARD = bytes([85]) * 64
FIRMWARE = Path(__file__).parents[2] / "automl_edge" / "csrc" / "firmware"
TARGET = ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m0plus")
KINDS = (OpKind.CONV_2D, OpKind.DEPTHWISE_CONV_2D, OpKind.FULLY_CONNECTED)


def link(network: Network, folder: Path) -> Firmware:
    """``network`` alone, without start-up code."""
    headers = {f"include/{f.name}": f.read_bytes() for f in (FIRMWARE / "include").iterdir()}
    write_sources({**network.bundle, **headers}, folder)
    units = sorted(path for path in network.bundle if path.endswith(".c"))
    flags = (*TARGET, *FLAGS, *WARNINGS, "-I.", "-isystem", "include")
    for unit in units:
        run_compiler([*flags, "-c", unit, "-o", f"{unit}.o"], folder, zig())
    entry = (f"-Wl,-e,{network.symbol}_net_run", f"-Wl,--image-base={CODE:#x}", "-Wl,--gc-sections")
    objects = [f"{unit}.o" for unit in units]
    run_compiler([*TARGET, "-Os", "-g", *entry, *objects, "-o", "net.elf"], folder, zig())
    return read_firmware((folder / "net.elf").read_bytes())


class Core:
    """An emulated Cortex-M0 with ``firmware`` in it."""

    def __init__(self, network: Network, firmware: Firmware) -> None:
        self._network = network
        self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
        self._uc.ctl_set_cpu_model(unicorn.arm_const.UC_CPU_ARM_CORTEX_M0)
        self._uc.mem_map(CODE, CODE_BYTES)
        self._uc.mem_map(MEMORY, MEMORY_BYTES)
        self._uc.mem_map(RETURN_TO, 0x1000)
        for section in firmware.sections:
            self._uc.mem_write(section.address, section.content)
        addresses = {function.name: function.address for function in firmware.functions}
        self._entry = addresses[f"{network.symbol}_net_run"]

    def run(self, values: NDArray[np.int8]) -> bytes:
        """The output for ``values``; asserts that registers and memory are left alone."""
        arm, uc, network = unicorn.arm_const, self._uc, self._network
        assert network.input_offset is not None
        uc.mem_write(ARENA, bytes(network.arena_bytes) + GUARD)
        uc.mem_write(ARENA + network.input_offset, values.tobytes())
        saved = range(arm.UC_ARM_REG_R4, arm.UC_ARM_REG_R4 + 8)
        for register in saved:
            uc.reg_write(register, register)
        uc.reg_write(arm.UC_ARM_REG_SP, MEMORY + MEMORY_BYTES)
        uc.reg_write(arm.UC_ARM_REG_LR, RETURN_TO | 1)
        uc.reg_write(arm.UC_ARM_REG_R0, ARENA + network.input_offset)
        uc.reg_write(arm.UC_ARM_REG_R1, ARENA)
        uc.emu_start(self._entry | 1, RETURN_TO)
        assert [uc.reg_read(register) for register in saved] == list(saved)
        assert uc.mem_read(ARENA + network.arena_bytes, len(GUARD)) == GUARD
        return bytes(uc.mem_read(ARENA + network.output_offset, network.output.elements))


@pytest.mark.parametrize("seed", range(CASES))
@pytest.mark.parametrize("kind", KINDS)
def test_assembly_gives_the_bytes_of_plain_c(kind: OpKind, seed: int, tmp_path: Path) -> None:
    model = random_model(kind, np.random.default_rng([seed, 77]))
    network = compile_graph(read_tflite(model), "net", kernels=KernelSet.M0PLUS)
    rng = np.random.default_rng(seed)
    inputs = rng.integers(-128, 128, (INPUTS, *network.input.shape)).astype(np.int8)
    inputs[0] = -128
    core = Core(network, link(network, tmp_path))

    found = b"".join(core.run(values) for values in inputs)

    assert found == HostNetwork(network).run(inputs).tobytes()
