"""One operator of a graph with its tensors at hand, and the words to refuse it in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.graph import DType, Graph, Op, Tensor
from automl_edge.errors import ModelFileError

INT8_HINT = (
    "Convert the model with full integer quantisation: int8 operators, "
    "representative data, per-channel weights."
)


@dataclass(frozen=True, slots=True)
class OpView:
    """Operator ``index`` of ``graph``."""

    graph: Graph
    index: int

    @property
    def op(self) -> Op:
        """The operator itself."""
        return self.graph.ops[self.index]

    @property
    def output(self) -> Tensor:
        """Its only output."""
        return self.graph.tensors[self.op.outputs[0]]

    def input(self, position: int) -> Tensor:
        """The input at ``position``; raises ModelFileError where it is absent."""
        tensor = self.optional(position)
        if tensor is None:
            raise self.refusal(f"has no input {position}")
        return tensor

    def optional(self, position: int) -> Tensor | None:
        """The input at ``position``, or None where it is absent."""
        if position >= len(self.op.inputs) or self.op.inputs[position] < 0:
            return None
        return self.graph.tensors[self.op.inputs[position]]

    def constant(self, position: int, *dtypes: DType) -> NDArray[np.generic]:
        """The data of a constant input; raises ModelFileError where it is none of ``dtypes``."""
        tensor = self.input(position)
        if tensor.data is None:
            raise self.refusal(f"needs its input {tensor.name!r} to be a constant")
        if tensor.dtype not in dtypes:
            wanted = " or ".join(dtypes)
            raise self.refusal(f"needs {tensor.name!r} to be {wanted}, not {tensor.dtype}")
        return tensor.data

    def activations(self) -> tuple[int, ...]:
        """Tensor indices of the inputs that are computed, not constant."""
        present = (index for index in self.op.inputs if index >= 0)
        return tuple(index for index in present if self.graph.tensors[index].data is None)

    def refusal(self, complaint: str, hint: str = "") -> ModelFileError:
        """The error that says what is wrong with this operator, to be raised by the caller."""
        tensor = self.output.name
        return ModelFileError(f"layer {self.index}, {self.op.kind} ({tensor!r}), {complaint}", hint)


def views(graph: Graph) -> tuple[OpView, ...]:
    """Every operator of ``graph`` in order."""
    return tuple(OpView(graph, index) for index in range(len(graph.ops)))


def nhwc(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """(height, width, channels) without the batch of 1; flat tensors are (1, 1, n).

    Leading dimensions beyond three are folded into the height.
    """
    inner = shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
    padded = (1, 1, 1, *inner)
    height = int(np.prod(inner[:-2], dtype=np.int64)) if len(inner) > 2 else 1
    return height, padded[-2], padded[-1]
