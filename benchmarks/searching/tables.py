"""The tables of README.md, from the results alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from statistics import median

from searching.bootstrap import paired_difference, pooled_accuracy
from searching.markdown import percent, row, span
from searching.quick import quick_table
from searching.results import FrontPoint, Result
from searching.runs import LATER_SEEDS, ROOMY, Choice, Method
from searching.shown import Asked, Shown

OTHERS = (Method.EXPERT, Method.RANDOM)
NONE = "none"


def tables(results: Sequence[Result], choice: Choice, asked: Asked) -> str:
    """All tables as Markdown."""
    shown = Shown.of(results, choice, asked)
    if not shown.results:
        tags = " or ".join(asked.tags)
        return f"No runs of {asked.minutes:g} minutes are tagged {tags}.\n"
    later = shown.of_seeds(LATER_SEEDS)
    return "\n".join(
        (
            f"Runs of {asked.minutes:g} minutes on {_cores(shown)}.",
            "",
            *_accuracy_table(shown),
            "",
            *(_later_table(later) if later.results else ()),
            *_size_table(shown),
            "",
            *_half_table(shown),
            "",
            *_time_table(shown, 60 * asked.minutes),
            "",
            *quick_table(results, shown, asked),
        )
    )


def _cores(shown: Shown) -> str:
    counts = sorted({result.cores for result in shown.results})
    return " or ".join(f"{count} core{'' if count == 1 else 's'}" for count in counts) + " each"


def _accuracy_table(shown: Shown) -> Iterator[str]:
    """All splits pooled; see ``bootstrap`` for the interval and the share of draws above 0."""
    yield (
        "| data | budget | against | splits | groups | fit | the other | difference, points "
        "| above 0 |"
    )
    yield "|---|---|---|---:|---:|---:|---:|---:|---:|"
    for data, budget in shown.cases:
        for other in OTHERS:
            pairs = shown.pairs(data, budget, other)
            if not pairs:
                continue
            ours, theirs = zip(*pairs, strict=True)
            gain = paired_difference(ours, theirs)
            yield row(
                data,
                budget,
                other,
                len(pairs),
                len({group for run in ours for group in run.groups}),
                percent(pooled_accuracy(ours)),
                percent(pooled_accuracy(theirs)),
                span(gain),
                f"{100 * gain.above:.2f} %",
            )


def _later_table(later: Shown) -> Iterator[str]:
    yield "Of these, the splits that were run later:"
    yield ""
    yield from _accuracy_table(later)
    yield ""


def _size_table(shown: Shown) -> Iterator[str]:
    """Medians over the splits; the longest run, and the least share of the cores that one had.

    What a run says of its network after a semicolon, such as how many trials fitted, is left out.
    """
    yield "| data | budget | method | network | fits | flash | RAM | latency | longest | busy |"
    yield "|---|---|---|---|---:|---:|---:|---:|---:|---:|"
    for data, budget in shown.cases:
        for method in Method:
            runs = shown.runs(data, budget, method)
            if not runs:
                continue
            yield row(
                data,
                budget,
                method,
                ", ".join(dict.fromkeys(run.network.split(";")[0] for run in runs)),
                f"{sum(run.fits for run in runs)} of {len(runs)}",
                _median([run.flash_bytes for run in runs], "B"),
                _median([run.ram_bytes for run in runs], "B"),
                _median([run.latency_ms for run in runs], "ms", 1),
                f"{max(run.seconds for run in runs):.0f} s",
                f"{100 * min(run.busy for run in runs):.0f} %",
            )


def _half_table(shown: Shown) -> Iterator[str]:
    """At the roomy budget: of each fit's front the best by validation that takes half of the
    expert's flash and RAM at most, on the splits where there is one."""
    yield "| data | splits | expert | half its size or less | of its flash | of its RAM |"
    yield "|---|---:|---:|---:|---:|---:|"
    for data in shown.choice.sets:
        pairs = shown.pairs(data, ROOMY, Method.EXPERT)
        if not pairs:
            continue
        found = [(our, their, half_size(our, their)) for our, their in pairs]
        small = [(our, their, point) for our, their, point in found if point]
        experts = [their for _, their, _ in small] or [their for _, their in pairs]
        yield row(
            data,
            f"{len(small)} of {len(pairs)}",
            percent(pooled_accuracy(experts)),
            percent(_weighted(small)) if small else NONE,
            _largest_share(small, "flash_bytes"),
            _largest_share(small, "ram_bytes"),
        )


def half_size(fit: Result, expert: Result) -> FrontPoint | None:
    """The most accurate on validation among the points of the front of ``fit`` that take at
    most half of the flash and half of the RAM of ``expert``; None without any."""
    flash, ram = expert.flash_bytes, expert.ram_bytes
    if flash is None or ram is None:
        return None
    small = [
        point
        for point in fit.front
        if 2 * point.flash_bytes <= flash and 2 * point.ram_bytes <= ram
    ]
    return max(small, key=lambda point: point.validation, default=None)


def _time_table(shown: Shown, limit: float) -> Iterator[str]:
    """Median seconds until the validation accuracy of the expert's network was reached."""
    yield "| data | budget | splits | fit | random | fit over random |"
    yield "|---|---|---:|---:|---:|---:|"
    for data, budget in shown.cases:
        aims = {run.key.seed: run.validation for run in shown.runs(data, budget, Method.EXPERT)}
        pairs = [
            pair for pair in shown.pairs(data, budget, Method.RANDOM) if pair[0].key.seed in aims
        ]
        if not pairs:
            continue
        ours, theirs = (
            median(seconds_to(pair[side], aims[pair[side].key.seed]) for pair in pairs)
            for side in (0, 1)
        )
        yield row(
            data, budget, len(pairs), _seconds(ours), _seconds(theirs), _ratio(ours, theirs, limit)
        )


def seconds_to(run: Result, accuracy: float) -> float:
    """When ``run`` had first reached a validation accuracy; infinite where it never did."""
    return next((seconds for seconds, best in run.course if best >= accuracy - 5e-5), inf)


def _ratio(ours: float, theirs: float, limit: float) -> str:
    if ours == inf:
        return NONE
    return f"{ours / theirs:.2f}" if theirs < inf else f"under {ours / limit:.2f}"


def _weighted(small: Sequence[tuple[Result, Result, FrontPoint]]) -> float:
    samples = [len(our.correct) for our, _, _ in small]
    right = [count * point.test for count, (_, _, point) in zip(samples, small, strict=True)]
    return sum(right) / sum(samples)


def _largest_share(small: Sequence[tuple[Result, Result, FrontPoint]], size: str) -> str:
    shares = [getattr(point, size) / getattr(their, size) for _, their, point in small]
    return f"{100 * max(shares):.0f} %" if shares else NONE


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < inf else "not reached"


def _median(values: Sequence[float | None], unit: str, digits: int = 0) -> str:
    known = [value for value in values if value is not None]
    return f"{median(known):,.{digits}f} {unit}" if known else NONE
