"""Cells and rows of the tables."""

from __future__ import annotations

from searching.bootstrap import Difference


def row(*cells: object) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def percent(share: float) -> str:
    """``share`` of 1 in percent."""
    return f"{100 * share:.1f} %"


def span(gain: Difference) -> str:
    """``gain`` in points, and its interval."""
    return f"{100 * gain.mean:+.1f} ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})"
