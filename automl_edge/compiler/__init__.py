"""From a ``.tflite`` to C: reader, exact simplifications, description, code."""

from automl_edge.compiler.network import Network

__all__ = ["Network"]
