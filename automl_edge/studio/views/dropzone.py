"""The place where files are dropped: between the browser's side and what is kept of its drops."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

import streamlit as st
from streamlit.components.v1 import declare_component

from automl_edge.errors import AutomlEdgeError
from automl_edge.studio.dropping import Drop, discard, read_part, receive
from automl_edge.studio.intake import Taken, take_files, told
from automl_edge.studio.projects import Project
from automl_edge.studio.views.base import notices, show_problem

_PAGE = Path(__file__).resolve().parents[1] / "dropzone"
_component = declare_component("dropzone", path=_PAGE)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the browser's side is told: how many parts of which drop are here, and which drop it
    need not go on with."""

    drop: str
    received: int
    done: str


@dataclass(slots=True)
class _Kept:
    """Between two drawings of the page: the drop that is coming, those that are whole, and the
    last one that came to an end."""

    coming: Drop | None = None
    whole: list[Drop] = field(default_factory=list)
    done: str = ""
    problem: AutomlEdgeError | None = None


def waiting(project: Project) -> int:
    """Draw the place; how many files were dropped on it, all of them here."""
    key = f"dropzone/{project.name}"
    kept = _kept(project)
    kept.whole = [drop for drop in kept.whole if drop.folder.is_dir()]
    message = st.session_state.get(key)
    if isinstance(message, bytes):
        _take(project, kept, message)
    coming = kept.coming
    told = _Told("", 0, kept.done)
    if coming is not None:
        told = _Told(coming.key, coming.received, kept.done)
    _component(key=key, default=None, **asdict(told))
    if kept.problem is not None:
        show_problem(kept.problem)
    return sum(len(drop.names) for drop in kept.whole)


def add(project: Project, label: str | None) -> None:
    """Take all files that are here into the project, as ``take_files`` does, and note what became
    of them.

    A click on another page ends a script at its next word to Streamlit: nothing here says one
    between taking files and noting that they are taken.
    """
    kept, sentences = _kept(project), notices()
    taken = Taken(0)
    try:
        while kept.whole:
            drop = kept.whole[0]
            taken += take_files(project.data, drop.pieces, label)
            taken += Taken(0, 0, drop.lost)
            del kept.whole[0]
            discard(drop)
    finally:
        if taken != Taken(0):
            sentences.extend(told(taken))


def give_back(project: Project) -> None:
    """Forget all files that are here."""
    kept = _kept(project)
    while kept.whole:
        discard(kept.whole.pop())


def _take(project: Project, kept: _Kept, message: bytes) -> None:
    """``message`` into the drop that is coming, once, though it is seen at every drawing."""
    key = kept.done
    try:
        part = read_part(message)
        key = part.head.drop
        if key == kept.done:
            return
        before, kept.coming = kept.coming, receive(kept.coming, part, project.root)
    except AutomlEdgeError as problem:
        discard(kept.coming)
        kept.coming, kept.done, kept.problem = None, key, problem
        return
    coming = kept.coming
    if coming is not before:
        kept.problem = None
    if coming is not None and coming.is_whole:
        kept.whole.append(coming)
        kept.coming, kept.done = None, coming.key


def _kept(project: Project) -> _Kept:
    kept: _Kept = st.session_state.setdefault(f"dropped/{project.name}", _Kept())
    return kept
