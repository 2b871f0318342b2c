"""What int8 costs, and what equalisation and quantisation-aware training give back."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from automl_edge.compiler import describe_graph, read_tflite
from automl_edge.compiler.oracle import Oracle
from automl_edge.cost import describe_architecture
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
from automl_edge.domain.features import ImageSpec
from automl_edge.domain.quantisation import Quantisation
from automl_edge.scores import accuracy, probabilities
from automl_edge.search import run_compiled
from automl_edge.training import (
    Augmentation,
    Settings,
    Trained,
    TrainingData,
    Weights,
    Windows,
    float_outputs,
    keras_model,
    quantise,
    to_int8_tflite,
    train,
)
from automl_edge.training.equalise import equalised
from automl_edge.training.fake_quant import RoundingNetwork
from automl_edge.training.keras_builder import settle_statistics
from automl_edge.training.qat import Rounded, of_operators, train_rounding

CLASSES = 4
SPEC = ImageSpec(12, 12, 1)


def separable(activation: Activation) -> Architecture:
    """A stem, two separable blocks, the second with a pool, and the usual head."""
    return Architecture(
        SPEC.output_shape,
        (
            Conv2D(8, (3, 3), (2, 2), activation=activation),
            DepthwiseConv2D((3, 3), activation=activation),
            Conv2D(16, (1, 1), activation=activation),
            DepthwiseConv2D((3, 3), activation=activation),
            Conv2D(16, (1, 1), activation=activation),
            MaxPool2D((2, 2), (2, 2)),
            AveragePool2D(),
            Flatten(),
            Dropout(0.1),
            Dense(CLASSES),
            Softmax(),
        ),
    )


RELU = separable(Activation.RELU)
DEPTHWISE = (1, 3)
GAMMAS = (1, 6, 11, 16, 21)
"""Where the five convolutions' gammas lie among the weights."""

DEPTHWISE_GAMMAS = (6, 16)


def _windows(count: int, seed: int) -> Windows:
    """Noise with faint stripes: along, across, of period two or three."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    features = random.integers(-80, 80, (count, 12, 12, 1))
    for label, (axis, period) in enumerate(((1, 2), (1, 3), (2, 2), (2, 3))):
        stripes = np.where(np.arange(12) % period == 0, 40, 0)
        shape = (1, 12, 1, 1) if axis == 1 else (1, 1, 12, 1)
        features[labels == label] += stripes.reshape(shape)
    return Windows(features.astype(np.int8), np.arange(count), labels, ("g",) * count)


DATA = TrainingData(_windows(400, 1), _windows(400, 2), CLASSES)
SETTINGS = Settings(epochs=12, augmentation=Augmentation(0.0))


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(RELU, SPEC, DATA, SETTINGS)


@pytest.fixture(scope="module")
def badly_scaled(trained: Trained) -> Trained:
    """The depthwise channels' scales lie up to four decades apart, the answers are the same."""
    model = trained.model()
    random = np.random.default_rng(3)
    for index in DEPTHWISE:
        norm = model.get_layer(f"layer{index}_norm")
        following = model.get_layer(f"layer{index + 1}")
        factors = 10 ** random.uniform(-2, 2, norm.gamma.shape)
        for variable in (norm.gamma, norm.beta):
            variable.assign(variable.numpy() * factors)
        following.kernel.assign(following.kernel.numpy() / factors[:, np.newaxis])
    return replace(trained, weights=tuple(model.get_weights()))


def score(model: bytes) -> float:
    outputs = run_compiled(model, DATA.validation.features)
    return accuracy(probabilities(outputs), DATA.validation.labels)


def test_equalising_leaves_the_float_network_alone(badly_scaled: Trained) -> None:
    even = equalised(RELU, badly_scaled.weights, DATA.representative)
    assert not np.array_equal(even[1], badly_scaled.weights[1])
    features = DATA.validation.features
    before, after = (float_outputs(RELU, w, features) for w in (badly_scaled.weights, even))
    assert np.abs(before - after).max() < 1e-4


