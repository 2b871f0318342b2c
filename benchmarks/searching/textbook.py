"""The networks that an expert would know: one a modality, of any width."""

from __future__ import annotations

from automl_edge.domain.architecture import (
    Activation,
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    Layer,
    Softmax,
)
from automl_edge.domain.candidate import Design, Task
from automl_edge.domain.features import ImageSpec, LogMelSpec, MotionSpec
from automl_edge.domain.network_builder import whole_channels


def _head(classes: int, dropout: float) -> tuple[Layer, ...]:
    return (AveragePool2D(), Flatten(), Dropout(dropout), Dense(classes), Softmax())


def ds_cnn(task: Task, filters: int = 64) -> Design:
    """That of MLPerf Tiny: 49 x 10 features of 40 ms windows, four depthwise-separable blocks
    (Zhang et al., "Hello Edge", 2017)."""
    spec = LogMelSpec(16000, round(task.seconds * 16000), 640, 320, 10, 20, 7600)
    layers: list[Layer] = [Conv2D(filters, (10, 4), (2, 2))]
    for _ in range(4):
        layers += [DepthwiseConv2D((3, 3)), Conv2D(filters, (1, 1))]
    return Design(spec, Architecture(spec.output_shape, (*layers, *_head(task.classes, 0.4))))


def mobilenet_v1(task: Task, width: float = 0.25, side: int = 96) -> Design:
    """MobileNetV1 (Howard et al., 2017), ``width`` times as wide, for photos of ``side`` pixels."""
    spec = ImageSpec(side, side, 3)
    six = Activation.RELU6
    layers: list[Layer] = [Conv2D(whole_channels(32 * width), (3, 3), (2, 2), activation=six)]
    strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    filters = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
    for stride, count in zip(strides, filters, strict=True):
        layers.append(DepthwiseConv2D((3, 3), (stride, stride), activation=six))
        layers.append(Conv2D(whole_channels(count * width), (1, 1), activation=six))
    return Design(spec, Architecture(spec.output_shape, (*layers, *_head(task.classes, 0.1))))


def motion_cnn(task: Task, filters: int = 16) -> Design:
    """Three 1-D convolutions of ``filters`` and twice as many channels."""
    spec = MotionSpec(
        task.rate_hz,
        round(task.seconds * task.rate_hz),
        task.motion_offset,
        task.motion_multiplier,
    )
    layers = (
        Conv2D(filters, (5, 1), (2, 1)),
        Conv2D(2 * filters, (5, 1), (2, 1)),
        Conv2D(2 * filters, (3, 1), (2, 1)),
    )
    return Design(spec, Architecture(spec.output_shape, (*layers, *_head(task.classes, 0.2))))
