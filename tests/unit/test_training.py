"""Architecture to Keras, training, conversion. Loads TensorFlow once for the whole file."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.compiler import describe_graph, read_tflite, simplify
from automl_edge.domain.architecture import (
    Activation,
    Add,
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    MaxPool2D,
    Softmax,
)
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.domain.graph import OpKind
from automl_edge.search import run_compiled
from automl_edge.training import (
    Augmentation,
    Progressed,
    Settings,
    TrainingData,
    Windows,
    keras_model,
    to_int8_tflite,
    train,
    untrained_tflite,
    usual_augmentation,
)
from automl_edge.training._tensorflow import tensorflow
from automl_edge.training.augment import augmented
from automl_edge.training.augment_parts import blended
from automl_edge.training.course import Course, batch_size
from automl_edge.training.graph import Methods, graph_of
from automl_edge.training.train import Learner, class_weights, fit

CLASSES = 3
SPEC = ImageSpec(8, 8, 1)
SMALL = Architecture(
    (8, 8, 1),
    (
        Conv2D(8, (3, 3), (2, 2)),
        DepthwiseConv2D((3, 3), activation=Activation.RELU6),
        Conv2D(8, (1, 1), activation=Activation.NONE),
        Add(0, Activation.RELU),
        MaxPool2D((2, 2), (2, 2)),
        AveragePool2D(),
        Flatten(),
        Dropout(0.1),
        Dense(CLASSES),
        Softmax(),
    ),
)


def _windows(count: int, seed: int) -> Windows:
    """Noise with bright rows, bright columns or neither; two windows a recording."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    recording = np.repeat(np.arange(count), 2)
    features = random.integers(-60, 20, (2 * count, 8, 8, 1))
    features[labels[recording] == 0, ::2] += 80
    features[labels[recording] == 1, :, ::2] += 80
    return Windows(features.astype(np.int8), recording, labels, ("g",) * count)


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return TrainingData(_windows(60, 1), _windows(30, 2), CLASSES)


QUICK = Settings(epochs=15, augmentation=Augmentation(0.5))


def test_the_model_maps_features_to_probabilities() -> None:
    model = keras_model(SMALL)
    found = model(np.zeros((2, 8, 8, 1), np.float32)).numpy()
    assert found.shape == (2, CLASSES)
    assert np.allclose(found.sum(axis=1), 1)


def test_the_seed_decides_the_first_weights() -> None:
    one, same, other = (keras_model(SMALL, seed).get_weights()[0] for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_depthwise_strides_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"equal strides, not \(2, 1\)"):
        keras_model(Architecture((8, 8, 1), (DepthwiseConv2D((3, 3), (2, 1)),)))


def test_conversion_gives_static_int8_operators_and_the_front_ends_scale(
    data: TrainingData,
) -> None:
    graph = simplify(read_tflite(untrained_tflite(SMALL, data.representative)))
    source, result = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
    assert (source.shape, source.scale, source.zero_point) == ((1, 8, 8, 1), 1 / 128, 0)
    assert (result.shape, result.scale, result.zero_point) == ((1, CLASSES), 1 / 256, -128)
    assert [op.kind for op in graph.ops] == [
        OpKind.CONV_2D,
        OpKind.DEPTHWISE_CONV_2D,
        OpKind.CONV_2D,
        OpKind.ADD,
        OpKind.MAX_POOL_2D,
        OpKind.AVERAGE_POOL_2D,
        OpKind.FULLY_CONNECTED,
        OpKind.SOFTMAX,
    ]
    assert describe_graph(graph).macs == 4 * 4 * 8 * (9 + 9 + 8) + 8 * CLASSES


def test_conversion_is_reproducible(data: TrainingData) -> None:
    once, again = (untrained_tflite(SMALL, data.representative) for _ in range(2))
    assert once == again


def test_a_deep_network_converts_untrained() -> None:
    block = (DepthwiseConv2D((3, 3)), Conv2D(8, (1, 1)))
    head = (AveragePool2D(), Flatten(), Dense(CLASSES), Softmax())
    deep = Architecture((16, 16, 3), (Conv2D(8, (3, 3)), *block * 12, *head))
    outputs = run_compiled(untrained_tflite(deep), np.zeros((1, 16, 16, 3), np.int8))
    assert outputs.shape == (1, CLASSES)