def test_equalising_undoes_bad_scales(trained: Trained, badly_scaled: Trained) -> None:
    """How the depthwise channels were scaled before makes no difference."""
    even, undone = (
        equalised(RELU, each.weights, DATA.representative) for each in (trained, badly_scaled)
    )
    for at in DEPTHWISE_GAMMAS:
        shares = even[at] / undone[at]
        assert shares == pytest.approx(np.full_like(shares, shares[0]), rel=1e-3)


def test_badly_scaled_channels_cost_under_a_point(badly_scaled: Trained) -> None:
    rounded = score(to_int8_tflite(badly_scaled.model(), DATA.representative))
    assert badly_scaled.accuracy - rounded > 0.1
    found = quantise(badly_scaled, SPEC, DATA, score, None)
    assert found.method is Quantisation.EQUALISED
    assert badly_scaled.accuracy - found.score < 0.01
    assert found.score == score(found.model)


def test_relu6_is_scaled_only_where_nothing_is_clipped() -> None:
    network = separable(Activation.RELU6)
    weights = _some_weights(network)
    even = equalised(network, weights, DATA.representative)
    features = DATA.representative
    before, after = (float_outputs(network, w, features) for w in (weights, even))
    assert np.abs(before - after).max() < 1e-4
    for at in GAMMAS[:-1]:
        scaled = even[at] != weights[at]
        assert 0 < np.count_nonzero(scaled) < scaled.size
        assert weights[at][scaled].max() < weights[at][~scaled].max()


def test_what_a_residual_sum_reads_is_left_alone() -> None:
    network = Architecture(
        SPEC.output_shape,
        (
            Conv2D(8, (3, 3), (2, 2)),
            Conv2D(8, (1, 1)),
            Conv2D(8, (1, 1), activation=Activation.NONE),
            Add(0),
            Flatten(),
            Dense(6, Activation.RELU),
            Dense(CLASSES),
            Softmax(),
        ),
    )
    weights = _some_weights(network)
    even = equalised(network, weights, DATA.representative)
    outputs = [float_outputs(network, w, DATA.representative) for w in (weights, even)]
    assert np.abs(outputs[0] - outputs[1]).max() < 1e-4
    changed = {at for at in range(len(even)) if not np.array_equal(weights[at], even[at])}
    inner_gamma, inner_beta, last, dense, bias, classes = 6, 7, 10, 15, 16, 17
    assert changed == {inner_gamma, inner_beta, last, dense, bias, classes}


def _some_weights(network: Architecture) -> Weights:
    """Untrained, with batch norms that differ by channel: some outputs exceed 6, some do not."""
    model, random = keras_model(network), np.random.default_rng(5)
    settle_statistics(model, DATA.representative)
    for layer in model.layers:
        if hasattr(layer, "gamma"):
            layer.gamma.assign(random.uniform(0.2, 3.0, layer.gamma.shape))
            layer.beta.assign(random.normal(0, 0.5, layer.beta.shape))
        elif hasattr(layer, "bias") and layer.bias is not None:
            layer.bias.assign(random.normal(0, 0.5, layer.bias.shape))
    return tuple(model.get_weights())


@pytest.fixture(scope="module")
def rounded(trained: Trained) -> Rounded:
    return train_rounding(RELU, trained.weights, SPEC, DATA, replace(SETTINGS, epochs=2))


def test_the_rounding_network_answers_as_its_int8_model(trained: Trained) -> None:
    network = RoundingNetwork(RELU, trained.weights, seed=1)
    network.settle(DATA.representative)
    assert all(np.array_equal(a, b) for a, b in zip(network.weights, trained.weights, strict=True))
    ranges = of_operators(RELU, network.ranges)
    model = to_int8_tflite(trained.model(), DATA.representative, ranges)
    features = DATA.validation.features
    simulated = network.model.predict(features / np.float32(128), verbose=0)
    found = probabilities(run_compiled(model, features))
    floats = float_outputs(RELU, trained.weights, features)
    steps = [256 * np.abs(found - np.round(256 * each) / 256) for each in (simulated, floats)]
    assert np.quantile(steps[0], 0.95) <= 1
    assert steps[0].mean() < 0.5 * steps[1].mean()


