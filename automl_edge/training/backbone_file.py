"""Reads pretrained weights from the HDF5 files that Keras writes, without loading Keras."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from automl_edge.domain.architecture import Conv2D, DepthwiseConv2D
from automl_edge.domain.candidate import Backbone
from automl_edge.domain.pretrained import MOBILENET_V1, MOBILENET_V2, whole_network
from automl_edge.errors import ModelFileError
from automl_edge.training.backbone import BackboneWeights, Convolution, matches, norm_name

SUFFIX = ".h5"
_NEEDED = "the weights of a MobileNet or MobileNetV2, saved by Keras as .h5"
_HINT = "Give --backbone a file that keras.applications.MobileNet(weights=FILE) loads, or none."

_LAST = {MOBILENET_V1: ("conv_pw_13", 1024), MOBILENET_V2: ("block_16_project", 320)}
"""Of each family the last layer that is used, and its filters at width 1."""

_USUAL_SIZE = 224
"""What keras.applications takes where neither file nor name tells the size of the photos."""


def load_backbones(path: Path) -> tuple[BackboneWeights, ...]:
    """The weights in the file ``path``, or in all .h5 files of the folder ``path``.

    Raises ModelFileError, which says what was found instead, for a file that is damaged or
    holds something else, and for a folder without any.
    """
    if not path.is_dir():
        return (load_backbone(path),)
    files = sorted(path.glob(f"*{SUFFIX}"))
    if not files:
        raise ModelFileError(f"{path} has no file *{SUFFIX}; needed are {_NEEDED}", _HINT)
    found = {weights.backbone: weights for weights in map(load_backbone, files)}
    return tuple(found.values())


def load_backbone(file: Path) -> BackboneWeights:
    """The weights in ``file``; raises ModelFileError."""
    import h5py

    if not file.is_file():
        raise ModelFileError(f"there is no file {file}; needed are {_NEEDED}", _HINT)
    try:
        with h5py.File(file, "r") as content:
            return _read(content, file)
    except (OSError, RuntimeError) as problem:  # h5py's words for what is no or broken HDF5
        raise ModelFileError(
            f"{file} is damaged or no HDF5 file; needed are {_NEEDED}", _HINT
        ) from problem


def _read(content: Any, file: Path) -> BackboneWeights:
    root = content.get("model_weights", content)
    family = next((name for name, (last, _) in _LAST.items() if last in root), None)
    if family is None:
        names = ", ".join(list(root)[:4]) or "nothing"
        raise ModelFileError(f"{file} holds {names} ...; needed are {_NEEDED}", _HINT)
    last, filters = _LAST[family]
    width = _arrays(root, last, file)[0].shape[-1] / filters
    backbone = Backbone(family, width, _size(content, file))
    layers = {name: _convolution(root, name, file) for name in _shapes(backbone)}
    for name, (kernel, channels) in _shapes(backbone).items():
        _check(layers[name], kernel, channels, f"{name} in {file}")
    return BackboneWeights(backbone, layers)


def _size(content: Any, file: Path) -> int:
    """The side of the photos: from the model's description, else from the file's name."""
    config = content.attrs.get("model_config", "")
    text = config.decode() if isinstance(config, bytes) else str(config)
    told = re.search(r'"batch_(?:input_)?shape": \[null, (\d+)', text)
    told = told or re.search(r"_(96|128|160|192|224)(?!\d)", file.name)
    return int(told[1]) if told else _USUAL_SIZE


def _shapes(backbone: Backbone) -> dict[str, tuple[tuple[int, ...], int]]:
    """Of each layer by Keras's name the shape of its kernel and its number of outputs."""
    layers = whole_network(backbone).layers
    shapes: dict[str, tuple[tuple[int, ...], int]] = {}
    channels = 3
    for index, name in matches(backbone.family, layers):
        layer = layers[index]
        if isinstance(layer, DepthwiseConv2D):
            shapes[name] = ((*layer.kernel, channels, 1), channels)
        elif isinstance(layer, Conv2D):
            shapes[name] = ((*layer.kernel, channels, layer.filters), layer.filters)
            channels = layer.filters
    return shapes


def _convolution(root: Any, name: str, file: Path) -> Convolution:
    kernel = _arrays(root, name, file)
    norm = _arrays(root, norm_name(name), file)
    if len(kernel) != 1 or len(norm) != 4:
        raise ModelFileError(
            f"{name} in {file} has {len(kernel)} arrays and its batch norm {len(norm)}, "
            "where 1 and 4 were expected",
            _HINT,
        )
    return Convolution(kernel[0], *norm)


def _arrays(root: Any, name: str, file: Path) -> list[Any]:
    """The arrays of a layer in Keras's order: kernel, or gamma, beta, mean and variance."""
    if name not in root:
        raise ModelFileError(f"{file} has no layer {name}; needed are {_NEEDED}", _HINT)
    group = root[name]
    names = [n.decode() if isinstance(n, bytes) else n for n in group.attrs.get("weight_names", ())]
    return [np.asarray(group[inner], np.float32) for inner in names]


def _check(layer: Convolution, kernel: tuple[int, ...], channels: int, where: str) -> None:
    """Raise ModelFileError unless ``layer`` has the shapes given, and finite numbers."""
    wanted = (kernel, *[(channels,)] * 4)
    found = tuple(array.shape for array in layer)
    if found != wanted:
        raise ModelFileError(f"{where} has the shapes {found}, not {wanted}", _HINT)
    if not all(np.isfinite(array).all() for array in layer) or (layer.variance < 0).any():
        raise ModelFileError(f"{where} has weights that are no numbers; is it damaged?", _HINT)
