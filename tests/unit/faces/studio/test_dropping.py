"""What comes from the browser in parts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from automl_edge.errors import DataError
from automl_edge.studio import dropping
from automl_edge.studio.dropping import Chunk, Drop, Word, read_part, receive, sweep
from automl_edge.studio.intake import take_files
from automl_edge.studio.samples import list_classes
from tests.drop_messages import chunks_of, message

FILES = {"x/yes/1.png": b"\x89PNG\r\n\x1a\n" + b"1" * 9, "x/no/2.png": b"\x89PNG\r\n\x1a\n2"}


def _sent(files: Mapping[str, bytes], room: int, beside: Path) -> Drop:
    """All of ``files`` in parts of ``room`` bytes."""
    parts = chunks_of(files, room)
    drop = None
    for number, part in enumerate(parts):
        assert drop is None or not drop.is_whole
        drop = receive(drop, read_part(message(part, number, len(parts))), beside)
    assert drop is not None
    return drop


@pytest.mark.parametrize("room", [1, 5, 17, 1000])
def test_files_come_in_parts_of_any_size(tmp_path: Path, room: int) -> None:
    drop = _sent({**FILES, "x/no/empty.png": b""}, room, tmp_path)
    assert drop.is_whole
    taken = take_files(tmp_path / "data", drop.pieces)
    assert (taken.added, [each.path for each in taken.set_aside]) == (2, ["x/no/empty.png"])
    (no, yes) = list_classes(tmp_path / "data")
    assert (no.files, yes.files) == (("no/2.png",), ("yes/1.png",))
    assert (tmp_path / "data/yes/1.png").read_bytes() == FILES["x/yes/1.png"]


def test_what_was_taken_stays_when_the_drop_is_discarded(tmp_path: Path) -> None:
    drop = _sent(FILES, 1000, tmp_path)
    take_files(tmp_path / "data", drop.pieces)
    dropping.discard(drop)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert (tmp_path / "data/yes/1.png").read_bytes() == FILES["x/yes/1.png"]


def test_a_part_that_comes_twice_or_too_early_changes_nothing(tmp_path: Path) -> None:
    parts = chunks_of(FILES, 5)
    first = read_part(message(parts[0], 0, len(parts)))
    early = read_part(message(parts[2], 2, len(parts)))
    assert receive(None, early, tmp_path) is None
    drop = receive(None, first, tmp_path)
    assert receive(drop, first, tmp_path) is drop
    assert receive(drop, early, tmp_path) is drop
    rest = read_part(message([], 0, 0, Word.REST))
    assert receive(drop, rest, tmp_path) is drop


def test_another_drop_takes_the_place_of_one_that_is_not_whole(tmp_path: Path) -> None:
    parts = chunks_of(FILES, 5)
    old = receive(None, read_part(message(parts[0], 0, len(parts))), tmp_path)
    new = receive(old, read_part(message(parts[0], 0, len(parts), drop="another")), tmp_path)
    assert new is not None
    assert new.key == "another"
    assert list(tmp_path.iterdir()) == [new.folder]


def test_a_file_that_the_browser_cannot_read_is_told(tmp_path: Path) -> None:
    parts = [
        (Chunk(0, "yes/1.png", 0, 3, False), b"abc"),
        (Chunk(0, "yes/1.png", 3, 0, True), b""),
        (Chunk(1, "yes/2.png", 0, 3, False), b"def"),
    ]
    drop = receive(None, read_part(message(parts, 0, 1)), tmp_path)
    assert drop is not None
    assert [piece.name for piece in drop.pieces] == ["yes/2.png"]
    assert [each.path for each in drop.lost] == ["yes/1.png"]


def test_files_that_computers_keep_for_themselves_are_passed_over(tmp_path: Path) -> None:
    drop = _sent({**FILES, "x/yes/.DS_Store": b"?", "x/__MACOSX/1.png": b"?"}, 1000, tmp_path)
    assert [piece.name for piece in drop.pieces] == list(FILES)


def test_a_page_that_was_left_in_the_middle_is_told(tmp_path: Path) -> None:
    parts = chunks_of(FILES, 5)
    drop = receive(None, read_part(message(parts[0], 0, len(parts))), tmp_path)
    with pytest.raises(DataError, match="left before all files"):
        receive(drop, read_part(message([], 0, 0, Word.GONE)), tmp_path)
    assert not list(tmp_path.iterdir())


def test_more_than_a_project_holds_is_refused_before_it_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dropping, "MOST_FILES", 1)
    (part,) = chunks_of(FILES, 1000)
    with pytest.raises(DataError, match="These are 2 files"):
        receive(None, read_part(message(part, 0, 1)), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "chunk",
    [
        Chunk(5, "a", 0, 1, False),
        Chunk(0, "a", 7, 1, False),
        Chunk(1, "b", 1, 1, False),
        Chunk(-1, "a", 1, 1, False),
    ],
)
def test_chunks_out_of_order_are_refused(tmp_path: Path, chunk: Chunk) -> None:
    parts = [(Chunk(0, "a", 0, 1, False), b"?"), (chunk, b"?")]
    with pytest.raises(DataError, match="something else"):
        receive(None, read_part(message(parts, 0, 1)), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "garbage", [b"", b"\x01", b"\xff\xff\xff\xff{}", b"\x02\0\0\0{}", b"\x02\0\0\0\xff\xff"]
)
def test_what_is_no_part_is_refused(garbage: bytes) -> None:
    with pytest.raises(DataError, match="something else"):
        read_part(garbage)


def test_a_part_with_bytes_missing_or_left_over_is_refused() -> None:
    whole = message([(Chunk(0, "a", 0, 2, False), b"??")], 0, 1)
    for wrong in (whole[:-1], whole + b"?"):
        with pytest.raises(DataError, match="something else"):
            read_part(wrong)


def test_what_nobody_touched_for_a_day_is_deleted(tmp_path: Path) -> None:
    old, new = (_sent(FILES, 1000, tmp_path) for _ in range(2))
    os.utime(old.folder, (0, 0))
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [new.folder]
