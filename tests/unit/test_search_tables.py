"""The tables of the search benchmark."""

from __future__ import annotations

from dataclasses import replace

from searching.results import FrontPoint, Result
from searching.runs import LATER_SEEDS, Method
from searching.shown import Asked
from searching.tables import half_size, seconds_to, tables

from tests.search_results import CHOICE, key, result


def test_the_half_size_point_is_the_most_accurate_on_validation() -> None:
    points = (
        FrontPoint(0.6, 0.9, 2_000, 900, 1.0),
        FrontPoint(0.7, 0.6, 5_000, 2_000, 1.0),
        FrontPoint(0.9, 0.9, 5_001, 2_000, 1.0),
        FrontPoint(0.9, 0.9, 5_000, 2_001, 1.0),
    )
    fitted = replace(result(key()), front=points)
    expert = result(key(Method.EXPERT))
    assert half_size(fitted, expert) == points[1]
    assert half_size(fitted, replace(expert, flash_bytes=3_000)) is None


def test_time_to_an_accuracy_is_when_it_was_first_reached() -> None:
    run = result(key())
    assert seconds_to(run, 0.5) == 10.0
    assert seconds_to(run, 0.51) == 20.0
    assert seconds_to(run, 0.9) == float("inf")


def test_tables_show_the_asked_tags_and_pair_by_seed() -> None:
    results = [
        result(key(seed=1), "1111"),
        result(key(seed=2), "1111"),
        replace(result(key(Method.EXPERT), "1100")),
        replace(result(key(Method.FIT), "0000"), key=replace(key(), tag="other")),
    ]
    text = tables(results, CHOICE, Asked(10.0, ("v1",)))
    row = next(line for line in text.splitlines() if line.startswith("| watch5 | roomy | expert |"))
    assert row.startswith("| watch5 | roomy | expert | 1 | 3 | 100.0 % | 50.0 % | +50.0 (")
    assert "| watch5 | 1 of 1 | 50.0 % | 75.0 % | 40 % | 25 % |" in text
    assert "No runs" in tables(results, CHOICE, Asked(4.0, ("v1",)))


def test_fits_of_less_time_are_shown_against_random_search_of_five_times_as_long() -> None:
    quick = [_of_minutes(result(key(seed=seed), "1110"), 2.0) for seed in (1, 2)]
    experts = [result(key(Method.EXPERT, seed), "1100") for seed in (1, 2)]
    random = [result(key(Method.RANDOM, seed), "1000") for seed in (1, 2)]
    asked = Asked(10.0, ("v1",))
    text = tables([*quick, *experts, *random], CHOICE, asked)
    assert "| watch5 | roomy | 2 | 2 | 75.0 % | 50.0 % | +25.0 (" in text
    assert ") | 25.0 % | 10 minutes |" in text
    assert ") | 25.0 % [1] | 10 minutes |" in tables([*quick, *experts, random[0]], CHOICE, asked)
    assert ") |  |  |" in tables([*quick, *experts], CHOICE, asked)
    assert "less time" not in tables([*experts, *random], CHOICE, asked)
    other = [replace(each, key=replace(each.key, tag="other")) for each in quick]
    assert "less time" not in tables([*other, *experts], CHOICE, asked)


def _of_minutes(run: Result, minutes: float) -> Result:
    return replace(run, key=replace(run.key, minutes=minutes))


def test_of_each_run_the_one_of_the_first_tag_counts_and_later_splits_are_shown_apart() -> None:
    seeds = (1, LATER_SEEDS[0])
    runs = {(m, seed): result(key(m, seed)) for m in (Method.FIT, Method.EXPERT) for seed in seeds}
    wrong = [replace(run, correct="0000") for run in runs.values()]
    older = [replace(run, key=replace(run.key, tag="v0")) for run in wrong]
    newer = [runs[Method.FIT, 1], runs[Method.FIT, seeds[1]]]
    text = tables([*older, *newer], replace(CHOICE, seeds=seeds), Asked(10.0, ("v1", "v0")))
    rows = [line for line in text.splitlines() if line.startswith("| watch5 | roomy | expert |")]
    all_of_them, later = (row.split("|")[4:8] for row in rows[:2])
    assert [each.strip() for each in all_of_them] == ["2", "3", "50.0 %", "0.0 %"]
    assert [each.strip() for each in later] == ["1", "3", "50.0 %", "0.0 %"]
    assert "looked at" not in tables(newer[:1], CHOICE, Asked(10.0, ("v1",)))


def test_networks_are_named_once_whatever_else_is_said_of_a_run() -> None:
    said = ("ds_cnn; 14 of 16 trials fit", "ds_cnn; 15 of 16 trials fit", "tiny_conv; 9 of 16")
    results = [
        replace(result(key(Method.RANDOM, seed)), network=network)
        for seed, network in enumerate(said, 1)
    ]
    text = tables(results, replace(CHOICE, seeds=(1, 2, 3)), Asked(10.0, ("v1",)))
    assert "| watch5 | roomy | random | ds_cnn, tiny_conv | 3 of 3 |" in text
