from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from automl_edge.errors import EnvironmentProblem, RunDirectoryError
from automl_edge.search.journal import JOURNAL, open_run, read_journal, reopen_run
from automl_edge.search.records import Ended, Proposal, Recipe, Stage, from_json, to_json

IDENTITY = {"data": "abc", "budget": [1, 2], "seed": 1}


def _ended(number: int = 3) -> Ended:
    proposal = Proposal("tiny", (("filters", 8), ("pooled", True), ("rate", 0.25)), Recipe(2e-3))
    return Ended(number, Stage.TRIAL, proposal, 0.5, 0.6, 10.0, 1.5, number, "m", "w", "d")


def test_a_trial_reads_back_as_it_was_written() -> None:
    assert from_json(json.loads(json.dumps(to_json(_ended())))) == _ended()


def test_a_foreign_record_is_refused() -> None:
    with pytest.raises(RunDirectoryError, match="cannot read"):
        from_json({"record": "trained", "score": 1})


def test_records_survive_and_come_back_in_order(tmp_path: Path) -> None:
    with open_run(tmp_path / "run", IDENTITY) as journal:
        journal.append({"record": "a"})
        journal.append({"record": "b"})
    with open_run(tmp_path / "run", IDENTITY, resume=True) as journal:
        assert [record["record"] for record in journal.records] == ["a", "b"]


@pytest.mark.parametrize("torn", [b'{"rec', b'{"record": "c"}', b"\xc3"])
def test_a_torn_last_line_is_ignored_and_cut_off(tmp_path: Path, torn: bytes) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        journal.append({"record": "a"})
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(torn)
    with open_run(tmp_path, IDENTITY, resume=True) as journal:
        journal.append({"record": "b"})
    assert [record["record"] for record in read_journal(tmp_path)[1:]] == ["a", "b"]


def test_killed_before_the_first_line_was_whole(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b'{"record": "run", "for')
    with open_run(tmp_path, IDENTITY) as journal:
        assert journal.records == ()
    assert len(read_journal(tmp_path)) == 1


def test_a_finished_or_stopped_run_is_not_overwritten(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY):
        pass
    with (
        pytest.raises(RunDirectoryError, match="already holds a run"),
        open_run(tmp_path, IDENTITY),
    ):
        pass


def test_another_dataset_is_refused_on_resume(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY):
        pass
    other = {**IDENTITY, "data": "xyz"}
    with (
        pytest.raises(RunDirectoryError, match="its data is 'abc', not 'xyz'"),
        open_run(tmp_path, other, resume=True),
    ):
        pass


@pytest.mark.parametrize("content", [b"hello\n", b'{"record": "other"}\n', b"[1]\n"])
def test_a_foreign_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / JOURNAL).write_bytes(content)
    with pytest.raises(RunDirectoryError, match="not a journal"), open_run(tmp_path, IDENTITY):
        pass


def test_a_run_is_opened_again_to_be_read_and_only_that_run(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="has no journal"):
        reopen_run(tmp_path, IDENTITY)
    with open_run(tmp_path, IDENTITY) as journal:
        journal.append({"record": "a"})
        assert reopen_run(tmp_path, IDENTITY).records == ({"record": "a"},)
    with pytest.raises(RunDirectoryError, match="its seed is 1, not 2"):
        reopen_run(tmp_path, {**IDENTITY, "seed": 2})


def _try_to_open(folder: Path, told: multiprocessing.Queue[str]) -> None:
    try:
        with open_run(folder, IDENTITY, resume=True):
            told.put("opened")
    except RunDirectoryError as problem:
        told.put(problem.message)


def test_a_second_process_is_kept_out(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    with open_run(tmp_path, IDENTITY):
        process = context.Process(target=_try_to_open, args=(tmp_path, told))
        process.start()
        process.join()
    assert "another run is working" in told.get(timeout=5)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(EnvironmentProblem, match="cannot write"),
        open_run(tmp_path / "file" / "run", IDENTITY),
    ):
        pass


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        journal.write_file("trials/a.bin", b"one")
        journal.write_file("trials/a.bin", b"two")
    assert [file.name for file in (tmp_path / "trials").iterdir()] == ["a.bin"]
    assert (tmp_path / "trials" / "a.bin").read_bytes() == b"two"


def test_a_run_that_is_read_stays_as_it_is(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        journal.append({"record": "a"})
    before = (tmp_path / JOURNAL).read_bytes()
    reopened = reopen_run(tmp_path, IDENTITY)
    reopened.append({"record": "b"})
    assert [record["record"] for record in reopened.records] == ["a", "b"]
    with pytest.raises(RunDirectoryError, match="only read"):
        reopened.write_file("trials/a.bin", b"one")
    assert (tmp_path / JOURNAL).read_bytes() == before
    assert not (tmp_path / "trials").exists()
