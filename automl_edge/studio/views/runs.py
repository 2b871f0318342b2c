"""The page of all searches of a project: side by side, and to delete."""

from __future__ import annotations

import streamlit as st

from automl_edge.catalog import load_target
from automl_edge.domain.units import show_size, show_time
from automl_edge.errors import AutomlEdgeError
from automl_edge.report.words import interval, milliseconds, percent
from automl_edge.studio.projects import Project
from automl_edge.studio.runs import Run, State, delete_run, go_on, list_runs, report_of
from automl_edge.studio.views.base import open_project, problems_shown, tell_after

_SHOWN = {
    State.RUNNING: "running",
    State.FINISHED: "done",
    State.FAILED: "failed",
    State.INTERRUPTED: "interrupted",
}


def show() -> None:
    """Draw it."""
    project = open_project()
    st.title("All searches")
    runs = list_runs(project)
    if not runs:
        st.info("There is none yet.")
        return
    st.dataframe([_row(run) for run in runs], hide_index=True, width="stretch")
    st.caption("Accuracy is that of the compiled C on samples that it had never seen.")
    for run in runs:
        with st.expander(f"Search {run.name}, {_SHOWN[run.state]}"), problems_shown():
            _one(project, run)


def _one(project: Project, run: Run) -> None:
    """What can be done with one search."""
    interrupted = run.state is State.INTERRUPTED and run.out.exists()
    if interrupted and st.button(f"Go on with search {run.name}", key=f"go-on-{run.name}"):
        go_on(run)
        tell_after(f"Search {run.name} goes on.")
    told = f"Yes, search {run.name} and its result, for good"
    sure = st.checkbox(told, key=f"run-sure-{project.name}-{run.name}")
    if st.button(f"Delete search {run.name}", key=f"run-delete-{run.name}", disabled=not sure):
        delete_run(project, run)
        tell_after(f"Search {run.name} is deleted.")


def _row(run: Run) -> dict[str, str]:
    row = {"search": run.name, "state": _SHOWN[run.state], **_asked(run)}
    report = report_of(run)
    if report is None:
        return row
    test, measured = report.accuracy.test, report.footprint.measured
    return {
        **row,
        "right": percent(test.c_model),
        "likely with others": interval(test.interval95),
        "flash": show_size(measured.flash_bytes),
        "RAM": show_size(measured.ram_bytes),
        "latency": milliseconds(measured.latency_ms),
        "family": report.candidate.space,
    }


def _asked(run: Run) -> dict[str, str]:
    try:
        spec = run.asked
        asked = {"device": load_target(spec.target).title, "wanted": spec.optimize.value}
    except AutomlEdgeError:
        return {"device": "unknown"}
    return {"time": show_time(round(spec.time_limit)), **asked} if spec.time_limit else asked
