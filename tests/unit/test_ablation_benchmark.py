"""The arithmetic of the ablation and of the fidelity benchmark: changes, pairing, tables."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import fidelity
import numpy as np
import pytest
from ablating.changes import CHANGES
from ablating.distilling import TAUGHT, Begun, Taught, distilled
from ablating.networks import network, teacher
from ablating.pruning import pruned, widened
from ablating.tables import USUAL, Line, Training, read, table
from searching.lines import append_line
from searching.textbook import ds_cnn, motion_cnn

from automl_edge.domain.architecture import Add, Architecture, Conv2D
from automl_edge.domain.candidate import Backbone, Design, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.pretrained import MOBILENET_V1
from automl_edge.training import (
    Augmentation,
    Settings,
    TrainingData,
    Windows,
    float_outputs,
    keras_model,
    train,
    usual_augmentation,
)
from automl_edge.training.augment import MIXUP
from automl_edge.training.graph import Lessons, Methods

MOTION = Task(Modality.MOTION, 5, 1.0, 50.0, motion_offset=(0, 0), motion_multiplier=(1, 1))
SOUND = Task(Modality.AUDIO, 6, 1.0, 16000.0)
PHOTOS = Task(
    Modality.IMAGE, 6, image_size=(96, 96), backbones=(Backbone(MOBILENET_V1, 0.25, 128),)
)


def _line(change: str, correct: str, seed: int = 1) -> Line:
    return Line(Training("watch5", seed, change, "v1", 100), correct, (0, 0, 1, 2), 0.9)


def test_each_change_alters_what_it_says_and_nothing_else() -> None:
    design = motion_cnn(MOTION)
    usual = CHANGES[USUAL].settings(Settings(9), design)
    assert usual == Settings(9)
    altered = {name: change.settings(Settings(9), design) for name, change in CHANGES.items()}
    assert altered["not averaged"] == replace(usual, averaged=0.0)
    assert altered["no noise"].augmentation == replace(usual.augmentation, noise=0.0)
    assert altered["other warp"].augmentation == replace(usual.augmentation, warp=0.0)
    assert altered["not moved"].augmentation == replace(usual.augmentation, shift=0.0)
    assert altered["same level"].augmentation == replace(usual.augmentation, level=0.0)
    assert altered["not masked"].augmentation == replace(usual.augmentation, mask=0.0)
    same = {name for name, settings in altered.items() if settings == usual}
    assert same == {
        *(USUAL, "from scratch", "all data", "biases left", "pruned", "distilled", "upright")
    }


def test_sounds_are_blended_unless_changed() -> None:
    design = ds_cnn(SOUND)
    without = CHANGES["no augmentation"].settings(Settings(9), design).augmentation
    assert without == Augmentation(strength=0.0)
    usual = CHANGES[USUAL].settings(Settings(9), design)
    assert usual.augmentation == Augmentation(mixup=MIXUP)
    assert CHANGES["other mixup"].settings(Settings(9), design) == Settings(9)


def test_photos_are_mirrored_and_fine_tuned_at_a_lower_rate() -> None:
    design = network(PHOTOS)
    assert design.pretrained == PHOTOS.backbones[0]
    usual = CHANGES[USUAL].settings(Settings(9), design)
    scratch = CHANGES["from scratch"].settings(Settings(9), design)
    assert usual.augmentation == Augmentation(mirror=True, flip=True, warp=0.0)
    warped = CHANGES["other warp"].settings(Settings(9), design)
    assert warped.augmentation == Augmentation(mirror=True, flip=True)
    upright = CHANGES["upright"].settings(Settings(9), design)
    assert upright.augmentation == Augmentation(mirror=True, warp=0.0)
    assert usual.learning_rate < scratch.learning_rate == Settings(9).learning_rate


@pytest.mark.parametrize("task", [SOUND, PHOTOS, MOTION])
def test_what_would_change_nothing_is_not_trained(task: Task) -> None:
    design = network(task)
    usual = CHANGES[USUAL].settings(Settings(9), design)
    for name, change in CHANGES.items():
        alters = (
            change.settings(Settings(9), design) != usual
            or change.data is not CHANGES[USUAL].data
            or change.convert is not CHANGES[USUAL].convert
            or change.wider > 1
            or change.taught
        )
        if task.modality in change.of:
            assert alters or name == USUAL


def test_noise_is_for_sound_and_pretrained_networks_are_not_widened() -> None:
    of = {name: set(change.of) for name, change in CHANGES.items()}
    assert of["no noise"] == of["not masked"] == {Modality.AUDIO}
    assert of["upright"] == of["from scratch"] == {Modality.IMAGE}
    assert of["pruned"] == {Modality.AUDIO, Modality.MOTION}
    assert of[USUAL] == of["distilled"] == set(Modality)


def test_soft_labels_are_half_of_what_is_learnt_and_keep_a_windows_weight() -> None:
    design = motion_cnn(MOTION, 4)
    usual = replace(usual_augmentation(design.features), strength=0.0)
    methods = Methods(design.features, usual, False, 3)
    teacher = keras_model(motion_cnn(MOTION, 8).architecture, 5)
    graph = Taught(keras_model(design.architecture), methods, teacher)
    windows = np.random.default_rng(0).integers(-90, 90, (3, *design.features.output_shape))
    targets = np.eye(5, dtype=np.float32)[:3] * [[1], [2], [0.5]]
    batch = Lessons(windows.astype(np.int8), targets.astype(np.float32), windows[:0])
    features, mixed = graph.shown(batch, [1, 2])
    told = teacher.predict(np.asarray(features), verbose=0)
    expected = TAUGHT * told * [[1], [2], [0.5]] + (1 - TAUGHT) * targets
    assert np.allclose(mixed, expected, atol=1e-6)


def test_a_student_is_trained_beside_its_teacher() -> None:
    chance = np.random.default_rng(0)
    design, larger = motion_cnn(MOTION, 4), motion_cnn(MOTION, 8)
    features = chance.integers(-90, 90, (40, *design.features.output_shape)).astype(np.int8)
    windows = Windows(features, np.arange(40), np.arange(40) % 5, ("",) * 40)
    data = TrainingData(windows, windows, 5)
    trained = distilled(Begun(design, None), Begun(larger, None), data, Settings(2))
    assert trained.architecture == design.architecture
    plain = train(design.architecture, design.features, data, Settings(2))
    assert any(not np.allclose(a, b) for a, b in zip(trained.weights, plain.weights, strict=True))


def test_pruning_keeps_the_channels_that_say_something() -> None:
    narrow = ds_cnn(SOUND, 8).architecture
    wide = widened(narrow, 1.5)
    model = keras_model(wide, 3)
    chance = np.random.default_rng(0)
    for index in (1, 3, 5, 7, 8):  # the depthwise layers, and the last of the others
        norm = model.get_layer(f"layer{index}_norm")
        gamma, *others = norm.get_weights()
        gamma[chance.permutation(12)[:4]] = 0
        norm.set_weights([gamma, *others])
    weights = tuple(model.get_weights())
    features = chance.integers(-128, 128, (5, *wide.input_shape)).astype(np.int8)
    start = pruned(wide, weights, narrow)
    assert np.allclose(
        float_outputs(narrow, start, features), float_outputs(wide, weights, features), atol=1e-5
    )


def test_sums_are_not_pruned() -> None:
    layers = (Conv2D(8, (3, 3)), Conv2D(8, (3, 3)), Add(0))
    chain = Architecture((8, 8, 1), (*layers, *ds_cnn(SOUND, 8).architecture.layers[-5:]))
    with pytest.raises(ValueError, match="sum"):
        pruned(chain, tuple(keras_model(chain).get_weights()), chain)


@pytest.mark.parametrize(("task", "expected"), [(SOUND, ds_cnn(SOUND)), (MOTION, None)])
def test_the_networks_are_the_experts(task: Task, expected: object) -> None:
    assert network(task) == (expected or motion_cnn(task, 32))


@pytest.mark.parametrize("task", [SOUND, PHOTOS, MOTION])
def test_a_teacher_is_larger_and_sees_the_same(task: Task) -> None:
    small, large = network(task), teacher(task)
    assert large.features == small.features
    assert _weights(large) > 1.5 * _weights(small)


def _weights(design: Design) -> int:
    return int(keras_model(design.architecture).count_params())


def test_a_cell_tells_accuracy_and_the_paired_difference(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    lines = [
        _line(USUAL, "1100"),
        _line(USUAL, "1111", seed=2),
        _line("not smoothed", "1110"),
        _line("not smoothed", "1111", seed=2),
        _line("not smoothed", "0000", seed=3),  # without its counterpart
        Line(Training("watch5", 3, USUAL, "v1", 400), "1111", (0, 0, 1, 2), 0.9),
    ]
    for line in lines:
        append_line(file, line.record)
    assert read(file) == lines
    rows = {row.split(" | ")[0]: row for row in table(lines, ["watch5"]).splitlines()}
    assert rows["| as `fit` trains"] == "| as `fit` trains | 75.0 % [12] | 100.0 % [3] |"
    assert rows[f"| {CHANGES['not smoothed'].told}"].startswith(
        f"| {CHANGES['not smoothed'].told} | 87.5 % (+12.5 ± "
    )
    assert rows[f"| {CHANGES['no noise'].told}"] == f"| {CHANGES['no noise'].told} |  |  |"


def test_ranks_are_compared_within_a_split(tmp_path: Path) -> None:
    def line(seed: int, design: int, short: float, long: float, test: float) -> fidelity.Line:
        split = fidelity.Split("watch5", seed, 10.0, "v1")
        return fidelity.Line(split, design, "motion_conv", short, long, test)

    lines = [
        *(line(1, n, 0.5 + n / 10, 0.6 + n / 10, 0.5 + n / 10) for n in range(3)),
        *(line(2, n, 0.5 + n / 10, 0.9 - n / 10, 0.5 + n / 10) for n in range(3)),
    ]
    row = fidelity.table(lines).splitlines()[-1]
    assert row == "| watch5 | 10 s | 6 | 0.00 | 1.00 | 60.0 % | 70.0 % | 60.0 % |"
    append_line(tmp_path / "lines.jsonl", asdict(lines[0]))
    assert fidelity.read(tmp_path / "lines.jsonl") == lines[:1]


def test_a_split_where_all_are_alike_has_no_ranks() -> None:
    lines = [
        fidelity.Line(fidelity.Split("watch5", seed, 10.0, "v1"), n, "motion_conv", short, 0.5, 0.5)
        for seed, shorts in ((1, (0.5, 0.5)), (2, (0.5, 0.6)))
        for n, short in enumerate(shorts)
    ]
    varied = [replace(line, long=line.short, test=1 - line.short) for line in lines]
    row = fidelity.table(varied).splitlines()[-1]
    assert row.startswith("| watch5 | 10 s | 4 | 1.00 | -1.00 |")


def test_photos_are_mirrored_as_in_a_search() -> None:
    trials = fidelity.first_trials(PHOTOS, 1500, 1, 3)
    assert len({trial.candidate for trial in trials}) == 3
    assert all(trial.recipe.mirror and trial.recipe.flip for trial in trials)
    (sound,) = fidelity.first_trials(SOUND, 800, 1, 1)
    assert not sound.recipe.mirror
