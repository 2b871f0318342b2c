"""What an int8 model answers rightly, run as the C that would ship runs it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler import HostNetwork, compile_graph, read_tflite, simplify
from automl_edge.scores import Labels, answers, probabilities
from automl_edge.training import Windows

RunInt8 = Callable[[bytes, NDArray[np.int8]], NDArray[np.int8]]
"""(.tflite, features (n, *input shape)) -> outputs (n, classes), computed as what ships does."""


def run_compiled(model: bytes, features: NDArray[np.int8]) -> NDArray[np.int8]:
    """Outputs of the C that would ship, compiled for this machine; meets ``RunInt8``."""
    network = compile_graph(simplify(read_tflite(model)), "trial")
    return HostNetwork(network).run(features)


def right_answers(
    run: RunInt8, model: bytes, windows: Windows, features: NDArray[np.int8]
) -> Labels:
    """1 for each recording of ``windows`` that ``model`` answers rightly, shown ``features``."""
    outputs = run(model, np.ascontiguousarray(features))
    scores = windows.mean_scores(probabilities(outputs))
    right: Labels = (answers(scores) == windows.labels).astype(np.intp)
    return right
