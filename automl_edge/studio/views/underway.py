"""A word in the side bar, on every page, while a search of the open project runs."""

from __future__ import annotations

import time

import streamlit as st

from automl_edge.domain.units import show_time
from automl_edge.studio.projects import Project, studio_folder
from automl_edge.studio.runs import Run, list_runs
from automl_edge.studio.views.base import OPEN, plain

_EVERY_SECONDS = 5.0


def show() -> None:
    """Draw it, if there is one."""
    name = st.session_state.get(OPEN)
    if not name:
        return
    runs = list_runs(Project(studio_folder() / name))
    running = next((run for run in runs if run.is_running), None)
    if running is not None:
        with st.sidebar:
            st.fragment(_word, run_every=_EVERY_SECONDS)(running)


def _word(run: Run) -> None:
    if not run.is_running:
        st.rerun()  # what waits for its result is drawn anew
    left = run.course.left(time.time())
    told = f", {show_time(round(left))} left at most" if left is not None else ""
    st.info(plain(f"Search {run.name} is running{told}."))
