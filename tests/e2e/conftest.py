"""Asking the command line in this process."""

from __future__ import annotations

import pytest

from automl_edge.cli import main
from tests.e2e.asking import Ask, Said


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command in this process; any exception that leaves it fails the test."""

    def run(*words: object) -> Said:
        code = main([str(word) for word in words])
        shown = capsys.readouterr()
        said = Said(code, shown.out, shown.err)
        assert "Traceback" not in said.out + said.err
        assert code != 1, said.err
        return said

    return run
