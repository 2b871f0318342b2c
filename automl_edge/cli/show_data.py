"""What ``example`` says to people; ``check`` speaks with the words of ``ingest``."""

from __future__ import annotations

from textwrap import wrap

from automl_edge.cli.layout import folder, shell, visible
from automl_edge.report.results import ExampleData


def example_lines(written: ExampleData) -> list[str]:
    """What was written, whose it is, and what to do with it."""
    return [
        f"{written.samples:,} samples in {folder(written.folder)}",
        *(f"  {line}" for line in wrap(visible(written.source), 88)),
        "",
        "Next:",
        f"  automl-edge check {shell(written.folder)}",
        f"  automl-edge fit {shell(written.folder)} --target cortex-m4",
    ]
