"""One run from its key to its line."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from searching.expert import expert
from searching.fitted import fit, front
from searching.made import Assignment, Made, answered_rightly, commonest_rightly, share
from searching.random_search import random_search
from searching.results import FrontPoint, Result
from searching.runs import Key, Method, shared
from searching.splits import divided_dataset, group_numbers, split_for

from automl_edge.domain.dataset import Part
from automl_edge.domain.footprint import Footprint
from automl_edge.material import Material
from automl_edge.report.searched import TrialPoint


def run(key: Key) -> Result:
    """Do the run ``key``. Its clock starts when the split is written, and stops when the model
    that ships is measured; what is asked of that model afterwards takes none of its time."""
    with tempfile.TemporaryDirectory(prefix="automl-edge-search-") as folder:
        scratch = Path(folder)
        data, split = shared() / "data" / key.data, scratch / "split.csv"
        split_for(data, key.seed, split)
        given = Assignment(key, data, split, scratch, time.monotonic())
        used = time.process_time()
        made, trials = _made(given)
        used = time.process_time() - used
        material = Material(divided_dataset(data, split))
        points = front(given, material, trials)
    return _result(given, made, material, _Besides(used, points))


def _made(given: Assignment) -> tuple[Made, tuple[TrialPoint, ...]]:
    match given.key.method:
        case Method.FIT:
            return fit(given)
        case Method.EXPERT:
            return expert(given), ()
        case Method.RANDOM:
            return random_search(given), ()


@dataclass(frozen=True, slots=True)
class _Besides:
    """Seconds of processor time of the run, and the front that it leaves."""

    used: float
    front: tuple[FrontPoint, ...]


def _result(given: Assignment, made: Made, material: Material, besides: _Besides) -> Result:
    marks = _rightly(made, material, Part.TEST)
    validation = made.validation
    if validation is None:
        validation = share(_rightly(made, material, Part.VALIDATION))
    found = made.built.footprint if made.built else None
    cores = len(os.sched_getaffinity(0))
    return Result(
        key=given.key,
        cores=cores,
        network=made.network,
        fits=found is not None and not found.violations(given.budget),
        validation=round(validation, 6),
        test=share(marks),
        correct=marks,
        groups=group_numbers(material.dataset, Part.TEST),
        flash_bytes=found.flash_bytes if found else None,
        ram_bytes=found.ram_bytes if found else None,
        latency_ms=round(found.latency_ms, 3) if found else None,
        sources=_sources(found) if found else "",
        seconds=round(made.seconds, 1),
        busy=round(besides.used / made.seconds / cores, 3),
        course=made.course,
        front=besides.front,
    )


def _rightly(made: Made, material: Material, part: Part) -> str:
    if made.built is None:
        return commonest_rightly(material.dataset, part)
    return answered_rightly(made.built.classifier, material, part)


def _sources(found: Footprint) -> str:
    return f"{found.flash_source}, {found.ram_source}, {found.latency_source}"
