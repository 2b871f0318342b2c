"""The page to take the result from: the C library, the model, the report."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

from automl_edge.domain.units import show_size
from automl_edge.export.words import WEIGHTS_LICENCE
from automl_edge.studio.downloads import c_library, report_page, tflite_model
from automl_edge.studio.views.base import finished_run, open_project, plain, problems_shown
from automl_edge.verify import C_FOLDER

_README = "README.md"
_FORMAT = re.compile(r"^Your own samples must be .*?(?=\n\n)", re.MULTILINE | re.DOTALL)
_FIRST_CODE = re.compile(r"```c\n(.*?)```", re.DOTALL)


def show() -> None:
    """Draw it."""
    project = open_project()
    st.title("Take it")
    run = finished_run(project, "take")
    with problems_shown():
        report = run.report()
        if report is None:
            return
        stem = f"{_file_name(project.name)}-{run.name}"
        measured = report.footprint.measured
        first, second, third = st.columns(3)
        with first.container(border=True):
            st.markdown("**The C library**")
            st.write(
                f"For your firmware: {show_size(measured.flash_bytes)} of flash, "
                f"{show_size(measured.ram_bytes)} of RAM. With an example and a self-test."
            )
            _button("Download the C library", c_library(run.out, stem), f"{stem}-c.zip")
        with second.container(border=True):
            st.markdown("**The model**")
            st.write("For TensorFlow Lite Micro: the int8 .tflite, and the same as a C array.")
            _button("Download the model", tflite_model(run.out, stem), f"{stem}-tflite.zip")
        with third.container(border=True):
            st.markdown("**The report**")
            st.write("One page for whoever has to decide: accuracy, costs, how they were found.")
            _button("Download the report", report_page(run.out), f"{stem}.html", "text/html")
        _how_to_call(run.out)


def _button(label: str, content: bytes, name: str, mime: str = "application/zip") -> None:
    st.download_button(label, content, name, mime, width="stretch", icon=":material/download:")


def _how_to_call(out: Path) -> None:
    """The library's own words about its use."""
    text = (out / C_FOLDER / _README).read_text("utf-8")
    st.subheader("How to call it")
    st.write("Compile every `.c` of the library's `src/` and put `src/` on the include path. Then:")
    found = _FIRST_CODE.search(text)
    if found:
        st.code(found[1].strip(), language="c")
    told = _FORMAT.search(text)
    if told:
        st.markdown(told[0])
    with st.expander("The whole README of the library"):
        st.markdown(text)
    licence = "Its licence is 0BSD: ship it in whatever you like."
    if (out / C_FOLDER / WEIGHTS_LICENCE).exists():
        licence += f" Its weights derive from others: keep {WEIGHTS_LICENCE} with them."
    st.caption(plain(licence))


def _file_name(name: str) -> str:
    """``name`` in letters that every file system and toolchain takes."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "model"
