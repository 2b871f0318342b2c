"""MobileNet v1 that starts from ImageNet weights.

Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
Applications" (2017).
"""

from __future__ import annotations

from automl_edge.domain.candidate import Design, HyperParameters, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.pretrained import MOBILENET_V1, choose_design

NAME = "mobilenet_v1_pretrained"
MODALITIES = (Modality.IMAGE,)
PRETRAINED = MOBILENET_V1
KNOWN = {
    Modality.IMAGE: (
        {"colour": True, "blocks": 13, "kept": 1.0, "last_filters": 0, "dropout": 0.25},
        {"colour": True, "blocks": 8, "kept": 0.75, "last_filters": 64, "dropout": 0.0},
    )
}
"""The whole network; where that does not fit, cut off after eight blocks, which takes a fifth of
its flash. Photos as large as fit."""


def build(hp: HyperParameters, task: Task) -> Design:
    """Image, weights, blocks, share of channels, and a last 1x1 layer from scratch."""
    return choose_design(hp, task, PRETRAINED)
