"""One sample to see or hear."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import altair as alt
import streamlit as st

from automl_edge.domain.dataset import Modality
from automl_edge.ingest.kinds import modality_of
from automl_edge.studio.preview import Trace, picture_of, trace_of

_HEIGHT = 120
_PICTURES_KEPT = 2000


def show_sample(path: Path, small: bool = False) -> None:
    """A photo, a spectrogram with its player, or the traces of a recording of motion."""
    if not path.exists():
        st.caption("It is gone.")
        return
    changed = path.stat().st_mtime_ns
    kind = modality_of(path)
    if kind is Modality.MOTION:
        trace = _trace(str(path), changed)
        if trace is not None:
            st.altair_chart(trace, width="stretch", alt=f"the axes of {path.name} over time")
            return
    picture = _picture(str(path), changed)
    if picture is None:
        st.caption("It cannot be shown.")
        return
    width: Literal["stretch", "content"] = "stretch" if small else "content"
    if kind is Modality.AUDIO:
        st.image(picture, width="stretch", alt=f"the spectrogram of {path.name}")
    else:
        st.image(picture, width=width, alt=path.name)
    if kind is Modality.AUDIO and not small:
        st.audio(path, alt=path.name)


def traces(trace: Trace) -> alt.Chart:
    """A line for each axis."""
    rows = [
        {"row": row, "axis": axis, "value": float(value)}
        for row, values in enumerate(trace.values)
        for axis, value in zip(trace.axes, values, strict=True)
    ]
    lines: alt.Chart = (
        alt.Chart({"values": rows}, height=_HEIGHT)
        .mark_line(strokeWidth=1)
        .encode(
            alt.X("row:Q", axis=None),
            alt.Y("value:Q", title=None),
            alt.Color("axis:N", legend=None),
            tooltip=["axis:N", "value:Q"],
        )
    )
    return lines


@st.cache_data(max_entries=_PICTURES_KEPT, show_spinner=False)
def _picture(path: str, changed: int) -> bytes | None:
    del changed  # another one asks for another look
    return picture_of(Path(path))


@st.cache_resource(max_entries=200, show_spinner=False)
def _trace(path: str, changed: int) -> alt.Chart | None:
    del changed
    trace = trace_of(Path(path))
    return None if trace is None else traces(trace)
