"""An early word on what a chip leaves room for, before anything is trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from automl_edge.backbones import NONE
from automl_edge.domain.dataset import Dataset
from automl_edge.domain.footprint import Footprint, Resource, Violation
from automl_edge.report.results import Outlook
from automl_edge.report.words import amount, figure, listed, resource_name
from automl_edge.studio.projects import Wishes


def look(wishes: Wishes, dataset: Dataset) -> Outlook:
    """What fits, as predicted; raises AutomlEdgeError for a chip or limits that cannot be meant.

    Pretrained weights are left out: to look for them takes longer than this may.
    """
    from automl_edge.pipeline import outlook

    spec = replace(wishes.spec(dataset.root, Path()), backbone=NONE)
    return outlook(spec, dataset)


def told(found: Outlook) -> str:
    """``found`` in a sentence or two."""
    if found.largest is None or found.smallest is None:
        lacking = [_lacking(each) for each in found.missing]
        return f"No, nothing fits. {listed(lacking)}." if lacking else "No, nothing fits."
    share = f"{100 * found.feasible / max(1, found.sampled):.0f} %"
    return (
        f"Yes, something fits: {share} of the networks that were looked at. They go from "
        f"{_size(found.smallest)} to {_size(found.largest)}, as predicted; nothing was built or "
        "trained yet."
    )


def _lacking(broken: Violation) -> str:
    needed, allowed = (amount(each, broken.resource) for each in (broken.needed, broken.allowed))
    return f"{resource_name(broken.resource)}: the nearest needs {needed}, {allowed} are left"


def _size(cost: Footprint) -> str:
    flash, ram, latency = (amount(figure(cost, each), each) for each in Resource)
    return f"{flash} flash, {ram} RAM and {latency}"
