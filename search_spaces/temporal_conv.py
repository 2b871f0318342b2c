"""Convolutions along time alone, each over all mel bins: little memory, quick to train.

After Choi et al., "Temporal Convolution for Real-time Keyword Spotting on Mobile Devices" (2019).
"""

from __future__ import annotations

from automl_edge.domain.candidate import Design, HyperParameters, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.front_end_choices import choose_log_mel
from automl_edge.domain.network_builder import NetworkBuilder, whole_channels

NAME = "temporal_conv"
MODALITIES = (Modality.AUDIO,)
KNOWN = {
    Modality.AUDIO: (
        {
            "rate": 16000,
            "hop_ms": 20,
            "window_ms": 32,
            "mel_bins": 20,
            "growth": 1.5,
            "kernel": 5,
            "plain": True,
            "blocks": 3,
            "dropout": 0.25,
        },
    )
}
"""Three blocks as in the paper, with kernels of five frames, as wide as fits."""

STEM_FRAMES = 3
CONVOLUTIONS = 2
"""Of a block, beside the one that halves the frames."""


def build(hp: HyperParameters, task: Task) -> Design:
    """A stem that takes in all bins, then blocks with a residual sum, plain or separable."""
    features = choose_log_mel(hp, task)
    net = NetworkBuilder(features.output_shape)
    filters = float(hp.choice("filters", (8, 12, 16, 24, 32, 48)))
    growth = hp.choice("growth", (1.0, 1.25, 1.5))
    taps = hp.choice("kernel", (3, 5, 7, 9))
    plain = hp.boolean("plain")
    bins = features.mel_bins
    net.conv(whole_channels(filters), (STEM_FRAMES, bins), (1, bins))
    for _ in range(hp.integer("blocks", 1, 4)):
        filters *= growth
        width = whole_channels(filters)
        net.conv(width, (1, 1), (2, 1))
        source = net.last
        for _ in range(CONVOLUTIONS):
            if plain:
                net.conv(width, (taps, 1))
            else:
                net.separable(width, (taps, 1))
        net.add(source)
    return Design(features, net.classify(task.classes, hp.choice("dropout", (0.0, 0.25))))
