"""How a run goes, as its process writes it and any page reads it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from automl_edge.domain.candidate import Candidate
from automl_edge.domain.run import CandidateMeasured, Note, Progress, StageStarted, TrialEnded
from automl_edge.errors import DataError
from automl_edge.search.sampling import sample_feasible
from automl_edge.studio.course import FILE, Course, CourseWriter, read_course
from tests.tiny_search import tiny_problem


@pytest.fixture
def candidate() -> Candidate:
    problem = tiny_problem()
    sampler = sample_feasible(problem.spaces, problem.task, problem.target, problem.budget, 1)
    return next(islice(sampler, 1))


def test_what_was_told_can_be_read(tmp_path: Path, candidate: Candidate) -> None:
    assert read_course(tmp_path) == Course()
    writer = CourseWriter(tmp_path)
    writer.began(60.0)
    writer.tell(StageStarted("search", "12 designs fit"))
    writer.tell(Note("two files are odd"))
    for number, score in enumerate((0.5, 0.8, 0.7)):
        writer.tell(TrialEnded(number, candidate, score, 0.8, 50.0))
    figures = candidate.footprint.figures
    writer.tell(CandidateMeasured(1, figures, figures, None, None))
    writer.tell(Progress(1, 2))
    course = read_course(tmp_path)
    assert (course.stage, course.detail) == ("search", "12 designs fit")
    assert course.notes == ("two files are odd",)
    assert [seen.accuracy for seen in course.seen] == [0.5, 0.8, 0.7]
    best = course.best
    assert best is not None
    assert (best.number, best.flash_bytes) == (1, candidate.footprint.flash_bytes)
    assert course.limit == 60.0
    assert course.left(course.clock + 20) == 40.0
    assert not course.finished
    writer.finished()
    assert read_course(tmp_path).finished
    assert read_course(tmp_path).done(course.clock) == 1.0


def test_a_failure_is_told_until_the_run_goes_on(tmp_path: Path, candidate: Candidate) -> None:
    writer = CourseWriter(tmp_path)
    writer.tell(TrialEnded(0, candidate, 0.5, 0.5, None))
    writer.failed(DataError("too few", "Take more."))
    failed = read_course(tmp_path)
    assert (failed.message, failed.hint, failed.left(0.0)) == ("too few", "Take more.", None)
    CourseWriter(tmp_path).began(10.0)
    course = read_course(tmp_path)
    assert (course.message, len(course.seen), course.limit) == ("", 1, 10.0)


def test_a_torn_last_line_and_a_strange_one_are_passed_over(tmp_path: Path) -> None:
    writer = CourseWriter(tmp_path)
    writer.tell(Note("whole"))
    with (tmp_path / FILE).open("a") as file:
        file.write('[1]\n{"at": 3, "kind": "of another version"}\n{"at": 4, "kind": "no')
    assert read_course(tmp_path).notes == ("whole",)
    CourseWriter(tmp_path).began(30.0)
    assert read_course(tmp_path).limit == 30.0


def test_time_that_is_over_is_none_left() -> None:
    course = replace(Course(), clock=1000.0, limit=60.0)
    assert (course.left(1090.0), course.done(1090.0)) == (0.0, 1.0)
    assert (course.left(1030.0), course.done(1030.0)) == (30.0, 0.5)
