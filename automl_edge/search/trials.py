"""One training of the search: features, training, conversion, the int8 model's score, journal."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from automl_edge.domain.candidate import Candidate
from automl_edge.domain.features import FeatureSpec, ImageSpec
from automl_edge.domain.quantisation import Quantisation
from automl_edge.errors import ModelFileError, RunDirectoryError
from automl_edge.search.checks import Measure
from automl_edge.search.journal import Journal
from automl_edge.search.mirroring import NOT_ASKED, Examined, Stays, answers_turned
from automl_edge.search.oracle import Trial
from automl_edge.search.records import FOLDS, Ended, Stage
from automl_edge.search.scoring import RunInt8, right_answers
from automl_edge.training import (
    ALLOWED_LOSS,
    BackboneWeights,
    Progressed,
    Quantised,
    Settings,
    Trained,
    TrainingData,
    Weights,
    Windows,
    failing_plainly,
    qat_settings,
    quantise,
    quantise_plainly,
    starting_weights,
    train,
    usual_augmentation,
)

FOLDER = "trials"

PRETRAINED_RATE = 0.5
"""Networks that start from pretrained weights are trained with this share of the recipe's rate.

Of 1, 1/2 and 1/4 of 8e-3 it gave the best validation accuracy on photos of six kinds of waste,
79.7, 80.0 and 78.1 % (means of four trainings of 15 or 20 epochs, three designs); 1/8 lay 6
points below it.
"""

QAT_SHARE = 0.2
"""Of a final training's seconds, kept for training on with the rounding of int8."""

LEAST_QAT_SECONDS = 8.0
MOST_QAT_SECONDS = 30.0

FeaturesFor = Callable[[FeatureSpec], TrainingData]
"""Training and validation windows under a front end; the caller may cache them."""


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
    """A training to be done. ``source`` is the ended training that it goes on from, if any;
    ``share`` of the training part is trained on; ``fold`` of FOLDS is held out of all data but
    the test part."""

    number: int
    stage: Stage
    trial: Trial
    settings: Settings
    source: Ended | None = None
    parent: int | None = None
    share: float = 1.0
    fold: int | None = None

    @property
    def candidate(self) -> Candidate:
        """The design to be trained."""
        return self.trial.candidate


def settings_for(
    trial: Trial, epochs: int, seconds: float | None, seed: int, long: bool = False
) -> Settings:
    """The recipe of ``trial`` as settings of a training, a ``long`` one or a short one."""
    recipe = trial.recipe
    design, rate = trial.candidate.design, recipe.learning_rate
    if design.pretrained is not None:
        rate *= PRETRAINED_RATE
    how = usual_augmentation(design.features, recipe.strength, long)
    how = replace(how, mirror=recipe.mirror, flip=recipe.flip)
    return Settings(epochs, seconds, seed, rate, how)


def run_job(workshop: Workshop, job: Job, on_progress: Callable[[Progressed], None]) -> Ended:
    """Train, convert and score; the files of the result are in the run directory then.

    A candidate that cannot be trained or converted is returned as a failure, so that it is
    not tried again; errors of the disk and Ctrl-C pass.
    """
    began = time.monotonic()
    try:
        with failing_plainly():
            ended = _trained(workshop, job, on_progress)
        return replace(ended, took=round(time.monotonic() - began, 3))
    except (ValueError, RuntimeError, ArithmeticError, MemoryError, ModelFileError) as problem:
        return failed(job, time.monotonic() - began, f"{type(problem).__name__}: {problem}")


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
    data = _data_for(workshop, job)
    start = _start(workshop, job)
    first, second = _shared_out(job)
    trained = train(design.architecture, design.features, data, first, start, on_progress)
    scorer = _Scorer(workshop.run_int8, data.validation)
    quantised = _quantised(scorer, job, trained, data, second)
    stays = _asked(workshop, job, quantised.model, data)
    path = f"{FOLDER}/{job.number:04d}"
    workshop.journal.write_file(f"{path}.tflite", quantised.model)
    workshop.journal.write_file(f"{path}.npz", _packed(trained))
    return Ended(
        number=job.number,
        stage=job.stage,
        proposal=job.trial.proposal,
        score=quantised.score,
        float_score=trained.accuracy,
        epochs=round(trained.epochs, 2),
        seconds=round(trained.seconds + quantised.seconds, 3),
        parent=job.number if job.parent is None else job.parent,
        source=job.source.number if job.source else None,
        share=job.share,
        fold=job.fold,
        model=f"{path}.tflite",
        weights=f"{path}.npz",
        digest=hashlib.sha256(quantised.model).hexdigest(),
        quantisation=quantised.method,
        build_seconds=round(scorer.build_seconds, 3),
        answer_seconds=round(scorer.answer_seconds, 6),
        mirrors=stays.mirrored,
        flips=stays.upside_down,
    )


