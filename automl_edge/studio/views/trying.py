"""The page to try it on: a new sample in, the compiled C answers."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path, PurePosixPath

import streamlit as st

from automl_edge.domain.dataset import Modality
from automl_edge.errors import DataError
from automl_edge.report.model import Report
from automl_edge.report.results import Prediction
from automl_edge.report.words import SOURCES, milliseconds, percent
from automl_edge.studio.runs import Run
from automl_edge.studio.views.base import finished_run, open_project, plain, problems_shown
from automl_edge.studio.views.sample import show_sample
from automl_edge.tools import predict_files

_RATE_HZ = 16_000
_FILE, _TABLE = "A file", "Paste a table"
_MICROPHONE, _CAMERA = "With the microphone", "With the camera"
_LIVE = {Modality.AUDIO: _MICROPHONE, Modality.IMAGE: _CAMERA, Modality.MOTION: _TABLE}
_KEPT_SUFFIX = 8
"""Letters of a file's ending that are kept at most."""


def show() -> None:
    """Draw it."""
    project = open_project()
    st.title("Try it")
    run = finished_run(project, "try")
    with problems_shown():
        report = run.report()
        if report is not None:
            given = _given(report.data.modality, f"{project.name}-{run.name}")
            if given is not None:
                _answer(run, report, *given)


def _given(modality: Modality, key: str) -> tuple[str, bytes] | None:
    """A new sample: what its file is called and what is in it; None until there is one."""
    live = _LIVE[modality]
    way = st.segmented_control("From where?", [_FILE, live], default=_FILE, key="try-way")
    if way == _TABLE:
        with st.form("try-table", border=False):
            text = st.text_area("Table", placeholder="time,x,y,z", height=200)
            asked = st.form_submit_button("Ask", type="primary")
        return ("table.csv", text.encode()) if asked and text.strip() else None
    if way == _MICROPHONE:
        heard = st.audio_input("Record", sample_rate=_RATE_HZ, key=f"try-sound-{key}")
        return None if heard is None else ("recording.wav", heard.getvalue())
    if way == _CAMERA:
        seen = st.camera_input("Photo", key=f"try-photo-{key}")
        return None if seen is None else ("photo.jpg", seen.getvalue())
    file = st.file_uploader("File", key=f"try-file-{key}")
    return None if file is None else (file.name, file.getvalue())


def _answer(run: Run, report: Report, name: str, content: bytes) -> None:
    suffix = PurePosixPath(name).suffix[:_KEPT_SUFFIX]
    with tempfile.TemporaryDirectory(prefix="automl-edge-") as place:
        file = Path(place) / f"sample{suffix}"
        file.write_bytes(content)
        began = time.perf_counter()
        with st.spinner("Asking the C"):
            prediction = _predicted(run, file, name)
        took = time.perf_counter() - began
        left, right = st.columns([1, 2])
        with left:
            show_sample(file)
        with right:
            _said(report, prediction, took)


def _predicted(run: Run, file: Path, name: str) -> Prediction:
    """The answer; what is wrong with the file is told by the ``name`` that the user knows."""
    try:
        return next(predict_files(run.out, [file]))
    except DataError as problem:
        raise DataError(problem.message.replace(str(file), name), problem.hint) from problem


def _said(report: Report, prediction: Prediction, took: float) -> None:
    if prediction.unsure:
        st.warning(f"It is unsure. Perhaps **{plain(prediction.label)}**.")
    else:
        st.success(f"It is **{plain(prediction.label)}**.")
    for label, score in sorted(prediction.scores.items(), key=lambda pair: -pair[1]):
        st.progress(min(1.0, max(0.0, score)), f"{plain(label)} {percent(score)}")
    measured = report.footprint.measured
    how = SOURCES[measured.latency_source]
    latency, here = milliseconds(measured.latency_ms), milliseconds(1000 * took)
    said = f"On {report.target.title} one answer takes {latency} ({how})."
    st.caption(plain(f"{said} Here it took {here}, reading the file and compiling included."))
