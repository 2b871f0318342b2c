"""The part of the page of samples that shows them: a card a class, and single samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import streamlit as st

from automl_edge.domain.dataset import Modality
from automl_edge.ingest.kinds import modality_of
from automl_edge.studio.projects import Project
from automl_edge.studio.samples import (
    ClassFolder,
    delete_class,
    delete_sample,
    merge_classes,
    move_sample,
    rename_class,
)
from automl_edge.studio.views.base import plain, problems_shown, rows_of, tell_after
from automl_edge.studio.views.sample import show_sample

_A_ROW = 3
_PREVIEWS = 3
_A_PAGE = 12
_LONG = 24


def show(project: Project, classes: Sequence[ClassFolder]) -> None:
    """Draw them."""
    st.subheader("Classes")
    for row in rows_of(classes, _A_ROW):
        for column, folder in zip(st.columns(_A_ROW), row, strict=False):
            with column.container(border=True):
                _card(project, folder, classes)
    st.subheader("Single samples")
    _samples(project, classes)


def _card(project: Project, folder: ClassFolder, classes: Sequence[ClassFolder]) -> None:
    st.markdown(f"**{plain(folder.name)}**")
    count = len(folder.files)
    st.caption("1 sample" if count == 1 else f"{count} samples")
    step = max(1, count // _PREVIEWS)
    chosen = folder.files[::step][:_PREVIEWS]
    for column, file in zip(st.columns(_PREVIEWS), chosen, strict=False):
        with column:
            show_sample(project.data / file, small=True)
    if chosen and modality_of(project.data / chosen[0]) is Modality.AUDIO:
        st.audio(project.data / chosen[0], alt=f"a sample of {folder.name}")
    with st.popover(f"Change {plain(folder.name)}", width="stretch"), problems_shown():
        _rename(project, folder)
        _merge(project, folder, classes)
        _delete(project, folder)


def _rename(project: Project, folder: ClassFolder) -> None:
    name = st.text_input("Name of the class", folder.name, key=f"name-{folder.name}")
    if st.button("Rename", key=f"rename-{folder.name}") and name != folder.name:
        new = rename_class(project.data, folder.name, name)
        tell_after(f"{folder.name} is called {new} now.")


def _merge(project: Project, folder: ClassFolder, classes: Sequence[ClassFolder]) -> None:
    others = [other.name for other in classes if other.name != folder.name]
    if not others:
        return
    into = st.selectbox("Merge it into", others, key=f"into-{folder.name}")
    if st.button("Merge", key=f"merge-{folder.name}"):
        moved = merge_classes(project.data, folder.name, str(into))
        tell_after(f"{moved} samples of {folder.name} are in {into} now.")


def _delete(project: Project, folder: ClassFolder) -> None:
    sure = st.checkbox("Its samples too, for good", key=f"sure-class-{folder.name}")
    if st.button("Delete the class", key=f"delete-class-{folder.name}", disabled=not sure):
        delete_class(project.data, folder.name)
        tell_after(f"{folder.name} is deleted.")


def _samples(project: Project, classes: Sequence[ClassFolder]) -> None:
    left, right = st.columns([2, 1])
    names = [folder.name for folder in classes]
    chosen = left.selectbox("Of the class", names, key="looked-at")
    files = next(folder.files for folder in classes if folder.name == chosen)
    pages = max(1, -(-len(files) // _A_PAGE))
    page = right.number_input(f"Page of {pages}", 1, pages, key=f"page-{chosen}-{pages}")
    for row in rows_of(files[(page - 1) * _A_PAGE : page * _A_PAGE], _A_ROW):
        for column, file in zip(st.columns(_A_ROW), row, strict=False):
            with column.container(border=True):
                _one(project, file, [name for name in names if name != chosen])


def _one(project: Project, file: str, others: Sequence[str]) -> None:
    show_sample(project.data / file)
    st.caption(plain(file))
    with st.popover(f"Move or delete {plain(_short(file))}", width="stretch"), problems_shown():
        if others:
            label = st.selectbox("Move it to", others, key=f"to-{file}")
            if st.button("Move it", key=f"move-{file}"):
                moved = move_sample(project.data, file, str(label))
                tell_after(f"It is {moved} now.")
        if st.button("Delete it", key=f"delete-{file}"):
            delete_sample(project.data, file)
            tell_after(f"{file} is deleted.")


def _short(file: str) -> str:
    """The name of ``file``, its middle left out where it is long."""
    name = PurePosixPath(file).name
    return name if len(name) <= _LONG else f"{name[: _LONG // 2]}...{name[-_LONG // 2 :]}"
