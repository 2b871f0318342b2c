"""The search benchmark's own arithmetic: what is left to run, splits, pairing, recipes."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from limits import Kept, Limited, read_kept
from limits import table as limits_table
from searching.bootstrap import paired_difference, pooled_accuracy
from searching.expert import ladder
from searching.lines import append_line
from searching.made import BestSoFar, predicted
from searching.plain import plain_settings
from searching.readme import replace_between
from searching.results import from_record, read_results, to_record
from searching.runs import Method, byte_limits, missing, planned, target
from searching.side_by_side import run_side_by_side, shares_of_cores
from searching.splits import parts_for
from searching.textbook import mobilenet_v1, motion_cnn

from automl_edge.domain.candidate import Backbone, Task
from automl_edge.domain.dataset import Modality, Part
from automl_edge.training import Augmentation, Settings
from tests.search_results import CHOICE, key, result

MOTION = Task(Modality.MOTION, 5, 1.0, 50.0, motion_offset=(0, 0), motion_multiplier=(1, 1))


def test_a_line_tells_the_whole_result() -> None:
    run = result(key())
    assert from_record(json.loads(json.dumps(to_record(run)))) == run


def test_what_was_torn_by_a_kill_is_run_again(tmp_path) -> None:
    file = tmp_path / "results" / "search.jsonl"
    first, second, third = (result(key(method)) for method in Method)
    append_line(file, to_record(first))
    append_line(file, to_record(second))
    file.write_bytes(file.read_bytes()[:-20])
    assert read_results(file) == (first,)
    append_line(file, to_record(third))
    assert read_results(file) == (first, third)


def test_only_what_is_missing_is_run() -> None:
    keys = planned(CHOICE, 10.0, "v1")
    assert len(set(keys)) == len(keys) == 2 * 2 * 3
    done = [key(Method.FIT), replace(key(Method.EXPERT), tag="v0")]
    left = missing(keys, done)
    assert len(left) == len(keys) - 1
    assert key(Method.FIT) not in left
    assert key(Method.EXPERT) in left


def test_a_tight_budget_limits_fit_and_a_roomy_one_does_not() -> None:
    assert byte_limits("watch5", "tight") == (20 * 1024, 6 * 1024)
    assert byte_limits("watch5", "roomy") == (None, None)


def test_test_parts_of_five_seeds_share_nothing_and_groups_stay_whole() -> None:
    groups = [f"g{number // 3}" for number in range(90)]
    labels = [number % 3 for number in range(90)]
    splits = [parts_for(labels, groups, seed) for seed in range(1, 6)]
    tested = [{i for i, part in enumerate(split) if part is Part.TEST} for split in splits]
    assert sum(map(len, tested)) == len(set.union(*tested)) == 90
    for split in splits:
        assert set(split) == set(Part)
        for group in set(groups):
            own = zip(split, groups, strict=True)
            assert len({part for part, other in own if other == group}) == 1
    assert parts_for(labels, groups, 6) != splits[0]


def test_pooled_accuracy_counts_every_sample_once() -> None:
    assert pooled_accuracy([result(key(), "1100"), result(key(), "11")]) == pytest.approx(4 / 6)


def test_a_method_that_is_better_in_every_group_is_above_zero_in_every_draw() -> None:
    groups = tuple(np.repeat(np.arange(12), 4).tolist())
    ours = [result(key(), "1110" * 12, groups)]
    theirs = [result(key(Method.EXPERT), "1000" * 12, groups)]
    gain = paired_difference(ours, theirs, draws=200)
    assert (gain.mean, gain.low, gain.high, gain.above) == (0.5, 0.5, 0.5, 1.0)
    assert paired_difference(theirs, ours, draws=200).above == 0.0


def test_a_gain_in_one_group_alone_is_not_sure() -> None:
    groups = tuple(np.repeat(np.arange(4), 5).tolist())
    ours = [result(key(), "11111" + "10000" * 3, groups)]
    theirs = [result(key(Method.EXPERT), "00000" + "10000" * 3, groups)]
    gain = paired_difference(ours, theirs, draws=2000)
    assert gain.mean == 0.25
    assert gain.low == 0.0
    assert gain.above == pytest.approx(1 - 0.75**4, abs=0.05)


def test_a_group_in_two_splits_is_drawn_with_all_its_samples() -> None:
    """Its gain in one split and its loss in the other go together, so that nothing varies."""
    ours = [result(key(), "1101", (0, 0, 1, 1)), result(key(seed=2), "0001", (0, 0, 1, 1))]
    theirs = [result(key(), "0001", (0, 0, 1, 1)), result(key(seed=2), "1101", (0, 0, 1, 1))]
    gain = paired_difference(ours, theirs, draws=100)
    assert (gain.low, gain.high) == (0.0, 0.0)


def test_answers_to_other_questions_are_not_paired() -> None:
    with pytest.raises(ValueError, match="different test parts"):
        paired_difference([result(key())], [result(key(), groups=(0, 1, 1, 2))])


def test_a_course_holds_the_rises_alone() -> None:
    best = BestSoFar()
    for seconds, accuracy in ((1.0, 0.0), (2.04, 0.5), (3.0, 0.50001), (4.0, 0.4), (5.0, 0.7)):
        best.note(seconds, accuracy)
    assert best.course == ((2.0, 0.5), (5.0, 0.7))


def test_time_limits_are_read_back_and_compared(tmp_path) -> None:
    file = tmp_path / "limits.jsonl"
    slow = Kept(Limited("watch5", 2.0, "v1"), 126.0, 2)
    quick = Kept(Limited("speech6", 5.0, "v1"), 291.0, 2)
    for one in (slow, quick):
        append_line(file, asdict(one))
    assert read_kept(file) == [slow, quick]
    assert limits_table([slow, quick]).splitlines()[2:] == [
        "| speech6 | 5 min | 2 | 291.0 s | -3.0 % |",
        "| watch5 | 2 min | 2 | 126.0 s | +5.0 % |",
    ]


def test_generated_text_replaces_what_was_there() -> None:
    text = "a\n<!-- search: begin -->\nold\n<!-- search: end -->\nb\n"
    once = replace_between(text, "search", "new\n")
    assert "old" not in once
    assert once.startswith("a\n")
    assert once.endswith("b\n")
    assert replace_between(once, "search", "new\n") == once
    with pytest.raises(ValueError, match="must be there once"):
        replace_between("a\n", "search", "new\n")


def test_cores_are_dealt_evenly() -> None:
    assert shares_of_cores([0, 1, 2, 3, 4], 2) == (frozenset({0, 1}), frozenset({2, 3}))
    with pytest.raises(ValueError, match="3 runs side by side need 3 cores"):
        shares_of_cores([0, 1], 3)


def test_a_process_sees_its_own_cores_and_its_end_is_told() -> None:
    program = "import os, sys; print(len(os.sched_getaffinity(0))); sys.exit(int(sys.argv[1]))"
    ended: dict[int, tuple[int, str]] = {}
    run_side_by_side(
        (0, 3),
        1,
        lambda job: (sys.executable, "-c", program, str(job)),
        lambda job, ran: ended.update({job: (ran.status, ran.said.strip())}),
    )
    assert {job: status for job, (status, _) in ended.items()} == {0: 0, 3: 3}


def test_no_setting_of_the_competitors_is_left_to_a_default() -> None:
    """A setting that is new in the package has to be pinned in ``plain_settings``, too."""
    assert [field.name for field in fields(Settings)] == [
        "epochs",
        "seconds",
        "seed",
        "learning_rate",
        "augmentation",
        "falls_to",
        "averaged",
        "smoothing",
        "weighted",
        "batch",
    ]
    assert [field.name for field in fields(Augmentation)] == [
        "strength",
        "mirror",
        "flip",
        "warp",
        "shift",
        "level",
        "mask",
        "noise",
        "mixup",
    ]
    photo = mobilenet_v1(Task(Modality.IMAGE, 6, image_size=(128, 128)))
    plain = plain_settings(photo, 9.0, 3)
    usual = Augmentation(1.0, mirror=True, warp=0.0, noise=0.0)
    assert plain == Settings(1_000_000, 9.0, 3, 8e-3, usual, averaged=0.0, batch=64)
    tuned = replace(photo, pretrained=Backbone("mobilenet_v1", 0.25, 128))
    assert plain_settings(tuned, 9.0, 3) == replace(plain, learning_rate=4e-3)
    motion = plain_settings(motion_cnn(MOTION), 9.0, 3)
    assert motion == replace(plain, augmentation=replace(usual, mirror=False), batch=32)


def test_mobilenet_is_pretrained_where_there_are_weights_of_its_width() -> None:
    backbone = Backbone("mobilenet_v1", 0.25, 128)
    task = Task(Modality.IMAGE, 6, image_size=(128, 128), backbones=(backbone,))
    starts = {name.split(" at ")[0]: design.pretrained for name, design in ladder(task)}
    assert starts["MobileNetV1 0.25"] == backbone
    assert starts["MobileNetV1 0.2"] is None


@pytest.mark.parametrize(
    "task",
    [
        Task(Modality.AUDIO, 6, 1.0, 16_000.0),
        Task(Modality.IMAGE, 6, image_size=(128, 128)),
        MOTION,
    ],
)
def test_the_ladder_goes_down(task: Task) -> None:
    chip = target()
    flash = [predicted(design, chip).flash_bytes for _, design in ladder(task)]
    assert flash == sorted(flash, reverse=True)
    assert flash[-1] < 30 * 1024
