"""Compiles kernels and front ends for one core and reads what each takes there."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from elftools.elf.elffile import ELFFile

from automl_edge.compiler.prefix import prefix_header
from automl_edge.device import toolchain
from automl_edge.device.elf import Firmware, read_firmware
from automl_edge.device.firmware import FLAGS, OPTIMIZATION
from automl_edge.domain.bundle import Bundle, merge
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.target import KernelSet, Toolchain
from automl_edge.features import front_end_bundle

SYMBOL = "cal"
CSRC = Path(toolchain.__file__).parents[1] / "csrc"
HARNESS = Path(__file__).parent


@dataclass(frozen=True)
class Unit:
    """One object file: bytes of code and constants, and the names that it needs and has."""

    code_bytes: int
    constant_bytes: int
    needs: frozenset[str]
    has: frozenset[str]


@dataclass(frozen=True)
class Build:
    """All objects of one core by the stem of their source, and everything linked together."""

    units: dict[str, Unit]
    firmware: Firmware


def kernel_sources(kernels: KernelSet) -> Bundle:
    """The kernels of one set, the headers and the harnesses that call them."""
    folders = [CSRC / "kernels" / name for name in ("portable", kernels.value)]
    files = [*(CSRC / "include").glob("*.h"), *HARNESS.glob("*.[ch]")]
    files += [file for folder in folders for file in folder.glob("*.c")]
    return {file.name: file.read_bytes() for file in files}


def front_end_sources(spec: FeatureSpec) -> Bundle:
    """A front end with its generated tables."""
    return front_end_bundle(spec, SYMBOL)


def build(chain: Toolchain, sources: Bundle, folder: Path) -> Build:
    """Compile every ``.c`` file of ``sources`` below ``folder`` and link all of them."""
    toolchain.write_sources(merge(sources, prefix_header(SYMBOL)), folder)
    target = ("-target", chain.triple, f"-mcpu={chain.cpu}")
    units: dict[str, Unit] = {}
    for path in sorted(sources):
        if path.endswith(".c"):
            name = f"{Path(path).stem}.o"
            arguments = [*target, *FLAGS, *toolchain.WARNINGS, "-I.", "-c", path, "-o", name]
            toolchain.run_compiler(arguments, folder, toolchain.zig())
            units[Path(path).stem] = _read_unit((folder / name).read_bytes())
    kept = [f"-Wl,-u,{name}" for unit in units.values() for name in sorted(unit.has)]
    return Build(units, _link(target, [f"{stem}.o" for stem in units], kept, folder))


def runtime_bytes(chain: Toolchain, name: str, folder: Path) -> int:
    """Flash of a function of the compiler's own runtime and all that it calls."""
    target = ("-target", chain.triple, f"-mcpu={chain.cpu}")
    (folder / "nothing.c").write_text("typedef int nothing;\n")
    toolchain.run_compiler(
        [*target, *FLAGS, "-c", "nothing.c", "-o", "nothing.o"], folder, toolchain.zig()
    )
    linked = _link(target, ["nothing.o"], [f"-Wl,-u,{name}"], folder)
    return sum(section.size for section in linked.sections if ".ARM." not in section.name)


def _link(target: tuple[str, ...], objects: list[str], kept: list[str], folder: Path) -> Firmware:
    arguments = [*target, OPTIMIZATION, "-g", "-Wl,--gc-sections", "-Wl,-e,0x0", *kept, *objects]
    toolchain.run_compiler([*arguments, "-o", "linked.elf"], folder, toolchain.zig())
    return read_firmware((folder / "linked.elf").read_bytes())


def _read_unit(content: bytes) -> Unit:
    file = ELFFile(BytesIO(content))
    sizes = {".text": 0, ".rodata": 0, ".srodata": 0}
    for section in file.iter_sections():
        kind = "." + section.name.split(".")[1] if section.name.startswith(".") else ""
        if kind in sizes:
            sizes[kind] += -(-section["sh_size"] // 4) * 4
    symbols = [s for s in file.get_section_by_name(".symtab").iter_symbols() if s.name]
    bound = [s for s in symbols if s["st_info"]["bind"] != "STB_LOCAL"]
    return Unit(
        code_bytes=sizes[".text"],
        constant_bytes=sizes[".rodata"] + sizes[".srodata"],
        needs=frozenset(s.name for s in bound if s["st_shndx"] == "SHN_UNDEF"),
        has=frozenset(s.name for s in bound if s["st_shndx"] != "SHN_UNDEF"),
    )
