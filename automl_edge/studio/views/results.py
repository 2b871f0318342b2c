"""The page of a result: how good it is, what it costs, what else there is."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from automl_edge.domain.footprint import Resource
from automl_edge.domain.units import show_size
from automl_edge.errors import AutomlEdgeError
from automl_edge.report.model import Report, Status
from automl_edge.report.results import Mistake
from automl_edge.report.search_words import LIMITS, refit
from automl_edge.report.searched import TrialPoint
from automl_edge.report.words import (
    NOUNS,
    SOURCES,
    binds,
    guessing,
    interval,
    milliseconds,
    parity,
    percent,
    remedies,
    resource_name,
    sentence,
    source,
)
from automl_edge.studio.projects import Project
from automl_edge.studio.runs import Run, start_pick
from automl_edge.studio.views import charts
from automl_edge.studio.views.base import (
    finished_run,
    open_project,
    plain,
    problems_shown,
    rows_of,
    show_problem,
    tell_after,
)
from automl_edge.studio.views.sample import show_sample
from automl_edge.tools import worst_mistakes

_A_ROW = 4
_MISTAKES = 12


def show() -> None:
    """Draw it."""
    project = open_project()
    st.title("Result")
    run = finished_run(project, "result")
    with problems_shown():
        report = run.report()
        if report is not None:
            _in_words(run, report)
            _good(report)
            _mistakes(run)
            _costs(report)
            _others(project, run, report)


def _in_words(run: Run, report: Report) -> None:
    test = report.accuracy.test
    count = sum(map(sum, report.confusion))
    what = NOUNS[report.data.modality]
    said = (
        f"**{percent(test.c_model)}** of {count} {what} that it had never seen are answered "
        f"rightly. With others it may be {interval(test.interval95)}; always answering "
        f"the commonest class would be right {percent(test.majority)} of the time."
    )
    fits = f"{said} It fits {plain(report.target.title)}."
    doubt = guessing(test)
    if report.status is Status.FITS and doubt:
        st.warning(f"{fits} **{doubt}**", icon=":material/warning:")
    elif report.status is Status.FITS:
        st.success(fits, icon=":material/check:")
    else:
        st.error(said)
        if report.binding is not None:
            measured = report.footprint.measured
            st.error(plain(sentence(binds(report.binding, measured, report.budget))))
        if report.remedies is not None:
            st.write(plain(remedies(report.remedies, report.target)))
    limit = report.search.limit
    if limit is not None and run.picked is None:
        st.write(plain(sentence(LIMITS[limit])))
    with st.expander("How that is known, for specialists"):
        st.write(plain(sentence(f"The C library was proved: {parity(report.parity)}")))
        if report.search.refit:
            st.write(plain(sentence(refit(report.search))))


def _good(report: Report) -> None:
    st.subheader("How good it is")
    left, right = st.columns([3, 2])
    picture = charts.confusion(report.data.classes, report.confusion)
    left.altair_chart(picture, width="stretch", alt="which classes are taken for which")
    rows = [
        {"class": name, "found": percent(score.recall), "right when said": percent(score.precision)}
        for name, score in report.per_class.items()
    ]
    right.dataframe(rows, hide_index=True, width="stretch")
    right.caption(
        "Found: of the samples of the class, so many are answered with it. Right when said: of "
        "the answers with the class, so many are right."
    )


def _mistakes(run: Run) -> None:
    st.subheader("The worst mistakes")
    data = run.asked.data
    if not st.toggle(
        "Show what it got wrong, the surest answers first", key=f"wrong-{run.root}-{run.made}"
    ):
        return
    try:
        found = _worst(str(run.out), str(data), run.made)
    except AutomlEdgeError as problem:
        show_problem(problem)
        return
    if not found:
        st.write("None, among the samples that are still there.")
    for row in rows_of(found[:_MISTAKES], _A_ROW):
        for column, mistake in zip(st.columns(_A_ROW), row, strict=False):
            with column.container(border=True):
                show_sample(data / mistake.path)
                st.write(
                    f"It is **{plain(mistake.truth)}**, the answer was "
                    f"**{plain(mistake.answer)}** ({percent(mistake.score)} sure)."
                )
                st.caption(plain(mistake.path))


def _costs(report: Report) -> None:
    st.subheader("What it costs on the chip")
    measured = report.footprint.measured
    picture = charts.costs(measured, report.budget)
    st.altair_chart(picture, width="stretch", alt="what it takes of each limit")
    for resource in Resource:
        how = SOURCES[source(measured, resource)]
        st.caption(plain(f"{resource_name(resource)}: {how}."))
    with st.expander("By part and layer"):
        tabs = st.tabs([resource_name(resource) for resource in Resource])
        for tab, resource in zip(tabs, Resource, strict=True):
            bars = charts.parts(measured, resource)
            tab.altair_chart(bars, width="stretch", alt=f"{resource_name(resource)} by part")


def _others(project: Project, run: Run, report: Report) -> None:
    others = [point for point in report.search.front if point.number != report.search.chosen]
    if run.picked is not None:
        return
    st.subheader("Others to choose instead")
    if not others:
        st.write("None is better in anything. A longer search tries more.")
        return
    st.caption("Accuracies are those that chose between them, on samples kept aside for that.")
    own = next(point for point in report.search.front if point.number == report.search.chosen)
    for point in others:
        words, button = st.columns([4, 1], vertical_alignment="center")
        costs = (
            f"{show_size(point.flash_bytes)} flash",
            f"{show_size(point.ram_bytes)} RAM",
            f"{milliseconds(point.latency_ms)} (predicted)",
        )
        told = f"Number {point.number}: {percent(point.score)}, {', '.join(costs)}"
        words.write(f"{told}; {_better(point, own)}")
        key = f"pick-{project.name}-{run.name}-{point.number}"
        if button.button(f"Take number {point.number}", key=key, width="stretch"):
            picked = start_pick(project, run, point.number)
            tell_after(
                f"Number {point.number} is being built, proved and measured as search "
                f"{picked.name}: the page of the search shows it, and it is here when that is done."
            )


def _better(point: TrialPoint, own: TrialPoint) -> str:
    """What ``point`` has before ``own``."""
    found = [
        word
        for word, is_better in (
            ("more accurate", point.score > own.score),
            ("less flash", point.flash_bytes < own.flash_bytes),
            ("less RAM", point.ram_bytes < own.ram_bytes),
            ("faster", point.latency_ms < own.latency_ms),
        )
        if is_better
    ]
    return ", ".join(found) or "alike"


@st.cache_resource(max_entries=8, show_spinner="Asking the C about every sample of the test part")
def _worst(out: str, data: str, made: int) -> tuple[Mistake, ...]:
    del made  # another one asks for another look
    return worst_mistakes(Path(out), Path(data))
