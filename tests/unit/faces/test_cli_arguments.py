"""The grammar of the command line, and how it refuses."""

import json
from pathlib import Path

import pytest

from automl_edge.cli import main
from automl_edge.cli.arguments import parser
from automl_edge.domain.dataset import Modality
from automl_edge.errors import UsageError


def test_fit_reads_sizes_and_times() -> None:
    line = (
        "fit data --target t.toml --flash 256K --ram 1.5KiB --latency 50ms --time-limit 10m "
        "--modality audio --seed 7 --name kws"
    )
    options = parser().parse_args(line.split())
    assert (options.flash, options.ram) == (262_144, 1536)
    assert (options.latency, options.time_limit) == (pytest.approx(0.05), 600)
    assert options.modality is Modality.AUDIO
    assert (options.data, options.seed, options.name) == (Path("data"), 7, "kws")
    assert options.trials is None
    assert options.workers == 1
    assert not options.resume
    assert not options.learnt


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "no command"),
        ("fly data", "invalid choice: 'fly'"),
        ("fit", "DATA"),
        ("fit data", "--target"),
        ("fit data --target t --flash 12Q", "--flash: '12Q' is not a size"),
        ("fit data --target t --ram -3K", "--ram"),
        ("fit data --target t --latency soon", "--latency: 'soon' is not"),
        ("fit data --target t --workers x", "--workers: 'x' is not a whole number above 0"),
        ("fit data --target t --trials 0", "--trials: '0' is not a whole number above 0"),
        ("fit data --target t --seed -1", "--seed"),
        ("fit data --target t --name 1st", "--name: '1st' cannot begin C names"),
        ("fit data --target t --group-by [", "--group-by: '[' is not a regex"),
        ("fit data --target t --modality smell", "--modality"),
        ("fit data --target t --optimize beauty", "'beauty' is not one of speed, size, balanced"),
        ("fit data --target t --tim 3m", "unrecognized arguments"),
        ("compile m.tflite --target t", "--out"),
        ("predict run", "FILE"),
        ("pick run --number -1", "--number"),
        ("plan data --target t --trials 3", "unrecognized arguments: --trials 3"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(
    line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == UsageError.code == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""
    assert "--help" in shown.err

    assert main([*line.split(), "--json"]) == 2
    shown = capsys.readouterr()
    found = json.loads(shown.out)["error"]
    assert shown.err == ""
    assert (found["kind"], found["code"]) == ("usage", 2)
    assert found["hint"]


COMMANDS = (
    *("plan", "fit", "pick", "profile", "compile"),
    *("evaluate", "predict", "check", "targets", "example"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr()
    assert f"usage: automl-edge {command}" in shown.out
    assert "--json" in shown.out


def test_the_help_lists_commands_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "130 interrupted" in shown
    assert "before any training" in shown


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("automl-edge ")
