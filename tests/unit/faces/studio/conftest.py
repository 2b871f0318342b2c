"""For the studio: a project, and what Streamlit's tests leave behind put right."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from automl_edge.studio.projects import FOLDER_VARIABLE, Project, make_project


@pytest.fixture(autouse=True)
def _main_module_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit puts the page that it tests in the place of ``__main__``, from which processes
    that later tests spawn would start."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project called ``words`` in a studio of its own."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "studio"))
    return make_project(tmp_path / "studio", "words")
