"""What a fit begins with: the cost tables, or on request what earlier runs learnt."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from automl_edge import pipeline
from automl_edge.catalog import load_target
from automl_edge.costs.correction import NO_CORRECTIONS, Corrections, MeasuredModel, Share
from automl_edge.costs.kept import keep, kept_file
from automl_edge.domain.run import Event, FitSpec, Note
from automl_edge.errors import RunDirectoryError, UsageError
from automl_edge.search import Problem
from tests.makers import motion_folder

LEARNT = Corrections((MeasuredModel("a", (Share("conv_2d_packed", 0.9, 1.1),)),))

SPACES = Path(__file__).parents[2] / "search_spaces"


class Begun(Exception):
    """The search was about to begin."""


@pytest.fixture
def began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """The problems that searches were begun with, in a cache where something was learnt."""
    found: list[Problem] = []

    def begin(problem: Problem, *_: Any) -> None:
        found.append(problem)
        raise Begun

    monkeypatch.setenv("AUTOML_EDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(pipeline, "run_search", begin)
    keep(load_target("cortex-m4"), LEARNT.models)
    return found


def _spec(folder: Path) -> FitSpec:
    data = motion_folder(folder / "data", per_class=10)
    return FitSpec(data=data, target="cortex-m4", out=folder / "run", trials=1)


@pytest.mark.parametrize("limit", [{"trials": 0}, {"trials": -1}, {"time_limit": 0.0}])
def test_a_limit_that_leaves_nothing_to_do_is_refused(
    tmp_path: Path, began: list[Problem], limit: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(limit))} is .* nothing can be trained"):
        pipeline.run(replace(_spec(tmp_path), **limit))
    assert not began


def test_a_space_of_the_users_that_was_edited_is_another_one(
    tmp_path: Path, began: list[Problem]
) -> None:
    space = tmp_path / "mine.py"
    shutil.copy(SPACES / "motion_conv.py", space)
    spec = replace(_spec(tmp_path), space=str(space))
    for resume in (False, True):
        with pytest.raises(Begun):
            pipeline.run(replace(spec, resume=resume))
    space.write_text(space.read_text() + "# edited")
    with pytest.raises(RunDirectoryError, match="its spaces"):
        pipeline.run(replace(spec, resume=True))
    assert len(began) == 2


def test_a_fit_begins_with_the_cost_tables_whatever_was_learnt(
    tmp_path: Path, began: list[Problem]
) -> None:
    with pytest.raises(Begun):
        pipeline.run(_spec(tmp_path))
    assert [problem.corrections for problem in began] == [NO_CORRECTIONS]


def test_a_fit_begins_with_what_was_learnt_when_asked_to(
    tmp_path: Path, began: list[Problem]
) -> None:
    events: list[Event] = []
    spec = replace(_spec(tmp_path), learnt=True)
    with pytest.raises(Begun):
        pipeline.run(spec, events.append)
    kept_file(load_target("cortex-m4")).write_text("{")
    with pytest.raises(Begun):
        pipeline.run(replace(spec, resume=True), events.append)
    assert [problem.corrections for problem in began] == [LEARNT, NO_CORRECTIONS]
    notes = [event.text for event in events if isinstance(event, Note)]
    assert sum("is damaged" in note for note in notes) == 1
