"""A model layer by layer, for people: their names."""

from __future__ import annotations

from automl_edge.compiler.describe import executed
from automl_edge.compiler.passes import simplify
from automl_edge.domain.graph import Graph


def layer_names(graph: Graph) -> tuple[str, ...]:
    """The name of each executed operator: that of the tensor that it writes, to the first ";".

    The converter joins the names of all that it fused with semicolons.
    """
    return tuple(view.output.name.partition(";")[0] for view in executed(simplify(graph)))
