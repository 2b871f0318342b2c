"""The studio as a whole: the door, the list of pages, the project that is open."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from automl_edge.studio.gate import PARAMETER, admits, is_guarded, is_this_computer
from automl_edge.studio.views import data, device, results, searching, taking, trying, underway
from automl_edge.studio.views import runs as all_runs
from automl_edge.studio.views.base import choose_project, show_notices

_ADMITTED = "admitted"
_EVERYWHERE = "0.0.0.0"
"""Where Streamlit listens if nobody says where."""


def show() -> None:
    """Draw whatever page the browser asks for."""
    st.set_page_config("automl-edge studio", ":material/memory:", layout="wide")
    _let_in()
    chosen = st.navigation(
        [
            _page(data.show, "1 Data", "folder_open", "data", default=True),
            _page(device.show, "2 Device", "memory", "device"),
            _page(searching.show, "3 Search", "search", "search"),
            _page(results.show, "4 Result", "analytics", "result"),
            _page(trying.show, "5 Try it", "mic", "try"),
            _page(taking.show, "6 Take it", "download", "take"),
            _page(all_runs.show, "All searches", "list", "searches"),
        ]
    )
    choose_project()
    underway.show()
    show_notices()
    chosen.run()


def _page(
    draw: Callable[[], None], title: str, icon: str, path: str, default: bool = False
) -> st.Page:
    return st.Page(draw, title=title, icon=f":material/{icon}:", url_path=path, default=default)


def _let_in() -> None:
    """Ask for the token, where one is set; whoever has it not sees nothing."""
    if not is_guarded():
        _only_here()
        return
    given = st.session_state.get(_ADMITTED) or st.query_params.get(PARAMETER, "")
    if not admits(given):
        st.title("automl-edge")
        given = st.text_input("Token", type="password", help="The terminal shows it.")
        if not admits(given):
            if given:
                st.error("That is not the token. The terminal that started the studio shows it.")
            st.stop()
        st.session_state[_ADMITTED] = given
        st.rerun()
    st.session_state[_ADMITTED] = given
    st.query_params[PARAMETER] = given  # so that a reloaded page is let in again


def _only_here() -> None:
    """Whoever is elsewhere needs a token: without one the studio serves this computer alone."""
    address = st.get_option("server.address") or _EVERYWHERE
    if not is_this_computer(address):
        st.error(
            f"Streamlit listens at {address}, where others can reach it, and no token is set. "
            "Start the studio with `automl-edge gui`, which sees to both."
        )
        st.stop()
