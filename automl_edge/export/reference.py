"""What the model must say, computed by others than the exported C: the front end of training
and TensorFlow Lite Micro."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler import read_tflite, simplify
from automl_edge.compiler.edges import from_int8, to_int8
from automl_edge.compiler.oracle import Oracle
from automl_edge.domain.features import FeatureSpec
from automl_edge.features import FrontEnd

Int8 = NDArray[np.int8]


class Reference:
    """Expected features and scores of a model, as flat int8 rows.

    A model with float or uint8 edges is asked in its own types; its answers come back as
    the int8 that the C gives. ``features`` None means that windows are int8 inputs already.
    """

    def __init__(self, model: bytes, features: FeatureSpec | None) -> None:
        graph = read_tflite(model)
        inner = simplify(graph)
        self._front_end = None if features is None else FrontEnd(features)
        self._oracle = Oracle(model)
        self._own_input = graph.tensors[graph.inputs[0]]
        self._own_output = graph.tensors[graph.outputs[0]]
        self._input = inner.tensors[inner.inputs[0]]
        self._output = inner.tensors[inner.outputs[0]]

    @property
    def oracle(self) -> str:
        """Which interpreter the scores come from: ``tflite-micro`` or ``portable``."""
        return self._oracle.name

    def features(self, windows: Sequence[NDArray[Any]]) -> Int8:
        """int8 (n, input bytes) of raw windows."""
        if self._front_end is None:
            found = np.stack([np.asarray(window, np.int8) for window in windows])
        else:
            found = self._front_end.batch(windows)
        return found.reshape(len(windows), -1)

    def scores(self, features: Int8) -> Int8:
        """int8 (n, output bytes) that the model gives for rows of features."""
        inputs = features.reshape(len(features), *self._own_input.shape[1:])
        outputs = self._oracle.run(from_int8(inputs, self._input, self._own_input))
        found = to_int8(np.asarray(outputs), self._own_output, self._output)
        return found.reshape(len(features), -1)