def test_training_learns_and_the_int8_c_agrees(data: TrainingData) -> None:
    told: list[Progressed] = []
    trained = train(SMALL, SPEC, data, QUICK, on_progress=told.append)
    assert trained.accuracy > 0.9
    assert trained.epochs == pytest.approx(15, rel=0.15)
    assert told[-1].done == 1
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert told[-1].loss < told[0].loss
    model = to_int8_tflite(trained.model(), data.representative)
    outputs = run_compiled(model, data.validation.features)
    floats = trained.model()(data.validation.features / np.float32(128)).numpy()
    assert np.mean(outputs.argmax(axis=1) == floats.argmax(axis=1)) > 0.95


def test_training_is_deterministic_and_goes_on_from_weights(data: TrainingData) -> None:
    short = Settings(epochs=4, seed=5)
    one, same = (train(SMALL, SPEC, data, short) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one.weights, same.weights, strict=True))
    still = Settings(epochs=1, seed=5, learning_rate=1e-6)
    assert train(SMALL, SPEC, data, still).accuracy < 0.7
    assert train(SMALL, SPEC, data, still, start=one.weights).accuracy > 0.9


def test_the_limit_of_seconds_begins_when_it_is_said_or_with_the_first_steps(
    data: TrainingData,
) -> None:
    settings = Settings(epochs=100_000, seconds=1.0)
    early, late = (
        fit(Learner(keras_model(SMALL), partial(graph_of, SMALL)), SPEC, data, settings, began)
        for began in (time.monotonic() - 3600, None)
    )
    assert early.epochs < 1 < late.epochs < 100_000
    assert late.seconds < 3600 <= early.seconds


def test_rare_classes_weigh_more_but_the_mean_is_one() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    weights = class_weights(labels, 3)
    assert weights[1] / weights[0] == pytest.approx(3)
    assert weights[labels].mean() == pytest.approx(1)
    assert weights[2] == 0


def test_a_design_that_is_trained_again_is_not_traced_again(data: TrainingData) -> None:
    graph_of.cache_clear()
    quick = replace(QUICK, epochs=2)
    first = train(SMALL, SPEC, data, quick)
    other = train(SMALL, SPEC, data.with_validation(), replace(quick, seed=2, learning_rate=1e-3))
    again = train(SMALL, SPEC, data, quick)
    assert graph_of.cache_info()[:2] == (2, 1)
    methods = Methods(SPEC, quick.augmentation, False, batch_size(120), quick.averaged)
    graph = graph_of(SMALL, methods)
    for function in (graph.advance, graph.infer):
        assert function.experimental_get_tracing_count() == 1
    pairs = zip(first.weights, other.weights, again.weights, strict=True)
    for one, two, three in pairs:
        assert np.array_equal(one, three)
        assert not np.array_equal(one, two)


def test_a_step_sees_as_many_windows_as_were_asked_for() -> None:
    assert Course(Settings(3, batch=64), 640, None).next_batches().shape[1] == 64
    assert Course(Settings(3, batch=64), 40, None).next_batches().shape[1] == 40
    assert Course(Settings(3), 640, None).next_batches().shape[1] == 32


@pytest.mark.parametrize(("windows", "size"), [(5, 5), (639, 16), (640, 32), (10_000, 32)])
def test_batches_suit_the_data(windows: int, size: int) -> None:
    assert batch_size(windows) == size


