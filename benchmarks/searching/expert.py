"""The expert's choice: a well-known network, as wide as the budget allows, trained in all of the
time.

Sound: DS-CNN. Photos: MobileNetV1, its width first and then the resolution as large as
fits; pretrained where that width's weights are at hand. Motion: three 1-D convolutions.
``textbook.py`` has the networks and their sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from searching.made import Assignment, BestSoFar, Made, build, predicted
from searching.plain import train_plainly
from searching.pretrained import task_of
from searching.splits import divided_dataset
from searching.textbook import ds_cnn, mobilenet_v1, motion_cnn

from automl_edge.domain.candidate import Design, Task
from automl_edge.domain.dataset import Dataset, Modality
from automl_edge.domain.pretrained import MOBILENET_V1
from automl_edge.material import Material
from automl_edge.training import Progressed, to_int8_tflite, untrained_tflite

DS_CNN_FILTERS = range(276, 4, -4)
MOTION_FILTERS = range(128, 3, -4)
WIDTHS = (0.25, 0.2, 0.15, 0.1, 0.075, 0.05)
SIDES = (128, 112, 96, 80, 64, 48, 32)

AFTER_SECONDS = 20.0
"""Kept of the time for conversion, the link and the emulated run."""

Named = tuple[str, Design]


def expert(given: Assignment) -> Made:
    """The widest network that fits as measured, trained."""
    dataset = divided_dataset(given.data, given.split)
    name, design = widest(given, dataset)
    data = Material(dataset).training_data(design.features)
    best = BestSoFar()

    def listen(progress: Progressed) -> None:
        best.note(given.elapsed, progress.best)

    seconds = given.limit - given.elapsed - AFTER_SECONDS
    trained = train_plainly(design, data, seconds, given.key.seed, listen)
    model = to_int8_tflite(trained.model(), data.representative)
    built = build(model, design, dataset, given.target)
    return Made(name, built, given.elapsed, best.course)


def widest(given: Assignment, dataset: Dataset) -> Named:
    """The first of the ladder that fits as predicted and, with random weights, as measured."""
    for name, design in ladder(task_of(dataset)):
        if predicted(design, given.target).violations(given.budget):
            continue
        model = untrained_tflite(design.architecture)
        built = build(model, design, dataset, given.target)
        if not built.footprint.violations(given.budget):
            return name, design
    raise RuntimeError(f"no network of the expert's ladder fits {given.budget}")


def _mobilenet(task: Task, width: float, side: int) -> Named:
    """The whole MobileNetV1, pretrained where there are weights of this width."""
    design = mobilenet_v1(task, width, side)
    name = f"MobileNetV1 {width:g} at {side}"
    for backbone in task.backbones:
        if (backbone.family, backbone.width) == (MOBILENET_V1, width):
            return f"{name}, pretrained", replace(design, pretrained=backbone)
    return name, design


def ladder(task: Task) -> Iterator[Named]:
    """The expert's networks for ``task``, widest first."""
    match task.modality:
        case Modality.AUDIO:
            for filters in DS_CNN_FILTERS:
                yield f"DS-CNN {filters}", ds_cnn(task, filters)
        case Modality.IMAGE:
            for width in WIDTHS:
                for side in SIDES:
                    yield _mobilenet(task, width, side)
        case Modality.MOTION:
            for filters in MOTION_FILTERS:
                yield f"1-D CNN {filters}", motion_cnn(task, filters)
