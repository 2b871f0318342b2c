"""The part of the page of samples that takes new ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from automl_edge.studio.gate import is_guarded
from automl_edge.studio.intake import Taken, take_files, take_folder, told
from automl_edge.studio.names import folder_name
from automl_edge.studio.projects import Project
from automl_edge.studio.samples import ClassFolder
from automl_edge.studio.storing import piece_of
from automl_edge.studio.views import dropzone
from automl_edge.studio.views.base import problems_shown, tell_after

_FILES = "Files, folders or a zip"
_HERE = "The path of a folder here"
_MICROPHONE = "Record sound"
_CAMERA = "Take photos"
_TABLE = "Paste a table"

_BY_FOLDER = "as their folders are called"
_NEW = "a new class"
_DIGITS = 10

_RATE_HZ = 16_000
"""Of recordings here: what the front ends for sound read at most."""


def show(project: Project, classes: Sequence[ClassFolder]) -> None:
    """Draw it."""
    draw = {
        _FILES: _files,
        _HERE: _here,
        _MICROPHONE: _microphone,
        _CAMERA: _camera,
        _TABLE: _table,
    }
    if is_guarded():
        del draw[_HERE]  # whoever is elsewhere does not see this computer's folders
    with st.expander("Add samples", expanded=not classes, icon=":material/add:"):
        way = st.segmented_control("From where?", list(draw), default=_FILES, key="way")
        with problems_shown():
            draw[way or _FILES](project, [folder.name for folder in classes])


@st.fragment
def _files(project: Project, names: list[str]) -> None:
    """Drawn again on its own for every part of what is dropped."""
    st.write(
        "Photos, sounds or tables of one class; or a folder or zip that has one folder for each "
        "class, called like the class."
    )
    with problems_shown():
        with st.container():  # a box more in it must not move, and so reload, what is below
            label = _class_of(names, "Files", by_folder=True)
        count = dropzone.waiting(project)
        if not count:
            return
        st.write("1 file is here." if count == 1 else f"{count} files are here.")
        add, remove = st.columns(2)
        if remove.button("Not these", width="stretch"):
            dropzone.give_back(project)
            st.rerun()
        if add.button("Add them", type="primary", width="stretch"):
            settled = _settled(label)
            with st.spinner(f"Taking {count} files"):
                dropzone.add(project, settled)
            st.rerun()


def _here(project: Project, names: list[str]) -> None:
    st.write("It is read and copied; nothing in it is changed.")
    label = _class_of(names, "Here", by_folder=True)
    with st.form("here", border=False):
        text = st.text_input("Folder or zip", placeholder=str(Path.home() / "recordings"))
        if st.form_submit_button("Add it", type="primary") and text.strip():
            with st.spinner("Copying"):
                _tell(take_folder(project.data, text.strip(), _settled(label)))


def _microphone(project: Project, names: list[str]) -> None:
    label = _class_of(names, "Microphone")
    heard = st.audio_input("Record one sample", sample_rate=_RATE_HZ)
    if heard is not None and st.button("Keep it", type="primary"):
        _keep(project, heard.getvalue(), "recording", ".wav", label)


def _camera(project: Project, names: list[str]) -> None:
    label = _class_of(names, "Camera")
    seen = st.camera_input("Take one photo")
    if seen is not None and st.button("Keep it", type="primary"):
        _keep(project, seen.getvalue(), "photo", ".jpg", label)


def _table(project: Project, names: list[str]) -> None:
    st.write("One recording: a line for each moment, a column for each axis, time if there is one.")
    label = _class_of(names, "Table")
    with st.form("table", border=False):
        text = st.text_area("Table", placeholder="time,x,y,z\n0.00,0.01,-0.02,9.81", height=200)
        if st.form_submit_button("Add it", type="primary") and text.strip():
            _keep(project, text.encode(), "table", ".csv", label)


def _class_of(names: list[str], key: str, by_folder: bool = False) -> str | None:
    """The class that is chosen or typed; None for the folders' names, "" for none yet."""
    options = [*([_BY_FOLDER] if by_folder else []), *names, _NEW]
    chosen = st.selectbox("Their class", options, key=f"class-{key}")
    if chosen == _BY_FOLDER:
        return None
    if chosen != _NEW:
        return str(chosen)
    return st.text_input("Name of the new class", key=f"new-{key}", placeholder="door open")


def _settled(label: str | None) -> str | None:
    """``label`` tidied; raises UsageError where one was to be typed and was not."""
    return None if label is None else folder_name(label, "class")


def _keep(project: Project, content: bytes, stem: str, suffix: str, label: str | None) -> None:
    """One sample made here, named by its content: the same one twice is one."""
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    piece = piece_of(f"{stem}-{digest}{suffix}", content)
    _tell(take_files(project.data, [piece], _settled(label or "")))


def _tell(taken: Taken) -> None:
    tell_after(*told(taken))
