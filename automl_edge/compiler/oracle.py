"""The reference that the compiled C must equal: TensorFlow Lite Micro, from its pip package."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler.build import compile_graph
from automl_edge.compiler.edges import from_int8, to_int8
from automl_edge.compiler.host import HostNetwork
from automl_edge.compiler.reader import read_tflite
from automl_edge.domain.graph import Graph, Tensor
from automl_edge.errors import ModelFileError

TFLM = "tflite-micro"
PORTABLE = "portable"
_SPARE_BYTES = 1 << 20


class _Reference(Protocol):
    def run(self, inputs: NDArray[np.generic]) -> NDArray[np.generic]: ...


class Oracle:
    """The outputs of ``model`` as TFLM computes them, in the model's own types.

    ``name`` is "tflite-micro", or "portable" where its wheel does not exist (it is for
    Linux on x86-64): then our own kernels answer, which CI compares with it. Raises
    ModelFileError for a model that read_tflite refuses; that comes first because TFLM
    ends the process on some of those.
    """

    def __init__(self, model: bytes) -> None:
        graph = read_tflite(model)
        self.input = graph.tensors[graph.inputs[0]]
        self.output = graph.tensors[graph.outputs[0]]
        self.name = TFLM if has_tflm() else PORTABLE
        self._reference: _Reference = _Tflm(model, graph) if has_tflm() else _Portable(graph)

    def run(self, inputs: NDArray[np.generic]) -> NDArray[np.generic]:
        """Outputs (n, *shape) for ``inputs`` (n, *shape), without batch dimensions.

        Raises ValueError where ``inputs`` is not of the model's input type and size.
        """
        wanted = np.dtype(self.input.dtype.value)
        if inputs.dtype != wanted or inputs[:1].size not in (0, self.input.elements):
            raise ValueError(
                f"needs {wanted} inputs of {self.input.elements} elements, "
                f"got {inputs.dtype} of shape {inputs.shape}"
            )
        return self._reference.run(inputs).reshape(len(inputs), *_without_batch(self.output))


def has_tflm() -> bool:
    """Whether the tflite-micro package is installed."""
    return find_spec("tflite_micro") is not None


class _Tflm:
    """TFLM's interpreter; its arena is sized generously, because it crashes in a small one."""

    def __init__(self, model: bytes, graph: Graph) -> None:
        self._interpreter = tflm_interpreter(model, graph)
        self._shape = graph.tensors[graph.inputs[0]].shape
        self._output = graph.tensors[graph.outputs[0]]

    def run(self, inputs: NDArray[np.generic]) -> NDArray[np.generic]:
        outputs = np.empty((len(inputs), self._output.elements), self._output.dtype.value)
        for values, result in zip(inputs, outputs, strict=True):
            self._interpreter.set_input(np.ascontiguousarray(values).reshape(self._shape), 0)
            self._interpreter.invoke()
            result[:] = self._interpreter.get_output(0).reshape(-1)
        return outputs


class _Portable:
    """Our own kernels, and the edge operators in numpy."""

    def __init__(self, graph: Graph) -> None:
        self._network = HostNetwork(compile_graph(graph, "oracle"))
        self._input = graph.tensors[graph.inputs[0]]
        self._output = graph.tensors[graph.outputs[0]]

    def run(self, inputs: NDArray[np.generic]) -> NDArray[np.generic]:
        network = self._network.network
        outputs = self._network.run(to_int8(inputs, self._input, network.input))
        return from_int8(outputs, network.output, self._output)


def tflm_interpreter(model: bytes, graph: Graph) -> Any:
    """TFLM's interpreter for ``model``, which must be the file that ``graph`` was read from.

    Raises ModelFileError where TFLM refuses the model.
    """
    from tflite_micro.python.tflite_micro import runtime

    held = sum(tensor.nbytes for tensor in graph.tensors)
    arena = _SPARE_BYTES + 4 * held + 1024 * (len(graph.tensors) + len(graph.ops))
    try:
        return runtime.Interpreter.from_bytes(model, arena_size=arena)
    except (RuntimeError, ValueError) as problem:
        raise ModelFileError(f"TensorFlow Lite Micro refuses the model: {problem}") from problem


def _without_batch(tensor: Tensor) -> tuple[int, ...]:
    shape = tensor.shape
    return shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
