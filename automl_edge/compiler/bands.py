"""A chain of layers computed a few rows at a time: which rows, when, and where they lie.

A band is ``rows`` rows of the chain's output. For each band every part of the chain computes
the rows that the band needs and that are not there yet, so that nothing is computed twice.
Between two parts lies a buffer of a few rows. Before a part writes, the rows that are still
to be read are moved to the beginning of its buffer and the new ones come behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from automl_edge.domain.graph import OpKind
from automl_edge.domain.memory import align
from automl_edge.domain.workload import OpWork


@dataclass(frozen=True, slots=True)
class Slice:
    """Part ``part`` computes ``rows`` rows, written from row ``output`` of its buffer on.

    It reads ``in_rows`` rows from row ``inputs[i]`` of input ``i`` on; ``pad_top`` rows of
    padding lie before them.
    """

    part: int
    inputs: tuple[int, ...]
    in_rows: int
    pad_top: int
    output: int
    rows: int


@dataclass(frozen=True, slots=True)
class Move:
    """``rows`` rows of what part ``part`` has written, from row ``start`` to the beginning."""

    part: int
    start: int
    rows: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything that is done, in order, and the rows of each buffer between parts."""

    steps: tuple[Slice | Move, ...]
    heights: Mapping[int, int]


@lru_cache(maxsize=4096)
def schedule(chain: OpWork) -> Schedule:
    """What is done for ``chain``, an operator with parts."""
    return _Bands(chain).schedule()


def slice_work(part: OpWork, step: Slice) -> OpWork:
    """The rows that ``step`` computes of ``part``, as an operator of its own."""
    in_shape = (step.in_rows, *part.in_shape[1:])
    out_shape = (step.rows, *part.out_shape[1:])
    macs = part.macs // part.out_shape[0] * step.rows
    return replace(part, in_shape=in_shape, out_shape=out_shape, macs=macs)


def move_work(part: OpWork, step: Move) -> OpWork:
    """The move of rows of the output of ``part``: a PAD that adds nothing."""
    shape = (step.rows, *part.out_shape[1:])
    return OpWork(OpKind.PAD, (part.output,), part.output, shape, shape)


def inner_offsets(chain: OpWork, heights: Mapping[int, int]) -> tuple[dict[int, int], int]:
    """Where each buffer between parts lies in the chain's scratch, and what they take."""
    offsets: dict[int, int] = {}
    total = 0
    for part in chain.parts[:-1]:
        offsets[part.output] = total
        total += align(heights[part.output] * row_bytes(part.out_shape))
    return offsets, total


def row_bytes(shape: Sequence[int]) -> int:
    """Bytes of a row of an image."""
    return shape[1] * shape[2]


def lead_into(chain: OpWork, buffer: int, in_bytes: int) -> int:
    """How far input ``buffer`` of ``chain`` must start above the output, if it dies there.

    When a part has written rows of the output, what it and all parts after it read of the
    input still has to be there.
    """
    lead, still_read = -in_bytes, in_bytes
    last = len(chain.parts) - 1
    for step in reversed(schedule(chain).steps):
        if isinstance(step, Move):
            continue
        part = chain.parts[step.part]
        for number, row in zip(part.inputs, step.inputs, strict=True):
            if number == buffer:
                still_read = min(still_read, row * row_bytes(part.in_shape))
        if step.part == last:
            written = (step.output + step.rows) * row_bytes(part.out_shape)
            lead = max(lead, written - still_read)
    return lead


class _Bands:
    """Rows of each buffer, by band: ``_ends[buffer][b]`` are there when band ``b`` is done."""

    def __init__(self, chain: OpWork) -> None:
        self._parts = chain.parts
        last = chain.parts[-1]
        height = last.out_shape[0]
        self._ends = {last.output: [*range(chain.rows, height, chain.rows), height]}
        for part in reversed(chain.parts):
            needed = [_needed(part, end) for end in self._ends[part.output]]
            for buffer in part.inputs:
                others = self._ends.get(buffer, needed)
                self._ends[buffer] = [max(pair) for pair in zip(others, needed, strict=True)]
        self._inner = [part.output for part in chain.parts[:-1]]
        self._begin = dict.fromkeys(self._ends, 0)
        self._heights = dict.fromkeys(self._inner, 0)

    def schedule(self) -> Schedule:
        count = len(self._ends[self._parts[-1].output])
        steps = [
            step
            for band in range(count)
            for number in range(len(self._parts))
            for step in self._steps(number, band)
        ]
        return Schedule(tuple(steps), self._heights)

    def _steps(self, number: int, band: int) -> Iterator[Slice | Move]:
        """What part ``number`` does for ``band``: nothing if it is ahead of it."""
        part = self._parts[number]
        start, end = self._done(part.output, band), self._ends[part.output][band]
        if start == end:
            return
        if part.output in self._heights:
            yield from self._moved(number, band, start)
            held = end - self._begin[part.output]
            self._heights[part.output] = max(self._heights[part.output], held)
        first = _first(part, start)
        pad_top = first - (start * part.stride[0] - part.before(0)) if _slides(part) else 0
        yield Slice(
            part=number,
            inputs=tuple(first - self._begin[buffer] for buffer in part.inputs),
            in_rows=_needed(part, end) - first,
            pad_top=pad_top,
            output=start - self._begin[part.output],
            rows=end - start,
        )

    def _moved(self, number: int, band: int, start: int) -> Iterator[Move]:
        """Drop the rows that nothing reads any more."""
        buffer = self._parts[number].output
        readers = [part for part in self._parts if buffer in part.inputs]
        lowest = min(_first(part, self._done(part.output, band)) for part in readers)
        begin = min(lowest, start)
        if begin > self._begin[buffer] and start > begin:
            yield Move(number, begin - self._begin[buffer], start - begin)
        self._begin[buffer] = begin

    def _done(self, buffer: int, band: int) -> int:
        return self._ends[buffer][band - 1] if band else 0


def _slides(part: OpWork) -> bool:
    """Whether a window moves over the input."""
    return part.kind is not OpKind.ADD


def _first(part: OpWork, row: int) -> int:
    """The first input row that output ``row`` is made of."""
    return max(row * part.stride[0] - part.before(0), 0) if _slides(part) else row


def _needed(part: OpWork, end: int) -> int:
    """How many input rows the first ``end`` output rows are made of."""
    if not _slides(part):
        return end
    reach = (end - 1) * part.stride[0] - part.before(0) + part.span(0)
    return min(reach, part.in_shape[0])
