"""Trainings in processes of their own: none is lost or done twice, whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.run import Event, Note, Progress, ignore_events
from automl_edge.errors import EnvironmentProblem, UsageError
from automl_edge.search import (
    Journal,
    Limits,
    Pool,
    Terms,
    Workshop,
    check_workers,
    open_run,
    run_compiled,
    run_search,
    schedule,
    workers,
)
from automl_edge.search.choices import FixedChoices
from automl_edge.search.oracle import Trial
from automl_edge.search.proposals import Proposer
from automl_edge.search.records import Stage, from_json
from automl_edge.search.trials import Job, settings_for
from automl_edge.training import TrainingData
from automl_edge.training.train import ignore_progress
from tests.processes import alive, workers_of
from tests.tiny_search import IDENTITY, features_for, measure, tiny_problem

PATIENCE_S = 120.0
TRIALS = 3


@dataclass(frozen=True)
class Deadly:
    """Makes a workshop that trains; the first model of all that is scored kills its worker."""

    folder: Path

    def __call__(self) -> Workshop:
        return Workshop(features_for, self._run_int8, Journal(self.folder, ()), measure)

    def _run_int8(self, model: bytes, features: NDArray[np.int8]) -> NDArray[np.int8]:
        try:
            (self.folder / "killed").touch(exist_ok=False)
        except FileExistsError:
            return run_compiled(model, features)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")


@dataclass(frozen=True)
class Untrained:
    """Makes a workshop that trains nothing: features do what ``act`` does, then are refused."""

    folder: Path
    act: Callable[[Path], None]

    def __call__(self) -> Workshop:
        return Workshop(self._features, run_compiled, Journal(self.folder, ()), measure)

    def _features(self, spec: FeatureSpec) -> TrainingData:
        self.act(self.folder)
        raise ValueError(f"no features of {spec.output_shape}")


def nothing(folder: Path) -> None:
    assert folder.is_dir()


def note_threads(folder: Path) -> None:
    (folder / "threads").write_text(os.environ["TF_NUM_INTRAOP_THREADS"])


def die(folder: Path) -> None:
    (folder / f"died-{os.getpid()}").touch()
    os.kill(os.getpid(), signal.SIGKILL)


def find_the_disk_full(folder: Path) -> None:
    raise EnvironmentProblem(f"{folder} is full", "Free some space.")


def have_a_fault(folder: Path) -> None:
    raise KeyError(folder)


def begin_and_wait(folder: Path) -> None:
    (folder / f"began-{os.getpid()}").touch()
    signal.pause()


def as_it_was(job: Job) -> Job:
    return job


def fail_to_start() -> Workshop:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def some_jobs(count: int) -> list[Job]:
    problem = tiny_problem()
    proposal = Proposer(problem, 1).propose(0, ())
    assert proposal is not None
    candidate = problem.rated(proposal.space, FixedChoices(proposal.values))
    trial = Trial(candidate, proposal.recipe)
    settings = settings_for(trial, 1, None, 1)
    return [Job(number, Stage.TRIAL, trial, settings) for number in range(count)]


def _wait_until(reached: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_a_whole_search_by_two_workers_one_of_which_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "MOST_EPOCHS", dict.fromkeys(Stage, 3))
    events: list[Event] = []
    with (
        open_run(tmp_path, IDENTITY) as journal,
        Pool(Deadly(tmp_path), 2, events.append) as pool,
    ):
        workshop = Workshop(features_for, run_compiled, journal, measure)
        limits = Limits(trials=TRIALS)
        result = run_search(tiny_problem(), workshop, Terms(limits, 80, 1), events.append, pool)
        ended = [from_json(r) for r in journal.records if r["record"] == "trained"]
    assert result.status == "fits"
    assert sorted(each.number for each in ended) == list(range(result.trained))
    trials = [each for each in ended if each.stage is Stage.TRIAL]
    assert len(trials) == len({each.proposal for each in trials}) == TRIALS
    assert not any(each.failure for each in ended)
    assert any(isinstance(event, Progress) for event in events)
    notes = [event.text for event in events if isinstance(event, Note)]
    assert sum("run again" in note for note in notes) == 1
    assert workers_of(os.getpid()) == []


def test_jobs_are_taken_when_a_worker_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 6)
    taken, ended = [], []

    def jobs() -> Iterator[Job]:
        for job in some_jobs(5):
            taken.append(job.number)
            yield job

    with Pool(Untrained(tmp_path, note_threads), 2, ignore_events) as pool:
        for each in pool.run(jobs(), ignore_progress, as_it_was):
            ended.append(each.number)
            assert len(taken) - len(ended) < 2
            assert each.failure.startswith("ValueError: no features")
        assert list(pool.run(iter(()), ignore_progress, as_it_was)) == []
    assert sorted(ended) == taken == list(range(5))
    assert (tmp_path / "threads").read_text() == "3"


def test_a_job_that_kills_two_workers_is_given_up(tmp_path: Path) -> None:
    events: list[Event] = []
    again: list[int] = []

    def once_more(job: Job) -> Job:
        again.append(job.number)
        return job

    with Pool(Untrained(tmp_path, die), 1, events.append) as pool:
        ended = list(pool.run(iter(some_jobs(1)), ignore_progress, once_more))
    assert again == [0]
    assert [(each.number, each.failure) for each in ended] == [
        (0, "2 workers died of it, by signal 9")
    ]
    assert len(list(tmp_path.glob("died-*"))) == 2
    assert events == [Note("a worker was ended by signal 9; its trial 0 is run again")]


def test_a_worker_that_is_killed_while_it_waits_is_replaced(tmp_path: Path) -> None:
    events: list[Event] = []
    with Pool(Untrained(tmp_path, nothing), 1, events.append) as pool:
        assert len(list(pool.run(iter(some_jobs(1)), ignore_progress, as_it_was))) == 1
        (worker,) = workers_of(os.getpid())
        os.kill(worker, signal.SIGKILL)
        _wait_until(lambda: not alive(worker))
        again = list(pool.run(iter(some_jobs(1)), ignore_progress, as_it_was))
    assert [each.number for each in again] == [0]
    assert len(events) == 1


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (find_the_disk_full, EnvironmentProblem, "is full"),
        (have_a_fault, KeyError, "test_what_goes_wrong"),
    ],
    ids=["disk-full", "a-fault-of-ours"],
)
def test_what_goes_wrong_in_a_worker_is_raised_here(
    tmp_path: Path, act: Callable[[Path], None], kind: type[Exception], words: str
) -> None:
    with (
        Pool(Untrained(tmp_path, act), 1, ignore_events) as pool,
        pytest.raises(kind, match=words) as told,
    ):
        list(pool.run(iter(some_jobs(1)), ignore_progress, as_it_was))
    assert act.__name__ in told.value.__notes__[0]
    if isinstance(told.value, EnvironmentProblem):
        assert told.value.hint == "Free some space."


def test_workers_that_cannot_start_are_told() -> None:
    with (
        Pool(fail_to_start, 1, ignore_events) as pool,
        pytest.raises(EnvironmentProblem, match=r"do not start: .* by signal 9"),
    ):
        list(pool.run(iter(some_jobs(1)), ignore_progress, as_it_was))


def test_an_interruption_ends_the_workers(tmp_path: Path) -> None:
    def interrupted() -> Iterator[Job]:
        yield from islice(some_jobs(2), 1)
        _wait_until(lambda: any(tmp_path.glob("began-*")))
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        Pool(Untrained(tmp_path, begin_and_wait), 2, ignore_events) as pool,
    ):
        list(pool.run(interrupted(), ignore_progress, as_it_was))
    assert workers_of(os.getpid()) == []


PARENT = """
from pathlib import Path
from automl_edge.domain.run import ignore_events
from automl_edge.search import Pool
from automl_edge.training.train import ignore_progress
from tests.unit.test_search_workers import Untrained, as_it_was, begin_and_wait, some_jobs
with Pool(Untrained(Path({folder!r}), begin_and_wait), 2, ignore_events) as pool:
    list(pool.run(iter(some_jobs(2)), ignore_progress, as_it_was))
"""


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(folder=str(tmp_path))], cwd=root)
    _wait_until(lambda: len(list(tmp_path.glob("began-*"))) == 2)
    orphans = workers_of(parent.pid)
    assert len(orphans) == 2
    parent.kill()
    parent.wait()
    _wait_until(lambda: not any(map(alive, orphans)))


def test_the_number_of_workers_must_make_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 100)
    check_workers(64)
    for count in (0, -1, 65):
        with pytest.raises(UsageError, match=f"{count} workers were asked for"):
            check_workers(count)
    monkeypatch.setattr(workers, "cores", lambda: 2)
    check_workers(2)
    with pytest.raises(UsageError, match="this machine has 2 cores") as told:
        check_workers(3)
    assert "from 1 to 2" in told.value.hint
