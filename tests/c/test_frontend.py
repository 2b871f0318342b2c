"""The C front ends as they ship: every compiler and flag gives the bytes that training saw."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.device.toolchain import UBSAN, WARNINGS, write_sources
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.features import FrontEnd, front_end_bundle, front_end_sizes
from automl_edge.features.bundle import runtime_sources

HERE = Path(__file__).parent
ZIG = (sys.executable, "-m", "ziglang", "cc")
SOUND = LogMelSpec(16000, 4000, 400, 160, 24, 60, 7600)
SPARSE = LogMelSpec(8000, 2000, 100, 333, 8, 200, 4000)
MOTION = MotionSpec(25.0, 20, (100, -32768, 32767), (70000, 900, 8388607))
PHOTO = ImageSpec(12, 16, 3)
THUMBNAIL = ImageSpec(24, 24, 1, "bilinear")
GREY, RGB888, RGB565_LE, RGB565_BE = range(4)

Build = tuple[str, ...]
HOST_BUILDS: tuple[Build, ...] = (
    (*ZIG, "-O0"),
    (*ZIG, "-O2"),
    (*ZIG, "-Os", "-DNDEBUG"),
    (*ZIG, "-O1", *UBSAN),
    (*ZIG, "-O2", "-D__ARM_ARCH_6M__"),
    (*ZIG, "-O1", "-D__ARM_ARCH_6M__", *UBSAN),
)
SYSTEM_BUILDS: tuple[Build, ...] = (
    ("gcc", "-O0"),
    ("gcc", "-O2"),
    ("gcc", "-O3"),
    ("gcc", "-Os"),
    ("gcc", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
)
CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33")


@dataclass(frozen=True)
class Program:
    """A built test program."""

    path: Path

    def __call__(self, data: bytes, *arguments: int) -> bytes:
        command = [str(self.path), *map(str, arguments)]
        done = subprocess.run(command, input=data, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


def build(spec: FeatureSpec, compiler: Build, folder: Path, stride: int | None = None) -> Program:
    sources = dict(front_end_bundle(spec, "m", stride)) | runtime_sources({"ae_prefix.h"})
    write_sources(sources, folder)
    main = "frontend_image.c" if isinstance(spec, ImageSpec) else "frontend_stream.c"
    values = spec.axes if isinstance(spec, MotionSpec) else 1
    flags = [*WARNINGS, f"-I{folder}", f"-DVALUES_PER_SAMPLE={values}"]
    units = [str(folder / name) for name in sources if name.endswith(".c")]
    program = folder / "program"
    done = subprocess.run(
        [*compiler, *flags, *units, str(HERE / main), "-o", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return Program(program)


def sound(spec: LogMelSpec, seconds: float = 1.0) -> NDArray[np.int16]:
    """Silence, full scale, an impulse, an offset, and noise of every loudness."""
    rng = np.random.default_rng(11)
    length = int(spec.rate * seconds)
    loudness = np.geomspace(0.5, 60000, length)
    wave = rng.normal(0, 1, length) * loudness
    wave[: length // 8] = 0
    wave[length // 8 : length // 4] = np.where(np.arange(length // 4 - length // 8) % 2, -1e6, 1e6)
    wave[length // 4 : length // 3] = -32768
    wave[length // 3 : length // 2] = 0
    wave[length // 3 + 500] = 32767
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)


def windows(spec: FeatureSpec, signal: NDArray[np.int16], stride: int) -> bytes:
    """What streaming must give: the front end on each stretch, ``stride`` rows apart."""
    hop, length = (spec.hop, spec.clip) if isinstance(spec, LogMelSpec) else (1, spec.window)
    if isinstance(spec, LogMelSpec):
        length = spec.window + (spec.frames - 1) * hop
        spec = replace(spec, clip=length)
    starts = range(0, len(signal) - length + 1, stride * hop)
    return FrontEnd(spec).batch([signal[start : start + length] for start in starts]).tobytes()


def rgb565(pixels: NDArray[np.uint8], order: str) -> tuple[bytes, NDArray[np.uint8]]:
    """The pixels as 16-bit words in ``order`` ("<u2" or ">u2"), and as they come back."""
    red, green, blue = (pixels[..., c].astype(np.uint16) >> s for c, s in enumerate((3, 2, 3)))
    words = red << 11 | green << 5 | blue
    back = np.stack([red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2], axis=-1)
    return words.astype(order).tobytes(), back.astype(np.uint8)


def check_everything(compiler: Build, folder: Path) -> None:
    """All kinds of front end, built by ``compiler``, against the host library's bytes."""
    signal = sound(SOUND)
    for spec in (SOUND, SPARSE):
        program = build(spec, compiler, folder / str(spec.window))
        expected = windows(spec, signal, stride=max(1, spec.frames // 2))
        assert program(signal.tobytes(), 160) == expected
    counts = np.random.default_rng(3).integers(-32768, 32767, (95, 3)).astype(np.int16)
    motion = build(MOTION, compiler, folder / "motion")
    assert motion(counts.tobytes(), 1) == windows(MOTION, counts, stride=10)
    pixels = np.random.default_rng(4).integers(0, 256, (37, 53, 3)).astype(np.uint8)
    for spec in (PHOTO, THUMBNAIL):
        program = build(spec, compiler, folder / spec.resize)
        check_formats(spec, program, pixels)


def check_formats(spec: ImageSpec, program: Program, pixels: NDArray[np.uint8]) -> None:
    front_end = FrontEnd(spec)
    height, width = pixels.shape[:2]
    grey = np.ascontiguousarray(pixels[..., 1])
    found = program(pixels.tobytes(), width, height, 3 * width, RGB888)
    assert found == front_end.one(pixels).tobytes()
    assert program(grey.tobytes(), width, height, width, GREY) == front_end.one(grey).tobytes()
    for order, kind in (("<u2", RGB565_LE), (">u2", RGB565_BE)):
        data, seen = rgb565(pixels, order)
        found = program(data, width, height, 2 * width, kind)
        assert found == front_end.one(seen).tobytes()


@pytest.mark.parametrize("compiler", HOST_BUILDS, ids=lambda build: " ".join(build[3:]))
def test_same_bytes_from_zig(compiler: Build, tmp_path: Path) -> None:
    check_everything(compiler, tmp_path)


@pytest.mark.cross
@pytest.mark.parametrize("compiler", SYSTEM_BUILDS, ids=lambda build: " ".join(build[:2]))
def test_same_bytes_from_gcc(compiler: Build, tmp_path: Path) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed")
    check_everything(compiler, tmp_path)


@pytest.mark.parametrize("stride", [1, 5, 23])
def test_sound_in_any_pieces(stride: int, tmp_path: Path) -> None:
    signal = sound(SOUND, 0.6)
    program = build(SOUND, (*ZIG, "-O1"), tmp_path, stride)
    expected = windows(SOUND, signal, stride)
    for pieces in ((1,), (7, 1, 333), (159,), (160,), (100000,)):
        assert program(signal.tobytes(), *pieces) == expected, pieces


@pytest.mark.parametrize("stride", [1, 7, 20])
def test_motion_in_any_pieces(stride: int, tmp_path: Path) -> None:
    counts = np.random.default_rng(5).integers(-9000, 9000, (90, 3)).astype(np.int16)
    program = build(MOTION, (*ZIG, "-O1"), tmp_path, stride)
    expected = windows(MOTION, counts, stride)
    for pieces in ((1,), (3, 19, 20, 21), (1000,)):
        assert program(counts.tobytes(), *pieces) == expected, pieces


def test_frames_with_padding_and_impossible_frames(tmp_path: Path) -> None:
    program = build(PHOTO, (*ZIG, "-O1"), tmp_path)
    pixels = np.random.default_rng(6).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    padded = np.pad(pixels.reshape(20, 90), ((0, 0), (0, 10))).tobytes()
    assert program(padded, 30, 20, 100, RGB888) == FrontEnd(PHOTO).one(pixels).tobytes()
    for width, height, stride, kind in ((0, 20, 90, 1), (30, 20, 89, 1), (30, 20, 90, 4)):
        command = [str(program.path), *map(str, (width, height, stride, kind))]
        done = subprocess.run(command, input=padded, capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (1, b"")


@pytest.mark.cross
@pytest.mark.parametrize("core", CORES)
def test_arm_gcc_compiles_without_warnings(core: str, tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    for number, spec in enumerate((SOUND, SPARSE, MOTION, PHOTO, THUMBNAIL)):
        folder = tmp_path / str(number)
        sources = dict(front_end_bundle(spec, "m")) | runtime_sources({"ae_prefix.h"})
        write_sources(sources, folder)
        units = [name for name in sources if name.endswith(".c")]
        command = ["arm-none-eabi-gcc", f"-mcpu={core}", "-mthumb", "-Os", *WARNINGS, "-I."]
        done = subprocess.run(
            [*command, "-c", *units], cwd=folder, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        check_config_bytes(spec, folder)


def check_config_bytes(spec: FeatureSpec, folder: Path) -> None:
    """The const config that a 32-bit compiler emits is as long as ``struct_bytes`` says."""
    command = ["arm-none-eabi-nm", "--print-size", str(folder / "m_frontend.o")]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sizes = {name: int(size, 16) for _, size, _, name in map(str.split, sized_lines(listed))}
    assert sizes["config"] == front_end_sizes(spec).struct_bytes


def sized_lines(listed: str) -> list[str]:
    return [line for line in listed.splitlines() if len(line.split()) == 4]


def test_two_libraries_link_into_one_program(tmp_path: Path) -> None:
    """Names of runtime and tables carry the library's own, so that nothing collides."""
    objects: list[str] = []
    for symbol in ("bird", "fish"):
        folder = tmp_path / symbol
        prefix = f"#define AE_NAME(name) {symbol}_##name\n".encode()
        sources = dict(front_end_bundle(SOUND, symbol)) | {"ae_prefix.h": prefix}
        write_sources(sources, folder)
        units = [str(folder / name) for name in sources if name.endswith(".c")]
        joined = str(tmp_path / f"{symbol}.so")
        subprocess.run([*ZIG, "-O1", "-shared", "-fPIC", *units, "-o", joined], check=True)
        objects.append(joined)
    names = [defined_names(Path(path)) for path in objects]
    for first, second in pairwise(names):
        assert not first & second
    assert "bird_frontend_feed" in names[0]


def defined_names(library: Path) -> set[str]:
    """Functions that a shared library exports, without the linker's own."""
    from elftools.elf.elffile import ELFFile

    with library.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".dynsym")
        return {
            symbol.name
            for symbol in table.iter_symbols()
            if symbol["st_shndx"] != "SHN_UNDEF" and symbol["st_info"]["type"] == "STT_FUNC"
            if not symbol.name.startswith("_")
        }
