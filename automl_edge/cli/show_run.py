"""What ``fit``, ``plan``, ``predict`` and ``evaluate`` say to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from automl_edge.cli.layout import folder, shell, table, visible
from automl_edge.cli.show_chip import cost_rows
from automl_edge.domain.footprint import Resource
from automl_edge.report.model import Report, Status
from automl_edge.report.results import Evaluation, FitResult, Plan, Prediction
from automl_edge.report.search_words import LIMITS, corrected
from automl_edge.report.words import (
    NOUNS,
    amount,
    figure,
    guessing,
    interval,
    parity,
    percent,
    sentence,
    source,
    start,
)
from automl_edge.scores import ClassScore


def fit_lines(result: FitResult) -> list[str]:
    """What was made, what it costs, where it is, what to do now."""
    report, out = result.report, result.out
    test = report.accuracy.test
    count = sum(sum(row) for row in report.confusion)
    fits = report.status is Status.FITS
    pretrained = report.candidate.pretrained
    verdict = "fits" if fits else "does not fit"
    remark = "" if fits or result.picked_from else "; nothing nearer was found"
    rows = [
        ("test accuracy", f"{percent(test.c_model)} of {count} {NOUNS[report.data.modality]}"),
        ("", f"95 % interval {interval(test.interval95)}, balanced {percent(test.balanced)}"),
        ("baseline", f"{percent(test.majority)} by always naming the commonest class"),
        ("proof", parity(report.parity)),
        *([("started from", start(pretrained))] if pretrained else []),
    ]
    costs = cost_rows(report.footprint.measured, report.budget)
    return [
        f"{visible(report.name)} ({visible(report.candidate.space)}) {verdict} "
        f"{visible(report.target.title)}{remark}",
        "",
        *table(rows),
        "",
        *table(costs, right=" r r"),
        *_warnings(report),
        *_limits(report),
        "",
        *table(_files(out)),
        "",
        "Next:",
        *_next(report, out, result.picked_from or out),
    ]


def _warnings(report: Report) -> list[str]:
    doubt = guessing(report.accuracy.test)
    warnings = [*([doubt] if doubt else []), *report.data.warnings]
    lines = [f"  Beware: {visible(warning)}" for warning in warnings]
    if report.data.set_aside:
        count = len(report.data.set_aside)
        lines.append(f"  {count} file{'s' * (count > 1)} set aside; the report says why.")
    return ["", *lines] if lines else []


def _limits(report: Report) -> list[str]:
    """What would raise the accuracy, where that was seen."""
    found = report.search
    if found.limit is None:
        return []
    return ["", f"  {sentence(LIMITS[found.limit])} The report says how that was seen."]


def _files(out: Path) -> list[tuple[str, str]]:
    return [
        (shell(out / "report.html"), "the whole report, to look at"),
        (folder(out / "c"), "the C library, its example and self-test"),
        (shell(out / "model.tflite"), "the int8 model"),
    ]


def _next(report: Report, out: Path, run: Path) -> list[str]:
    build = shell(out / "build")
    others = [each.number for each in report.search.front if each.number != report.search.chosen]
    pick = f"  automl-edge pick {shell(run)} --number {others[0]}" if others else ""
    return [
        *([pick] if pick else []),
        f"  automl-edge predict {shell(out)} FILE",
        f"  automl-edge evaluate {shell(out)} NEW_{NOUNS[report.data.modality].upper()}",
        f"  cmake -S {shell(out / 'c')} -B {build} && cmake --build {build}",
    ]


def plan_lines(plan: Plan) -> list[str]:
    """What is feasible, each candidate on a line."""
    share = f"{plan.feasible:,} different candidates of {plan.sampled:,} drawn fit"
    limits = ", ".join(
        f"{amount(figure(plan.budget, resource), resource)} {_word(resource)}"
        for resource in Resource
    )
    rows: list[tuple[str, ...]] = [
        ("family", "flash", "RAM", "latency", "MACs", "fits", "C = oracle", "choices")
    ]
    for row in plan.rows:
        measured = row.footprint.measured
        rows.append(
            (
                row.space,
                *(amount(figure(measured, resource), resource) for resource in Resource),
                f"{measured.macs:,}",
                "yes" if row.fits else "no",
                f"{row.parity.identical}/{row.parity.samples}",
                _choices(row.values),
            )
        )
    return [
        f"{visible(plan.target.title)}, budget {limits}",
        f"{share}, predicted from their descriptions{_correction(plan)}.",
        *([_plan_sources(plan), "", *table(rows, right=" rrrr r")] if plan.rows else []),
    ]


def _correction(plan: Plan) -> str:
    how = corrected(plan.corrections)
    return f", latency {how}" if how else ""


def _plan_sources(plan: Plan) -> str:
    measured = plan.rows[0].footprint.measured
    said = ", ".join(f"{_word(each)} {source(measured, each)}" for each in Resource)
    return f"Built, untrained: {said}."


def _choices(values: Mapping[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def _word(resource: Resource) -> str:
    return "RAM" if resource is Resource.RAM else resource.value


def prediction_lines(found: Sequence[Prediction]) -> list[str]:
    """File, answer, and the scores from high to low."""
    rows = []
    for each in found:
        order = sorted(each.scores.items(), key=lambda pair: -pair[1])
        answer = f"unsure (perhaps {each.label})" if each.unsure else each.label
        rows.append((each.path, answer, ", ".join(f"{name} {score:.2f}" for name, score in order)))
    return table(rows, indent=0)


def evaluation_lines(found: Evaluation) -> list[str]:
    """Accuracy with its interval and baseline, each class, and what was taken for what."""
    aside = [
        f"  set aside: {visible(each.path)}: {visible(each.reason)}" for each in found.set_aside
    ]
    known = (
        f"  Beware: the run was trained on {found.trained_on} of these samples, by their paths; "
        "only new ones tell how good it is."
    )
    return [
        f"{percent(found.accuracy)} of {found.samples} right by the compiled C",
        *([known] if found.trained_on else []),
        "",
        *table(
            [
                ("95 % interval", interval(found.interval95)),
                ("balanced", percent(found.balanced)),
                ("baseline", f"{percent(found.majority)} by always naming the commonest class"),
            ]
        ),
        "",
        *_class_lines(found.per_class, found.confusion),
        *(["", *aside] if aside else []),
    ]


def _class_lines(
    per_class: Mapping[str, ClassScore], confusion: Sequence[Sequence[int]]
) -> list[str]:
    names = list(per_class)
    rows = [("class", "recall", "precision", "samples", "taken for")]
    for index, (name, score) in enumerate(per_class.items()):
        taken = sorted(
            ((count, names[other]) for other, count in enumerate(confusion[index])), reverse=True
        )
        wrong = [f"{other} {count}" for count, other in taken if count and other != name]
        rows.append(
            (
                name,
                percent(score.recall),
                percent(score.precision),
                str(score.support),
                ", ".join(wrong),
            )
        )
    return table(rows, right=" rrr")
