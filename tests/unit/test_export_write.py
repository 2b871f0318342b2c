"""Files reach the disk whole, inside their folder, or a clear message says why not."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import BinaryIO

import pytest

from automl_edge.errors import EnvironmentProblem, RunDirectoryError
from automl_edge.export.write import MARKER, claim_folder, write_bundle, write_file


def test_a_bundle_is_written_with_its_folders(tmp_path: Path) -> None:
    write_bundle({"a/b/c.h": b"c", "d.c": b"d"}, tmp_path)
    assert (tmp_path / "a" / "b" / "c.h").read_bytes() == b"c"
    assert (tmp_path / "d.c").read_bytes() == b"d"
    assert not list(tmp_path.rglob(".writing-*"))


def test_stale_sources_of_ours_go_and_everything_else_stays(tmp_path: Path) -> None:
    earlier = {"src/a.c": b"", "src/b.c": b"", "src/model.tflite": b"", "c/src/a.c": b""}
    claim_folder(tmp_path)
    write_bundle(earlier, tmp_path)
    (tmp_path / "src" / "user.c").write_text("mine")
    for _ in range(2):
        claim_folder(tmp_path)
        write_bundle({"src/b.c": b"new"}, tmp_path)
        left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
        assert left == {MARKER, "src/b.c", "src/user.c", "src/model.tflite", "c/src/a.c"}
    write_bundle({"c/src/b.c": b"new"}, tmp_path)
    assert not (tmp_path / "c" / "src" / "a.c").exists()


def test_a_list_that_was_tampered_with_removes_nothing_outside(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "precious.c"
    outside.write_text("mine")
    claim_folder(inside)
    (inside / MARKER).write_text(f"title\n{outside}\n../precious.c\n")
    write_bundle({"a": b""}, inside)
    assert outside.read_text() == "mine"


def test_a_file_that_exists_is_replaced(tmp_path: Path) -> None:
    write_file(tmp_path / "x", b"old")
    write_file(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"new"


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", ""])
def test_paths_that_leave_the_folder_are_refused_before_anything_is_written(
    tmp_path: Path, path: str
) -> None:
    inside = tmp_path / "inside"
    with pytest.raises(ValueError, match="inside a bundle"):
        write_bundle({"a": b"", path: b""}, inside)
    assert not inside.exists()


def test_a_full_disk_is_told_with_the_path_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "model.c"
    write_file(target, b"old")

    def full(self: Path, _mode: str) -> BinaryIO:
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(EnvironmentProblem, match=r"model\.c: No space left") as refused:
        write_file(target, b"new")
    assert "space" in refused.value.hint
    monkeypatch.undo()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(EnvironmentProblem, match="cannot write"):
        write_file(tmp_path / "out" / "model.c", b"")
    with pytest.raises(RunDirectoryError, match="is a file"):
        claim_folder(tmp_path / "out")


def test_only_new_empty_and_own_folders_are_claimed(tmp_path: Path) -> None:
    claim_folder(tmp_path / "new")
    assert (tmp_path / "new" / MARKER).exists()
    claim_folder(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    claim_folder(tmp_path / "empty")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("mine")
    with pytest.raises(RunDirectoryError, match="did not write"):
        claim_folder(foreign)
    assert [path.name for path in foreign.iterdir()] == ["thesis.tex"]
