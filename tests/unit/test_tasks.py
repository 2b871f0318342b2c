"""The shortcuts: the same fit, told what the data are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import automl_edge
from automl_edge import pipeline
from automl_edge.domain.dataset import Modality
from automl_edge.domain.run import Event, FitSpec, Note


class Asked(Exception):
    """The pipeline was called."""


@pytest.fixture
def specs(monkeypatch: pytest.MonkeyPatch) -> list[FitSpec]:
    found: list[FitSpec] = []

    def run(spec: FitSpec, _: Any) -> None:
        found.append(spec)
        raise Asked

    monkeypatch.setattr(pipeline, "run", run)
    return found


@pytest.mark.parametrize(
    ("shortcut", "modality"),
    [
        (automl_edge.keyword_spotting, Modality.AUDIO),
        (automl_edge.image_classification, Modality.IMAGE),
        (automl_edge.motion_classification, Modality.MOTION),
    ],
)
def test_a_shortcut_is_a_fit_of_its_modality(
    specs: list[FitSpec], shortcut: Callable[..., Any], modality: Modality
) -> None:
    with pytest.raises(Asked):
        shortcut("data.zip", "cortex-m4", "run", ram=4096)
    assert specs == [
        FitSpec(Path("data.zip"), "cortex-m4", Path("run"), ram=4096, modality=modality)
    ]


@pytest.mark.parametrize(
    ("folder", "told"), [("music", True), ("Background", False), ("_silence_", False)]
)
@pytest.mark.usefixtures("specs")
def test_words_without_background_are_noted(tmp_path: Path, folder: str, told: bool) -> None:
    (tmp_path / folder).mkdir()
    events: list[Event] = []
    with pytest.raises(Asked):
        automl_edge.keyword_spotting(tmp_path, "cortex-m4", on_event=events.append)
    assert [isinstance(event, Note) for event in events] == [True] * told
