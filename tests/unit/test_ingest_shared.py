"""Ingest on the shared real data: what must be found there."""

from __future__ import annotations

from collections import Counter

import pytest

from automl_edge.domain.dataset import Modality, Part
from automl_edge.ingest import load_signal, make_task, read_dataset

pytestmark = pytest.mark.shared


def shares(dataset) -> dict[Part, float]:
    counts = Counter(sample.part for sample in dataset.samples)
    return {part: count / len(dataset.samples) for part, count in counts.items()}


def groups_stay(dataset) -> bool:
    where = {}
    for sample in dataset.samples:
        where.setdefault(sample.group, set()).add(sample.part)
    return all(len(parts) == 1 for parts in where.values())


def test_speakers_are_found_and_silence_is_split_up(shared):
    dataset = read_dataset(shared / "data" / "speech6")
    assert dataset.modality is Modality.AUDIO
    assert dataset.group_source == "file names"
    assert any("'silence' lies in the class '_silence_' alone" in note for note in dataset.notes)
    for sample in dataset.samples:
        if dataset.classes[sample.label] != "_silence_":
            assert len(sample.group) == 8
            assert set(sample.group) <= set("0123456789abcdef")
    assert len(dataset.samples) == 1080
    assert groups_stay(dataset)
    for part, share in {Part.TRAIN: 0.6, Part.VALIDATION: 0.2, Part.TEST: 0.2}.items():
        assert shares(dataset)[part] == pytest.approx(share, abs=0.01)
    task = make_task(dataset)
    assert (task.seconds, task.rate_hz) == (1.0, 16_000.0)


def test_subjects_are_found_and_length_is_told(shared):
    dataset = read_dataset(shared / "data" / "watch5")
    assert {sample.group for sample in dataset.samples} == {f"s{n:02d}" for n in range(1, 24)}
    assert groups_stay(dataset)
    assert dataset.motion is not None
    assert dataset.motion.axes == ("x", "y", "z")
    length = next(s for s in dataset.shortcuts if s.name == "length")
    assert length.accuracy == pytest.approx(0.58, abs=0.04)
    assert length.majority == pytest.approx(0.27, abs=0.01)
    task = make_task(dataset)
    short = sum(sample.seconds < task.seconds - 1e-9 for sample in dataset.samples)
    assert short <= 0.05 * len(dataset.samples)
    counts = load_signal(dataset, dataset.samples[0], task.rate_hz)
    assert counts.shape == (len(counts), 3)


def test_photos_without_groups_and_with_copies_across_classes(shared):
    dataset = read_dataset(shared / "data" / "trashnet128")
    assert dataset.group_source == "none"
    assert dataset.modality is Modality.IMAGE
    across = {item.path for item in dataset.set_aside if "in another class" in item.reason}
    assert {"glass/glass176.jpg", "plastic/plastic152.jpg"} <= across
    assert len(dataset.samples) + len(dataset.set_aside) == 2527
    assert make_task(dataset).colour
