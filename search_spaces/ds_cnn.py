"""Depthwise separable convolutions of one width behind a strided stem.

After Zhang et al., "Hello Edge: Keyword Spotting on Microcontrollers" (2017).
"""

from __future__ import annotations

from automl_edge.domain.candidate import Design, HyperParameters, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.front_end_choices import choose_features
from automl_edge.domain.network_builder import NetworkBuilder, whole_channels

NAME = "ds_cnn"
MODALITIES = (Modality.AUDIO, Modality.IMAGE)
KNOWN = {
    Modality.AUDIO: (
        {
            "rate": 16000,
            "hop_ms": 20,
            "window_ms": 40,
            "mel_bins": 10,
            "stem_filters": 64,
            "stem_rows": 10,
            "stem_columns": 4,
            "stem_stride_rows": 2,
            "stem_stride_columns": 2,
            "growth": 1.0,
            "halvings": 0,
            "blocks": 4,
            "dropout": 0.25,
        },
    )
}
"""DS-CNN of the paper, as wide as fits: stem and front end of MLPerf Tiny's keyword network."""

FILTERS = (8, 16, 24, 32, 40, 48, 56, 64, 72, 76, 80, 84, 88, 92, 96)
"""In finer steps where the well-known network meets the limits of usual chips."""


def build(hp: HyperParameters, task: Task) -> Design:
    """A stem convolution, then separable blocks, some of which halve the plane."""
    features = choose_features(hp, task)
    net = NetworkBuilder(features.output_shape)
    net.conv(
        hp.choice("stem_filters", (4, 8, 16, 24, 32, 48, 64)),
        (hp.choice("stem_rows", (3, 5, 8, 10)), hp.choice("stem_columns", (3, 4, 5))),
        (hp.choice("stem_stride_rows", (4, 2, 1)), hp.choice("stem_stride_columns", (4, 2, 1))),
    )
    filters = float(hp.choice("filters", FILTERS))
    growth = hp.choice("growth", (1.0, 1.5))
    halvings = hp.choice("halvings", (3, 2, 1, 0))
    for block in range(hp.integer("blocks", 1, 6)):
        halve = block < halvings
        net.separable(whole_channels(filters), (3, 3), 2 if halve else 1)
        if halve:
            filters *= growth
    return Design(features, net.classify(task.classes, hp.choice("dropout", (0.0, 0.25))))
