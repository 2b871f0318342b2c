"""Results of the search benchmark that are made up."""

from __future__ import annotations

from searching.results import FrontPoint, Result
from searching.runs import Choice, Key, Method

CHOICE = Choice(sets=("watch5",), budgets=("roomy", "tight"), seeds=(1, 2))


def key(method: Method = Method.FIT, seed: int = 1, budget: str = "roomy") -> Key:
    return Key("watch5", budget, seed, method, 10.0, "v1")


def result(of: Key, correct: str = "1100", groups: tuple[int, ...] = (0, 0, 1, 2)) -> Result:
    return Result(
        key=of,
        cores=1,
        network="net",
        fits=True,
        validation=0.8,
        test=correct.count("1") / len(correct),
        correct=correct,
        groups=groups,
        flash_bytes=10_000,
        ram_bytes=4_000,
        latency_ms=12.5,
        sources="linked, emulated, emulated",
        seconds=600.1,
        busy=0.98,
        course=((10.0, 0.5), (20.0, 0.8)),
        front=(FrontPoint(0.7, 0.75, 4_000, 1_000, 3.5),),
    )
