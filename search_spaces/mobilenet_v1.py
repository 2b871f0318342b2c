"""MobileNet v1 from a sliver to three quarters of its width.

Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
Applications" (2017).
"""

from __future__ import annotations

from automl_edge.domain.architecture import Activation
from automl_edge.domain.candidate import Design, HyperParameters, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.front_end_choices import choose_image
from automl_edge.domain.network_builder import NetworkBuilder, whole_channels

NAME = "mobilenet_v1"
MODALITIES = (Modality.IMAGE,)

STEM = 32
# Stages of the paper's table 1: filters of each block; the first block of every stage but
# the first halves the plane. The fourth stage's last filters repeat up to five times.
STAGES: tuple[tuple[int, ...], ...] = ((64,), (128, 128), (256, 256), (512,), (1024, 1024))
REPEATED = 3


def build(hp: HyperParameters, task: Task) -> Design:
    """Width, number of stages, how often the long stage repeats, and the stem's stride."""
    features = choose_image(hp, task)
    width = hp.choice("width", (0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75))
    stages = hp.integer("stages", 2, len(STAGES))
    repeats = hp.integer("repeats", 0, 5) if stages > REPEATED else 0
    stem = hp.choice("stem_stride", (2, 1))
    net = NetworkBuilder(features.output_shape, Activation.RELU6)
    net.conv(whole_channels(STEM * width), (3, 3), (stem, stem))
    for stage in range(stages):
        blocks = STAGES[stage] * (1 + repeats if stage == REPEATED else 1)
        for block, filters in enumerate(blocks):
            halve = stage > 0 and block == 0
            net.separable(whole_channels(filters * width), (3, 3), 2 if halve else 1)
    return Design(features, net.classify(task.classes, hp.choice("dropout", (0.0, 0.25))))