class _Scorer:
    """Validation accuracy per recording of int8 ``.tflite`` models.

    ``build_seconds`` is the longest that one took to be compiled (what was compiled before takes
    no time), ``answer_seconds`` what the last one took for a window."""

    def __init__(self, run: RunInt8, held_out: Windows) -> None:
        self._run = run
        self._held_out = held_out
        self.build_seconds = 0.0
        self.answer_seconds = 0.0

    def __call__(self, model: bytes) -> float:
        features = self._held_out.features
        began = time.monotonic()
        self._run(model, np.ascontiguousarray(features[:1]))
        built = time.monotonic()
        right = right_answers(self._run, model, self._held_out, features)
        self.build_seconds = max(self.build_seconds, built - began)
        self.answer_seconds = (time.monotonic() - built) / max(len(features), 1)
        return float(np.mean(right))


def _quantised(
    score: _Scorer, job: Job, trained: Trained, data: TrainingData, training: Settings | None
) -> Quantised:
    """Shorter trainings only compare designs: how little int8 may cost is seen in the end."""
    if job.stage not in (Stage.FINAL, Stage.REFIT):
        return quantise_plainly(trained, data, score)
    return quantise(trained, job.candidate.design.features, data, score, training)


def _data_for(workshop: Workshop, job: Job) -> TrainingData:
    data = workshop.features_for(job.candidate.design.features)
    if job.stage is Stage.REFIT:
        return data.with_validation()
    if job.fold is not None:
        return data.fold(job.fold, FOLDS)
    return data if job.share == 1 else data.share(job.share)


def _start(workshop: Workshop, job: Job) -> Weights | None:
    """What a training goes on from: an earlier one's weights, pretrained ones, or nothing."""
    if job.source is not None:
        return load_weights(workshop.journal, job.source)
    design = job.candidate.design
    if design.pretrained is None:
        return None
    for weights in workshop.backbones:
        if weights.backbone == design.pretrained:
            return starting_weights(design, weights, job.settings.seed)
    raise ValueError(f"the weights of {design.pretrained} are not at hand")


def _shared_out(job: Job) -> tuple[Settings, Settings | None]:
    """How to train, and how to train on where int8 loses too much.

    A limit of seconds holds for both together.
    """
    seconds = job.settings.seconds
    if not _may_need_rounding(job):
        return job.settings, None
    if seconds is None:
        return job.settings, qat_settings(job.settings, None)
    kept = min(QAT_SHARE * seconds, MOST_QAT_SECONDS)
    if kept < LEAST_QAT_SECONDS:
        return job.settings, None
    return replace(job.settings, seconds=seconds - kept), qat_settings(job.settings, kept)


def _may_need_rounding(job: Job) -> bool:
    """Shorter trainings only compare designs: they are not trained on. Nor is a refit that goes on
    from a long training which lost little without."""
    if job.stage is not Stage.REFIT:
        return job.stage is Stage.FINAL
    source = job.source
    if source is None or source.stage not in (Stage.FINAL, Stage.REFIT):
        return True
    lost = source.float_score - source.score
    return source.quantisation is Quantisation.QAT or lost > ALLOWED_LOSS


def _asked(workshop: Workshop, job: Job, model: bytes, data: TrainingData) -> Stays:
    """What a network says of photos that are mirrored or upside down, if it is asked."""
    photos = isinstance(job.candidate.design.features, ImageSpec)
    if not photos or job.stage is not Stage.TRIAL:
        return NOT_ASKED
    examined = Examined(model, workshop.run_int8, data.validation)
    return answers_turned(examined, job.trial.recipe)


def failed(job: Job, seconds: float, reason: str) -> Ended:
    """``job`` given up after ``seconds``."""
    return Ended(
        number=job.number,
        stage=job.stage,
        proposal=job.trial.proposal,
        score=0.0,
        float_score=0.0,
        epochs=0.0,
        seconds=round(seconds, 3),
        parent=job.number if job.parent is None else job.parent,
        source=job.source.number if job.source else None,
        share=job.share,
        fold=job.fold,
        failure=reason[:300],
        took=round(seconds, 3),
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
