"""MobileNet v2 that starts from ImageNet weights.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018).
"""

from __future__ import annotations

from automl_edge.domain.candidate import Design, HyperParameters, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.pretrained import MOBILENET_V2, choose_design

NAME = "mobilenet_v2_pretrained"
MODALITIES = (Modality.IMAGE,)
PRETRAINED = MOBILENET_V2


def build(hp: HyperParameters, task: Task) -> Design:
    """Image, weights, blocks, share of channels, and a last 1x1 layer from scratch."""
    return choose_design(hp, task, PRETRAINED)
