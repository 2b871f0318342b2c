"""A model layer by layer, for people: their names."""

from __future__ import annotations

from automl_edge.compiler.describe import writers
from automl_edge.compiler.network import Network


def layer_names(network: Network) -> tuple[str, ...]:
    """The name of each operator that runs: that of the tensor that it writes, to the first ";".

    The converter joins the names of all that it fused with semicolons.
    """
    views = writers(network.graph)
    return tuple(views[op.output].output.name.partition(";")[0] for op in network.workload.ops)
