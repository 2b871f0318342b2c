"""What a network makes the chip do, operator by operator: the common form that ``cost`` rates.

An Architecture (before training) and a Graph (after) are both described as a Workload;
for the same network the two are equal, which a contract test holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from operator import attrgetter
from typing import Any, TypeVar, TypeVarTuple

from automl_edge.domain.graph import OpKind

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

REMEMBERED = 1 << 14
"""Layers that ``by_layer`` keeps answers for: those of some thousand candidates."""


@dataclass(frozen=True, slots=True)
class OpWork:
    """One operator that is executed on the chip (a RESHAPE is not: it costs nothing).

    ``inputs`` and ``output`` number activation buffers; ``in_shape`` and ``out_shape`` are
    those of the first input and of the output, without the batch of 1 and, for flat
    tensors, (1, 1, n). ``kernel``, ``stride`` and ``dilation`` are (height, width);
    ``weight_bytes`` are the int8 weights, ``channels`` how many bias/multiplier/shift
    entries the operator has. With ``adds`` it is a convolution of ``inputs[0]`` whose result
    is added to ``inputs[1]``, of the output's shape: two of a model's operators in one.
    ``parts``, if any, are operators that are run together for ``rows`` rows of the output at
    a time; ``inputs`` are then all that they read from outside.
    """

    kind: OpKind
    inputs: tuple[int, ...]
    output: int
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    weight_bytes: int = 0
    channels: int = 0
    macs: int = 0
    dilation: tuple[int, int] = (1, 1)
    adds: bool = False
    parts: tuple[OpWork, ...] = ()
    rows: int = 0

    @property
    def label(self) -> str:
        """What people read: ``CONV_2D``, ``CONV_2D + ADD``, or the first and last of several."""
        if self.parts:
            return f"{self.parts[0].kind.value} to {self.parts[-1].kind.value} by rows"
        return f"{self.kind.value} + {OpKind.ADD.value}" if self.adds else self.kind.value

    def span(self, axis: int) -> int:
        """Rows (``axis`` 0) or columns (1) from the kernel's first tap to its last."""
        return (self.kernel[axis] - 1) * self.dilation[axis] + 1

    def before(self, axis: int) -> int:
        """Rows or columns of padding before the image, as TFLite places a window."""
        needed = (self.out_shape[axis] - 1) * self.stride[axis] + self.span(axis)
        return max(needed - self.in_shape[axis], 0) // 2

    @property
    def streams_weights(self) -> bool:
        """Whether each weight is read for one multiplication only, so that memory sets the pace."""
        return self.kind is OpKind.FULLY_CONNECTED


@dataclass(frozen=True, slots=True)
class Workload:
    """Operators in execution order and the bytes of every activation buffer.

    ``buffers[i]`` is the size of activation buffer ``i``, 0 for one that never exists whole;
    ``input`` and ``output`` name two of them. ``parameters`` counts weights and biases of the
    int8 model.
    """

    ops: tuple[OpWork, ...]
    buffers: tuple[int, ...]
    input: int
    output: int

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(op.macs for op in self.ops)

    @property
    def parameters(self) -> int:
        """Weights plus biases of one int8 network."""
        return sum(op.weight_bytes + op.channels for op in self.ops)


_LAYER = attrgetter(
    "kind",
    "in_shape",
    "out_shape",
    "kernel",
    "stride",
    "weight_bytes",
    "channels",
    "macs",
    "dilation",
    "adds",
)


def by_layer(function: Callable[[OpWork, *Ts], T]) -> Callable[[OpWork, *Ts], T]:
    """``function``, which asks for no numbers of buffers, with its answers remembered.

    Candidates are made of the same layers in other places: these are looked up by all that an
    operator is but for its place. One that has parts is remembered as a whole.
    """

    @lru_cache(maxsize=REMEMBERED)
    def of_layer(layer: tuple[Any, ...], *others: *Ts) -> T:
        kind, *rest = layer
        return function(OpWork(kind, (), 0, *rest), *others)

    of_whole = lru_cache(maxsize=REMEMBERED)(function)

    @wraps(function)
    def remembered(op: OpWork, *others: *Ts) -> T:
        return of_whole(op, *others) if op.parts else of_layer(_LAYER(op), *others)

    return remembered
