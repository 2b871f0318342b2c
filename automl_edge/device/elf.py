"""Reading a linked firmware: how large its sections are, and which functions it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile


@dataclass(frozen=True, slots=True)
class Section:
    """A section that is loaded into the chip: ``size`` bytes at ``address``."""

    name: str
    address: int
    size: int
    writable: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes as they are stored in the chip before it starts, initial values of ``.data`` too."""

    address: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Function:
    """A function's name, address and size in bytes."""

    name: str
    address: int
    size: int


@dataclass(frozen=True, slots=True)
class Firmware:
    """What is known of a linked ELF.

    ``frames`` maps a function's address to the bytes of stack that its compiler says it
    takes (``.stack_sizes``); functions of the compiler's own runtime are not in it.
    ``data_spans`` are (start, stop) addresses of constants among the code. The core starts
    at ``entry``; ``segments`` are what is stored in flash; ``symbols`` are the addresses
    that the linker script and the C define by name.
    """

    machine: str
    sections: tuple[Section, ...]
    functions: tuple[Function, ...]
    frames: dict[int, int]
    data_spans: tuple[tuple[int, int], ...]
    entry: int = 0
    segments: tuple[Segment, ...] = ()
    symbols: Mapping[str, int] = field(default_factory=dict)

    @property
    def flash_bytes(self) -> int:
        """Everything that is stored: code, constants and the initial values of ``.data``."""
        return sum(s.size for s in self.sections if s.content or not s.writable)

    @property
    def ram_bytes(self) -> int:
        """``.data`` and ``.bss``."""
        return sum(s.size for s in self.sections if s.writable)

    def size_of(self, name: str) -> int:
        """Size of a section in bytes, 0 if there is none of that name."""
        return sum(section.size for section in self.sections if section.name == name)

    def function(self, name: str) -> Function:
        """The function of that name; raises KeyError if there is none."""
        for function in self.functions:
            if function.name == name:
                return function
        raise KeyError(f"the firmware has no function {name}")

    def section(self, name: str) -> Section | None:
        """The section of that name, None if nothing is in it."""
        return next((section for section in self.sections if section.name == name), None)

    def read(self, address: int, size: int) -> bytes:
        """Bytes of code or constants at ``address``; raises ValueError outside all sections."""
        for section in self.sections:
            offset = address - section.address
            if offset >= 0 and offset + size <= len(section.content):
                return section.content[offset : offset + size]
        raise ValueError(f"nothing is stored at {address:#x}")


def read_firmware(elf: bytes) -> Firmware:
    """Parse a linked 32-bit ELF; raises elftools' ELFError if it is not one."""
    file = ELFFile(BytesIO(elf))
    sections = tuple(_loaded(file))
    mappings, functions = _symbols(file)
    return Firmware(
        machine=file["e_machine"],
        sections=sections,
        functions=functions,
        frames=dict(_stack_sizes(file)),
        data_spans=_data_spans(mappings, sections),
        entry=file["e_entry"] & ~1,
        segments=tuple(_segments(file)),
        symbols=_addresses(file),
    )


def _loaded(file: ELFFile) -> Iterator[Section]:
    for section in file.iter_sections():
        flags = section["sh_flags"]
        if flags & SH_FLAGS.SHF_ALLOC and section["sh_size"]:
            stored = section["sh_type"] != "SHT_NOBITS"
            yield Section(
                name=section.name,
                address=section["sh_addr"],
                size=section["sh_size"],
                writable=bool(flags & SH_FLAGS.SHF_WRITE),
                content=section.data() if stored else b"",
            )


def _segments(file: ELFFile) -> Iterator[Segment]:
    for segment in file.iter_segments("PT_LOAD"):
        if segment["p_filesz"]:
            yield Segment(segment["p_paddr"], segment.data())


def _addresses(file: ELFFile) -> dict[str, int]:
    table = file.get_section_by_name(".symtab")
    return {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()} if table else {}


def _symbols(file: ELFFile) -> tuple[list[tuple[int, bool]], tuple[Function, ...]]:
    """(address, is data) of the mapping symbols ``$t`` ``$x`` ``$d``, and the functions."""
    table = file.get_section_by_name(".symtab")
    loaded = {
        number
        for number, section in enumerate(file.iter_sections())
        if section["sh_flags"] & SH_FLAGS.SHF_ALLOC
    }
    mappings: list[tuple[int, bool]] = []
    functions: dict[int, Function] = {}
    for symbol in table.iter_symbols() if table else ():
        kind = symbol.name.partition(".")[0]
        if symbol["st_shndx"] not in loaded:
            continue  # among debug information, or nowhere
        if kind in ("$d", "$t", "$x"):
            mappings.append((symbol["st_value"], kind == "$d"))
        elif symbol["st_info"]["type"] == "STT_FUNC":
            address = symbol["st_value"] & ~1
            functions[address] = Function(symbol.name, address, symbol["st_size"])
    return sorted(mappings), tuple(sorted(functions.values(), key=lambda f: f.address))


def _data_spans(
    mappings: list[tuple[int, bool]], sections: tuple[Section, ...]
) -> tuple[tuple[int, int], ...]:
    end = max((s.address + s.size for s in sections if not s.writable), default=0)
    stops = [address for address, _ in mappings[1:]] + [end]
    return tuple((start, stop) for (start, data), stop in zip(mappings, stops, strict=True) if data)


def _stack_sizes(file: ELFFile) -> Iterator[tuple[int, int]]:
    """Entries of ``.stack_sizes`` (LLVM): a 32-bit address, then the size as ULEB128."""
    for section in file.iter_sections():
        if section.name != ".stack_sizes":
            continue
        data, at = section.data(), 0
        while at + 4 < len(data):
            address = int.from_bytes(data[at : at + 4], "little")
            size, at = _uleb128(data, at + 4)
            yield address & ~1, size


def _uleb128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
