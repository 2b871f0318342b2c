"""What comes into a project, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from automl_edge.errors import DataError, UsageError
from automl_edge.studio import storing
from automl_edge.studio.intake import Taken, take_files, take_folder, told
from automl_edge.studio.samples import list_classes
from automl_edge.studio.storing import Piece, piece_of
from tests.makers import image_folder, zip_bytes

PNG = b"\x89PNG\r\n\x1a\n"


def _incoming(files: Mapping[str, bytes]) -> list[Piece]:
    return [piece_of(name, content) for name, content in files.items()]


def _files(data: Path) -> list[str]:
    return [file for folder in list_classes(data) for file in folder.files]


def test_the_folders_of_a_dropped_folder_are_its_classes(tmp_path: Path) -> None:
    files = {"all/yes/ann/1.png": PNG + b"1", "all/no/2.png": PNG + b"2", "all/groups.csv": b"a,b"}
    assert take_files(tmp_path, _incoming(files)) == Taken(2)
    assert _files(tmp_path) == ["no/2.png", "yes/ann/1.png"]
    assert (tmp_path / "groups.csv").read_bytes() == b"a,b"


def test_a_single_folder_of_samples_is_a_class(tmp_path: Path) -> None:
    take_files(tmp_path, _incoming({"yes/1.png": PNG, "yes/2.png": PNG + b"2"}))
    assert _files(tmp_path) == ["yes/1.png", "yes/2.png"]


def test_files_go_to_the_class_that_is_chosen(tmp_path: Path) -> None:
    take_files(tmp_path, _incoming({"1.png": PNG, "folder/2.png": PNG + b"2"}), "door open")
    assert _files(tmp_path) == ["door open/1.png", "door open/folder/2.png"]


def test_files_without_a_class_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="their class is not known"):
        take_files(tmp_path, _incoming({"1.png": PNG}))
    assert not list(tmp_path.iterdir())


def test_the_same_file_twice_is_one_and_another_of_its_name_is_two(tmp_path: Path) -> None:
    take_files(tmp_path, _incoming({"a.png": PNG}), "yes")
    again = take_files(tmp_path, _incoming({"a.png": PNG}), "yes")
    assert (again.added, again.known) == (0, 1)
    take_files(tmp_path, _incoming({"a.png": PNG + b"other"}), "yes")
    assert _files(tmp_path) == ["yes/a (2).png", "yes/a.png"]


def test_names_that_some_file_systems_refuse_are_made_plain(tmp_path: Path) -> None:
    files = {"x/yes/2024-01-01T10:00:00.png": PNG, f"x/yes/{'ä' * 90}.png": PNG + b"2"}
    assert take_files(tmp_path, _incoming(files)).added == 2
    assert "yes/2024-01-01T10_00_00.png" in _files(tmp_path)
    assert all(len(file.encode()) < 110 and file.endswith(".png") for file in _files(tmp_path))


def test_another_groups_file_does_not_replace_the_first(tmp_path: Path) -> None:
    first = {"x/yes/1.png": PNG, "x/groups.csv": b"a,b"}
    take_files(tmp_path, _incoming(first))
    again = take_files(tmp_path, _incoming({**first, "x/groups.csv": b"c,d"}))
    assert [each.path for each in again.set_aside] == ["x/groups.csv"]
    assert (tmp_path / "groups.csv").read_bytes() == b"a,b"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x/yes/empty.png", b"", "empty"),
        ("x/yes/notes.txt", b"hello", "neither a photo"),
        ("x/beside.png", PNG, "beside the class folders"),
        ("x/yes/.hidden.png", PNG, "hidden"),
        ("x/../../yes/out.png", PNG, "points out"),
    ],
)
def test_what_cannot_be_used_is_told_and_the_rest_is_taken(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    data = tmp_path / "data"
    taken = take_files(data, _incoming({"x/yes/good.png": PNG, name: content}))
    assert taken.added == 1
    assert [each.path for each in taken.set_aside] == [name]
    assert reason in taken.set_aside[0].reason
    assert _files(data) == ["yes/good.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_zip_is_unpacked_and_what_points_out_of_it_is_left_out(tmp_path: Path) -> None:
    packed = zip_bytes({"yes/1.png": PNG, "no/2.png": PNG + b"2", "../evil.png": PNG})
    taken = take_files(tmp_path / "data", _incoming({"all.zip": packed}))
    assert taken.added == 2
    assert "points out of the zip" in taken.set_aside[0].reason
    assert _files(tmp_path / "data") == ["no/2.png", "yes/1.png"]
    assert not (tmp_path / "evil.png").exists()


def test_a_zip_of_one_class_is_called_like_the_zip_or_as_chosen(tmp_path: Path) -> None:
    packed = zip_bytes({"1.png": PNG})
    take_files(tmp_path / "a", _incoming({"yes.zip": packed}))
    take_files(tmp_path / "b", _incoming({"x.zip": packed}), "no")
    assert (_files(tmp_path / "a"), _files(tmp_path / "b")) == (["yes/1.png"], ["no/1.png"])


def test_a_bomb_is_refused_with_a_message(tmp_path: Path) -> None:
    packed = zip_bytes({"yes/1.png": bytes(80 << 20)})
    with pytest.raises(DataError, match=r"^b\.zip .* zip bomb"):
        take_files(tmp_path, _incoming({"b.zip": packed}))
    assert not _files(tmp_path)


def test_a_damaged_zip_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a zip"):
        take_files(tmp_path, _incoming({"b.zip": b"PK nothing"}))


def test_a_bad_zip_does_not_stop_the_rest(tmp_path: Path) -> None:
    files = {"b.zip": b"PK nothing", "c.zip": zip_bytes({"1.png": PNG}), "2.png": PNG + b"2"}
    taken = take_files(tmp_path, _incoming(files), "yes")
    assert taken.added == 2
    assert ["b.zip" in each.path for each in taken.set_aside] == [True]


def test_a_folder_of_this_computer_is_copied_and_stays_as_it_is(tmp_path: Path) -> None:
    source = image_folder(tmp_path / "mine")
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    assert take_folder(tmp_path / "data", str(source)).added == len(before)
    assert [folder.name for folder in list_classes(tmp_path / "data")] == ["left", "right"]
    for file in _files(tmp_path / "data"):
        (tmp_path / "data" / file).write_bytes(b"changed")
    assert before == {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}


def test_a_folder_that_is_not_there_and_one_around_the_project_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder or zip"):
        take_folder(tmp_path / "data", str(tmp_path / "nothing"))
    (tmp_path / "data").mkdir()
    with pytest.raises(UsageError, match="holds this project"):
        take_folder(tmp_path / "data", str(tmp_path))


def test_a_project_holds_so_much_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "MOST_FILES", 2)
    files = {f"{number}.png": PNG + bytes([number]) for number in range(3)}
    with pytest.raises(DataError, match="2 files"):
        take_files(tmp_path, _incoming(files), "yes")
    assert len(_files(tmp_path)) == 2


def test_what_happened_is_told_in_sentences(tmp_path: Path) -> None:
    files = {f"x/yes/{number}.txt": b"?" for number in range(10)}
    taken = take_files(tmp_path, _incoming({"x/yes/1.png": PNG, **files}))
    said = list(told(taken, most=3))
    assert said[0] == "1 sample was added."
    assert len(said) == 5
    assert said[-1] == "Left out: 7 more."
