"""What is remembered of an operator does not depend on its place."""

from __future__ import annotations

from dataclasses import replace

from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork, by_layer

OP = OpWork(OpKind.SOFTMAX, (0,), 1, (1, 1, 6), (1, 1, 6))


def test_a_layer_in_another_place_is_looked_up() -> None:
    asked: list[OpWork] = []

    @by_layer
    def width(op: OpWork, times: int) -> int:
        asked.append(op)
        return op.out_shape[2] * times

    moved = replace(OP, inputs=(4,), output=5)
    wider = replace(OP, out_shape=(1, 1, 8))
    assert [width(op, 2) for op in (OP, moved, wider)] == [12, 12, 16]
    assert width(moved, 3) == 18
    assert len(asked) == 3
    assert all(op.inputs == () for op in asked)


def test_an_operator_with_parts_is_remembered_as_a_whole() -> None:
    @by_layer
    def numbers(op: OpWork) -> tuple[int, ...]:
        return op.inputs

    whole = replace(OP, inputs=(4,), parts=(OP,), rows=1)
    assert numbers(whole) == (4,)
    assert numbers(replace(whole, inputs=(5,))) == (5,)
