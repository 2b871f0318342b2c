"""The kernels and generated C under other compilers: no warnings, sizes as told, no overrun."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from automl_edge.compiler import HostNetwork, Network, compile_graph, read_tflite
from automl_edge.compiler.prefix import prefix_header
from automl_edge.compiler.sets import kernel_sources
from automl_edge.compiler.sizes import STRUCT_BYTES, STRUCT_TYPES
from automl_edge.device.toolchain import WARNINGS, run_compiler, write_sources
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from tests.graph_cases import long_rows, random_model
from tests.system_gcc import run_with_sanitizers

CORES = ("cortex-m0plus", "cortex-m4", "cortex-m33")
FPU = {"cortex-m4": "-mfpu=fpv4-sp-d16", "cortex-m33": "-mfpu=fpv5-sp-d16"}
BUILDS = [
    *((core, KernelSet.PORTABLE) for core in CORES),
    *((core, KernelSet.DSP) for core in FPU),
    ("cortex-m0plus", KernelSet.M0PLUS),
]
KINDS = list(OpKind)
WEIGHTED = (OpKind.CONV_2D, OpKind.DEPTHWISE_CONV_2D, OpKind.FULLY_CONNECTED)
OWN_SETS = [kernels for kernels in KernelSet if kernels is not KernelSet.PORTABLE]
INPUTS = 3


def network_of(kind: OpKind, in_arena: bool = True) -> Network:
    return compile_graph(
        read_tflite(random_model(kind, np.random.default_rng(21))), "net", in_arena
    )


def all_sources(kernels: KernelSet = KernelSet.PORTABLE) -> dict[str, bytes]:
    """Every kernel, and the generated C of one model of each operator."""
    sources = {**kernel_sources(sorted(STRUCT_BYTES), kernels), **prefix_header("net")}
    for kind in KINDS:
        model = random_model(kind, np.random.default_rng(21))
        bundle = compile_graph(read_tflite(model), kind.lower()).bundle
        sources |= {path: code for path, code in bundle.items() if not path.startswith("ae_")}
    return sources


def test_struct_sizes_on_a_32_bit_core(tmp_path: Path) -> None:
    checks = [f'#include "ae_{name}.h"' for name in ("packed", "paired", "tiled")]
    for kernel, size in STRUCT_BYTES.items():
        struct = f"struct ae_{STRUCT_TYPES.get(kernel, kernel)}"
        checks.append(f"typedef char {kernel}_is_as_told[sizeof({struct}) == {size} ? 1 : -1];")
    sources = {**kernel_sources(()), **prefix_header("net")}
    write_sources({**sources, "sizes.c": "\n".join(checks).encode() + b"\n"}, tmp_path)
    target = ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4")
    run_compiler([*target, *WARNINGS, "-ffreestanding", "-c", "sizes.c", "-o", "sizes.o"], tmp_path)


@pytest.mark.cross
@pytest.mark.parametrize(("core", "kernels"), BUILDS)
@pytest.mark.parametrize("optimisation", ["-Os", "-O3"])
def test_gcc_for_arm_has_no_complaints(
    tmp_path: Path, core: str, kernels: KernelSet, optimisation: str
) -> None:
    compiler = shutil.which("arm-none-eabi-gcc")
    assert compiler is not None
    sources = all_sources(kernels)
    write_sources(sources, tmp_path)
    units = [path for path in sources if path.endswith(".c")]
    fpu = ("-mfloat-abi=hard", FPU[core]) if kernels is KernelSet.DSP else ()
    options = [f"-mcpu={core}", "-mthumb", *fpu, optimisation, *WARNINGS, "-I."]
    command = [compiler, *options, "-c", *units]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.cross
@pytest.mark.parametrize("in_arena", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_no_byte_outside_the_buffers_is_touched(
    tmp_path: Path, kind: OpKind, in_arena: bool
) -> None:
    """The system's gcc with its sanitizers; the outputs are those of the host library."""
    network = network_of(kind, in_arena)
    inputs = np.random.default_rng(4).integers(-128, 128, (INPUTS, *network.input.shape), np.int8)
    found = run_with_sanitizers(network, inputs, tmp_path)
    assert found.tobytes() == HostNetwork(network).run(inputs).tobytes()


@pytest.mark.cross
@pytest.mark.parametrize("kernels", OWN_SETS)
def test_no_byte_outside_is_touched_by_the_plain_c_of_a_set(
    tmp_path: Path, kernels: KernelSet
) -> None:
    models = [random_model(kind, np.random.default_rng(25)) for kind in WEIGHTED]
    models.append(long_rows(np.random.default_rng(2)))
    for number, model in enumerate(models):
        network = compile_graph(read_tflite(model), "net", kernels=kernels)
        shape = (INPUTS, *network.input.shape)
        inputs = np.random.default_rng(4).integers(-128, 128, shape, np.int8)
        found = run_with_sanitizers(network, inputs, tmp_path / str(number))
        assert found.tobytes() == HostNetwork(network).run(inputs).tobytes()
