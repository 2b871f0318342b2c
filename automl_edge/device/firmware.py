"""The smallest firmware for a core, linked with zig, with a model's library or without.

Objects are compiled once per machine: each is cached by the hash of its source, of every
header that it includes, of the flags and of the compiler, so that a kernel that many
models share costs its compilation once.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from automl_edge.device import toolchain
from automl_edge.device.elf import Firmware, read_firmware
from automl_edge.device.sources import CSources, Interface
from automl_edge.domain.bundle import Bundle, merge
from automl_edge.domain.target import Toolchain
from automl_edge.errors import EnvironmentProblem, ModelFileError

OPTIMIZATION = "-Os"
"""How firmware is optimised; said in reports beside the figures."""

FLAGS = (
    OPTIMIZATION,
    "-ffunction-sections",
    "-fdata-sections",
    "-fstack-size-section",
    "-fno-asynchronous-unwind-tables",
    "-g",
)
_FIRMWARE = "firmware"
_OVERFLOW = "will not fit in region"  # the linker's words
_INCLUDE = re.compile(rb'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)
_MAIN = {
    Interface.IMAGE: "main_image.c",
    Interface.AUDIO: "main_stream.c",
    Interface.MOTION: "main_stream.c",
    Interface.TENSOR: "main_tensor.c",
}


@dataclass(frozen=True, slots=True)
class _Unit:
    """One C file to compile: ``folder`` is where the linker script looks for its object."""

    source: str
    folder: str
    flags: tuple[str, ...] = ()


def described(chain: Toolchain) -> str:
    """Toolchain and flags in words, for reports."""
    return f"{toolchain.zig_version()} cc -target {chain.triple} -mcpu={chain.cpu} {OPTIMIZATION}"


def link_firmware(chain: Toolchain, library: CSources | None = None) -> Firmware:
    """The firmware of ``library`` for a core, or the empty one.

    The empty firmware has the same reset code and an endless loop for ``main``. Raises
    EnvironmentProblem, and ModelFileError for what no memory map could hold.
    """
    return read_firmware(firmware_elf(chain, library).read_bytes())


def firmware_elf(chain: Toolchain, library: CSources | None = None) -> Path:
    """The ELF that ``link_firmware`` reads; its name is a hash of all that it was made of."""
    sources = merge(_firmware_sources(), library.bundle if library else {})
    units = _units(chain, library)
    tools = (toolchain.zig_version(), chain.triple, chain.cpu)
    flags = [flag for unit in units for flag in (unit.source, unit.folder, *unit.flags)]
    key = toolchain.content_key(sources, "firmware", *tools, *FLAGS, *flags)
    elf = toolchain.cache_folder() / f"{key}.elf"
    if not elf.exists():
        with toolchain.scratch_folder() as folder:
            toolchain.write_sources(sources, folder)
            objects = _compile(chain, units, sources, folder)
            _link(chain, objects, folder)
            (folder / "firmware.elf").replace(elf)
    return elf


def _units(chain: Toolchain, library: CSources | None) -> tuple[_Unit, ...]:
    startup = "startup_riscv.c" if chain.triple.startswith("riscv") else "startup_cortex_m.c"
    start = _Unit(f"{_FIRMWARE}/{startup}", _FIRMWARE)
    if library is None:
        return (start, _Unit(f"{_FIRMWARE}/main_empty.c", _FIRMWARE))
    main = _Unit(f"{_FIRMWARE}/{_MAIN[library.interface]}", _FIRMWARE, library.flags)
    own = (_Unit(path, role.value) for path, role in library.roles)
    return (start, main, *own)


@lru_cache(maxsize=1)
def _firmware_sources() -> Bundle:
    root = files("automl_edge") / "csrc" / _FIRMWARE
    sources = {f"{_FIRMWARE}/{f.name}": f.read_bytes() for f in root.iterdir() if f.is_file()}
    system = root / "include"
    sources |= {f"{_FIRMWARE}/include/{f.name}": f.read_bytes() for f in system.iterdir()}
    return sources


def _compile(
    chain: Toolchain, units: tuple[_Unit, ...], sources: Bundle, folder: Path
) -> tuple[str, ...]:
    """Objects of ``units`` below ``folder``, as relative paths."""

    def compile_one(unit: _Unit) -> str:
        cached = _object(chain, unit, sources, folder)
        name = f"{unit.folder}/{Path(unit.source).stem}.o"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(cached, folder / name)
        return name

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return tuple(pool.map(compile_one, units))


def _object(chain: Toolchain, unit: _Unit, sources: Bundle, folder: Path) -> Path:
    read = {path: sources[path] for path in _closure(unit.source, sources)}
    flags = (*_target(chain), *FLAGS, *toolchain.WARNINGS, *unit.flags)
    key = toolchain.content_key(read, *flags, toolchain.zig_version())
    cached = toolchain.cache_folder() / f"{key}.o"
    if not cached.exists():
        built = f"{unit.folder}-{Path(unit.source).stem}.built.o"
        search = ("-I.", "-isystem", f"{_FIRMWARE}/include")
        arguments = [*flags, *search, "-c", unit.source, "-o", built]
        toolchain.run_compiler(arguments, folder, toolchain.zig())
        (folder / built).replace(cached)
    return cached


def _closure(path: str, sources: Bundle) -> set[str]:
    """``path`` and every file of the bundle that it includes, however deep."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += _included(current, sources)
    return found


def _included(path: str, sources: Bundle) -> Iterator[str]:
    names = [name.decode() for name in _INCLUDE.findall(sources[path])]
    if b"MODEL_HEADER" in sources[path]:
        names += [other for other in sources if other.endswith(".h") and "/" not in other]
    for name in names:
        for candidate in (name, f"{_FIRMWARE}/include/{name}"):
            if candidate in sources:
                yield candidate


def _link(chain: Toolchain, objects: tuple[str, ...], folder: Path) -> None:
    script = f"-Wl,-T,{_FIRMWARE}/firmware.ld"
    # -g keeps the symbols, which zig would strip at -Os; the script drops the debug sections.
    entry = "-Wl,-e,firmware_reset"
    arguments = [*_target(chain), OPTIMIZATION, "-g", "-Wl,--gc-sections", entry, script]
    try:
        toolchain.run_compiler(
            [*arguments, *objects, "-o", "firmware.elf"], folder, toolchain.zig()
        )
    except EnvironmentProblem as problem:
        if _OVERFLOW in problem.message:
            raise ModelFileError(
                "the model is too large for the firmware's memory map, 256 MiB of flash and of RAM",
                "No microcontroller has that much; choose a smaller model.",
            ) from problem
        raise


def _target(chain: Toolchain) -> tuple[str, ...]:
    return ("-target", chain.triple, f"-mcpu={chain.cpu}")
