"""Sizes and times as people write them. K and KiB are both 1024 bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from automl_edge.errors import UsageError

_SIZE_UNITS = {"": 1, "b": 1, "k": 1024, "kib": 1024, "kb": 1024, "m": 1024**2, "mib": 1024**2}
_SIZE_UNITS["mb"] = _SIZE_UNITS["mib"]
_TIME_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_LARGEST = 1e15
_NUMBER_AND_UNIT = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*([a-zA-Z]*)\s*")


def parse_size(text: str) -> int:
    """Bytes in ``text`` such as ``64K``, ``1.5MiB`` or ``3000``; raises UsageError."""
    return int(_quantity(text, _SIZE_UNITS, "a size such as 64K, 24KiB or 1M", least=1))


def parse_time(text: str) -> float:
    """Seconds in ``text`` such as ``50ms``, ``10m`` or ``1h``; raises UsageError."""
    return _quantity(text, _TIME_UNITS, "a time such as 50ms, 30s or 10m")


def show_size(size: float) -> str:
    """``size`` bytes for people: ``824 B``, ``31.5 KiB``, ``2.0 MiB``."""
    if size < 1024:
        return f"{size:.0f} B"
    if size < 1024**2:
        return f"{size / 1024:.1f} KiB"
    return f"{size / 1024**2:.1f} MiB"


def show_time(seconds: float) -> str:
    """``seconds`` for people: ``3.2 ms``, ``48 s``, ``9 min 30 s``."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def _quantity(text: str, units: Mapping[str, float], wanted: str, least: float = 1e-9) -> float:
    match = _NUMBER_AND_UNIT.fullmatch(text)
    number = float(match[1]) * units.get(match[2].lower(), 0.0) if match else 0.0
    if not least <= number < _LARGEST:
        raise UsageError(f"{text!r} is not {wanted}", f"Write {wanted}.")
    return number
