"""MobileNet v2: inverted residuals with linear bottlenecks.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018).
"""

from __future__ import annotations

from automl_edge.domain.architecture import Activation
from automl_edge.domain.candidate import Design, HyperParameters, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.front_end_choices import choose_image
from automl_edge.domain.network_builder import NetworkBuilder, whole_channels

NAME = "mobilenet_v2"
MODALITIES = (Modality.IMAGE,)

STEM = 32
# The paper's table 2: (filters, blocks, stride of the first block).
STAGES = ((16, 1, 1), (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))


def build(hp: HyperParameters, task: Task) -> Design:
    """Width, expansion, stages, blocks a stage at most, the stem's stride, a last 1x1 layer."""
    features = choose_image(hp, task)
    width = hp.choice("width", (0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75))
    expansion = hp.choice("expansion", (2, 3, 4, 6))
    stages = hp.integer("stages", 2, len(STAGES))
    most_blocks = hp.integer("blocks", 1, 4)
    stem = hp.choice("stem_stride", (2, 1))
    net = NetworkBuilder(features.output_shape, Activation.RELU6)
    net.conv(whole_channels(STEM * width), (3, 3), (stem, stem))
    for index, (filters, blocks, stride) in enumerate(STAGES[:stages]):
        for block in range(min(blocks, most_blocks)):
            step = stride if block == 0 else 1
            _inverted_residual(
                net, whole_channels(filters * width), 1 if index == 0 else expansion, step
            )
    last = hp.choice("last_filters", (0, 32, 64, 128, 256, 512))
    if last:
        net.conv(last, (1, 1))
    return Design(features, net.classify(task.classes, hp.choice("dropout", (0.0, 0.25))))


def _inverted_residual(net: NetworkBuilder, filters: int, expansion: int, stride: int) -> None:
    """Expand, filter depthwise, project linearly; add the input where the shapes agree."""
    before = (net.height, net.width, net.channels)
    source = net.last
    if expansion > 1:
        net.conv(net.channels * expansion, (1, 1))
    net.depthwise((3, 3), stride)
    net.conv(filters, (1, 1), linear=True)
    if (net.height, net.width, net.channels) == before:
        net.add(source)
