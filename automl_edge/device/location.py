"""Where an address of a firmware lies in its source: function, file and line."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePosixPath

from elftools.common.exceptions import ELFError
from elftools.dwarf.lineprogram import LineProgram
from elftools.elf.elffile import ELFFile

from automl_edge.device.elf import read_firmware


def describe_address(elf: bytes, address: int) -> str:
    """``model_conv_2d, ae_conv_2d.c line 61``, or as much of that as the ELF tells."""
    inside = next(
        (f.name for f in read_firmware(elf).functions if f.address <= address < f.address + f.size),
        f"no function ({address:#010x})",
    )
    place = _line(elf, address)
    return f"{inside}, {place}" if place else inside


def _line(elf: bytes, address: int) -> str:
    """``file.c line N`` by the debug information; empty without any for that address."""
    file = ELFFile(BytesIO(elf))
    if not file.has_dwarf_info():
        return ""
    dwarf = file.get_dwarf_info()
    for unit in dwarf.iter_CUs():
        try:
            program = dwarf.line_program_for_CU(unit)
        except (ELFError, KeyError):
            continue
        before = None
        for entry in program.get_entries() if program else ():
            state = entry.state
            if state is None:
                continue
            if before and before.address <= address < state.address and not before.end_sequence:
                return f"{_file_name(program, before.file)} line {before.line}"
            before = state
    return ""


def _file_name(program: LineProgram, number: int) -> str:
    """DWARF 5 numbers files from 0, earlier versions from 1."""
    header = program.header
    names = header["file_entry"]
    index = number if header["version"] >= 5 else number - 1
    return PurePosixPath(names[index].name.decode()).name
