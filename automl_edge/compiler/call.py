"""What the generated C is made of: calls of kernels, their arguments and their tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One array of the const object: int32 or int8 ``values`` called ``name`` in C.

    ``is_weights`` tells int8 weights and constants from biases, multipliers and the like.
    """

    name: str
    values: NDArray[np.int8] | NDArray[np.int32]
    is_weights: bool = False


Value = int | Table | tuple[int, ...] | Mapping[str, "Value"]
"""A field of an argument struct: a number, a pointer to a table, an array, a struct."""

Arguments = Mapping[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call of a kernel: ``kernel`` names it and ``struct ae_<kernel>`` its arguments.

    ``inputs`` are tensor indices or constants, ``output`` a tensor index, to be written
    from byte ``output_offset`` on; ``input_offsets``, where there are any, are the bytes from
    which on the inputs are read. ``scratch`` is the size in bytes of the buffer that
    the kernel is handed last, 0 for none; ``takes_scratch`` whether it has such a parameter.
    """

    kernel: str
    arguments: Arguments
    inputs: tuple[int | Table, ...]
    output: int
    output_offset: int = 0
    input_offsets: tuple[int, ...] = ()
    scratch: int = 0
    takes_scratch: bool = False


def tables(arguments: Arguments) -> tuple[Table, ...]:
    """The tables that ``arguments`` points to, in order of the fields."""
    found: list[Table] = []
    for value in arguments.values():
        if isinstance(value, Table):
            found.append(value)
        elif isinstance(value, Mapping):
            found.extend(tables(value))
    return tuple(found)
