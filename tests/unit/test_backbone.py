"""Pretrained weights: read from Keras's files, put into designs, checked against Keras."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.domain.architecture import Activation, Architecture, AveragePool2D, Conv2D
from automl_edge.domain.candidate import Backbone, Design
from automl_edge.domain.features import ImageSpec
from automl_edge.domain.network_builder import NetworkBuilder
from automl_edge.domain.pretrained import add_trunk, blocks_of
from automl_edge.errors import ModelFileError
from automl_edge.training import (
    BackboneWeights,
    keras_model,
    load_backbone,
    load_backbones,
    starting_weights,
)
from automl_edge.training._tensorflow import keras
from automl_edge.training.backbone import matches
from tests.backbone_files import NARROW, NARROW_V2, write_backbone

TOLERANCE = 1e-5
"""Of the largest activation, 6."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("backbones")
    write_backbone(made / "one.h5", NARROW)
    write_backbone(made / "two.h5", NARROW_V2)
    return made


@pytest.fixture(scope="module")
def loaded(folder: Path) -> dict[Backbone, BackboneWeights]:
    return {weights.backbone: weights for weights in load_backbones(folder)}


def _design(backbone: Backbone, shape: tuple[int, int, int], blocks: int, kept: float) -> Design:
    net = NetworkBuilder(shape, Activation.RELU6, whole_kernels=True)
    add_trunk(net, backbone, blocks, kept)
    return Design(ImageSpec(*shape), net.classify(5), backbone)


def _features(design: Design, weights: BackboneWeights) -> Callable[[NDArray[np.float32]], Any]:
    """What the network hands to its head."""
    model = keras_model(design.architecture)
    model.set_weights(list(starting_weights(design, weights, 1)))
    pool = f"layer{design.architecture.layers.index(AveragePool2D())}"
    return keras().Model(model.input, model.get_layer(pool).input)


def _theirs(file: Path, backbone: Backbone, layer: str) -> Any:
    build = (
        keras().applications.MobileNet
        if backbone.family == "mobilenet_v1"
        else keras().applications.MobileNetV2
    )
    shape = (backbone.size, backbone.size, 3)
    network = build(shape, alpha=backbone.width, include_top=False, weights=str(file))
    return keras().Model(network.input, network.get_layer(layer).output)


def _noise(backbone: Backbone, channels: int = 3) -> NDArray[np.float32]:
    shape = (2, backbone.size, backbone.size, channels)
    return np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "backbone", "blocks", "layer"),
    [
        ("one.h5", NARROW, 13, "conv_pw_13_relu"),
        ("one.h5", NARROW, 8, "conv_pw_8_relu"),
        ("two.h5", NARROW_V2, 17, "block_16_project_BN"),
        ("two.h5", NARROW_V2, 9, "block_8_add"),
    ],
)
def test_features_are_those_of_keras(
    folder: Path, loaded: dict[Backbone, BackboneWeights],
    name: str, backbone: Backbone, blocks: int, layer: str,
) -> None:  # fmt: skip
    images = _noise(backbone)
    design = _design(backbone, (backbone.size, backbone.size, 3), blocks, 1.0)
    ours = np.asarray(_features(design, loaded[backbone])(images))
    theirs = np.asarray(_theirs(folder / name, backbone, layer)(images))
    assert ours.shape == theirs.shape
    assert np.abs(theirs).max() > 0.5
    assert np.abs(ours - theirs).max() < TOLERANCE * max(6, np.abs(theirs).max())


def test_a_grey_image_is_seen_as_one_in_three_equal_colours(
    folder: Path, loaded: dict[Backbone, BackboneWeights]
) -> None:
    grey = _noise(NARROW, channels=1)
    ours = _features(_design(NARROW, (128, 128, 1), 5, 1.0), loaded[NARROW])(grey)
    theirs = _theirs(folder / "one.h5", NARROW, "conv_pw_5_relu")(np.repeat(grey, 3, axis=3))
    assert np.abs(np.asarray(ours) - np.asarray(theirs)).max() < 6 * TOLERANCE