def test_qat_converts_to_the_operators_of_ptq_and_is_exact_in_c(rounded: Rounded) -> None:
    model = keras_model(RELU)
    model.set_weights(list(rounded.weights))
    qat = to_int8_tflite(model, DATA.representative, rounded.ranges)
    ptq = read_tflite(to_int8_tflite(model, DATA.representative))
    graph = read_tflite(qat)
    assert describe_graph(graph) == describe_graph(ptq) == describe_architecture(RELU)
    assert [t.scale for t in graph.tensors] != [t.scale for t in ptq.tensors]
    source = graph.tensors[graph.inputs[0]]
    assert (source.scale, source.zero_point) == (1 / 128, 0)
    features = DATA.validation.features[:16]
    ours = run_compiled(qat, features)
    assert np.array_equal(ours.reshape(-1), Oracle(qat).run(features).reshape(-1))
    learnt = {255 * graph.tensors[op.outputs[0]].scale for op in graph.ops}
    for found in rounded.ranges:
        if found is not None:
            assert any(found.high - found.low == pytest.approx(span, rel=1e-4) for span in learnt)


def test_qat_is_deterministic_and_changes_the_weights(trained: Trained, rounded: Rounded) -> None:
    again = train_rounding(RELU, trained.weights, SPEC, DATA, replace(SETTINGS, epochs=2))
    assert all(np.array_equal(a, b) for a, b in zip(rounded.weights, again.weights, strict=True))
    assert rounded.ranges == again.ranges
    assert not np.array_equal(rounded.weights[0], trained.weights[0])


@pytest.mark.parametrize(
    ("scores", "qat", "kept", "asked"),
    [
        ([0.896, 1.0, 1.0], SETTINGS, ("ptq", 0.896), 1),
        ([0.89, 0.896, 1.0], SETTINGS, ("equalised", 0.896), 2),
        ([0.89, 0.88, 0.885], SETTINGS, ("ptq", 0.89), 3),
        ([0.88, 0.88, 0.88], SETTINGS, ("ptq", 0.88), 3),
        ([0.88, 0.88, 0.885], SETTINGS, ("qat", 0.885), 3),
        ([0.88, 0.88, 0.885], replace(SETTINGS, seconds=1e3), ("qat", 0.885), 3),
        ([0.88, 0.88, 0.885], replace(SETTINGS, seconds=4.0), ("ptq", 0.88), 2),
        ([0.88, 0.88, 0.885], None, ("ptq", 0.88), 2),
    ],
)
def test_methods_are_tried_until_one_loses_little(
    scores: list[float],
    qat: Settings | None,
    kept: tuple[str, float],
    asked: int,
    trained: Trained,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Models and scores are made up: what matters is which are asked for, and which is kept."""
    models = [b"ptq", b"equalised", b"qat"]
    seen: list[bytes] = []

    def score_of(model: bytes) -> float:
        seen.append(model)
        return scores[len(seen) - 1]

    trained_on = Rounded(trained.weights, (), seconds=3.0)
    quantising = import_module("automl_edge.training.quantise")  # the package's is the function
    monkeypatch.setattr(quantising, "to_int8_tflite", lambda *_: models[len(seen)])
    monkeypatch.setattr(quantising, "train_rounding", lambda *_: trained_on)
    wanted = replace(trained, accuracy=0.9)
    found = quantise(wanted, SPEC, DATA, score_of, qat)
    assert (found.method.value, found.score) == kept
    assert found.model == found.method.value.encode()
    assert seen == models[:asked]
    assert found.seconds == (3.0 if asked == 3 else 0.0)
