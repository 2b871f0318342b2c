"""The page of the chip: which one, what the rest of the program needs of it, the deadline."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from automl_edge.catalog import load_target, target_names
from automl_edge.domain.target import Target
from automl_edge.domain.units import show_size
from automl_edge.report.words import milliseconds
from automl_edge.studio.chips import Kind, kind_of, picture
from automl_edge.studio.projects import Project
from automl_edge.studio.room import look, told
from automl_edge.studio.samples import signature
from automl_edge.studio.views.base import (
    health_of,
    open_project,
    plain,
    problems_shown,
    rows_of,
)

_A_ROW = 3
_KIB = 1024
_DEADLINES_MS = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)
_STEPS = 200
_NAMES = {"own_flash": "Flash", "own_ram": "RAM"}
_KINDS = {Kind.BOARD: "Boards", Kind.CHIP: "Chips", Kind.PHONE: "Phones and computers"}


def show() -> None:
    """Draw it."""
    project = open_project()
    st.title("Your device")
    with problems_shown():
        chip = project.wishes().chip
        st.write(f"Chosen: **{plain(chip.title)}**. Is yours another one? Choose it below.")
        _room(project, chip)
        _outlook(project)
    st.subheader("Choose another one")
    with problems_shown():
        _shelf(project)


def _shelf(project: Project) -> None:
    targets = [_target(name) for name in target_names()]
    chosen = project.wishes().target
    tabs = st.tabs(list(_KINDS.values()))
    for tab, kind in zip(tabs, _KINDS, strict=True):
        own = [target for target in targets if kind_of(target) is kind]
        with tab:
            for row in rows_of(own, _A_ROW):
                for column, target in zip(st.columns(_A_ROW), row, strict=False):
                    with column.container(border=True):
                        _card(project, target, target.name == chosen)


def _card(project: Project, target: Target, chosen: bool) -> None:
    left, right = st.columns([1, 3], vertical_alignment="center")
    left.image(picture(kind_of(target)), width="stretch", alt="")
    right.markdown(f"**{plain(target.title)}**")
    st.caption(
        f"{show_size(target.flash_bytes)} flash · {show_size(target.ram_bytes)} RAM · "
        f"{target.clock_hz / 1e6:g} MHz"
    )
    if target.price:
        st.caption(plain(f"Chips like it cost {target.price} where thousands are bought."))
    if target.toolchain is None:
        st.caption("What a model takes on it is estimated, not measured.")
    st.button(
        f"{target.title} is chosen" if chosen else f"Choose {target.title}",
        key=f"choose-{target.name}",
        disabled=chosen,
        width="stretch",
        on_click=_choose,
        args=(project, target.name),
    )


def _choose(project: Project, name: str) -> None:
    """Another chip has other limits: what was set for the one before does not hold."""
    wishes = project.wishes()
    with problems_shown():
        project.wish(replace(wishes, target=name, own_flash=None, own_ram=None, latency_ms=None))


def _room(project: Project, chip: Target) -> None:
    """What the rest of the program needs, the deadline, and what is left."""
    wishes = project.wishes()
    first, second, third = st.columns(3)
    own_flash = wishes.own_flash or chip.reserved_flash_bytes
    own_ram = wishes.own_ram or chip.reserved_ram_bytes
    _kib(first, project, "own_flash", (own_flash, chip.reserved_flash_bytes, chip.flash_bytes))
    _kib(second, project, "own_ram", (own_ram, chip.reserved_ram_bytes, chip.ram_bytes))
    deadline = wishes.latency_ms or chip.latency_ms
    key = f"latency_ms/{project.name}/{chip.name}"
    third.select_slider(
        "An answer is needed within",
        sorted({*_DEADLINES_MS, chip.latency_ms, deadline}),
        deadline,
        format_func=milliseconds,
        key=key,
        on_change=_note,
        args=(project, "latency_ms", key, 1),
    )
    columns = st.columns(3)
    columns[0].metric("Flash left for the model", show_size(chip.flash_bytes - own_flash))
    columns[1].metric("RAM left for the model", show_size(chip.ram_bytes - own_ram))
    columns[2].metric("Time for one answer", milliseconds(deadline))


def _kib(place: DeltaGenerator, project: Project, field: str, sizes: tuple[int, int, int]) -> None:
    """A slider in KiB, from what is usual on the chip to all but one KiB; ``sizes`` are what is
    wished, what is usual and what there is, in bytes."""
    now, least, whole = (size // _KIB for size in sizes)
    high = max(least + 1, whole - 1)
    key = f"{field}/{project.name}/{project.wishes().target}"
    place.slider(
        f"{_NAMES[field]} that the rest of your program needs",
        least,
        high,
        min(high, max(least, now)),
        max(1, (high - least) // _STEPS),
        format="%d KiB",
        key=key,
        on_change=_note,
        args=(project, field, key, _KIB),
    )


def _note(project: Project, field: str, key: str, unit: int) -> None:
    """What was just set is wished from now on."""
    with problems_shown():
        project.wish(replace(project.wishes(), **{field: st.session_state[key] * unit}))


def _outlook(project: Project) -> None:
    """An early word on what is possible, if there are samples that can be read."""
    if health_of(project).dataset is None:
        st.caption("With samples in the project, this page says what is possible on the chip.")
        return
    key = (str(project.root), repr(project.wishes()), signature(project.data))
    st.info(plain(_told(project, key)))


@st.cache_data(max_entries=32, show_spinner="Looking at what fits")
def _told(_project: Project, key: tuple[str, str, str]) -> str:
    del key  # another one asks for another look
    dataset = health_of(_project).dataset
    return told(look(_project.wishes(), dataset)) if dataset is not None else ""


@cache
def _target(name: str) -> Target:
    return load_target(name)
