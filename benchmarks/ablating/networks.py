"""The network of each set: what an expert might take, at a size that the roomy budget allows."""

from __future__ import annotations

from searching.textbook import ds_cnn, motion_cnn

from automl_edge.domain.architecture import Activation
from automl_edge.domain.candidate import Design, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import ImageSpec
from automl_edge.domain.network_builder import NetworkBuilder
from automl_edge.domain.pretrained import add_trunk

EPOCHS = {"speech6": (60, 300), "trashnet128": (40,), "watch5": (100, 400)}
"""How often they see the data: as in a trial that goes on, and about half as often as in the refit
of a fit of ten minutes, or more. Photos are so many that they have one length."""
BLOCKS = 9
WHOLE = 13
"""All blocks of a MobileNetV1."""


def network(task: Task) -> Design:
    """DS-CNN of 64 channels, nine blocks of MobileNetV1 0.25 at 80 x 80, or a 1-D CNN of 32."""
    match task.modality:
        case Modality.AUDIO:
            return ds_cnn(task)
        case Modality.MOTION:
            return motion_cnn(task, 32)
        case Modality.IMAGE:
            return _photos(task, BLOCKS)


def teacher(task: Task) -> Design:
    """A larger network of the same kind and front end: twice as wide, or the whole MobileNetV1."""
    match task.modality:
        case Modality.AUDIO:
            return ds_cnn(task, 128)
        case Modality.MOTION:
            return motion_cnn(task, 64)
        case Modality.IMAGE:
            return _photos(task, WHOLE)


def _photos(task: Task, blocks: int) -> Design:
    (backbone,) = task.backbones
    features = ImageSpec(80, 80, 3)
    net = NetworkBuilder(features.output_shape, Activation.RELU6, whole_kernels=True)
    add_trunk(net, backbone, blocks)
    return Design(features, net.classify(task.classes, 0.25), backbone)
