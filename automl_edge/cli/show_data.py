"""What ``check`` and ``example`` say to people."""

from __future__ import annotations

from automl_edge.cli.layout import folder, shell, table
from automl_edge.report.results import ExampleData


def example_lines(written: ExampleData) -> list[str]:
    """What was written, whose it is, and what to do with it."""
    return [
        f"{written.samples:,} samples of {len(written.classes)} classes in {folder(written.folder)}",
        "",
        *table([("source", written.source), ("licence", written.licence)]),
        "",
        "Next:",
        f"  automl-edge check {shell(written.folder)}",
        f"  automl-edge fit {shell(written.folder)} --target cortex-m4",
    ]
