"""The page of the search: one button and a time, and how it goes."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from automl_edge.catalog import load_target
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.target import Budget
from automl_edge.domain.units import show_time
from automl_edge.report.words import percent
from automl_edge.studio.course import Course
from automl_edge.studio.projects import Project
from automl_edge.studio.runs import (
    Run,
    State,
    go_on,
    list_runs,
    log_of,
    start_run,
    stop_run,
)
from automl_edge.studio.views import charts
from automl_edge.studio.views.base import (
    health_of,
    open_project,
    plain,
    problems_shown,
    show_problem,
)

_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120)
_EVERY_SECONDS = 2.0
_NOTES = 8
_WISHES = {
    Optimize.BALANCED: "the most accurate",
    Optimize.SPEED: "the fastest that is as good",
    Optimize.SIZE: "the smallest that is as good",
}


def show() -> None:
    """Draw it."""
    project = open_project()
    st.title("Search")
    runs = list_runs(project)
    running = next((run for run in runs if run.is_running), None)
    if running is None:
        _begin(project)
    latest = running or (runs[0] if runs else None)
    if latest is not None:
        every = _EVERY_SECONDS if running else None
        st.fragment(_course, run_every=every)(latest, running is not None)


def _begin(project: Project) -> None:
    health = health_of(project)
    if health.problem is not None:
        show_problem(health.problem)
        st.caption("The page of your samples says more.")
        return
    with problems_shown():
        wishes = project.wishes()
        st.write(f"For **{plain(wishes.chip.title)}**, as chosen on the page of your device.")
        minutes = st.select_slider(
            "How long may it take?",
            sorted({*_MINUTES, wishes.minutes}),
            wishes.minutes,
            format_func=lambda count: f"{count} min",
            key=f"minutes/{project.name}",
        )
        st.caption("One or two are a first look; ten are sensible for a few hundred samples.")
        wanted = st.radio(
            "What do you want most?",
            list(_WISHES),
            list(_WISHES).index(wishes.optimize),
            format_func=lambda wish: _WISHES[wish],
            horizontal=True,
            key=f"wanted/{project.name}",
        )
        if st.button("Search", type="primary", icon=":material/search:"):
            project.wish(replace(wishes, minutes=minutes, optimize=wanted))
            start_run(project)
            st.rerun()


def _course(run: Run, was_running: bool) -> None:
    """How ``run`` goes; drawn again and again while it runs."""
    state, course = run.state, run.course
    if was_running and state is not State.RUNNING:
        st.rerun()
    st.subheader(f"Search {run.name}")
    with problems_shown():
        _state(run, state, course)
        if course.seen:
            spec = run.asked
            budget = Budget.of(load_target(spec.target), spec.flash, spec.ram, spec.latency_ms)
            picture = charts.candidates(course.seen, budget)
            st.altair_chart(picture, width="stretch", alt="accuracy and latency of all candidates")
            st.caption(
                "Each dot is a network that was trained; point at it to see its size. The shaded "
                "part keeps the deadline."
            )
    if course.notes:
        with st.expander("What it noticed"):
            for note in course.notes[-_NOTES:]:
                st.write(f"- {plain(note)}")


def _state(run: Run, state: State, course: Course) -> None:
    match state:
        case State.RUNNING:
            _running(run, course)
        case State.FINISHED:
            st.success("It is done. The next page shows the result.", icon=":material/check:")
        case State.FAILED:
            st.error(f"**{plain(course.message)}**\n\n{plain(course.hint)}")
            _again(run)
            _log(run)
        case State.INTERRUPTED:
            st.warning("It was interrupted: the computer was switched off, perhaps.")
            _again(run)
            _log(run)


def _running(run: Run, course: Course) -> None:
    best = course.best
    columns = st.columns(3)
    columns[0].metric("Best so far", percent(best.accuracy) if best else "none yet")
    columns[1].metric("Networks trained", len(course.seen))
    now = time.time()
    left = course.left(now)
    columns[2].metric("Time left, at most", show_time(round(left)) if left is not None else "-")
    doing = course.detail or course.stage or "starting"
    st.progress(course.done(now), plain(doing[:1].upper() + doing[1:]))
    if run.wants_to_stop:
        st.info("It stops and finishes the best one.")
    elif run.picked is None:
        st.button(
            "Stop and keep the best",
            disabled=best is None,
            icon=":material/stop:",
            on_click=stop_run,
            args=(run,),
        )
    st.caption("It goes on when this page is closed.")


def _again(run: Run) -> None:
    if not run.out.exists():
        return
    st.caption("It goes on with the samples as they were when it began; else start a new search.")
    if st.button("Go on where it stopped", icon=":material/play_arrow:"):
        go_on(run)
        st.rerun()


def _log(run: Run) -> None:
    text = log_of(run).strip()
    if text:
        with st.expander("Its log, for a report about a fault of ours"):
            st.code(text[-4000:], language=None)
