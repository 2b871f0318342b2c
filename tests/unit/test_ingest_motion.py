"""Motion datasets: axes, formats, counts, labelled tables, windows' worth of trouble."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_edge.domain.dataset import Modality, Part
from automl_edge.errors import DataError
from automl_edge.ingest import describe_dataset, load_file, load_signal, make_task, read_dataset
from automl_edge.ingest.motion import sensor_of, units_per_count
from automl_edge.ingest.task import motion_scaling
from tests.makers import csv_text, motion, motion_folder, zip_folder


def labelled_table(runs_of: tuple[str, ...], rows: int = 40, subject: bool = False) -> str:
    lines = ["t_ms,x,y,label" + (",subject" if subject else "")]
    number = 0
    for seed, label in enumerate(runs_of):
        for row in motion(seed, rows, 2):
            who = f",p{seed % 5}" if subject else ""
            lines.append(f"{number * 10},{row[0]:g},{row[1]:g},{label}{who}")
            number += 1
    return "\n".join(lines)


def test_counts_times_unit_are_the_values(tmp_path):
    dataset = read_dataset(motion_folder(tmp_path))
    assert dataset.motion is not None
    assert dataset.motion.axes == ("x", "y", "z")
    assert dataset.motion.rate_hz == 100.0
    sample = next(s for s in dataset.samples if s.path == "left/walk3.csv")
    counts = load_signal(dataset, sample, 100.0)
    assert counts.dtype == np.int16
    steps = np.array(dataset.motion.units_per_count)
    assert (np.abs(counts * steps - motion(3)) <= steps / 2 + 1e-9).all()
    assert sample.size == (60, 3)
    assert sample.seconds == pytest.approx(0.6)


def test_another_rate_can_be_asked_for(tmp_path):
    dataset = read_dataset(motion_folder(tmp_path))
    assert len(load_signal(dataset, dataset.samples[0], 50.0)) == 30


def test_a_raw_file_is_read_like_a_sample(tmp_path):
    dataset = read_dataset(motion_folder(tmp_path))
    sample = dataset.samples[0]
    raw = load_file(tmp_path / sample.path, Modality.MOTION, 100.0, dataset.motion)
    assert (raw == load_signal(dataset, sample, 100.0)).all()
    (tmp_path / "swapped.csv").write_text(csv_text(motion(1)[:, ::-1], "t_ms,z,y,x"))
    swapped = load_file(tmp_path / "swapped.csv", Modality.MOTION, 100.0, dataset.motion)
    (tmp_path / "plain.csv").write_text(csv_text(motion(1), None))
    plain = load_file(tmp_path / "plain.csv", Modality.MOTION, 100.0, dataset.motion)
    assert (swapped == plain).all()
    (tmp_path / "other.csv").write_text(csv_text(motion(1), "t_ms,a,b,c"))
    with pytest.raises(DataError, match="columns a, b, c where x, y, z are expected"):
        load_file(tmp_path / "other.csv", Modality.MOTION, 100.0, dataset.motion)


def test_files_with_other_axes_are_set_aside(tmp_path):
    motion_folder(tmp_path)
    (tmp_path / "left" / "two.csv").write_text(csv_text(motion(50, axes=2), "t_ms,x,y"))
    (tmp_path / "left" / "more.csv").write_text(csv_text(motion(51, axes=4), "t_ms,w,x,y,z"))
    dataset = read_dataset(tmp_path)
    assert [item.path for item in dataset.set_aside] == ["left/two.csv"]
    assert "columns x, y where most have x, y, z" in dataset.set_aside[0].reason
    assert "left/more.csv" in {sample.path for sample in dataset.samples}


def test_bad_rows_are_told_and_the_rest_is_used(tmp_path):
    motion_folder(tmp_path)
    lines = csv_text(motion(60)).splitlines()
    lines[5], lines[9], lines[12] = "40,nan,1,2", "80,1,2", "110,a,b,c"
    (tmp_path / "left" / "holes.csv").write_text("\n".join(lines))
    dataset = read_dataset(tmp_path)
    (told,) = dataset.set_aside
    assert told.path == "left/holes.csv"
    for words in ("3 rows left out", "row 6: not a finite", "row 10: 3 cells, 4", "row 13: 'a'"):
        assert words in told.reason
    sample = next(s for s in dataset.samples if s.path == "left/holes.csv")
    assert len(load_signal(dataset, sample, 100.0)) == 60  # the holes are interpolated


def test_unusable_tables_are_set_aside(tmp_path):
    motion_folder(tmp_path)
    for name, text in {
        "words.csv": "there is no data here\nnone at all\n",
        "short.csv": csv_text(motion(1, rows=4)),
        "broken.csv": "t_ms,x,y,z\n" + "0,a,b,c\n" * 9,
    }.items():
        (tmp_path / "left" / name).write_text(text)
    told = {item.path: item.reason for item in read_dataset(tmp_path).set_aside}
    assert set(told) == {"left/words.csv", "left/short.csv", "left/broken.csv"}
    assert "4 usable rows are too few" in told["left/short.csv"]


def test_a_jump_of_the_clock_cuts_a_recording_in_one_group(tmp_path):
    motion_folder(tmp_path)
    text = csv_text(motion(9, rows=40))
    for number, row in enumerate(motion(10, rows=40)):
        text += f"{60_000 + 10 * number}," + ",".join(f"{v:g}" for v in row) + "\n"
    (tmp_path / "left" / "jump.csv").write_text(text)
    dataset = read_dataset(tmp_path)
    cut = [sample for sample in dataset.samples if sample.path == "left/jump.csv"]
    assert [sample.rows for sample in cut] == [(0, 40), (40, 80)]
    assert len({sample.group for sample in cut}) == 1
    assert len({sample.part for sample in cut}) == 1
    assert all(len(load_signal(dataset, sample, 100.0)) == 40 for sample in cut)


def test_recordings_without_a_clock(tmp_path):
    for label in ("left", "right"):
        (tmp_path / label).mkdir()
        for seed in range(6):
            text = csv_text(motion(seed + 50 * (label == "right")), "x,y,z", step=None)
            (tmp_path / label / f"r{label}{seed}.csv").write_text(text)
    dataset = read_dataset(tmp_path)
    assert any("Without a time column" in note for note in dataset.notes)
    assert load_signal(dataset, dataset.samples[0], make_task(dataset).rate_hz).shape == (60, 3)


def test_one_csv_with_a_label_column(tmp_path):
    (tmp_path / "all.csv").write_text(labelled_table(("walk", "run") * 6))
    for path in (tmp_path / "all.csv", tmp_path):
        dataset = read_dataset(path)
        assert dataset.classes == ("run", "walk")
        assert len(dataset.samples) == 12
        assert dataset.samples[1].rows == (40, 80)
        assert dataset.samples[1].key == "all.csv#40-80"
        counts = load_signal(dataset, dataset.samples[1], 100.0)
        assert dataset.motion is not None
        assert np.allclose(counts * dataset.motion.units_per_count, motion(1, 40, 2), atol=0.01)


def test_a_subject_column_makes_groups(tmp_path):
    (tmp_path / "all.csv").write_text(labelled_table(("walk", "run") * 10, subject=True))
    dataset = read_dataset(tmp_path)
    assert dataset.group_source == "subject column"
    assert {sample.group for sample in dataset.samples} == {f"p{n}" for n in range(5)}


def test_a_table_without_labels_is_refused(tmp_path):
    (tmp_path / "all.csv").write_text(csv_text(motion(1)))
    with pytest.raises(DataError, match="without a label column"):
        read_dataset(tmp_path)


def test_a_label_column_in_a_class_folder_is_no_axis(tmp_path):
    motion_folder(tmp_path)
    for folder in (tmp_path / "left", tmp_path / "right"):
        for file in folder.iterdir():
            lines = file.read_text().splitlines()
            extended = [
                lines[0] + ",class",
                *(f"{line},{folder.name == 'left':d}" for line in lines[1:]),
            ]
            file.write_text("\n".join(extended))
    dataset = read_dataset(tmp_path)
    assert dataset.motion is not None
    assert dataset.motion.axes == ("x", "y", "z")
    assert any("not read as axes" in note for note in dataset.notes)


def test_a_zip_of_tables(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "all.csv").write_text(labelled_table(("walk", "run") * 6))
    packed = read_dataset(zip_folder(folder, tmp_path / "a.zip"), workspace=tmp_path / "run")
    assert len(packed.samples) == 12


@given(st.floats(1e-6, 1e7))
def test_int16_never_clips_and_keeps_resolution(peak):
    unit = units_per_count(peak, whole=False)
    assert peak / unit <= 32767
    assert peak / unit >= 32767 / 1.25 / 2.5 * 0.99
    digits = f"{unit:e}".split("e")[0].rstrip("0").rstrip(".")
    assert digits in ("1", "2", "5")


def test_whole_numbers_stay_counts():
    assert units_per_count(32768.0, whole=True) == 1.0
    assert units_per_count(40000.0, whole=True) > 1.0


def test_each_sensor_has_its_own_step(tmp_path):
    """Acceleration in g keeps its resolution beside turn rates in degrees a second."""
    header = "t_ms,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z"
    for label in ("left", "right"):
        (tmp_path / label).mkdir()
        for seed in range(6):
            values = motion(seed + 50 * (label == "right"), axes=6)
            values = np.tanh(values) * np.array([1, 2, 2, 300, 900, 1900])
            swapped = list(reversed(range(6))) if seed == 0 else list(range(6))
            names = header.split(",")[1:]
            text = csv_text(values[:, swapped], ",".join(["t_ms", *(names[c] for c in swapped)]))
            (tmp_path / label / f"r{label}{seed}.csv").write_text(text)
    dataset = read_dataset(tmp_path)
    assert dataset.motion is not None
    steps = dict(zip(dataset.motion.axes, dataset.motion.units_per_count, strict=True))
    assert {steps[f"acc_{axis}"] for axis in "xyz"} == {0.0001}
    assert {steps[f"gyro_{axis}"] for axis in "xyz"} == {0.1}
    counts = load_signal(dataset, dataset.samples[1], 100.0)
    assert np.abs(counts).max(axis=0).min() > 2000
    told = describe_dataset(dataset)
    assert "acc_x 0.0001" in told
    assert "gyro_z 0.1" in told


@pytest.mark.parametrize(
    ("names", "sensors"),
    [
        (("x", "y", "z"), 1),
        (("ax", "ay", "az", "gx", "gy", "gz"), 2),
        (("accX [g]", "accY [g]", "accZ [g]", "gyroX", "gyroY", "gyroZ"), 2),
        (("xAccel", "yAccel", "humidity", "pressure"), 3),
        (("column 1", "column 2"), 2),
    ],
)
def test_axes_of_one_sensor_are_known_by_name(names, sensors):
    assert len({sensor_of(name) for name in names}) == sensors


def test_a_glitch_does_not_cost_the_resolution(tmp_path):
    motion_folder(tmp_path, per_class=60)
    wild = motion(7)
    wild[10, 1] = 1e9
    (tmp_path / "left" / "wild.csv").write_text(csv_text(wild))
    dataset = read_dataset(tmp_path)
    assert dataset.motion is not None
    assert max(dataset.motion.units_per_count) < 0.1
    assert any("clipped at" in note for note in dataset.notes)
    sample = next(s for s in dataset.samples if s.path == "left/wild.csv")
    assert load_signal(dataset, sample, 100.0).max() == 32767


def test_scaling_uses_the_range_of_int8():
    rng = np.random.default_rng(1)
    counts = np.stack(
        [rng.normal(9000, 400, 9000), rng.normal(0, 3, 9000), np.full(9000, 5)], axis=1
    )
    counts = counts.astype(np.int16)
    offset, multiplier = motion_scaling(counts)
    features = (counts - np.array(offset)) * np.array(multiplier, dtype=np.int64) + 32768 >> 16
    features = np.clip(features, -128, 127)
    assert multiplier[2] == 0
    for axis in (0, 1):
        assert 120 <= np.percentile(np.abs(features[:, axis]), 99.8) <= 128


def test_the_task_is_made_from_the_training_part(tmp_path):
    dataset = read_dataset(motion_folder(tmp_path))
    task = make_task(dataset)
    counts = np.concatenate(
        [load_signal(dataset, sample, 100.0) for sample in dataset.part(Part.TRAIN)]
    )
    assert (task.motion_offset, task.motion_multiplier) == motion_scaling(counts)
    assert task.rate_hz == 100.0
    assert task.seconds == pytest.approx(0.6)