@pytest.mark.parametrize(
    "spec",
    [
        ImageSpec(12, 16, 3),
        LogMelSpec(8000, 8000, 256, 256, 20, 60, 3800),
        MotionSpec(50.0, 64, (0,) * 3, (1,) * 3),
    ],
)
def test_augmentation_changes_every_window_by_the_seed(spec: FeatureSpec) -> None:
    tf = tensorflow()
    random = np.random.default_rng(1)
    one = random.uniform(-0.7, 0.7, (1, *spec.output_shape)).astype(np.float32)
    batch = tf.constant(np.repeat(one, 4, axis=0))

    def changed(seed: int, strength: float = 1.0) -> NDArray[np.float32]:
        how = Augmentation(strength, mirror=True)
        result: NDArray[np.float32] = augmented(batch, tf.constant([1, seed]), spec, how).numpy()
        return result

    first = changed(8)
    assert first.shape == batch.shape
    assert first.min() >= -1
    assert first.max() <= 127 / 128
    assert np.array_equal(first, changed(8))
    assert not np.array_equal(first, changed(16))
    assert not np.array_equal(first[0], first[1])
    assert np.array_equal(changed(8, strength=0.0), batch.numpy())


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        (ImageSpec(12, 16, 3), {"warp", "shift", "level"}),
        (LogMelSpec(8000, 8000, 256, 256, 20, 60, 3800), {"warp", "shift", "level", "mask"}),
        (MotionSpec(50.0, 64, (0,) * 3, (1,) * 3), {"warp", "shift", "level"}),
    ],
)
def test_each_part_of_the_augmentation_can_be_left_out(spec: FeatureSpec, parts: set[str]) -> None:
    tf = tensorflow()
    shape = (2, *spec.output_shape)
    batch = np.random.default_rng(1).uniform(-0.7, 0.7, shape).astype(np.float32)
    nothing = Augmentation(warp=0.0, shift=0.0, level=0.0, mask=0.0)
    for part in ("none", "warp", "shift", "level", "mask"):
        how = replace(nothing, **{part: 1.0}) if part != "none" else nothing
        seen = augmented(tf.constant(batch), tf.constant([1, 8]), spec, how).numpy()
        assert np.allclose(seen, batch, atol=1e-6) == (part not in parts)


def test_a_share_of_the_windows_is_blended_with_another_and_so_are_their_targets() -> None:
    tf = tensorflow()
    ones = np.arange(200) % 2
    batch = tf.constant(np.tile(ones[:, None, None, None], (1, 3, 2, 1)).astype(np.float32))
    targets = tf.constant(np.eye(2, dtype=np.float32)[ones])
    mixed, blended_targets = (
        x.numpy() for x in blended(batch, targets, tf.constant([1, 5]), share=0.3)
    )
    assert np.allclose(mixed.min((1, 2, 3)), mixed.max((1, 2, 3)))
    assert np.allclose(mixed[:, 0, 0, 0], blended_targets[:, 1], atol=1e-6)
    assert np.allclose(blended_targets.sum(1), 1)
    part = np.abs(mixed[:, 0, 0, 0] - ones)
    assert 0.2 < np.mean(part > 0) < 0.4
    assert 0.4 < part.max() <= 0.5


@pytest.mark.parametrize(("mirror", "flip"), list(product((False, True), repeat=2)))
def test_digits_are_not_mirrored_unless_asked(mirror: bool, flip: bool) -> None:
    tf = tensorflow()
    ramp = np.linspace(-0.25, 0.25, 16, dtype=np.float32)
    photo = (ramp[:, np.newaxis] + ramp)[np.newaxis, ..., np.newaxis]
    how = Augmentation(mirror=mirror, flip=flip)
    batch = augmented(tf.repeat(photo, 64, axis=0), tf.constant([1, 0]), ImageSpec(16, 16, 1), how)
    columns, rows = (np.diff(batch.numpy().mean((axis, 3)))[:, 8] > 0 for axis in (1, 2))
    for rises, mirrored in ((columns, mirror), (rows, flip)):
        assert (0.2 < np.mean(rises) < 0.8) if mirrored else np.all(rises)
    if mirror and flip:
        assert 0.2 < np.mean(columns == rows) < 0.8


def test_the_usual_augmentation_depends_on_what_is_trained_and_how_long() -> None:
    photo, sound = ImageSpec(16, 16, 1), LogMelSpec(8000, 8000, 256, 200, 10, 60, 3800)
    for long in (False, True):
        assert usual_augmentation(photo, 0.5, long) == Augmentation(0.5, warp=0.0)
    assert usual_augmentation(sound) == Augmentation()
    assert usual_augmentation(sound, long=True) == Augmentation(mixup=0.5)
