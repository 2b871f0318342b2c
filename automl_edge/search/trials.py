"""One training of the search: features, training, conversion, the int8 model's score, journal."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler import HostNetwork, compile_graph, read_tflite, simplify
from automl_edge.domain.candidate import Candidate
from automl_edge.domain.features import FeatureSpec
from automl_edge.errors import ModelFileError, RunDirectoryError
from automl_edge.scores import accuracy, probabilities
from automl_edge.search.checks import Measure
from automl_edge.search.journal import Journal
from automl_edge.search.oracle import Trial
from automl_edge.search.records import Ended, Stage, to_json
from automl_edge.training import (
    Augmentation,
    BackboneWeights,
    Progressed,
    Settings,
    Trained,
    TrainingData,
    Weights,
    starting_weights,
    to_int8_tflite,
    train,
)

FOLDER = "trials"

PRETRAINED_RATE = 0.5
"""Networks that start from pretrained weights are trained with this share of the recipe's rate.

Of 1, 1/2 and 1/4 of 8e-3 it gave the best validation accuracy on photos of six kinds of waste,
79.7, 80.0 and 78.1 % (means of four trainings of 15 or 20 epochs, three designs); 1/8 lay 6
points below it.
"""

FeaturesFor = Callable[[FeatureSpec], TrainingData]
"""Training and validation windows under a front end; the caller may cache them."""

RunInt8 = Callable[[bytes, NDArray[np.int8]], NDArray[np.int8]]
"""(.tflite, features (n, *input shape)) -> outputs (n, classes), computed as what ships does."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every training of one search shares. ``measure`` has the last word on a winner.

    ``backbones`` are the pretrained weights that designs start from.
    """

    features_for: FeaturesFor
    run_int8: RunInt8
    journal: Journal
    measure: Measure
    backbones: tuple[BackboneWeights, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A training to be done. ``parent`` is the ended trial that it goes on from, if any."""

    number: int
    stage: Stage
    trial: Trial
    settings: Settings
    parent: Ended | None = None

    @property
    def candidate(self) -> Candidate:
        """The design to be trained."""
        return self.trial.candidate


def run_compiled(model: bytes, features: NDArray[np.int8]) -> NDArray[np.int8]:
    """Outputs of the C that would ship, compiled for this machine; meets ``RunInt8``."""
    network = compile_graph(simplify(read_tflite(model)), "trial")
    return HostNetwork(network).run(features)


def settings_for(trial: Trial, epochs: int, seconds: float | None, seed: int) -> Settings:
    """The recipe of ``trial`` as settings of a training."""
    recipe = trial.recipe
    rate = recipe.learning_rate
    if trial.candidate.design.pretrained is not None:
        rate *= PRETRAINED_RATE
    return Settings(epochs, seconds, seed, rate, Augmentation(recipe.strength, recipe.mirror))


def run_job(workshop: Workshop, job: Job, on_progress: Callable[[Progressed], None]) -> Ended:
    """Train, convert, score and journal ``job``.

    What could not be trained or converted is journalled with score 0 and the reason, so
    that it is not tried again; errors of the disk and Ctrl-C pass.
    """
    began = time.monotonic()
    try:
        ended = _trained(workshop, job, on_progress)
    except (ValueError, RuntimeError, ArithmeticError, ModelFileError) as problem:
        ended = _failed(job, time.monotonic() - began, f"{type(problem).__name__}: {problem}")
    workshop.journal.append(to_json(ended))
    return ended


def model_bytes(journal: Journal, ended: Ended) -> bytes:
    """The ``.tflite`` of ``ended``; raises RunDirectoryError if it was changed or removed."""
    content = _read(journal, ended.model)
    if hashlib.sha256(content).hexdigest() != ended.digest:
        raise RunDirectoryError(
            f"{journal.folder / ended.model} is not the model that the journal tells of",
            "Start a new run in another folder.",
        )
    return content


def load_weights(journal: Journal, ended: Ended) -> Weights:
    """The float weights of ``ended``; raises RunDirectoryError if they are missing."""
    with np.load(io.BytesIO(_read(journal, ended.weights)), allow_pickle=False) as arrays:
        return tuple(arrays[name] for name in arrays.files)


def _trained(workshop: Workshop, job: Job, on_progress: Callable[[Progressed], None]) -> Ended:
    design = job.candidate.design
    data = workshop.features_for(design.features)
    trained = train(
        design.architecture,
        design.features,
        data,
        job.settings,
        _start(workshop, job),
        on_progress,
    )
    model = to_int8_tflite(trained.model(), data.representative)
    outputs = workshop.run_int8(model, data.validation.features)
    scores = data.validation.mean_scores(probabilities(outputs))
    path = f"{FOLDER}/{job.number:04d}"
    workshop.journal.write_file(f"{path}.tflite", model)
    workshop.journal.write_file(f"{path}.npz", _packed(trained))
    return Ended(
        number=job.number,
        stage=job.stage,
        proposal=job.trial.proposal,
        score=accuracy(scores, data.validation.labels),
        float_score=trained.accuracy,
        epochs=round(trained.epochs, 2),
        seconds=round(trained.seconds, 3),
        parent=job.parent.number if job.parent else job.number,
        model=f"{path}.tflite",
        weights=f"{path}.npz",
        digest=hashlib.sha256(model).hexdigest(),
    )


def _start(workshop: Workshop, job: Job) -> Weights | None:
    """What a training goes on from: its parent's weights, pretrained ones, or nothing."""
    if job.parent is not None:
        return load_weights(workshop.journal, job.parent)
    design = job.candidate.design
    if design.pretrained is None:
        return None
    for weights in workshop.backbones:
        if weights.backbone == design.pretrained:
            return starting_weights(design, weights, job.settings.seed)
    raise ValueError(f"the weights of {design.pretrained} are not at hand")


def _failed(job: Job, seconds: float, reason: str) -> Ended:
    return Ended(
        number=job.number,
        stage=job.stage,
        proposal=job.trial.proposal,
        score=0.0,
        float_score=0.0,
        epochs=0.0,
        seconds=round(seconds, 3),
        parent=job.parent.number if job.parent else job.number,
        failure=reason[:300],
    )


def _packed(trained: Trained) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, *trained.weights)
    return stream.getvalue()


def _read(journal: Journal, path: str) -> bytes:
    try:
        return (journal.folder / path).read_bytes()
    except OSError as problem:
        raise RunDirectoryError(
            f"{journal.folder / path} is missing or unreadable, but the journal tells of it",
            "Start a new run in another folder.",
        ) from problem
