"""Arrays as the inside of C initialisers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_C_TYPES = {"int8": "int8_t", "uint8": "uint8_t", "int16": "int16_t"}


def initializer(values: Iterable[object], width: int = 96) -> str:
    """Comma-separated values, wrapped and indented by four blanks."""
    text = ", ".join(str(value) for value in values)
    return textwrap.fill(text, width, initial_indent="    ", subsequent_indent="    ")


def static_array(name: str, values: NDArray[np.generic]) -> str:
    """``static const <type> name[n] = {...};`` of an int8, uint8 or int16 array."""
    flat = values.reshape(-1)
    kind = _C_TYPES[flat.dtype.name]
    return f"static const {kind} {name}[{flat.size}] = {{\n{initializer(flat.tolist())},\n}};"


def fnv1a(values: NDArray[np.int8]) -> int:
    """FNV-1a of the bytes, 32 bits, as ``ae_fnv.h`` computes it."""
    value = 2166136261
    for byte in values.tobytes():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value
