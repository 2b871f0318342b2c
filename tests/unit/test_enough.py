"""A listener that has enough is heard once, and only where a search can end."""

from __future__ import annotations

import pytest

from automl_edge.domain.run import Enough, Event, Note, Progress, StageStarted, enough_once


def test_enough_is_heard_once_while_candidates_are_trained() -> None:
    told: list[Event] = []

    def listen(event: Event) -> None:
        told.append(event)
        raise Enough

    listener = enough_once(listen)
    listener(StageStarted("read"))
    with pytest.raises(Enough):
        listener(Progress(1, 2))
    listener(Progress(2, 2))
    listener(StageStarted("prove"))
    listener(Note("done"))
    assert len(told) == 5
