"""Generated C of a front end: const tables, declarations, and calls into the runtime.

The text is that of ``csrc/frontend/generated/`` with its ``@MARKS@`` filled in: ``@symbol@``
and ``@SYMBOL@`` are the library's name, the others numbers and table contents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path

from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.features.sizes import front_end_sizes
from automl_edge.features.tables import design_tables

_TEMPLATES = Path(__file__).resolve().parent.parent / "csrc" / "frontend" / "generated"
_MARK = re.compile(r"@([A-Za-z][A-Za-z0-9_]*)@")
_LINE_WIDTH = 96


def face(spec: FeatureSpec, symbol: str, stride: int | None = None) -> dict[str, bytes]:
    """``<symbol>_frontend.h`` and ``.c`` for a spec that has been checked."""
    marks = {"symbol": symbol, "SYMBOL": symbol.upper(), **_common_marks(spec)}
    match spec:
        case ImageSpec():
            marks |= _image_marks(spec)
        case LogMelSpec():
            marks |= _logmel_marks(spec) | {"STRIDE": _stride(spec.frames, stride)}
        case MotionSpec():
            marks |= _motion_marks(spec) | {"STRIDE": _stride(spec.window, stride)}
    kind = front_end_sizes(spec).kind
    return {
        f"{symbol}_frontend{suffix}": _fill(f"{kind}_frontend{suffix}", marks)
        for suffix in (".h", ".c")
    }


def _common_marks(spec: FeatureSpec) -> dict[str, str]:
    sizes = front_end_sizes(spec)
    return {
        "FEATURE_BYTES": str(prod(spec.output_shape)),
        "STATE_BYTES": str(sizes.state_bytes),
        "SCRATCH_BYTES": str(sizes.scratch_bytes),
    }


def _image_marks(spec: ImageSpec) -> dict[str, str]:
    return {
        "ROWS": str(spec.height),
        "COLUMNS": str(spec.width),
        "CHANNELS": str(spec.channels),
        "BILINEAR": str(int(spec.resize == "bilinear")),
    }


def _logmel_marks(spec: LogMelSpec) -> dict[str, str]:
    tables = design_tables(spec)
    return {
        "RATE": str(spec.rate),
        "CLIP": str(spec.clip),
        "WINDOW": str(spec.window),
        "HOP": str(spec.hop),
        "FFT": str(spec.fft),
        "FFT_LOG2": str(spec.fft.bit_length() - 1),
        "ROWS": str(spec.frames),
        "COLUMNS": str(spec.mel_bins),
        "HANN_LENGTH": str(tables.hann.size),
        "HANN": _entries(tables.hann.tolist()),
        "SINE": _entries(tables.sine.tolist()),
        "BANDS": _entries(f"{{{', '.join(map(str, band))}}}" for band in tables.bands.tolist()),
        "WEIGHTS_LENGTH": str(tables.weights.size),
        "WEIGHTS": _entries(tables.weights.tolist()),
    }


def _motion_marks(spec: MotionSpec) -> dict[str, str]:
    return {
        "RATE": f"{spec.rate_hz:g}",
        "ROWS": str(spec.window),
        "COLUMNS": str(spec.axes),
        "OFFSETS": _entries(spec.offset),
        "MULTIPLIERS": _entries(spec.multiplier),
    }


def _stride(rows: int, stride: int | None) -> str:
    """Half a window unless told otherwise, as recordings are cut for training."""
    return str(max(1, rows // 2) if stride is None else stride)


def _entries(values: Iterable[object]) -> str:
    """``values`` as the lines inside the braces of a C table."""
    lines = ["   "]
    for value in values:
        if len(lines[-1]) + len(f" {value},") > _LINE_WIDTH:
            lines.append("   ")
        lines[-1] += f" {value},"
    return "\n".join(lines)


def _fill(name: str, marks: Mapping[str, str]) -> bytes:
    text = (_TEMPLATES / name).read_text(encoding="utf-8")
    return _MARK.sub(lambda mark: marks[mark[1]], text).encode()
