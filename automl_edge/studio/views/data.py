"""The page of samples: how they come in, what there is, what is wrong with them."""

from __future__ import annotations

import streamlit as st

from automl_edge.domain.dataset import Modality
from automl_edge.examples import example_names
from automl_edge.report.model import DataSummary
from automl_edge.report.words import NOUNS
from automl_edge.studio.health import Health
from automl_edge.studio.projects import Project, take_example
from automl_edge.studio.samples import ClassFolder, list_classes
from automl_edge.studio.views import adding, cards
from automl_edge.studio.views.base import (
    health_of,
    open_project,
    plain,
    problems_shown,
    show_problem,
    tell_after,
)

_LISTED = 50


def show() -> None:
    """Draw it."""
    project = open_project()
    classes = list_classes(project.data)
    st.title("Your samples")
    adding.show(project, classes)
    if not any(folder.files for folder in classes):
        _examples(project)
    if classes:
        _health(project, classes)
        cards.show(project, classes)


def _examples(project: Project) -> None:
    """Real data to try at once."""
    st.subheader("Or try it with an example")
    for name, about in example_names().items():
        left, right = st.columns([3, 1], vertical_alignment="center")
        left.write(f"**{name}**: {plain(about)}")
        if right.button(f"Take {name}", key=f"example-{name}", width="stretch"):
            with problems_shown(), st.spinner(f"Writing {name}"):
                tell_after(f"{take_example(project, name)} samples of {name} are in the project.")


def _health(project: Project, classes: tuple[ClassFolder, ...]) -> None:
    """What was read, and what is wrong with it."""
    health = health_of(project)
    st.subheader("What is in them")
    if health.problem is not None or health.summary is None:
        if health.problem is not None:
            show_problem(health.problem)
        return
    summary = health.summary
    counts = summary.counts
    total = sum(map(sum, (counts.train, counts.validation, counts.test)))
    what = NOUNS[summary.modality]
    columns = st.columns(4)
    columns[0].metric("Samples", total, help=f"{what} that can be used")
    columns[1].metric("Classes", len(summary.classes))
    columns[2].metric("To learn from", sum(counts.train) + sum(counts.validation))
    columns[3].metric(
        "To be judged by", sum(counts.test), help="Kept aside: the result is judged by these alone."
    )
    _remarks(health, summary)
    if summary.modality is Modality.MOTION and summary.motion is not None:
        axes = ", ".join(summary.motion.axes)
        st.caption(plain(f"Axes {axes}, {summary.motion.rate_hz:g} values a second each."))
    if not summary.warnings and not health.left_out and len(classes) > 1:
        st.success("Nothing is wrong with them that could be seen.", icon=":material/check:")


def _remarks(health: Health, summary: DataSummary) -> None:
    """What to mind, what else to know, and what was left out."""
    for warning in summary.warnings:
        st.warning(plain(warning), icon=":material/warning:")
    if health.notes:
        with st.expander("What else was seen", expanded=True):
            for note in health.notes:
                st.write(f"- {plain(note)}")
    if health.left_out:
        with st.expander(f"Files that cannot be used: {len(health.left_out)}"):
            for path, reason in health.left_out[:_LISTED]:
                st.write(f"- {plain(path)}: {plain(reason)}")
            if len(health.left_out) > _LISTED:
                st.write(f"- and {len(health.left_out) - _LISTED} more")
