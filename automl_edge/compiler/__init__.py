"""From a ``.tflite`` to C: reader, exact simplifications, description, code."""

from automl_edge.compiler.build import compile_graph
from automl_edge.compiler.describe import describe_graph
from automl_edge.compiler.edges import from_int8, to_int8
from automl_edge.compiler.fallback import why_portable
from automl_edge.compiler.host import HostNetwork
from automl_edge.compiler.layers import layer_names
from automl_edge.compiler.network import Network
from automl_edge.compiler.passes import simplify
from automl_edge.compiler.reader import read_tflite

__all__ = [
    "HostNetwork",
    "Network",
    "compile_graph",
    "describe_graph",
    "from_int8",
    "layer_names",
    "read_tflite",
    "simplify",
    "to_int8",
    "why_portable",
]
