"""Generated networks under the system's gcc: run with its sanitizers, compiled for Arm."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler import Network
from automl_edge.device.toolchain import WARNINGS, write_sources

MAIN = Path(__file__).parent / "c" / "net_main.c"
SANITIZE = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
ARM = ("-mthumb", "-Os")


def compile_units(
    compiler: str, network: Network, flags: Sequence[str], folder: Path
) -> tuple[Path, ...]:
    """Objects of every ``.c`` of ``network``, whose symbol must be ``net``.

    Kernels (``ae_*.c``) are compiled once a ``folder``: they are the same for all networks.
    """
    program = shutil.which(compiler)
    assert program is not None, f"{compiler} is not installed"
    write_sources(network.bundle, folder)
    objects = []
    for unit in sorted(path for path in network.bundle if path.endswith(".c")):
        built = folder / f"{unit}.o"
        if not (unit.startswith("ae_") and built.exists()):
            command = [program, *flags, *WARNINGS, "-I.", "-c", unit, "-o", str(built)]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), done.stderr
        objects.append(built)
    return tuple(objects)


def run_with_sanitizers(
    network: Network, inputs: NDArray[np.int8], folder: Path
) -> NDArray[np.int8]:
    """Outputs (n, output elements) of ``network`` under ASan and UBSan, which stay silent."""
    plain = replace(network, bundle={**network.bundle, **network.plain})
    objects = compile_units("gcc", plain, SANITIZE, folder)
    held = network.input_offset
    program = folder / "program"
    command = [
        *("gcc", *SANITIZE, *WARNINGS, "-I."),
        '-DNET_HEADER="net_net.h"',
        f"-DNET_RUN={'run_in_arena' if held is not None else 'net_net_run'}",
        f"-DARENA_BYTES={network.arena_bytes}",
        f"-DINPUT_BYTES={network.input.elements}",
        f"-DINPUT_OFFSET={held or 0}",
        f"-DOUTPUT_OFFSET={network.output_offset}",
        f"-DOUTPUT_BYTES={network.output.elements}",
        *(str(MAIN), *map(str, objects)),
        *("-o", str(program)),
    ]
    subprocess.run(command, cwd=folder, check=True)
    done = subprocess.run([program], input=inputs.tobytes(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    return np.frombuffer(done.stdout, np.int8).reshape(len(inputs), -1)
