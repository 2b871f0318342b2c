"""``fit`` and ``plan`` in words and in JSON, with the pipeline replaced."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from automl_edge.cli import main
from automl_edge.domain.footprint import Resource, Violation
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.remedies import Remedies
from automl_edge.domain.run import FitSpec, OnEvent, StageStarted
from automl_edge.errors import NothingFits
from automl_edge.report.codec import to_json
from automl_edge.report.model import Parity, PretrainedSummary, Report, Status
from automl_edge.report.results import FitResult, Plan, PlanRow
from automl_edge.report.searched import CorrectionSummary
from tests.command_line import Install, Screen, answer


def nearest(report: Report) -> Report:
    return replace(
        report,
        status=Status.NEAREST,
        binding=Resource.FLASH,
        budget=replace(report.budget, flash_bytes=3072),
    )


class TestFit:
    @pytest.fixture
    def specs(self, install: Install, report: Report) -> list[FitSpec]:
        seen: list[FitSpec] = []

        def run(spec: FitSpec, on_event: OnEvent) -> FitResult:
            seen.append(spec)
            on_event(StageStarted("Reading", "the samples"))
            print("a library talks")
            os.write(1, b"so does its C\n")
            return FitResult(report, spec.out)

        install("pipeline", run=run)
        return seen

    def test_words(self, specs: list[FitSpec], capsys: Screen) -> None:
        assert main(["fit", "data", "--target", "cortex-m4", "--out", "my run"]) == 0
        shown = capsys.readouterr()
        assert shown.out.splitlines() == [
            "model (ds_cnn) fits Arm Cortex-M4 at 80 MHz",
            "",
            "  test accuracy  88.3 % of 60 clips",
            "                 95 % interval 81.0 to 94.0 %, balanced 88.3 %",
            "  baseline       33.3 % by always naming the commonest class",
            "  proof          all 120 samples equal TensorFlow Lite Micro in every byte",
            "",
            "  Flash    25.6 KiB  of  64.0 KiB  linked",
            "  RAM      16.5 KiB  of  24.0 KiB  linked",
            "  Latency   64.1 ms  of    200 ms  predicted",
            "",
            "  Beware: The class up has 40 samples; 50 or more are advised.",
            "  2 files set aside; the report says why.",
            "",
            "  'my run/report.html'   the whole report, to look at",
            "  'my run/c'/            the C library, its example and self-test",
            "  'my run/model.tflite'  the int8 model",
            "",
            "Next:",
            "  automl-edge pick 'my run' --number 6",
            "  automl-edge predict 'my run' FILE",
            "  automl-edge evaluate 'my run' NEW_CLIPS",
            "  cmake -S 'my run/c' -B 'my run/build' && cmake --build 'my run/build'",
        ]
        assert "Reading: the samples" in shown.err
        assert "a library talks" in shown.err
        assert specs[0].seed == 1

    def test_json_is_the_report_and_nothing_else(
        self, specs: list[FitSpec], report: Report, capfd: Screen
    ) -> None:
        out = answer(capfd, "fit", "data", "--target", "cortex-m4", "--json")
        assert json.loads(out) == to_json(report)
        assert specs[0].out == Path("data-cortex-m4")

    def test_options_reach_the_pipeline(self, specs: list[FitSpec], capsys: Screen) -> None:
        line = (
            "fit data --target boards/mine.toml --flash 64K --ram 24K --latency 50ms --trials 9 "
            "--time-limit 2m --space ds_cnn --backbone nets/b.h5 --optimize speed --seed 3 "
            "--name kws --test t --split s.csv --group-by (.*)_ --workers 2 --learnt --resume"
        )
        answer(capsys, *line.split())
        assert specs == [
            FitSpec(
                data=Path("data"),
                target="boards/mine.toml",
                out=Path("data-mine"),
                flash=65_536,
                ram=24_576,
                latency_ms=50.0,
                time_limit=120.0,
                trials=9,
                workers=2,
                test=Path("t"),
                split=Path("s.csv"),
                group_by="(.*)_",
                space="ds_cnn",
                backbone="nets/b.h5",
                optimize=Optimize.SPEED,
                seed=3,
                name="kws",
                learnt=True,
                resume=True,
            )
        ]

    def test_a_model_that_guesses_is_told(
        self, install: Install, report: Report, capsys: Screen
    ) -> None:
        test = replace(report.accuracy.test, c_model=0.3, interval95=(0.2, 0.4))
        guesses = replace(report, accuracy=replace(report.accuracy, test=test))
        install("pipeline", run=lambda spec, _: FitResult(guesses, spec.out))
        assert main(["fit", "data", "--target", "cortex-m4"]) == 0
        assert "Beware: That is no better than guessing: search" in capsys.readouterr().out

    def test_weights_that_training_started_from_are_told(
        self, install: Install, report: Report, capsys: Screen
    ) -> None:
        began = PretrainedSummary("mobilenet_v1", 0.25, 128, "abcd" * 16)
        begun = replace(report, candidate=replace(report.candidate, pretrained=began))
        install("pipeline", run=lambda spec, _: FitResult(begun, spec.out))
        assert main(["fit", "data", "--target", "cortex-m4"]) == 0
        assert (
            "  started from   mobilenet_v1 of width 0.25, pretrained on photos of 128 x 128 "
            "(abcdabcdabcd)"
        ) in capsys.readouterr().out

    def test_nothing_fits(self, install: Install, report: Report, capsys: Screen) -> None:
        install("pipeline", run=lambda spec, _: FitResult(nearest(report), spec.out))
        line = ["fit", "data", "--target", "cortex-m4", "--flash", "3K"]
        assert main(line) == NothingFits.code == 5
        shown = capsys.readouterr()
        assert "over the budget" in shown.out
        assert "Flash binds: the nearest model needs 25.6 KiB, the budget is 3.0 KiB" in shown.err
        assert "--flash" in shown.err
        assert "--optimize" not in shown.err

        assert main([*line, "--json"]) == 5
        found = json.loads(capsys.readouterr().out)
        assert found["error"]["kind"] == "nothing-fits"
        assert "Flash binds" in found["error"]["message"]


@pytest.mark.parametrize("command", ["fit", "plan"])
def test_where_smaller_kernels_would_let_something_fit_the_hint_says_so(
    install: Install, report: Report, plan: Plan, capsys: Screen, command: str
) -> None:
    install(
        "pipeline",
        run=lambda spec, _: FitResult(nearest(report), spec.out, size_would_fit=True),
        plan=lambda *_: replace(plan, binding=Resource.FLASH, size_would_fit=True),
    )
    assert main([command, "data", "--target", "cortex-m4", "--json"]) == 5
    hint = json.loads(capsys.readouterr().out)["error"]["hint"]
    assert hint.startswith("Something fits with --optimize size")


@pytest.mark.parametrize("command", ["fit", "plan"])
def test_the_least_that_would_let_something_fit_is_the_hint(
    install: Install, report: Report, plan: Plan, capsys: Screen, command: str
) -> None:
    broken = Violation(Resource.FLASH, 5000, 3072)
    helps = Remedies((broken,), (broken,), report.candidate.features, None)
    over = replace(nearest(report), remedies=helps)
    install(
        "pipeline",
        run=lambda spec, _: FitResult(over, spec.out),
        plan=lambda *_: replace(plan, binding=Resource.FLASH, remedies=helps),
    )
    assert main([command, "data", "--target", "cortex-m4", "--json"]) == 5
    hint = json.loads(capsys.readouterr().out)["error"]["hint"]
    assert hint.startswith("What would let something fit, as predicted: --flash 5.1K.")


def test_an_interrupted_fit_says_how_to_go_on(install: Install, capsys: Screen) -> None:
    def run(*_: object) -> FitResult:
        raise KeyboardInterrupt

    install("pipeline", run=run)
    assert main(["fit", "data", "--target", "cortex-m4", "--out", "my run"]) == 130
    assert "The same command with --resume goes on in 'my run'." in capsys.readouterr().err


@pytest.fixture
def plan(report: Report) -> Plan:
    row = PlanRow("ds_cnn", {"filters": 24}, report.footprint, True, Parity(4, 4, "tflite-micro"))
    wish = Optimize.BALANCED
    return Plan(report.data, report.target, report.budget, wish, 2000, 1234, None, False, (row,))


def test_plan_says_what_corrected_its_predictions(
    install: Install, plan: Plan, capsys: Screen
) -> None:
    by = CorrectionSummary(12, "0123456789ab", {"conv_2d": 1.01})
    install("pipeline", plan=lambda *_: replace(plan, corrections=by))
    out = answer(capsys, "plan", "data", "--target", "cortex-m4")
    assert "descriptions, latency corrected by 12 measured models (0123456789ab)." in out


def test_plan(install: Install, plan: Plan, capsys: Screen) -> None:
    install("pipeline", plan=lambda *_: plan)
    out = answer(capsys, "plan", "data", "--target", "cortex-m4")
    assert out.splitlines() == [
        "Arm Cortex-M4 at 80 MHz, budget 64.0 KiB flash, 24.0 KiB RAM, 200 ms latency",
        "1,234 different candidates of 2,000 drawn fit, predicted from their descriptions.",
        "Built, untrained: flash linked, RAM linked, latency predicted.",
        "",
        "  family     flash       RAM  latency       MACs  fits  C = oracle  choices",
        "  ds_cnn  25.6 KiB  16.5 KiB  64.1 ms  2,655,232  yes          4/4  filters=24",
    ]
    assert json.loads(answer(capsys, "plan", "data", "--target", "m", "--json")) == to_json(plan)


def test_a_plan_in_which_nothing_fits_fails(install: Install, plan: Plan, capsys: Screen) -> None:
    tight = replace(plan, feasible=0, binding=Resource.RAM, rows=())
    install("pipeline", plan=lambda *_: tight)
    assert main(["plan", "data", "--target", "cortex-m4"]) == 5
    shown = capsys.readouterr()
    assert "0 different candidates of 2,000" in shown.out
    assert "nothing fits Arm Cortex-M4 at 80 MHz. RAM binds" in shown.err
