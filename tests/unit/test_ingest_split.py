"""Splits: whole groups, fair shares, the same every time, and the user's own."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_edge.domain.dataset import Part
from automl_edge.errors import DataError, UsageError
from automl_edge.ingest import IngestOptions, read_dataset, write_split
from automl_edge.ingest.split import FRACTIONS, split_by_group, straddling
from tests.makers import audio_folder, csv_text, image_folder, motion, motion_folder

samples_of_groups = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=1, max_size=200
)


def split(pairs):
    labels = [label for label, _ in pairs]
    groups = [f"g{group}" for _, group in pairs]
    return labels, groups, split_by_group(labels, groups)


@given(samples_of_groups)
def test_groups_never_straddle(pairs):
    _, groups, parts = split(pairs)
    assert straddling(groups, parts) == ()


@given(samples_of_groups, st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter(pairs, random):
    _, groups, parts = split(pairs)
    home = dict(zip(groups, parts, strict=True))
    shuffled = pairs[:]
    random.shuffle(shuffled)
    _, again, other = split(shuffled)
    assert dict(zip(again, other, strict=True)) == home


@given(st.lists(st.integers(5, 200), min_size=2, max_size=6))
def test_lone_files_are_divided_60_20_20_in_every_class(sizes):
    labels = [label for label, size in enumerate(sizes) for _ in range(size)]
    parts = split_by_group(labels, [f"file{n}" for n in range(len(labels))])
    for label, size in enumerate(sizes):
        counts = Counter(p for p, owner in zip(parts, labels, strict=True) if owner == label)
        for part, share in FRACTIONS.items():
            assert abs(counts[part] - share * size) <= 1


@given(st.integers(3, 40), st.integers(2, 5), st.integers(1, 6), st.integers(0, 99))
def test_people_who_do_everything_give_every_class_a_place(people, classes, takes, salt):
    labels, groups = [], []
    for who in range(people):
        for label in range(classes):
            labels += [label] * takes
            groups += [f"{salt}-{who}"] * takes
    parts = split_by_group(labels, groups)
    for part, share in FRACTIONS.items():
        chosen = {g for g, p in zip(groups, parts, strict=True) if p is part}
        assert chosen
        assert abs(len(chosen) - share * people) <= 1
        assert {owner for owner, p in zip(labels, parts, strict=True) if p is part} == set(
            range(classes)
        )


@given(samples_of_groups)
def test_a_class_of_three_lone_files_is_in_every_part(pairs):
    labels = [label for label, _ in pairs] + [4, 4, 4]
    groups = [f"g{group}" for _, group in pairs] + ["x", "y", "z"]
    parts = split_by_group(labels, groups)
    if len(set(groups[:-3])) >= 3:
        assert {p for p, owner in zip(parts, labels, strict=True) if owner == 4} == set(Part)


def test_uneven_groups_come_near_the_shares():
    sizes = [60, 40, 30, 20, 20, 10, 10, 10, 5, 5, 3, 2, 2, 1, 1, 1]
    labels = [n % 2 for size in sizes for n in range(size)]
    groups = [f"g{number}" for number, size in enumerate(sizes) for _ in range(size)]
    counts = Counter(split_by_group(labels, groups))
    for part, share in FRACTIONS.items():
        assert counts[part] / len(labels) == pytest.approx(share, abs=0.05)


def test_written_splits_are_read_back(tmp_path):
    dataset = read_dataset(motion_folder(tmp_path / "data", per_class=9))
    text = write_split(dataset)
    (tmp_path / "split.csv").write_text(text)
    again = read_dataset(tmp_path / "data", IngestOptions(split=tmp_path / "split.csv"))
    assert again.samples == dataset.samples
    assert again.content_hash == dataset.content_hash
    assert text.splitlines()[0] == "sample,group,part"


def test_a_split_of_the_users_own_is_obeyed(tmp_path):
    dataset = read_dataset(image_folder(tmp_path / "data"))
    turned = {Part.TRAIN: "test", Part.VALIDATION: "val", Part.TEST: "Training"}
    rows = "\n".join(f"{s.key},{turned[s.part]}" for s in dataset.samples)
    (tmp_path / "mine.csv").write_text("sample,part\n" + rows)
    again = read_dataset(tmp_path / "data", IngestOptions(split=tmp_path / "mine.csv"))
    assert len(again.part(Part.TEST)) == len(dataset.part(Part.TRAIN))
    assert again.content_hash != dataset.content_hash


def test_odd_names_survive_the_split_file(tmp_path):
    image_folder(tmp_path / "data", classes=("a\nb", 'c"d,e'))
    dataset = read_dataset(tmp_path / "data")
    rows = list(csv.DictReader(io.StringIO(write_split(dataset), newline="")))
    assert {row["sample"] for row in rows} == {s.path for s in dataset.samples}


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda t: t.replace("part", "teil", 1), "not a split"),
        (lambda t: t[:0], "not a split"),
        (lambda t: t.replace(",train", ",exam", 1), "'exam' is not a part"),
        (lambda t: t + t.splitlines()[-1] + "\n", "twice"),
        (lambda t: "\n".join(t.splitlines()[:-2]), "nothing about 2 samples"),
        (lambda t: t + "left/ghost.png,g,test\n", "1 samples that are not in the data"),
        (lambda t: t.replace(",test", ",train"), "leaves the test part without"),
    ],
)
def test_splits_that_do_not_match_are_refused(tmp_path, edit, message):
    dataset = read_dataset(image_folder(tmp_path / "data"))
    (tmp_path / "split.csv").write_text(edit(write_split(dataset)))
    with pytest.raises(DataError, match=message):
        read_dataset(tmp_path / "data", IngestOptions(split=tmp_path / "split.csv"))


def test_an_absent_split_is_refused(tmp_path):
    image_folder(tmp_path / "data")
    with pytest.raises(DataError, match="cannot read the split"):
        read_dataset(tmp_path / "data", IngestOptions(split=tmp_path / "none.csv"))


def test_a_straddling_split_is_told(tmp_path):
    for label in ("go", "stop"):
        (tmp_path / "data" / label).mkdir(parents=True)
        for number in range(12):
            seed = number + 50 * (label == "go")
            file = tmp_path / "data" / label / f"p{number % 4}_{number}.csv"
            file.write_text(csv_text(motion(seed)))
    rows = ["sample,part"]
    for label in ("go", "stop"):
        for number in range(12):
            part = ("train", "validation", "test")[number % 3]
            rows.append(f"{label}/p{number % 4}_{number}.csv,{part}")
    (tmp_path / "split.csv").write_text("\n".join(rows))
    dataset = read_dataset(tmp_path / "data", IngestOptions(split=tmp_path / "split.csv"))
    assert any("puts 4 groups on several sides" in note for note in dataset.notes)


def test_a_test_folder_is_the_test_part(tmp_path):
    audio_folder(tmp_path / "data", per_class=10)
    audio_folder(tmp_path / "test", per_class=2)
    dataset = read_dataset(tmp_path / "data", IngestOptions(test=tmp_path / "test"))
    test = dataset.part(Part.TEST)
    assert sorted(s.path for s in test)[0] == "../test/left/clip0.wav"
    assert all((dataset.root / sample.path).is_file() for sample in test)
    assert len(test) == 4
    # the same clips lie in the training folder: they are taken out there
    assert len(dataset.part(Part.TRAIN)) + len(dataset.part(Part.VALIDATION)) == 16
    assert {s.path for s in dataset.part(Part.TRAIN)}.isdisjoint({"left/clip0.wav"})
    assert any("4 training samples are (nearly) the same" in note for note in dataset.notes)
    assert len({item.path for item in dataset.set_aside}) == 4


def test_a_test_folder_with_a_strange_class(tmp_path):
    image_folder(tmp_path / "data")
    image_folder(tmp_path / "test", classes=("left", "up"))
    with pytest.raises(DataError, match="classes that the data has not: 'up'"):
        read_dataset(tmp_path / "data", IngestOptions(test=tmp_path / "test"))


def test_test_and_split_contradict_each_other(tmp_path):
    with pytest.raises(UsageError, match="both say"):
        read_dataset(tmp_path, IngestOptions(test=tmp_path, split=tmp_path / "s.csv"))
