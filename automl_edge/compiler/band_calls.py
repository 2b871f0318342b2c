"""The calls of a chain of layers that is computed a few rows at a time (``bands``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from automl_edge.compiler.bands import Move, Slice, row_bytes, schedule
from automl_edge.compiler.call import Call
from automl_edge.compiler.geometry import window_of
from automl_edge.compiler.sets import weighted_calls
from automl_edge.compiler.unweighted import lower_add, lower_pool_2d, of_elements
from automl_edge.compiler.view import OpView
from automl_edge.compiler.weighted import read_weighted
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork


def lower_bands(
    chain: OpWork, writers: Mapping[int, OpView], kernels: KernelSet
) -> tuple[Call, ...]:
    """The calls of ``chain``, whose parts' outputs are written by ``writers`` in the graph.

    Raises ModelFileError as ``lower`` does.
    """
    lowerings = [_Part(part, writers[part.output], kernels) for part in chain.parts]
    calls = []
    for step in schedule(chain).steps:
        part = lowerings[step.part]
        calls.append(part.move(step) if isinstance(step, Move) else part.call(step))
    return tuple(calls)


class _Part:
    """One part of a chain: its calls for rows of its output."""

    def __init__(self, work: OpWork, view: OpView, kernels: KernelSet) -> None:
        self._work, self._view, self._kernels = work, view, kernels
        is_weighted = work.kind in (OpKind.CONV_2D, OpKind.DEPTHWISE_CONV_2D)
        self._layer = read_weighted(view) if is_weighted else None
        self._plain = () if is_weighted else self._lowered()

    def call(self, step: Slice) -> Call:
        """The one that computes the rows of ``step``."""
        read = row_bytes(self._work.in_shape)
        return replace(
            self._kernel_call(step),
            input_offsets=tuple(row * read for row in step.inputs),
            output_offset=step.output * row_bytes(self._work.out_shape),
        )

    def move(self, step: Move) -> Call:
        """The one that moves rows: a PAD that adds nothing goes upwards byte by byte."""
        row = row_bytes(self._work.out_shape)
        none = (0, 0, 0, 0)
        size = (1, 1, step.rows, row)
        tensor = self._view.op.outputs[0]
        return Call(
            "pad",
            {"size": size, "before": none, "after": none, "value": 0},
            (tensor,),
            tensor,
            input_offsets=(step.start * row,),
        )

    def _lowered(self) -> tuple[Call, ...]:
        lowering = lower_add if self._work.kind is OpKind.ADD else lower_pool_2d
        return lowering(self._view)

    def _kernel_call(self, step: Slice) -> Call:
        rows = (step.in_rows, step.rows, step.pad_top)
        if self._layer is not None:
            assert self._layer.window is not None  # a convolution has one
            layer = replace(self._layer, window=self._layer.window.rows(*rows))
            (call,) = weighted_calls(layer, self._kernels)
            return call
        (call,) = self._plain
        if self._work.kind is OpKind.ADD:
            elements = step.rows * row_bytes(self._work.out_shape)
            return replace(call, arguments=of_elements(call.arguments, elements))
        window = window_of(self._view, self._view.op.pool).rows(*rows)
        return replace(call, arguments={**call.arguments, "window": window.fields(self._view, 0)})
