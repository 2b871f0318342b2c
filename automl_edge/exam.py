"""What the winner answers on one part of the data: float network, int8 model, shipped C."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automl_edge.device.host import HostLibrary
from automl_edge.device.sources import CSources
from automl_edge.domain.candidate import Design
from automl_edge.domain.dataset import Dataset, Part
from automl_edge.export.reference import Reference
from automl_edge.material import Material
from automl_edge.report.model import PartAccuracy
from automl_edge.scores import Evaluation, Labels, Scores, accuracy, evaluate, probabilities
from automl_edge.training import Weights, float_outputs
from automl_edge.training.data import Windows


@dataclass(frozen=True, slots=True)
class Exam:
    """Accuracy of all three on one part, and everything about the C's answers."""

    accuracy: PartAccuracy
    c: Evaluation


@dataclass(frozen=True, slots=True)
class Examinee:
    """A trained design in its three forms; ``oracle`` answers for the int8 model."""

    design: Design
    weights: Weights
    oracle: Reference
    c: CSources


def examine(examinee: Examinee, material: Material, part: Part) -> Exam:
    """Ask all three forms about every recording of ``part``."""
    windows = material.features(part, examinee.design.features)
    floats = float_outputs(examinee.design.architecture, examinee.weights, windows.features)
    c = evaluate(
        _c_scores(examinee, material, part, windows),
        windows.labels,
        windows.groups,
        labels_of(material.dataset, Part.TRAIN),
    )
    figures = PartAccuracy(
        float_model=accuracy(windows.mean_scores(floats), windows.labels),
        int8_model=accuracy(oracle_scores(examinee.oracle, windows), windows.labels),
        c_model=c.accuracy,
        balanced=c.balanced,
        interval95=c.interval95,
        majority=c.majority,
    )
    return Exam(figures, c)


def oracle_scores(oracle: Reference, windows: Windows) -> Scores:
    """(recordings, classes) scores of the int8 model as TensorFlow Lite Micro computes them."""
    flat = windows.features.reshape(len(windows.features), -1)
    return windows.mean_scores(probabilities(oracle.scores(flat)))


def labels_of(dataset: Dataset, part: Part) -> Labels:
    """The label of each sample of ``part``."""
    return np.array([sample.label for sample in dataset.part(part)], dtype=np.intp)


def _c_scores(examinee: Examinee, material: Material, part: Part, windows: Windows) -> Scores:
    """The C on the raw signals, as an application would call it."""
    host = HostLibrary(examinee.c)
    recordings = material.windows(material.dataset.part(part), examinee.design.features)
    outputs = [host.run(recording).scores for recording in recordings]
    return windows.mean_scores(probabilities(np.concatenate(outputs)))
