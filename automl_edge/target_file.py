"""Reads one target's TOML and refuses what cannot be meant, with the nearest valid name.

A figure is ``{ value = "512 KiB", source = "..." }``, or a bare value in a user's own
file. Everything that is wrong is a TargetError that names the file and the key.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from automl_edge.domain.target import KernelSet, Target, Toolchain
from automl_edge.domain.units import parse_size, parse_time
from automl_edge.errors import TargetError, UsageError

EXPORTERS = ("c", "tflm", "tflite")
FIGURES = (
    "clock",
    "flash",
    "ram",
    "reserved_flash",
    "reserved_ram",
    "latency",
    "cycle_factor",
    "cycle_factor_streamed",
)
PRICE = "price"
_WORDS = (PRICE, "inherits", "title", "kernels", "exporters", "toolchain")
_HERTZ = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}
_FREQUENCY = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*([a-zA-Z]+)\s*")


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the valid name closest to ``word``, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else f"Valid names: {', '.join(names)}."


def read_toml(path: Path) -> Mapping[str, object]:
    """The file's own keys, checked to be known; raises TargetError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise TargetError(
            f"cannot read the target {path}: {problem.strerror}", "Check the path."
        ) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise TargetError(
            f"{path} is not a TOML file: {problem}",
            'Lines look like flash = "256 KiB"; `automl-edge targets cortex-m4` shows the keys.',
        ) from problem
    _check_keys(table, (*FIGURES, *_WORDS), f"{path}")
    return table


@dataclass(frozen=True, slots=True)
class TargetReader:
    """Turns the keys of one target, those of what it inherits below its own, into a Target."""

    name: str
    core: str
    file: Path
    table: Mapping[str, object]

    def read(self) -> Target:
        """The target; raises TargetError for a missing, unknown or impossible value."""
        target = Target(
            name=self.name,
            title=self._word("title"),
            core=self.core,
            clock_hz=round(self._figure("clock", _parse_frequency)),
            flash_bytes=round(self._figure("flash", parse_size)),
            ram_bytes=round(self._figure("ram", parse_size)),
            reserved_flash_bytes=round(self._figure("reserved_flash", _size_or_zero)),
            reserved_ram_bytes=round(self._figure("reserved_ram", _size_or_zero)),
            latency_ms=self._figure("latency", parse_time) * 1000,
            kernels=self._kernels(),
            cycle_factor=self._figure("cycle_factor", _positive),
            cycle_factor_streamed=self._figure("cycle_factor_streamed", _positive),
            toolchain=self._toolchain(),
            exporters=self._exporters(),
            sources=tuple((key, self._source(key)) for key in self._sourced()),
            price=self._price(),
        )
        self._check_reserve("flash", target.flash_bytes, target.reserved_flash_bytes)
        self._check_reserve("ram", target.ram_bytes, target.reserved_ram_bytes)
        return target

    def _fail(self, message: str, hint: str = "") -> TargetError:
        return TargetError(f"{self.file}: {message}", hint)

    def _word(self, key: str) -> str:
        value = self._need(key)
        if not isinstance(value, str) or not value.strip():
            raise self._fail(f"{key} must be a text, not {value!r}")
        return value

    def _need(self, key: str) -> object:
        if key not in self.table:
            raise self._fail(
                f"{key} is missing", f'Add {key}, or start the file with inherits = "cortex-m4".'
            )
        return self.table[key]

    def _figure(self, key: str, parse: Callable[[str], float]) -> float:
        value = self._need(key)
        if isinstance(value, dict):
            _check_keys(value, ("value", "source"), f"{self.file}: {key}")
            value = value.get("value")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self._fail(f'{key} must be a figure such as value = "64 KiB", not {value!r}')
        try:
            return parse(str(value))
        except UsageError as problem:
            raise self._fail(f"{key}: {problem.message}", problem.hint) from problem

    def _source(self, key: str) -> str:
        value = self.table[key]
        source = value.get("source", "") if isinstance(value, dict) else ""
        return str(source) or f"given in {self.file.name} without a source"

    def _kernels(self) -> KernelSet:
        word = self._word("kernels")
        known = [kernels.value for kernels in KernelSet]
        if word not in known:
            raise self._fail(f"there is no kernel set {word!r}", nearest(word, known))
        return KernelSet(word)

    def _price(self) -> str:
        """What chips like it cost, in words; empty where the file does not say."""
        value = self.table.get(PRICE, "")
        if isinstance(value, dict):
            _check_keys(value, ("value", "source"), f"{self.file}: {PRICE}")
            value = value.get("value")
        if not isinstance(value, str):
            raise self._fail(f'{PRICE} must be words such as value = "1 to 2 $", not {value!r}')
        return value

    def _sourced(self) -> tuple[str, ...]:
        return (*FIGURES, PRICE) if PRICE in self.table else FIGURES

    def _exporters(self) -> tuple[str, ...]:
        names = self._need("exporters")
        if not isinstance(names, list) or not names:
            raise self._fail("exporters must be a list of names")
        for name in names:
            if name not in EXPORTERS:
                raise self._fail(f"there is no exporter {name!r}", nearest(str(name), EXPORTERS))
        return tuple(names)

    def _toolchain(self) -> Toolchain | None:
        table = self.table.get("toolchain")
        if table is None:
            return None
        if not isinstance(table, dict):
            raise self._fail("toolchain must be a table with triple and cpu")
        _check_keys(table, ("triple", "cpu"), f"{self.file}: toolchain")
        triple, cpu = table.get("triple"), table.get("cpu")
        if not isinstance(triple, str) or not isinstance(cpu, str):
            raise self._fail("toolchain needs triple and cpu, both texts")
        return Toolchain(triple, cpu)

    def _check_reserve(self, kind: str, whole: int, reserved: int) -> None:
        if reserved >= whole:
            raise self._fail(
                f"reserved_{kind} ({reserved} bytes) leaves nothing of {kind} ({whole} bytes)",
                f"Make reserved_{kind} smaller than {kind}.",
            )


def _check_keys(table: Mapping[str, object], known: Iterable[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise TargetError(f"{where}: unknown key {key!r}", nearest(key, known))


def _parse_frequency(text: str) -> float:
    match = _FREQUENCY.fullmatch(text)
    factor = _HERTZ.get(match[2].lower()) if match else None
    if match is None or factor is None or float(match[1]) * factor < 1:
        raise UsageError(f"{text!r} is not a clock", "Write a clock such as 80 MHz.")
    return float(match[1]) * factor


def _size_or_zero(text: str) -> float:
    return 0 if re.fullmatch(r"\s*0+\s*[a-zA-Z]*\s*", text) else parse_size(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise UsageError(f"{text!r} is not a positive number", "Write a factor such as 1.2.")
    return number
