"""The pictures of a search and its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from automl_edge.domain.footprint import Footprint, Resource
from automl_edge.domain.target import Budget
from automl_edge.domain.units import show_size
from automl_edge.report.charts import cost_of
from automl_edge.report.words import amount, figure, milliseconds, percent, resource_name
from automl_edge.studio.course import Seen

Row = Mapping[str, object]
Layers = alt.LayerChart | alt.FacetChart

_HEIGHT = 340
_CELL = 56
_BAR = 46
_ROOM = 1.08
_GREEN, _RED = "#2e8b57", "#c0392b"


def candidates(seen: Sequence[Seen], budget: Budget) -> Layers:
    """Accuracy against latency, larger dots for more RAM; the shaded part keeps the deadline."""
    rows = [
        {
            "latency": each.latency_ms,
            "accuracy": 100 * each.accuracy,
            "ram": each.ram_bytes / 1024,
            "family": each.space,
            "shown": f"number {each.number}: {percent(each.accuracy)}, "
            f"{milliseconds(each.latency_ms)}, {show_size(each.flash_bytes)} flash, "
            f"{show_size(each.ram_bytes)} RAM",
        }
        for each in seen
    ]
    slowest = _ROOM * max(each.latency_ms for each in seen)
    deadline = min(budget.latency_ms, slowest)
    across = alt.Scale(domain=[0, slowest])
    lowest = 100 * min(each.accuracy for each in seen)
    up = alt.Scale(domain=[max(0.0, lowest - 5), 100], nice=False)
    feasible = (
        _chart([{"from": 0, "to": deadline}])
        .mark_rect(color=_GREEN, opacity=0.08)
        .encode(alt.X("from:Q", scale=across), alt.X2("to:Q"))
    )
    dots = (
        _chart(rows)
        .mark_circle(opacity=0.8)
        .encode(
            alt.X("latency:Q", scale=across, title="time for one answer, ms (predicted)"),
            alt.Y("accuracy:Q", scale=up, title="right, % of samples kept aside"),
            alt.Size("ram:Q", title="RAM, KiB", scale=alt.Scale(zero=True, range=[30, 400])),
            alt.Color("family:N", title="family"),
            tooltip=[alt.Tooltip("shown:N", title="candidate")],
        )
    )
    return alt.layer(feasible, dots).properties(height=_HEIGHT)


def confusion(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> Layers:
    """Rows are the truth, columns the answers; the darker, the larger the share of its row."""
    rows = [
        {"truth": truth, "answer": answer, "count": count, "share": count / max(1, sum(row))}
        for truth, row in zip(classes, counts, strict=True)
        for answer, count in zip(classes, row, strict=True)
    ]
    order = list(classes)
    base = _chart(rows).encode(
        alt.X("answer:N", sort=order, title="answer", axis=alt.Axis(orient="top", labelAngle=-40)),
        alt.Y("truth:N", sort=order, title="truth"),
        tooltip=["truth:N", "answer:N", "count:Q"],
    )
    cells = base.mark_rect().encode(
        alt.Color("share:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=None)
    )
    numbers = base.mark_text().encode(
        alt.Text("count:Q"),
        color=alt.condition("datum.share > 0.5", alt.value("white"), alt.value("black")),
    )
    return alt.layer(cells, numbers).properties(height=120 + _CELL * len(order))


def costs(footprint: Footprint, budget: Budget) -> Layers:
    """What the model takes of each limit, in percent."""
    rows = [_against(footprint, budget, resource) for resource in Resource]
    base = _chart(rows).encode(alt.Y("what:N", sort=None, title=None))
    bars = base.mark_bar().encode(
        alt.X("share:Q", title="% of the limit"),
        alt.Color(
            "over:N", scale=alt.Scale(domain=["no", "yes"], range=[_GREEN, _RED]), legend=None
        ),
        tooltip=["shown:N"],
    )
    words = base.mark_text(align="left", dx=4).encode(alt.X("share:Q"), alt.Text("shown:N"))
    limit = _chart([{"at": 100}]).mark_rule(strokeDash=[4, 3]).encode(x="at:Q")
    return alt.layer(bars, words, limit).properties(height=_BAR * len(rows) + 40)


def parts(footprint: Footprint, resource: Resource, most: int = 12) -> alt.Chart:
    """The parts that take most of ``resource``, each a bar."""
    own = [(cost_of(part, resource), part.name) for part in footprint.parts]
    own.sort(key=lambda each: -each[0])
    unit = 1.0 if resource is Resource.LATENCY else 1024.0
    rows = [
        {"part": name, "size": size / unit, "shown": amount(size, resource)}
        for size, name in own[:most]
        if size > 0
    ]
    title = "ms" if resource is Resource.LATENCY else "KiB"
    bars: alt.Chart = (
        _chart(rows)
        .mark_bar()
        .encode(
            alt.X("size:Q", title=title),
            alt.Y("part:N", sort=None, title=None, axis=alt.Axis(labelOverlap=False)),
            tooltip=["part:N", "shown:N"],
        )
        .properties(height=40 + 22 * len(rows))
    )
    return bars


def _chart(rows: Sequence[Row]) -> alt.Chart:
    return alt.Chart({"values": list(rows)})


def _against(footprint: Footprint, budget: Budget, resource: Resource) -> Row:
    taken, allowed = figure(footprint, resource), figure(budget, resource)
    return {
        "what": resource_name(resource),
        "share": 100 * taken / allowed,
        "over": "yes" if taken > allowed else "no",
        "shown": f"{amount(taken, resource)} of {amount(allowed, resource)}",
    }