@pytest.mark.parametrize("backbone", [NARROW, NARROW_V2])
def test_the_channels_that_say_nothing_are_those_to_go(
    loaded: dict[Backbone, BackboneWeights], backbone: Backbone
) -> None:
    blocks = blocks_of(backbone.family)
    whole, thin = (_design(backbone, (64, 64, 3), blocks, kept) for kept in (1.0, 0.5))
    weights, spoken = _partly_silent(loaded[backbone], whole.architecture, thin.architecture)
    images = _noise(backbone)[:, :64, :64]
    all_of_it, half = (np.asarray(_features(d, weights)(images)) for d in (whole, thin))
    assert half.shape[3] == len(spoken)
    assert np.abs(half).max() > 0.5
    assert np.abs(all_of_it[..., spoken] - half).max() < 6 * TOLERANCE


def _partly_silent(
    weights: BackboneWeights, whole: Architecture, thin: Architecture
) -> tuple[BackboneWeights, NDArray[np.intp]]:
    """``weights`` that answer 0 in all but as many channels as ``thin`` has; the last of these."""
    random = np.random.default_rng(2)
    layers = dict(weights.layers)
    spoken = np.arange(3)
    for index, name in matches(weights.backbone.family, whole.layers):
        layer, few = layers[name], thin.layers[index]
        gamma, beta = layer.gamma.copy(), layer.beta.copy()
        if isinstance(few, Conv2D):
            spoken = np.sort(random.permutation(len(beta))[: few.filters])
        silent = np.setdiff1d(np.arange(len(beta)), spoken)
        gamma[silent] = beta[silent] = 0
        layers[name] = layer._replace(gamma=gamma, beta=beta)
    return replace(weights, layers=layers), spoken


@pytest.mark.parametrize(("index", "name"), [(1, "conv_dw_1"), (2, "conv_pw_1")])
def test_outputs_that_never_varied_get_kernels_of_0(
    loaded: dict[Backbone, BackboneWeights], index: int, name: str
) -> None:
    whole = loaded[NARROW].layers[name]
    variance = whole.variance.copy()
    variance[3] = 4e-35
    layers = {**loaded[NARROW].layers, name: whole._replace(variance=variance)}
    design = _design(NARROW, (32, 32, 3), 3, 1.0)
    model = keras_model(design.architecture)
    model.set_weights(list(starting_weights(design, replace(loaded[NARROW], layers=layers), 1)))
    [kernel] = model.get_layer(f"layer{index}").get_weights()
    _, beta, mean, _ = model.get_layer(f"layer{index}_norm").get_weights()
    zero = np.abs(kernel).reshape(-1, len(beta)).max(axis=0) == 0
    assert list(np.flatnonzero(zero)) == [3]
    assert (mean[3], beta[3]) == (0, whole.beta[3])


def test_what_is_new_has_the_initial_values_of_the_seed(
    loaded: dict[Backbone, BackboneWeights],
) -> None:
    net = NetworkBuilder((48, 48, 3), Activation.RELU6, whole_kernels=True)
    add_trunk(net, NARROW, 3)
    net.conv(32, (1, 1))
    design = Design(ImageSpec(48, 48, 3), net.classify(5), NARROW)
    mixed = starting_weights(design, loaded[NARROW], 7)
    fresh = keras_model(design.architecture, 7).get_weights()
    same = [np.array_equal(a, b) for a, b in zip(mixed, fresh, strict=True)]
    assert same == [False] * 35 + [True] * 7  # 7 convolutions of 5 arrays; the last one, the head


def test_a_space_that_asks_for_more_than_there_is_is_told(
    loaded: dict[Backbone, BackboneWeights],
) -> None:
    net = NetworkBuilder((32, 32, 3), Activation.RELU6, whole_kernels=True)
    add_trunk(net, NARROW, 13)
    net.separable(64, (3, 3))
    design = Design(ImageSpec(32, 32, 3), net.classify(5), NARROW)
    with pytest.raises(ValueError, match="has no layer conv_dw_14"):
        starting_weights(design, loaded[NARROW], 1)


