"""For the studio: a project, and a pipeline that does what its test wants."""

from __future__ import annotations

from pathlib import Path

import pytest

from automl_edge.studio.projects import FOLDER_VARIABLE, Project, make_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project called ``words`` in a studio of its own."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "studio"))
    return make_project(tmp_path / "studio", "words")
