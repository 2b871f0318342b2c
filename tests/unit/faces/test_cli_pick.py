"""``pick`` in words and in JSON, with the pipeline replaced."""

import json
from pathlib import Path

import pytest

from automl_edge.cli import main
from automl_edge.domain.run import OnEvent, PickSpec
from automl_edge.errors import NothingFits
from automl_edge.report.codec import to_json
from automl_edge.report.model import Report
from automl_edge.report.results import FitResult
from tests.command_line import Install, Screen, answer
from tests.unit.faces.test_cli_fit import nearest


@pytest.fixture
def specs(install: Install, report: Report) -> list[PickSpec]:
    seen: list[PickSpec] = []

    def pick(spec: PickSpec, _: OnEvent) -> FitResult:
        seen.append(spec)
        return FitResult(report, Path("run-pick-6"), picked_from=spec.run)

    install("pipeline", pick=pick)
    return seen


def test_options_reach_the_pipeline(specs: list[PickSpec], capsys: Screen) -> None:
    limits = ["--flash", "64K", "--ram", "16K", "--latency", "50ms"]
    answer(capsys, "pick", "run", *limits, "--data", "d", "--test", "t")
    answer(capsys, "pick", "run", "--number", "0", "--out", "there")
    assert specs == [
        PickSpec(Path("run"), None, 65_536, 16_384, 50.0, Path("d"), Path("t")),
        PickSpec(Path("run"), 0, out=Path("there")),
    ]


def test_words_tell_where_it_is_and_point_to_the_run(specs: list[PickSpec], capsys: Screen) -> None:
    lines = answer(capsys, "pick", "run", "--ram", "16K").splitlines()
    assert lines[0] == "model (ds_cnn) fits Arm Cortex-M4 at 80 MHz"
    assert "  run-pick-6/c/            the C library, its example and self-test" in lines
    assert "  automl-edge pick run --number 6" in lines
    assert specs[0].run == Path("run")


def test_json_is_the_report(specs: list[PickSpec], report: Report, capsys: Screen) -> None:
    assert json.loads(answer(capsys, "pick", "run", "--json")) == to_json(report)
    assert specs == [PickSpec(Path("run"))]


def test_a_number_and_limits_exclude_each_other(specs: list[PickSpec], capsys: Screen) -> None:
    assert main(["pick", "run", "--number", "3", "--ram", "4K"]) == 2
    assert "either --number or" in capsys.readouterr().err
    assert not specs


def test_nothing_within_the_limits_is_an_error_in_json(install: Install, capsys: Screen) -> None:
    def pick(*_: object) -> FitResult:
        raise NothingFits("no point of the front is within these limits", "Allow more.")

    install("pipeline", pick=pick)
    assert main(["pick", "run", "--ram", "1K", "--json"]) == 5
    found = json.loads(capsys.readouterr().out)["error"]
    assert (found["kind"], found["code"]) == ("nothing-fits", 5)
    assert found["message"] == "no point of the front is within these limits"


def test_a_named_point_that_is_over_the_budget_is_written_and_fails(
    install: Install, report: Report, capsys: Screen
) -> None:
    result = FitResult(nearest(report), Path("run-pick-6"), picked_from=Path("run"))
    install("pipeline", pick=lambda *_: result)
    assert main(["pick", "run", "--number", "6"]) == 5
    shown = capsys.readouterr()
    assert shown.out.splitlines()[0] == "model (ds_cnn) does not fit Arm Cortex-M4 at 80 MHz"
    assert "Flash binds" in shown.err
    assert "It is in run-pick-6 all the same." in shown.err
