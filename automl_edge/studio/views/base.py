"""What all pages share: the project that is open, notices, and how problems are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import streamlit as st

from automl_edge.errors import AutomlEdgeError, EnvironmentProblem
from automl_edge.studio.health import Health, examine
from automl_edge.studio.projects import (
    Project,
    delete_project,
    find_project,
    list_projects,
    make_project,
    studio_folder,
)
from automl_edge.studio.runs import Run, State, list_runs
from automl_edge.studio.samples import signature

T = TypeVar("T")

OPEN = "project"
"""The key, of the session and of the address, that holds the open project's name."""

_CHOICE = "project-choice"
_NOTICES = "notices"
_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|$~<>:])")
_HEALTHS_KEPT = 4


def plain(text: str) -> str:
    """``text`` as it is, where Streamlit would read Markdown in it."""
    return _MARKS.sub(r"\\\1", text)


@contextmanager
def problems_shown() -> Iterator[None]:
    """What a user can mend is shown in the place of what was to come."""
    try:
        yield
    except AutomlEdgeError as problem:
        show_problem(problem)
    except OSError as problem:
        where = f" {problem.filename}" if problem.filename else ""
        told = f"The disk refuses{where}: {problem.strerror}."
        show_problem(EnvironmentProblem(told, "Free some space, or see whose folder it is."))


def rows_of(items: Sequence[T], width: int) -> list[Sequence[T]]:
    """``items`` in rows of ``width``."""
    return [items[start : start + width] for start in range(0, len(items), width)]


def show_problem(problem: AutomlEdgeError) -> None:
    """What is wrong and what to do, in a box."""
    hint = f"\n\n{plain(problem.hint)}" if problem.hint else ""
    st.error(f"**{plain(problem.message)}**{hint}", icon=":material/error:")


def tell_after(*sentences: str) -> NoReturn:
    """Draw the page anew with ``sentences`` on top of it."""
    notices().extend(sentences)
    st.rerun()


def notices() -> list[str]:
    """What the next drawing of a page will say on top of it."""
    sentences: list[str] = st.session_state.setdefault(_NOTICES, [])
    return sentences


def show_notices() -> None:
    """What ``tell_after`` was told, once; always in one place, so that nothing below it moves."""
    with st.container():
        for sentence in st.session_state.pop(_NOTICES, []):
            st.info(plain(sentence))


def choose_project() -> None:
    """The side bar's list of projects, and a new one."""
    known = [project.name for project in list_projects(studio_folder())]
    wanted = st.session_state.get(OPEN) or st.query_params.get(OPEN)
    with st.sidebar:
        if known:
            name = wanted if wanted in known else known[0]
            st.session_state[OPEN] = st.session_state[_CHOICE] = name
            st.query_params[OPEN] = name
            st.selectbox("Project", known, key=_CHOICE, on_change=_open_chosen)
        else:
            st.session_state.pop(OPEN, None)
        with st.expander("New project", expanded=not known), problems_shown():
            _new_project()
        if known:
            with st.expander("Delete this project"), problems_shown():
                _delete_project(st.session_state[OPEN])


def open_project() -> Project:
    """The project that is open; the page ends here with a word about it if there is none."""
    name = st.session_state.get(OPEN)
    if not name:
        st.title("automl-edge")
        st.write(
            "Give it photos, sounds or recordings of motion, sorted into folders; get a program "
            "for your chip that tells them apart. Nothing leaves this computer."
        )
        st.info("Begin with a project: type its name on the left.")
        st.stop()
    try:
        return find_project(studio_folder(), name)
    except AutomlEdgeError as problem:
        show_problem(problem)
        st.stop()


def health_of(project: Project) -> Health:
    """What is in the project's data; read again when they change."""
    return _health(str(project.data), signature(project.data))


def finished_run(project: Project, page: str) -> Run:
    """The finished run that the user chooses; the page ends here if there is none."""
    done = {run.name: run for run in list_runs(project) if run.state is State.FINISHED}
    if not done:
        st.info("There is no result yet. Start a search first.")
        st.stop()
    chosen = st.selectbox("Result of search", list(done), key=f"run-{page}-{project.name}")
    return done[chosen]


@st.cache_resource(max_entries=_HEALTHS_KEPT, show_spinner="Looking at your samples")
def _health(data: str, changed: str) -> Health:
    del changed  # another one asks for another look
    return examine(Path(data))


def _open_chosen() -> None:
    st.session_state[OPEN] = st.session_state[_CHOICE]


def _new_project() -> None:
    with st.form("new-project", clear_on_submit=True, border=False):
        name = st.text_input("Name of the project", placeholder="door sounds")
        if st.form_submit_button("Make it"):
            st.session_state[OPEN] = make_project(studio_folder(), name).name
            st.rerun()


def _delete_project(name: str) -> None:
    st.write("Its samples (the copies in the studio) and its results are deleted for good.")
    sure = st.checkbox("I am sure", key=f"project-sure-{name}")
    if st.button("Delete the project", disabled=not sure, key=f"project-delete-{name}"):
        project = find_project(studio_folder(), name)
        if any(run.is_running for run in list_runs(project)):
            st.error("A search is running. Stop it first.")
            return
        delete_project(project)
        st.session_state.pop(OPEN, None)
        st.query_params.pop(OPEN, None)
        st.rerun()