def test_a_design_takes_its_own_backbone_only(loaded: dict[Backbone, BackboneWeights]) -> None:
    design = _design(NARROW_V2, (64, 64, 3), 4, 1.0)
    with pytest.raises(ValueError, match="starts from"):
        starting_weights(design, loaded[NARROW], 1)


def test_the_digest_tells_weights_apart_and_knows_them_again(tmp_path: Path, folder: Path) -> None:
    again = tmp_path / "again.h5"
    shutil.copy(folder / "one.h5", again)
    other = write_backbone(tmp_path / "other.h5", NARROW, seed=2)
    one, same, else_ = (load_backbone(f).digest for f in (folder / "one.h5", again, other))
    assert one == same != else_
    assert len(one) == 64


def test_size_is_read_from_the_name_where_the_file_does_not_tell(
    tmp_path: Path, folder: Path
) -> None:
    import h5py

    for name, size in (("mobilenet_2_5_160_tf_no_top.h5", 160), ("mine.h5", 224)):
        file = tmp_path / name
        shutil.copy(folder / "one.h5", file)
        with h5py.File(file, "r+") as content:
            del content.attrs["model_config"]
        assert load_backbone(file).backbone == Backbone("mobilenet_v1", 0.25, size)


def _without(layer: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        import h5py

        with h5py.File(file, "r+") as content:
            del content["model_weights"][layer]

    return change


def _of_nan(file: Path) -> None:
    import h5py

    with h5py.File(file, "r+") as content:
        content["model_weights/conv1/conv1/kernel"][0] = np.nan


def _reshaped(file: Path) -> None:
    import h5py

    with h5py.File(file, "r+") as content:
        group = content["model_weights/conv_pw_2/conv_pw_2"]
        del group["kernel"]
        group["kernel"] = np.zeros((1, 1, 16, 30), np.float32)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:200_000])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_without("conv_dw_3"), "has no layer conv_dw_3"),
        (_without("conv_pw_13"), "holds conv1"),
        (_of_nan, "conv1 in"),
        (_reshaped, "(1, 1, 16, 30)"),
        (_cut, "damaged or no HDF5 file"),
        (lambda file: file.write_bytes(b"PK" * 500), "damaged or no HDF5 file"),
        (lambda file: file.write_bytes(b""), "damaged or no HDF5 file"),
        (Path.unlink, "there is no file"),
    ],
)
def test_a_damaged_or_other_file_is_refused(
    tmp_path: Path, folder: Path, damage: Callable[[Path], None], words: str
) -> None:
    file = tmp_path / "mine.h5"
    shutil.copy(folder / "one.h5", file)
    damage(file)
    with pytest.raises(ModelFileError) as caught:
        load_backbone(file)
    assert words in caught.value.message
    assert "mine.h5" in caught.value.message
    assert "--backbone" in caught.value.hint


def test_reading_a_file_loads_no_framework(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from automl_edge.training import load_backbones; "
        f"assert len(load_backbones(Path({str(folder)!r}))) == 2; "
        "print(*{'tensorflow', 'keras', 'keras_tuner'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == []


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"has no file \*\.h5"):
        load_backbones(tmp_path)


def test_both_families_have_their_blocks() -> None:
    assert (blocks_of("mobilenet_v1"), blocks_of("mobilenet_v2")) == (13, 17)


@pytest.mark.shared
def test_the_shared_file_gives_what_keras_gives(shared: Path) -> None:
    file = shared / "backbones" / "mobilenet_v1_025_128_imagenet.h5"
    weights = load_backbone(file)
    assert weights.backbone == NARROW
    images = _noise(NARROW)
    network = keras().applications.MobileNet((128, 128, 3), alpha=0.25, weights=str(file))
    for blocks in (13, 9):
        design = _design(NARROW, (128, 128, 3), blocks, 1.0)
        cut = keras().Model(network.input, network.get_layer(f"conv_pw_{blocks}_relu").output)
        ours, theirs = _features(design, weights)(images), cut(images)
        assert np.abs(np.asarray(ours) - np.asarray(theirs)).max() < 6 * TOLERANCE
