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
        {"colour": True, "blocks": 9, "kept": 1.0, "last_filters": 0, "dropout": 0.0},
        {"colour": True, "blocks": 9, "kept": 0.75, "last_filters": 0, "dropout": 0.0},
        {"colour": True, "blocks": 13, "kept": 1.0, "last_filters": 0, "dropout": 0.0},
    )
}
"""Cut off after nine blocks, and the whole network, which takes more than twice their flash. Photos
as large as fit: behind block eleven one of 80 x 80 is down to 3 x 3, and what the last blocks would
take is better spent on larger photos (docs/search.md has the figures)."""


def build(hp: HyperParameters, task: Task) -> Design:
    """Image, weights, blocks, share of channels, and a last 1x1 layer from scratch."""
    return choose_design(hp, task, PRETRAINED)
