"""Pretrained weights, and how a design takes what it keeps of them.

A design's layers are matched with the backbone's by their place. Where a design has fewer
channels, those with the largest norm of their folded kernel stay: the kernel times what batch
norm multiplies it by (after Li et al., "Pruning Filters for Efficient ConvNets", 2017).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.architecture import Conv2D, DepthwiseConv2D, Layer
from automl_edge.domain.candidate import Backbone, Design
from automl_edge.domain.pretrained import MOBILENET_V1
from automl_edge.training.keras_builder import BATCH_NORM_EPSILON, keras_model
from automl_edge.training.stepper import Weights

Array = NDArray[np.float32]
Channels = NDArray[np.intp]


class Convolution(NamedTuple):
    """A convolution's kernel as Keras shapes it, and its batch norm, (channels,) each."""

    kernel: Array
    gamma: Array
    beta: Array
    mean: Array
    variance: Array

    @property
    def norms(self) -> Array:
        """Of each output channel the norm of its kernel with the batch norm folded in."""
        kernel = self.kernel.reshape(-1, len(self.gamma))
        scale = self.gamma / np.sqrt(self.variance + BATCH_NORM_EPSILON)
        norms: Array = np.abs(scale) * np.linalg.norm(kernel, axis=0)
        return norms


@dataclass(frozen=True, slots=True)
class BackboneWeights:
    """The convolutions of ``backbone`` by Keras's names, and a SHA-256 of their contents."""

    backbone: Backbone
    layers: Mapping[str, Convolution]

    @property
    def digest(self) -> str:
        """The same for the same weights, whatever file they came from."""
        digest = hashlib.sha256(repr(self.backbone).encode())
        for name, layer in sorted(self.layers.items()):
            digest.update(name.encode())
            for array in layer:
                digest.update(np.ascontiguousarray(array, "<f4").tobytes())
        return digest.hexdigest()


def starting_weights(design: Design, weights: BackboneWeights, seed: int) -> Weights:
    """Pretrained weights where layers correspond, and initial values of ``seed`` elsewhere.

    For a grey image the first kernel is summed over its colours, which is what it would
    answer to the same image in equal red, green and blue. Raises ValueError if ``weights``
    are not those that ``design`` starts from, or its layers are not theirs.
    """
    if design.pretrained != weights.backbone:
        raise ValueError(f"the design starts from {design.pretrained}, not {weights.backbone}")
    architecture = design.architecture
    model = keras_model(architecture, seed)
    channels: Channels | None = None
    for index, name in matches(weights.backbone.family, architecture.layers):
        whole = weights.layers[name]
        if channels is None:
            whole = _for_colours(whole, architecture.input_shape[2])
            channels = np.arange(architecture.input_shape[2])
        layer, channels = _kept(whole, channels, architecture.layers[index])
        _set(model, index, layer)
    return tuple(model.get_weights())


def matches(family: str, layers: Sequence[Layer]) -> Iterator[tuple[int, str]]:
    """Of the convolutions among ``layers`` the index, and Keras's name in a backbone of ``family``.

    A 1x1 convolution after the last block is new, and left out.
    """
    return _v1_names(layers) if family == MOBILENET_V1 else _v2_names(layers)


def norm_name(name: str) -> str:
    """Keras's name of the batch norm after the convolution ``name``."""
    if name == "Conv1":
        return "bn_Conv1"
    return f"{name}_bn" if name.startswith("conv") else f"{name}_BN"


def _v1_names(layers: Sequence[Layer]) -> Iterator[tuple[int, str]]:
    block = 0
    for index, layer in enumerate(layers):
        if isinstance(layer, DepthwiseConv2D):
            block += 1
            yield index, f"conv_dw_{block}"
        elif index == 0:
            yield index, "conv1"
        elif isinstance(layer, Conv2D) and isinstance(layers[index - 1], DepthwiseConv2D):
            yield index, f"conv_pw_{block}"


def _v2_names(layers: Sequence[Layer]) -> Iterator[tuple[int, str]]:
    block = 0
    for index, layer in enumerate(layers):
        prefix = f"block_{block}_" if block else "expanded_conv_"
        if isinstance(layer, DepthwiseConv2D):
            yield index, f"{prefix}depthwise"
        elif index == 0:
            yield index, "Conv1"
        elif isinstance(layer, Conv2D) and isinstance(layers[index - 1], DepthwiseConv2D):
            yield index, f"{prefix}project"
            block += 1
        elif isinstance(layer, Conv2D) and isinstance(layers[index + 1], DepthwiseConv2D):
            yield index, f"{prefix}expand"


def _for_colours(stem: Convolution, colours: int) -> Convolution:
    """``stem`` for an input of so many channels: its own three, or one."""
    if colours == 3:
        return stem
    return stem._replace(kernel=stem.kernel.sum(axis=2, keepdims=True))


def _kept(whole: Convolution, inputs: Channels, layer: Layer) -> tuple[Convolution, Channels]:
    """What ``layer`` keeps of ``whole`` when its input has the channels ``inputs`` alone; and
    which of the output's channels those are."""
    if isinstance(layer, DepthwiseConv2D):
        outputs = inputs
        kernel = whole.kernel[:, :, inputs]
    elif isinstance(layer, Conv2D):
        part = whole._replace(kernel=whole.kernel[:, :, inputs])
        outputs = np.sort(np.argsort(-part.norms, kind="stable")[: layer.filters])
        kernel = part.kernel[..., outputs]
    else:
        raise ValueError(f"{layer} has no weights to start from")
    return Convolution(kernel, *(array[outputs] for array in whole[1:])), outputs


def _set(model: Any, index: int, layer: Convolution) -> None:
    """Put ``layer`` into the Keras model of the architecture; see ``keras_builder``."""
    model.get_layer(f"layer{index}").set_weights([layer.kernel])
    model.get_layer(f"layer{index}_norm").set_weights(list(layer[1:]))
