"""The pages of a finished search, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from automl_edge.domain.footprint import Resource, Violation
from automl_edge.domain.remedies import Remedies
from automl_edge.report.files import write_report
from automl_edge.report.model import Report, Status
from automl_edge.studio import runs
from automl_edge.studio.course import CourseWriter
from automl_edge.studio.projects import Project
from automl_edge.studio.runs import Run, list_runs, start_run

PATIENCE = 300


def _result() -> None:
    from automl_edge.studio.views import results

    results.show()


def _take() -> None:
    from automl_edge.studio.views import taking

    taking.show()


def _try() -> None:
    from automl_edge.studio.views import trying

    trying.show()


def _all_runs() -> None:
    from automl_edge.studio.views import runs

    runs.show()


def _search() -> None:
    from automl_edge.studio.views import searching

    searching.show()


@pytest.fixture
def finished(project: Project, report: Report, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A search that is done, with ``report`` and a library that is hardly one."""
    monkeypatch.setattr(runs, "_spawn", lambda _: None)
    run = start_run(project)
    (run.out / "c").mkdir(parents=True)
    readme = "# model\n\n```c\nstatic model_context context;\n```\n\n```c\nother\n```\n"
    (run.out / "c" / "README.md").write_text(readme)
    (run.out / "tflm").mkdir()
    (run.out / "model.tflite").write_bytes(b"TFL3")
    write_report(report, run.out)
    writer = CourseWriter(run.root)
    writer.began(60.0)
    writer.finished()
    return run


def _page(draw: Callable[[], None], project: Project) -> AppTest:
    page = AppTest.from_function(draw, default_timeout=PATIENCE)
    page.session_state["project"] = project.name
    page.run()
    assert not page.exception
    return page


@pytest.mark.usefixtures("finished")
def test_a_result_is_said_in_sentences(project: Project) -> None:
    page = _page(_result, project)
    assert "88.3 %" in page.success[0].value
    assert "It fits Arm Cortex\\-M4" in page.success[0].value.replace("Cortex-M4", "Cortex\\-M4")
    assert [heading.value for heading in page.subheader][:3] == [
        "How good it is",
        "The worst mistakes",
        "What it costs on the chip",
    ]


@pytest.mark.parametrize(
    ("right", "interval", "told"),
    [(0.25, (0.2, 0.3), "no better than guessing"), (0.4, (0.2, 0.6), "It is not sure")],
)
def test_a_result_that_may_be_guessing_is_no_success(
    project: Project,
    finished: Run,
    report: Report,
    right: float,
    interval: tuple[float, float],
    told: str,
) -> None:
    test = replace(report.accuracy.test, c_model=right, interval95=interval, majority=0.25)
    write_report(replace(report, accuracy=replace(report.accuracy, test=test)), finished.out)
    page = _page(_result, project)
    assert not page.success
    assert any(told in box.value for box in (*page.error, *page.warning))


def test_a_search_without_others_says_so(project: Project, finished: Run, report: Report) -> None:
    alone = tuple(each for each in report.search.front if each.number == report.search.chosen)
    write_report(replace(report, search=replace(report.search, front=alone)), finished.out)
    page = _page(_result, project)
    assert any("A longer search tries more" in each.value for each in page.markdown)


@pytest.mark.usefixtures("finished")
def test_another_point_is_taken_as_a_search_of_its_own(project: Project) -> None:
    page = _page(_result, project)
    label = next(each.label for each in page.button if each.label.startswith("Take number"))
    next(each for each in page.button if each.label == label).click().run()
    assert not page.exception
    picked = list_runs(project)[0].picked
    assert picked is not None
    assert picked.number == int(label.rpartition(" ")[2])


def test_what_does_not_fit_says_what_would_help(
    project: Project, finished: Run, report: Report
) -> None:
    broken = Violation(Resource.RAM, 16_912, 8_192)
    helps = Remedies((broken,), (broken,), report.candidate.features, None)
    nearest = replace(report, status=Status.NEAREST, binding=Resource.RAM, remedies=helps)
    write_report(nearest, finished.out)
    page = _page(_result, project)
    assert "RAM binds" in page.error[1].value
    assert any("What would let something fit" in each.value for each in page.markdown)


@pytest.mark.usefixtures("finished")
def test_three_things_to_take_and_how_to_call_them(project: Project) -> None:
    page = _page(_take, project)
    labels = [button.label for button in page.get("download_button")]
    assert labels == ["Download the C library", "Download the model", "Download the report"]
    assert page.code[0].value == "static model_context context;"


@pytest.mark.usefixtures("finished")
def test_a_table_of_all_searches_compares_them(project: Project) -> None:
    page = _page(_all_runs, project)
    table = page.dataframe[0].value
    assert list(table["right"]) == ["88.3 %"]
    assert list(table["state"]) == ["done"]


def test_a_damaged_report_is_told(project: Project, finished: Run) -> None:
    (finished.out / "report.json").write_text("{")
    for draw in (_result, _take, _try):
        assert "damaged" in _page(draw, project).error[0].value


@pytest.mark.usefixtures("finished")
def test_without_the_library_nothing_can_be_tried(project: Project, tmp_path: Path) -> None:
    page = _page(_try, project)
    sound = tmp_path / "new.wav"
    sound.write_bytes(b"RIFF")
    page.file_uploader[0].set_value(("new.wav", sound.read_bytes(), "audio/wav")).run()
    assert not page.exception
    assert "no complete C library" in page.error[0].value


def test_a_failed_search_says_why(project: Project, finished: Run) -> None:
    lines = finished.root / "events.jsonl"
    lines.write_text('{"kind": "failed", "message": "too few", "hint": "Take more."}\n')
    page = _page(_search, project)
    assert any("too few" in each.value for each in page.error)


@pytest.mark.parametrize("draw", [_result, _take, _try])
def test_before_there_is_a_result_pages_say_what_to_do(
    draw: Callable[[], None], project: Project
) -> None:
    assert "Start a search first" in _page(draw, project).info[0].value
