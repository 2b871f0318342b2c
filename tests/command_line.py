"""Commands of the command line, run in this process."""

from collections.abc import Callable

import pytest

from automl_edge.cli import main

Screen = pytest.CaptureFixture[str]
Install = Callable[..., None]
"""``install("tools", profile_model=...)``: the fixture that puts a module in place."""


def answer(screen: Screen, *words: str) -> str:
    """Standard output of a command that succeeds."""
    assert main(words) == 0
    return screen.readouterr().out
