"""The emulated core executes as many instructions as QEMU does, an emulator of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from automl_edge.catalog import load_target
from automl_edge.device import toolchain
from automl_edge.device.emulate import run_on_core, stimulus
from automl_edge.device.firmware import FLAGS
from automl_edge.device.sources import CSources
from automl_edge.domain.bundle import merge
from automl_edge.domain.target import KernelSet
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Origin
from tests.small_models import library_for

pytestmark = pytest.mark.qemu

QEMU = "qemu-system-arm"
TICK = 40  # instructions: a nanosecond each, and SysTick runs at 25 MHz
HERE = Path(__file__).with_name("qemu")
SHARED = ("tiny__kws_ref_model", "tflite-micro__micro_speech_quantized", "tiny__vww_96_int8")


@pytest.fixture(scope="module", autouse=True)
def _qemu() -> None:
    if shutil.which(QEMU) is None:
        pytest.skip(f"{QEMU} is not installed")


def instructions_by_qemu(library: CSources, folder: Path) -> int:
    """What one call of invoke takes in QEMU's Cortex-M4, to within TICK."""
    chain = load_target("cortex-m4").toolchain
    assert chain is not None
    # Beside the rest: zig takes a file named by its absolute path from its cache although the
    # headers that it finds by -I. are others now.
    own = {file.name: file.read_bytes() for file in HERE.iterdir()}
    toolchain.write_sources(merge(library.bundle, own), folder)
    units = [path for path in (*library.bundle, "main.c") if path.endswith(".c")]
    includes = Path(toolchain.__file__).parents[1] / "csrc" / "firmware" / "include"
    arguments = [
        *("-target", chain.triple, f"-mcpu={chain.cpu}", *FLAGS, *toolchain.WARNINGS),
        *("-I.", "-isystem", str(includes), *library.flags),
        f"-DINPUT_BYTES={library.input_bytes}",
        *units,
        *("-Wl,-T,mps2_an386.ld", "-Wl,-e,firmware_reset", "-Wl,--gc-sections"),
        *("-o", "qemu.elf"),
    ]
    toolchain.run_compiler(arguments, folder, toolchain.zig())
    (folder / "samples").write_bytes(stimulus(library).tobytes())
    command = [
        *(QEMU, "-machine", "mps2-an386", "-icount", "shift=0", "-display", "none"),
        *("-monitor", "none", "-serial", "none", "-kernel", "qemu.elf"),
        *("-device", "loader,file=samples,addr=0x21000000,force-raw=on"),
        *("-semihosting-config", "enable=on,target=native"),
    ]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, check=True
    )
    return int((done.stdout + done.stderr).strip(), 16) * TICK


@pytest.mark.parametrize("filters", [8, 24, 64])
def test_small_networks_agree(filters: int, tmp_path: Path) -> None:
    library = library_for("tensor", filters=filters).sources
    counted = run_on_core(library, load_target("cortex-m4")).instructions
    by_qemu = instructions_by_qemu(library, tmp_path)
    assert counted == pytest.approx(by_qemu, rel=0.001, abs=2 * TICK)


@pytest.mark.shared
@pytest.mark.parametrize("kernels", [KernelSet.PORTABLE, KernelSet.DSP])
@pytest.mark.parametrize("name", SHARED)
def test_real_networks_agree_within_a_thousandth(
    name: str, kernels: KernelSet, shared: Path, tmp_path: Path
) -> None:
    model = (shared / "models" / f"{name}.tflite").read_bytes()
    origin = Origin("test", kernels=kernels)
    library = build_library(model, None, (), 0.0, "model", origin).sources
    counted = run_on_core(library, load_target("cortex-m4")).instructions
    assert counted == pytest.approx(instructions_by_qemu(library, tmp_path), rel=0.001)
