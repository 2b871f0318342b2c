"""The three recipes of CONTRIBUTING.md, carried out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from automl_edge.catalog import load_space, load_target
from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import Budget
from automl_edge.search.sampling import sample_feasible
from tests.graph_cases import BUILDERS

ROOT = Path(__file__).parents[2]


def _recipe(name: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    found = re.search(rf"<!-- recipe: {name} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert found, f"CONTRIBUTING.md has lost its recipe {name!r}"
    return found[1]


def test_a_board_is_one_toml(tmp_path: Path) -> None:
    file = tmp_path / "my-board.toml"
    file.write_text(_recipe("board"), "utf-8")

    board = load_target(str(file))

    assert board.flash_bytes == 256 * 1024
    assert board.core == "cortex-m4"
    assert Budget.of(board).flash_bytes < board.flash_bytes


def test_a_family_is_one_python_file(tmp_path: Path) -> None:
    file = tmp_path / "my_space.py"
    file.write_text(_recipe("family"), "utf-8")
    task = Task(Modality.AUDIO, classes=4, seconds=1.0, rate_hz=16000)
    target = load_target("cortex-m4")

    candidate = next(sample_feasible((load_space(str(file)),), task, target, Budget.of(target)))

    assert candidate.space == "two_convs"
    assert not candidate.footprint.violations(Budget.of(target))


@pytest.mark.parametrize("kind", sorted(set(OpKind) - {OpKind.RESHAPE}))
def test_an_operator_has_a_row_in_the_contract_test(kind: OpKind) -> None:
    assert kind in BUILDERS
