"""The motion front end against its formula in Python's whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_edge.domain.features import MotionSpec
from automl_edge.errors import DataError, TargetError
from automl_edge.features import FrontEnd

counts = st.integers(-32768, 32767)
multipliers = st.integers(0, (1 << 23) - 1)


@given(st.lists(st.tuples(counts, counts, multipliers), min_size=1, max_size=9))
def test_formula(rows: list[tuple[int, int, int]]) -> None:
    values, offset, multiplier = zip(*rows, strict=True)
    spec = MotionSpec(50.0, 1, offset, multiplier)
    exact = [((c - o) * m + 32768) >> 16 for c, o, m in rows]
    features = FrontEnd(spec).one(np.array([values], np.int16))
    assert features.shape == (1, 1, len(rows))
    assert features.ravel().tolist() == [max(-128, min(127, value)) for value in exact]


def test_a_batch_is_its_windows() -> None:
    spec = MotionSpec(25.0, 40, (100, -7, 0), (900, 20000, 65536))
    windows = np.random.default_rng(1).integers(-3000, 3000, (5, 40, 3)).astype(np.int16)
    batch = FrontEnd(spec).batch(windows)
    assert batch.shape == (5, 40, 1, 3)
    assert np.array_equal(batch, np.stack([FrontEnd(spec).one(window) for window in windows]))


def test_a_window_of_another_shape_is_refused() -> None:
    with pytest.raises(DataError, match=r"int16 \(40, 1\)"):
        FrontEnd(MotionSpec(25.0, 40, (0,), (1,))).one(np.zeros((39, 1), np.int16))


@pytest.mark.parametrize(
    "spec",
    [
        MotionSpec(25.0, 0, (0,), (1,)),
        MotionSpec(25.0, 10, (), ()),
        MotionSpec(25.0, 10, (0, 0), (1,)),
        MotionSpec(25.0, 10, (0,), (-1,)),
        MotionSpec(25.0, 10, (0,), (1 << 23,)),
        MotionSpec(25.0, 10, (40000,), (1,)),
    ],
)
def test_what_the_c_cannot_do_is_refused(spec: MotionSpec) -> None:
    with pytest.raises(TargetError):
        FrontEnd(spec)
