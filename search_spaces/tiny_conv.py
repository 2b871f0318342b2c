"""A few plain convolutions, each halving the plane: for the smallest chips."""

from __future__ import annotations

from automl_edge.domain.candidate import Design, HyperParameters, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.front_end_choices import choose_features
from automl_edge.domain.network_builder import NetworkBuilder, whole_channels

NAME = "tiny_conv"
MODALITIES = (Modality.AUDIO, Modality.IMAGE)


def build(hp: HyperParameters, task: Task) -> Design:
    """Convolutions with stride 2, or with stride 1 and max pooling, then the head."""
    features = choose_features(hp, task)
    net = NetworkBuilder(features.output_shape)
    filters = float(hp.choice("filters", (4, 8, 12, 16, 24, 32, 48)))
    growth = hp.choice("growth", (1.0, 1.5, 2.0))
    side = hp.choice("kernel", (3, 5))
    pooled = hp.boolean("pooled")
    for _ in range(hp.integer("blocks", 1, 5)):
        net.conv(whole_channels(filters), (side, side), (1, 1) if pooled else (2, 2))
        if pooled:
            net.max_pool((2, 2))
        filters *= growth
    return Design(features, net.classify(task.classes, hp.choice("dropout", (0.0, 0.25))))
