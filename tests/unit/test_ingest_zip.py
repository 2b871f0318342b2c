"""Zips from strangers: out of the folder, links, bombs, nests, damage."""

from __future__ import annotations

import stat
import zipfile

import pytest

from automl_edge.errors import DataError, EnvironmentProblem
from automl_edge.ingest import read_dataset
from automl_edge.ingest.archive import Limits, unpack
from tests.makers import image_folder, zip_bytes, zip_folder


def test_a_zip_gives_the_same_dataset_as_its_folder(tmp_path):
    folder = image_folder(tmp_path / "data")
    plain = read_dataset(folder)
    for number, inside in enumerate(("", "my data/")):
        archive = zip_folder(folder, tmp_path / f"{number}.zip", inside)
        packed = read_dataset(archive, workspace=tmp_path / "run")
        assert packed.content_hash == plain.content_hash
        assert [s.path for s in packed.samples] == [s.path for s in plain.samples]
        assert packed.root.is_relative_to(tmp_path / "run")


def test_without_a_workspace_the_zip_goes_to_a_temporary_folder(tmp_path):
    archive = zip_folder(image_folder(tmp_path / "data"), tmp_path / "a.zip")
    dataset = read_dataset(archive)
    assert dataset.root.is_dir()
    assert not dataset.root.is_relative_to(tmp_path)


def test_names_that_point_out_are_set_aside_and_not_written(tmp_path):
    names = ("../evil.png", "left/../../evil.png", "/evil.png", "C:/evil.png", "..\\evil.png")
    archive = tmp_path / "a.zip"
    archive.write_bytes(zip_bytes(dict.fromkeys(names, b"x") | {"left/ok.png": b"x"}))
    unpacked = unpack(archive, tmp_path / "deep" / "run")
    assert len(unpacked.set_aside) == len(names)
    assert all("points out" in item.reason for item in unpacked.set_aside)
    assert not list(tmp_path.rglob("*evil*"))


def test_links_in_a_zip_are_set_aside(tmp_path):
    info = zipfile.ZipInfo("left/link.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr(info, "/etc/passwd")
    unpacked = unpack(archive, tmp_path / "run")
    assert [item.reason for item in unpacked.set_aside] == ["a symbolic link inside the zip"]
    assert not list((tmp_path / "run" / "unpacked").iterdir())


def test_a_bomb_stops_by_the_bytes_that_come_out(tmp_path):
    archive = tmp_path / "bomb.zip"
    archive.write_bytes(zip_bytes({f"left/{n}.png": bytes(1 << 20) for n in range(8)}))
    limits = Limits(ratio=20, ratio_from=1 << 18)
    with pytest.raises(DataError, match="zip bomb"):
        unpack(archive, tmp_path / "run", limits)
    assert not list((tmp_path / "run").iterdir())


def test_a_bomb_of_entries_is_refused(tmp_path):
    archive = tmp_path / "many.zip"
    archive.write_bytes(zip_bytes({f"{n}": b"" for n in range(30)}))
    with pytest.raises(DataError, match="30 entries; at most 20"):
        unpack(archive, tmp_path / "run", Limits(entries=20))


def test_a_zip_inside_a_zip_is_listed(tmp_path):
    folder = image_folder(tmp_path / "data")
    (folder / "left" / "more.zip").write_bytes(zip_bytes({"a.png": b"x"}))
    dataset = read_dataset(zip_folder(folder, tmp_path / "a.zip"), workspace=tmp_path / "run")
    assert [(item.path, "archive" in item.reason) for item in dataset.set_aside] == [
        ("left/more.zip", True)
    ]


def test_a_damaged_entry_is_set_aside(tmp_path):
    folder = image_folder(tmp_path / "data")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as out:
        for file in sorted(folder.rglob("*.png")):
            out.write(file, file.relative_to(folder))
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[200] ^= 0xFF  # inside the first stored photo: its CRC no longer holds
    (tmp_path / "a.zip").write_bytes(content)
    dataset = read_dataset(tmp_path / "a.zip", workspace=tmp_path / "run")
    assert [item.path for item in dataset.set_aside] == ["left/photo0.png"]
    assert "damaged inside the zip" in dataset.set_aside[0].reason
    assert len(dataset.samples) == 11


def test_a_truncated_zip_is_refused(tmp_path):
    archive = zip_folder(image_folder(tmp_path / "data"), tmp_path / "a.zip")
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(DataError, match="not a zip that can be read"):
        read_dataset(archive)


def test_the_second_of_two_equal_names_is_set_aside(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("left/a.png", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            out.writestr("left/a.png", b"2")
    unpacked = unpack(archive, tmp_path / "run")
    assert [item.reason for item in unpacked.set_aside] == [
        "a second entry of that name in the zip"
    ]
    assert next(unpacked.root.rglob("a.png")).read_bytes() == b"1"


def test_a_workspace_that_cannot_be_written_is_an_environment_problem(tmp_path):
    archive = zip_folder(image_folder(tmp_path / "data"), tmp_path / "a.zip")
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    with pytest.raises(EnvironmentProblem, match="cannot unpack"):
        read_dataset(archive, workspace=blocker / "run")


def test_unpacking_again_replaces_the_earlier_copy(tmp_path):
    folder = image_folder(tmp_path / "data")
    archive = zip_folder(folder, tmp_path / "a.zip")
    unpack(archive, tmp_path / "run")
    (folder / "left" / "photo0.png").unlink()
    unpacked = unpack(zip_folder(folder, archive), tmp_path / "run")
    assert len(list(unpacked.root.rglob("*.png"))) == 11
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["unpacked"]
