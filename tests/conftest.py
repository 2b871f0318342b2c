"""Fixtures that several tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No fit downloads weights unless its test wants it to."""
    monkeypatch.setenv("AUTOML_EDGE_BACKBONE", "none")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared real data and models; skips, by name, where it is absent."""
    named = os.environ.get("AUTOML_EDGE_SHARED")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(f"no shared data at {folder}; AUTOML_EDGE_SHARED names another place")
    return folder
