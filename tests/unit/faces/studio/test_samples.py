"""Classes and samples of a project: renamed, merged, moved, deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from automl_edge.errors import UsageError
from automl_edge.studio.names import folder_name
from automl_edge.studio.samples import (
    delete_class,
    delete_sample,
    list_classes,
    merge_classes,
    move_sample,
    rename_class,
    signature,
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("yes/ann/1.wav", "yes/2.wav", "no/2.wav"):
        file = tmp_path / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path / "data"


def _classes(data: Path) -> dict[str, tuple[str, ...]]:
    return {folder.name: folder.files for folder in list_classes(data)}


def test_classes_are_folders_and_an_empty_one_counts(data: Path) -> None:
    (data / "door open").mkdir()
    (data / ".hidden").mkdir()
    (data / "yes" / ".DS_Store").touch()
    assert _classes(data) == {
        "door open": (),
        "no": ("no/2.wav",),
        "yes": ("yes/2.wav", "yes/ann/1.wav"),
    }


def test_a_class_is_renamed_unless_the_name_is_taken(data: Path) -> None:
    assert rename_class(data, "yes", "oui") == "oui"
    assert set(_classes(data)) == {"no", "oui"}
    with pytest.raises(UsageError, match="already"):
        rename_class(data, "oui", "no")


def test_merged_classes_keep_every_sample(data: Path) -> None:
    assert merge_classes(data, "no", "yes") == 1
    assert _classes(data) == {"yes": ("yes/2 (2).wav", "yes/2.wav", "yes/ann/1.wav")}
    assert (data / "yes/2 (2).wav").read_text() == "no/2.wav"
    with pytest.raises(UsageError, match="itself"):
        merge_classes(data, "yes", "yes")


def test_a_sample_moves_with_its_folders_and_never_over_another(data: Path) -> None:
    assert move_sample(data, "yes/ann/1.wav", "no") == "no/ann/1.wav"
    assert move_sample(data, "yes/2.wav", "no") == "no/2 (2).wav"
    assert (data / "no/2.wav").read_text() == "no/2.wav"


def test_deleting_is_of_one_class_or_sample(data: Path) -> None:
    delete_sample(data, "yes/2.wav")
    delete_class(data, "no")
    assert _classes(data) == {"yes": ("yes/ann/1.wav",)}


@pytest.mark.parametrize("away", ["../x", "yes/../../x", "gone"])
def test_nothing_outside_the_project_can_be_named(data: Path, away: str) -> None:
    (data.parent / "x").mkdir()
    for act in (delete_class, delete_sample):
        with pytest.raises(UsageError, match="There is no"):
            act(data, away)
    assert (data.parent / "x").is_dir()


def test_another_signature_after_any_change(data: Path) -> None:
    before = signature(data)
    assert signature(data) == before
    move_sample(data, "yes/2.wav", "no")
    assert signature(data) != before


@pytest.mark.parametrize("bad", ["", "  ", ".hidden", "a/b", "a\\b", "a:b", "a\nb\x00", "x" * 101])
def test_names_that_no_folder_can_have_are_refused(bad: str) -> None:
    with pytest.raises(UsageError):
        folder_name(bad, "class")
