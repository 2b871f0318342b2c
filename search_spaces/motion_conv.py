"""One-dimensional convolutions over a window of motion, as Conv2D on (rows, 1, axes)."""

from __future__ import annotations

from automl_edge.domain.candidate import Design, HyperParameters, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.front_end_choices import choose_motion
from automl_edge.domain.network_builder import NetworkBuilder, whole_channels

NAME = "motion_conv"
MODALITIES = (Modality.MOTION,)
KNOWN = {
    Modality.MOTION: (
        {
            "slower": 1,
            "window": 1.0,
            "growth": 1.5,
            "kernel": 5,
            "pooled": False,
            "plain": True,
            "blocks": 3,
            "dropout": 0.25,
        },
    )
}
"""Three plain convolutions over all of the window, as wide as fits."""


def build(hp: HyperParameters, task: Task) -> Design:
    """Convolutions along time, plain or separable after the first, each halving the rows."""
    features = choose_motion(hp, task)
    net = NetworkBuilder(features.output_shape)
    filters = float(hp.choice("filters", (8, 12, 16, 24, 32, 48, 64, 96, 128)))
    growth = hp.choice("growth", (1.0, 1.5, 2.0))
    rows = hp.choice("kernel", (3, 5, 7, 9))
    pooled = hp.boolean("pooled")
    plain = hp.boolean("plain")
    stride = 1 if pooled else 2
    for block in range(hp.integer("blocks", 1, 5)):
        if block == 0 or plain:
            net.conv(whole_channels(filters), (rows, 1), (stride, 1))
        else:
            net.separable(whole_channels(filters), (rows, 1), stride)
        if pooled:
            net.max_pool((2, 1))
        filters *= growth
    return Design(features, net.classify(task.classes, hp.choice("dropout", (0.0, 0.25))))
