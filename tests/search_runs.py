"""Whole searches on the made-up task of ``tiny_search``, for the tests of what they decide."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.run import (
    ignore_events,
)
from automl_edge.search import (
    FeaturesFor,
    Journal,
    Limits,
    RunInt8,
    SearchResult,
    Terms,
    Workshop,
    run_compiled,
    run_search,
    schedule,
    trials,
)
from automl_edge.search.records import Ended, Stage, from_json
from automl_edge.training import TrainingData
from tests.tiny_search import features_for, measure, tiny_problem, without_training


def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few epochs where a test is marked ``trains``; elsewhere no training at all, and no time
    passes."""
    if request.node.get_closest_marker("trains") is None:
        without_training(monkeypatch)
        monkeypatch.setattr(trials, "time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr(schedule, "MOST_EPOCHS", dict.fromkeys(Stage, 5))
    monkeypatch.setattr(schedule, "KEPT", {Stage.LONGER: 2, Stage.FOLD: 2, Stage.FINAL: 1})


def workshop_of(
    journal: Journal, features: FeaturesFor = features_for, run_int8: RunInt8 = run_compiled
) -> Workshop:
    return Workshop(features, run_int8, journal, measure)


def search_small(journal: Journal, trials: int, workshop: Workshop | None = None) -> SearchResult:
    workshop = workshop or workshop_of(journal)
    return run_search(tiny_problem(), workshop, Terms(Limits(trials=trials), 80, 1), ignore_events)


def trainings_in(journal: Journal) -> list[Ended]:
    return [from_json(record) for record in journal.records if record["record"] == "trained"]


def interrupted_after(trainings: int) -> FeaturesFor:
    """Features until so many trainings have ended; Ctrl-C at the start of the next."""
    calls: list[FeatureSpec] = []

    def features(spec: FeatureSpec) -> TrainingData:
        calls.append(spec)
        if len(calls) > 2 * trainings:  # each asks twice
            raise KeyboardInterrupt
        return features_for(spec)

    return features


def never(spec: FeatureSpec) -> TrainingData:
    raise AssertionError(f"trained again: {spec}")
