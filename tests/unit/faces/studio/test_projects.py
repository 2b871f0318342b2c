"""Projects, and what is wished for in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from automl_edge.catalog import load_target, target_names
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.target import Budget
from automl_edge.errors import RunDirectoryError, UsageError
from automl_edge.studio.chips import Kind, kind_of, picture
from automl_edge.studio.projects import (
    FOLDER_VARIABLE,
    Wishes,
    delete_project,
    find_project,
    list_projects,
    make_project,
    studio_folder,
    take_example,
)
from automl_edge.studio.samples import list_classes


def test_projects_are_made_found_and_deleted(tmp_path: Path) -> None:
    assert list_projects(tmp_path / "none") == ()
    for name in ("words", "Apples"):
        make_project(tmp_path, name)
    (tmp_path / "the user's own folder").mkdir()
    assert [project.name for project in list_projects(tmp_path)] == ["Apples", "words"]
    with pytest.raises(UsageError, match="already"):
        make_project(tmp_path, "words")
    delete_project(find_project(tmp_path, "words"))
    with pytest.raises(RunDirectoryError, match="no project words"):
        find_project(tmp_path, "words")


def test_wishes_last_and_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    project = make_project(tmp_path, "p")
    assert project.wishes() == Wishes()
    wishes = Wishes("cortex-m0plus", own_ram=20480, minutes=5, optimize=Optimize.SIZE)
    project.wish(wishes)
    assert project.wishes() == wishes
    (project.root / "project.json").write_text("{")
    assert project.wishes() == Wishes()


def test_an_example_takes_the_place_of_no_samples(tmp_path: Path) -> None:
    project = make_project(tmp_path, "p")
    (project.data / "an empty class").mkdir()
    count = take_example(project, "digits")
    classes = list_classes(project.data)
    assert [each.name for each in classes] == [str(digit) for digit in range(10)]
    assert sum(len(each.files) for each in classes) == count > 1000
    assert {path.name for path in project.root.iterdir()} == {"data", "runs", "project.json"}


def test_what_the_program_needs_is_taken_off_the_chip(tmp_path: Path) -> None:
    chip = load_target("cortex-m4")
    wishes = Wishes(own_flash=300 * 1024, own_ram=100 * 1024, latency_ms=50.0, minutes=3)
    spec = wishes.spec(tmp_path, tmp_path / "out")
    budget = Budget.of(chip, spec.flash, spec.ram, spec.latency_ms)
    assert budget == Budget(212 * 1024, 28 * 1024, 50.0)
    assert spec.time_limit == 180.0
    usual = Wishes().spec(tmp_path, tmp_path)
    assert (usual.flash, usual.ram, usual.latency_ms) == (None, None, None)


def test_the_folder_of_all_projects_can_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert studio_folder() == tmp_path
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert studio_folder().name == "studio"


def test_every_target_is_of_a_kind_that_has_a_picture() -> None:
    kinds = {name: kind_of(load_target(name)) for name in target_names()}
    assert kinds["cortex-m4"] is Kind.CHIP
    assert kinds["raspberry-pi-pico"] is Kind.BOARD
    assert kinds["android-phone"] is Kind.PHONE
    for kind in set(kinds.values()):
        assert picture(kind).startswith("<svg")
