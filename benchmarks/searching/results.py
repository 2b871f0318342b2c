"""What one run came to, and the JSON line that keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from searching.lines import Record, read_lines
from searching.runs import Key, Method


@dataclass(frozen=True, slots=True)
class FrontPoint:
    """A trained network that no other of its run beats in validation accuracy, flash, RAM and
    latency at once (as predicted); ``validation`` is the search's, the rest the C's as measured."""

    validation: float
    test: float
    flash_bytes: int
    ram_bytes: int
    latency_ms: float


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of one run.

    ``correct`` has a 1 for each test sample that the int8 C answers rightly and a 0 for each
    other, in the order of the split's test part; ``groups`` numbers the group of each among the
    sorted names of all groups of the set, so that numbers agree between splits. ``sources``
    says how flash, RAM and latency were found; where nothing that fits was found they are
    None and the answers are the commonest class. ``seconds`` is from reading the data to the
    measured model, ``busy`` the share of its cores' time that the run's own process had of
    these: well below 1 means that others were at work, or the compilers and emulated cores that it
    started. ``course`` has (seconds, best
    validation accuracy so far).
    """

    key: Key
    cores: int
    network: str
    fits: bool
    validation: float
    test: float
    correct: str
    groups: tuple[int, ...]
    flash_bytes: int | None
    ram_bytes: int | None
    latency_ms: float | None
    sources: str
    seconds: float
    busy: float
    course: tuple[tuple[float, float], ...]
    front: tuple[FrontPoint, ...] = ()


def to_record(result: Result) -> dict[str, Any]:
    """``result`` in the form of one JSON object, the key's fields first."""
    record = asdict(result)
    return {**record.pop("key"), **record}


def from_record(record: Record) -> Result:
    """Read what ``to_record`` made, as it comes back from JSON."""
    names = {field.name for field in fields(Key)}
    own = {name: value for name, value in record.items() if name not in names}
    return Result(
        key=key_of({name: record[name] for name in names}),
        **{
            **own,
            "groups": tuple(own["groups"]),
            "course": tuple((seconds, best) for seconds, best in own["course"]),
            "front": tuple(FrontPoint(**point) for point in own["front"]),
        },
    )


def key_of(record: Record) -> Key:
    """The key whose fields ``record`` holds."""
    return Key(**{**record, "method": Method(record["method"])})


def read_results(file: Path) -> tuple[Result, ...]:
    """All results in ``file``, none if there is no such file."""
    return tuple(from_record(record) for record in read_lines(file))
