"""Why a set leaves a layer to the portable kernels."""

from __future__ import annotations

from automl_edge.compiler.describe import number_buffers, writers
from automl_edge.compiler.network import Network
from automl_edge.compiler.sizes import kernel_of
from automl_edge.compiler.view import OpView
from automl_edge.compiler.weighted import Weighted, read_weighted
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork

QUARTER = -2
"""A multiplier with this shift is below a quarter, which the DSP set's rounding needs."""


def why_portable(network: Network, kernels: KernelSet) -> tuple[str | None, ...]:
    """For each operator of ``network``, built for ``kernels``, why it is not run by the set's own.

    None where it is, and where the set has no kernel of its own for such an operator.
    """
    reasons: dict[int, str | None] = {}
    for work in network.workload.ops:
        reasons[work.output] = None
        if work.channels and not work.parts and kernels is not KernelSet.PORTABLE:
            reasons[work.output] = _reason(_weighted_view(network, work), work, kernels)
    found = zip(network.workload.ops, network.main_kernels, strict=True)
    return tuple(
        reasons[work.output] if kernel == kernel_of(work) else None for work, kernel in found
    )


def _weighted_view(network: Network, work: OpWork) -> OpView:
    """The operator of the graph with the weights of ``work``, which may add its results."""
    views = writers(network.graph)
    view = views[work.output]
    if not work.adds:
        return view
    numbers = number_buffers(network.graph)
    (convolved,) = {numbers[tensor] for tensor in view.activations()} - {work.inputs[1]}
    return views[convolved]


def _reason(view: OpView, work: OpWork, kernels: KernelSet) -> str:
    if kernel_of(work, kernels) == kernel_of(work):
        return _of_shape(view, work)
    return _of_numbers(read_weighted(view), kernels)


def _of_shape(view: OpView, work: OpWork) -> str:
    rows, columns = work.stride
    size, stride = _by(work.kernel), rows if rows == columns else _by(work.stride)
    if work.kind is OpKind.DEPTHWISE_CONV_2D:
        multiplier = f" and a multiplier of {view.op.multiplier}" if view.op.multiplier > 1 else ""
        return f"its windows are {size} at stride {stride}{multiplier}, and the set's 3 x 3"
    return f"its output of {_by(work.out_shape[:2])} is too small for the set's tiles"


def _of_numbers(layer: Weighted, kernels: KernelSet) -> str:
    """Which numbers of a layer, whose shape would do, the set's arithmetic cannot hold."""
    if kernels is not KernelSet.DSP:
        return "its weights or scales are too large for the set's arithmetic"
    strong = sum(bool(multiplier) and shift > QUARTER for multiplier, shift in layer.scaling)
    if strong:
        return (
            "input scale times weight scale over output scale is a quarter or more in "
            f"{strong} of {len(layer.scaling)} channels"
        )
    return "its weights are too large for two channels to share a word"


def _by(pair: tuple[int, ...]) -> str:
    return f"{pair[0]} x {pair[1]}"
