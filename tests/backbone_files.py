"""Makes files of random weights that Keras itself writes for its MobileNets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from automl_edge.domain.candidate import Backbone
from automl_edge.domain.pretrained import MOBILENET_V1
from automl_edge.training._tensorflow import keras, quiet

NARROW = Backbone(MOBILENET_V1, 0.25, 128)
NARROW_V2 = Backbone("mobilenet_v2", 0.35, 96)


def keras_network(backbone: Backbone, seed: int = 1) -> Any:
    """keras.applications' network without its head, its weights and batch norms random."""
    applications = keras().applications
    build = applications.MobileNet if backbone.family == MOBILENET_V1 else applications.MobileNetV2
    shape = (backbone.size, backbone.size, 3)
    network = build(shape, alpha=backbone.width, include_top=False, weights=None)
    random = np.random.default_rng(seed)
    for layer in network.layers:
        shapes = [weight.shape for weight in layer.weights]
        if len(shapes) == 1:
            fan_in = np.prod(shapes[0]) / shapes[0][2 if "dw" in layer.name else -1]
            layer.set_weights([random.normal(0, (2 / fan_in) ** 0.5, shapes[0])])
        if len(shapes) == 4:
            spread = [(0.5, 1.5), (-0.5, 1.0), (-0.3, 0.3), (0.5, 1.5)]
            layer.set_weights([random.uniform(*ends, shapes[0]) for ends in spread])
    return network


def write_backbone(file: Path, backbone: Backbone = NARROW, seed: int = 1) -> Path:
    """``keras_network`` saved as ``file``."""
    with quiet():  # Keras calls the format legacy
        keras_network(backbone, seed).save(file)
    return file
