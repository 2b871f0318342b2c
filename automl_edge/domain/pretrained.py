"""The networks whose ImageNet weights can be had, as far as a design keeps of them.

Tables and channel counts are those of keras.applications, after Howard et al., "MobileNets"
(2017), table 1, and Sandler et al., "MobileNetV2" (2018), table 2.
"""

from __future__ import annotations

from automl_edge.domain.architecture import Activation, Architecture
from automl_edge.domain.candidate import Backbone, Design, HyperParameters, Task
from automl_edge.domain.front_end_choices import choose_image
from automl_edge.domain.network_builder import NetworkBuilder, whole_channels

MOBILENET_V1 = "mobilenet_v1"
MOBILENET_V2 = "mobilenet_v2"
FAMILIES = (MOBILENET_V1, MOBILENET_V2)

STEM = 32
V1_BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
"""(filters, stride) of each separable block."""

V2_BLOCKS = (
    (16, 1), (24, 2), (24, 1), (32, 2), (32, 1), (32, 1), (64, 2), (64, 1), (64, 1), (64, 1),
    (96, 1), (96, 1), (96, 1), (160, 2), (160, 1), (160, 1), (320, 1),
)  # fmt: skip
"""(filters, stride) of each inverted residual. Its last 1x1 convolution, 1280 filters at any
width, is left out: it has more weights than the rest of a narrow network."""

V2_EXPANSION = 6

SIZES = (32, 40, 48, 52, 56, 64, 72, 80, 88, 96, 104, 112, 128)
"""Sides of photos, in pixels, on which pretrained features are still of use. The steps are small
because RAM goes with the square: where 64 fits and 80 does not, 72 often does."""

FEWEST_BLOCKS = 3


def choose_design(hp: HyperParameters, task: Task, family: str) -> Design:
    """The first blocks of one of the task's backbones of ``family``, and a new head.

    Asks for the image, the backbone, how many blocks and which share of the channels are
    kept, and for the filters of a last 1x1 convolution that starts from scratch.
    """
    features = choose_image(hp, task, SIZES)
    own = {f"{b.width:g} at {b.size}": b for b in _by_cost(task) if b.family == family}
    backbone = own[hp.choice("backbone", tuple(own))]
    net = _builder(features.output_shape)
    blocks = hp.integer("blocks", FEWEST_BLOCKS, blocks_of(family))
    add_trunk(net, backbone, blocks, hp.choice("kept", (0.75, 1.0)))
    last = hp.choice("last_filters", (0, 32, 64, 128, 256))
    if last:
        net.conv(last, (1, 1))
    architecture = net.classify(task.classes, hp.choice("dropout", (0.0, 0.25)))
    return Design(features, architecture, backbone)


def add_trunk(net: NetworkBuilder, backbone: Backbone, blocks: int, kept: float = 1.0) -> None:
    """Add the stem and the first ``blocks`` blocks of ``backbone``.

    ``kept`` is the share of channels: in v1 of every layer, in v2 of those between the two
    1x1 convolutions of a block, because sums tie the others together.
    """
    add = {MOBILENET_V1: _add_v1, MOBILENET_V2: _add_v2}[backbone.family]
    add(net, backbone.width, blocks, kept)


def blocks_of(family: str) -> int:
    """How many blocks ``add_trunk`` can add at most."""
    return len({MOBILENET_V1: V1_BLOCKS, MOBILENET_V2: V2_BLOCKS}[family])


def whole_network(backbone: Backbone) -> Architecture:
    """All that is used of ``backbone``, at its own size in colour, and a head of one class."""
    net = _builder((backbone.size, backbone.size, 3))
    add_trunk(net, backbone, blocks_of(backbone.family))
    return net.classify(1)


def _by_cost(task: Task) -> list[Backbone]:
    """The task's backbones, narrow ones first."""
    return sorted(task.backbones, key=lambda backbone: (backbone.width, backbone.size))


def _builder(input_shape: tuple[int, int, int]) -> NetworkBuilder:
    """An empty network whose kernels can take pretrained weights on any plane."""
    return NetworkBuilder(input_shape, Activation.RELU6, whole_kernels=True)


def _add_v1(net: NetworkBuilder, width: float, blocks: int, kept: float) -> None:
    net.conv(_part(int(STEM * width), kept), (3, 3), (2, 2))
    for filters, stride in V1_BLOCKS[:blocks]:
        net.separable(_part(int(filters * width), kept), (3, 3), stride)


def _add_v2(net: NetworkBuilder, width: float, blocks: int, kept: float) -> None:
    net.conv(_part(_eights(STEM * width), kept), (3, 3), (2, 2))
    for block, (filters, stride) in enumerate(V2_BLOCKS[:blocks]):
        before = (net.height, net.width, net.channels)
        source = net.last
        if block > 0:
            net.conv(_part(V2_EXPANSION * net.channels, kept), (1, 1))
        net.depthwise((3, 3), stride)
        net.conv(_eights(int(filters * width)), (1, 1), linear=True)
        if block > 0 and stride == 1 and (net.height, net.width, net.channels) == before:
            net.add(source)


def _part(channels: int, kept: float) -> int:
    """The ``kept`` share of ``channels`` in whole fours."""
    return channels if kept == 1 else min(channels, whole_channels(channels * kept))


def _eights(channels: float) -> int:
    """``channels`` rounded to a multiple of 8, up where that would take more than a tenth."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8
