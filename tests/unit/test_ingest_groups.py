"""Speakers, subjects and sessions: found in names, given by the user, or not there."""

from __future__ import annotations

import pytest

from automl_edge.domain.dataset import Part
from automl_edge.errors import DataError, UsageError
from automl_edge.ingest import IngestOptions, read_dataset
from automl_edge.ingest.groups import find_groups, merge_linked
from automl_edge.ingest.records import Reading
from tests.makers import csv_text, image_folder, motion


def readings(*paths: str) -> list[Reading]:
    return [Reading(path, path.split("/")[0], path, (1, 1)) for path in paths]


def named(pattern: str, labels=("go", "stop"), people=range(8), takes=range(3)) -> list[Reading]:
    return readings(
        *(
            f"{label}/" + pattern.format(who=who, take=take, label=label, serial=who * 10 + take)
            for label in labels
            for who in people
            for take in takes
        )
    )


def groups_found(items: list[Reading], root) -> tuple[str, int]:
    grouping = find_groups(items, root, None)
    return grouping.source, len(set(grouping.groups))


@pytest.mark.parametrize(
    "pattern",
    [
        "s{who:02d}_{take}.csv",
        "{who:08x}_nohash_{take}.wav",
        "subject {who} take {take}.csv",
        "anna{who}-{take}.wav",
        "{label}_p{who}_{take}.wav",
        "p{who}/take_{take}.csv",
        "2024050{who}_10000{take}.jpg",
        "data_p{who}_{take}.jpg",
    ],
)
def test_leading_tokens_that_span_classes_are_groups(tmp_path, pattern):
    assert groups_found(named(pattern), tmp_path) == ("file names", 8)


@pytest.mark.parametrize(
    "pattern",
    [
        "{label}{serial}.jpg",
        "{label}_{serial}.png",
        "{serial:04d}.png",
        "IMG_{serial:04d}.jpg",
        "IMG_{label}{serial:04d}.jpg",
        "digit_{serial}.png",
        "clip ({serial}).wav",
    ],
)
def test_counters_and_class_names_are_not_groups(tmp_path, pattern):
    assert groups_found(named(pattern), tmp_path) == ("none", 48)


def test_a_lone_group_is_split_up_and_told(tmp_path):
    items = named("s{who:02d}_{take}.csv") + readings(*(f"_rest_/rest_{n}.csv" for n in range(24)))
    grouping = find_groups(items, tmp_path, None)
    assert grouping.source == "file names"
    assert len(set(grouping.groups[-24:])) == 24
    assert any("'rest' lies in the class '_rest_' alone" in note for note in grouping.notes)


def test_too_few_people_for_three_parts_are_not_groups(tmp_path):
    assert groups_found(named("s{who}_{take}.csv", people=range(2)), tmp_path)[0] == "none"


def test_group_by_takes_the_first_group_of_the_pattern(tmp_path):
    grouping = find_groups(named("x_{take}_{who}.csv"), tmp_path, r"_(\d)\.csv$")
    assert set(grouping.groups) == {str(n) for n in range(8)}
    whole = find_groups(named("x_{take}_w{who}.csv"), tmp_path, r"w\d")
    assert set(whole.groups) == {f"w{n}" for n in range(8)}


def test_group_by_that_misses_some_files_says_so(tmp_path):
    items = named("w{who}_{take}.csv") + readings("go/other.csv")
    grouping = find_groups(items, tmp_path, r"(w\d)_")
    assert grouping.groups[-1] == "go/other.csv"
    assert any("'go/other.csv'" in note for note in grouping.notes)


def test_group_by_that_cannot_be_used(tmp_path):
    items = named("w{who}_{take}.csv")
    with pytest.raises(UsageError, match="not a regular expression"):
        find_groups(items, tmp_path, "(")
    with pytest.raises(UsageError, match="matches none of the 48 paths"):
        find_groups(items, tmp_path, "speaker")
    with pytest.raises(DataError, match="class 'go' has 2 group"):
        find_groups(named("w{who}_{take}.csv", people=range(2)), tmp_path, r"w\d")


def test_groups_csv(tmp_path):
    items = named("{serial}.csv")
    lines = ["file,group", *(f"{item.path},g{n % 5}" for n, item in enumerate(items))]
    (tmp_path / "groups.csv").write_text("\n".join(lines))
    grouping = find_groups(items, tmp_path, None)
    assert grouping.source == "groups.csv"
    assert set(grouping.groups) == {f"g{n}" for n in range(5)}


def test_groups_csv_that_cannot_be_used(tmp_path):
    items = named("{serial}.csv")
    (tmp_path / "groups.csv").write_text("nobody.csv,g1\n")
    with pytest.raises(DataError, match="names none of the 48 samples"):
        find_groups(items, tmp_path, None)
    (tmp_path / "groups.csv").write_text("file,group\nonly one cell\n")
    with pytest.raises(DataError, match="no group in row 2"):
        find_groups(items, tmp_path, None)
    (tmp_path / "groups.csv").write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(DataError, match="cannot read"):
        find_groups(items, tmp_path, None)


def test_linked_samples_make_one_group():
    groups = ("a", "b", "c", "d", "e")
    assert merge_linked(groups, [(0, 3), (3, 4), (1, 2)]) == ("a", "b", "b", "a", "a")
    assert merge_linked(groups, []) == groups


def test_people_are_found_and_kept_on_one_side(tmp_path):
    for label in ("go", "stop"):
        (tmp_path / label).mkdir()
        for who in range(10):
            for take in range(3):
                seed = who * 100 + take * 10 + (label == "go")
                file = tmp_path / label / f"p{who}_{take}.csv"
                file.write_text(csv_text(motion(seed)))
    dataset = read_dataset(tmp_path)
    assert dataset.group_source == "file names"
    parts = {who: set() for who in range(10)}
    for sample in dataset.samples:
        parts[int(sample.group[1:])].add(sample.part)
    assert all(len(where) == 1 for where in parts.values())
    assert any("for one speaker, subject or session" in note for note in dataset.notes)


def test_no_groups_is_said_with_advice(tmp_path):
    dataset = read_dataset(image_folder(tmp_path))
    assert dataset.group_source == "none"
    assert any("--group-by" in note for note in dataset.notes)


def test_options_reach_the_groups(tmp_path):
    image_folder(tmp_path, per_class=10)
    dataset = read_dataset(tmp_path, IngestOptions(group_by=r"photo\d*(\d)\."))
    assert {sample.group for sample in dataset.samples} == {str(n) for n in range(10)}
    for group in range(10):
        where = {s.part for s in dataset.samples if s.group == str(group)}
        assert where <= set(Part)
        assert len(where) == 1
