"""A model layer by layer, for people: names, and what is alive while each layer runs."""

from __future__ import annotations

from automl_edge.compiler.describe import executed
from automl_edge.compiler.passes import simplify
from automl_edge.compiler.plan import bytes_in_use
from automl_edge.compiler.sizes import kernel_of, scratch_bytes
from automl_edge.domain.graph import Graph
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import Workload


def layer_names(graph: Graph) -> tuple[str, ...]:
    """The name of each executed operator: that of the tensor that it writes, to the first ";".

    The converter joins the names of all that it fused with semicolons.
    """
    return tuple(view.output.name.partition(";")[0] for view in executed(simplify(graph)))


def live_bytes(workload: Workload, kernels: KernelSet) -> tuple[int, ...]:
    """Arena bytes that are in use while each operator runs, its scratch included.

    Bytes that an output takes over from an input count once.
    """
    called = [kernel_of(op, kernels) for op in workload.ops]
    scratch = [scratch_bytes(op, name) for op, name in zip(workload.ops, called, strict=True)]
    return bytes_in_use(workload, called, scratch)
