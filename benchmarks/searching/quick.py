"""What fits of little time ship, against the others with more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from searching.bootstrap import paired_difference, pooled_accuracy
from searching.markdown import percent, row, span
from searching.results import Result
from searching.runs import Method
from searching.shown import Asked, Shown, paired

LONGER = 5.0
"""Random search has so many times the minutes of the fit."""


def quick_table(results: Sequence[Result], shown: Shown, asked: Asked) -> Iterator[str]:
    """Each fit that is shorter than what is ``shown``: against the expert who is shown there, and
    random search of LONGER times the fit's minutes, which names its splits where they are fewer."""
    fits = (result.key for result in results if result.key.method is Method.FIT)
    known = {key.minutes for key in fits if key.tag in asked.tags}
    shorter = sorted(minutes for minutes in known if minutes < asked.minutes)
    if not shorter:
        return
    yield f"Fits of less time, against experts with {asked.minutes:g} minutes:"
    yield ""
    yield "| data | budget | splits | minutes | fit | expert | difference, points | random | of |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|"
    for minutes in shorter:
        quick, longer = (
            Shown.of(results, shown.choice, replace(asked, minutes=each))
            for each in (minutes, LONGER * minutes)
        )
        for data, budget in shown.cases:
            fits_of = quick.runs(data, budget, Method.FIT)
            pairs = paired(fits_of, shown.runs(data, budget, Method.EXPERT))
            if pairs:
                others = longer.runs(data, budget, Method.RANDOM)
                yield _row(pairs, others)
    yield ""


def _row(pairs: Sequence[tuple[Result, Result]], others: Sequence[Result]) -> str:
    ours, experts = zip(*pairs, strict=True)
    key = ours[0].key
    random = [theirs for _, theirs in paired(ours, others)]
    return row(
        key.data,
        key.budget,
        len(pairs),
        f"{key.minutes:g}",
        percent(pooled_accuracy(ours)),
        percent(pooled_accuracy(experts)),
        span(paired_difference(ours, experts)),
        *(_random(random, len(ours)) if random else ("", "")),
    )


def _random(runs: Sequence[Result], splits: int) -> tuple[str, str]:
    """Their accuracy and minutes."""
    fewer = f" [{''.join(str(run.key.seed) for run in runs)}]" if len(runs) < splits else ""
    return percent(pooled_accuracy(runs)) + fewer, f"{runs[0].key.minutes:g} minutes"
