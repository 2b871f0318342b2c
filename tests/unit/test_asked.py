"""What a fit was asked for comes back from its journal, wherever the two have gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from automl_edge.domain.dataset import Modality
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.run import FitSpec
from automl_edge.errors import RunDirectoryError
from automl_edge.search import note_asked, open_run, read_asked
from automl_edge.search.asked import ASKED

IDENTITY = {"data": "abc"}


def _spec(root: Path) -> FitSpec:
    return FitSpec(
        data=root / "data",
        target=str(root / "board.toml"),
        out=root / "runs" / "a",
        flash=65_536,
        latency_ms=12.5,
        trials=3,
        modality=Modality.MOTION,
        group_by="(.*)_",
        space="motion_conv",
        optimize=Optimize.SIZE,
        seed=7,
        name="walk",
    )


def _noted(spec: FitSpec) -> Path:
    with open_run(spec.out, IDENTITY, resume=True) as journal:
        note_asked(journal, spec)
    return spec.out


def test_it_comes_back_without_what_only_the_search_needed(tmp_path: Path) -> None:
    spec = _spec(tmp_path)
    assert read_asked(_noted(spec)) == replace(spec, trials=None)


def test_run_and_data_can_be_moved_together(tmp_path: Path) -> None:
    _noted(_spec(tmp_path / "here"))
    (tmp_path / "here").rename(tmp_path / "there")
    run = tmp_path / "there" / "runs" / "a"
    assert read_asked(run) == replace(_spec(tmp_path / "there"), trials=None)
    assert str(tmp_path) not in (run / "journal.jsonl").read_text()


def test_a_relative_place_is_meant_from_where_the_fit_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _noted(FitSpec(Path("data"), "cortex-m4", Path("run"), test=Path("new/test")))
    monkeypatch.chdir("/")
    asked = read_asked(tmp_path / "run")
    assert asked.data == tmp_path / "data"
    assert asked.test == tmp_path / "new" / "test"
    assert asked.target == "cortex-m4"


def test_a_name_that_is_not_utf8_comes_back(tmp_path: Path) -> None:
    spec = replace(_spec(tmp_path), data=tmp_path / "a\udcff\nb")
    assert read_asked(_noted(spec)).data == spec.data


def test_a_split_is_the_copy_that_the_run_keeps(tmp_path: Path) -> None:
    spec = replace(_spec(tmp_path), split=tmp_path / "elsewhere.csv")
    assert read_asked(_noted(spec)).split == spec.out / "split.csv"


def test_only_news_is_noted_and_the_last_word_counts(tmp_path: Path) -> None:
    spec = _spec(tmp_path)
    moved = replace(spec, data=tmp_path / "moved")
    for each in (spec, spec, moved, moved):
        _noted(each)
    with open_run(spec.out, IDENTITY, resume=True) as journal:
        assert [record["record"] for record in journal.records] == [ASKED, ASKED]
    assert read_asked(spec.out).data == tmp_path / "moved"


def test_a_journal_that_tells_nothing_of_it_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="it has no journal"):
        read_asked(tmp_path)
    with open_run(tmp_path, IDENTITY):
        pass
    with pytest.raises(RunDirectoryError, match="earlier version") as told:
        read_asked(tmp_path)
    assert "--resume" in told.value.hint


def test_a_request_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        journal.append({"record": ASKED, "data": "../data"})
    with pytest.raises(RunDirectoryError, match="cannot read"):
        read_asked(tmp_path)
