"""Every command in words and in JSON, with the library behind it replaced."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from automl_edge.cli import main
from automl_edge.domain.dataset import SetAside
from automl_edge.domain.footprint import Resource
from automl_edge.domain.run import FitSpec, OnEvent, StageStarted
from automl_edge.errors import DataError, NothingFits
from automl_edge.report.codec import to_json
from automl_edge.report.model import Parity, Report, Status
from automl_edge.report.results import (
    CompileResult,
    Evaluation,
    FitResult,
    LayerRow,
    Plan,
    PlanRow,
    Prediction,
    ProfileResult,
)

Screen = pytest.CaptureFixture[str]
Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """``install("tools", profile_model=...)`` puts a module of the library in place."""

    def put(name: str, **functions: object) -> None:
        module = ModuleType(f"automl_edge.{name}")
        for function, body in functions.items():
            setattr(module, function, body)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        package, _, attribute = module.__name__.rpartition(".")
        monkeypatch.setattr(sys.modules[package], attribute, module, raising=False)

    return put


def answer(screen: Screen, *words: str) -> str:
    """Standard output of a command that succeeds."""
    assert main(words) == 0
    return screen.readouterr().out


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
            "--time-limit 2m --space ds_cnn --seed 3 --name kws --test t --split s.csv "
            "--group-by (.*)_ --resume"
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
                test=Path("t"),
                split=Path("s.csv"),
                group_by="(.*)_",
                space="ds_cnn",
                seed=3,
                name="kws",
                resume=True,
            )
        ]

    def test_nothing_fits(self, install: Install, report: Report, capsys: Screen) -> None:
        install("pipeline", run=lambda spec, _: FitResult(nearest(report), spec.out))
        line = ["fit", "data", "--target", "cortex-m4", "--flash", "3K"]
        assert main(line) == NothingFits.code == 5
        shown = capsys.readouterr()
        assert "over the budget" in shown.out
        assert "Flash binds: the nearest model needs 25.6 KiB, the budget is 3.0 KiB" in shown.err
        assert "--flash" in shown.err

        assert main([*line, "--json"]) == 5
        found = json.loads(capsys.readouterr().out)
        assert found["error"]["kind"] == "nothing-fits"
        assert "Flash binds" in found["error"]["message"]


def test_an_interrupted_fit_says_how_to_go_on(install: Install, capsys: Screen) -> None:
    def run(*_: object) -> FitResult:
        raise KeyboardInterrupt

    install("pipeline", run=run)
    assert main(["fit", "data", "--target", "cortex-m4", "--out", "my run"]) == 130
    assert "The same command with --resume goes on in 'my run'." in capsys.readouterr().err


@pytest.fixture
def plan(report: Report) -> Plan:
    row = PlanRow("ds_cnn", {"filters": 24}, report.footprint, True, Parity(4, 4, "tflite-micro"))
    return Plan(report.data, report.target, report.budget, 2000, 1234, None, (row,))


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


def test_profile(install: Install, report: Report, capsys: Screen) -> None:
    layers = (
        LayerRow("conv", "CONV_2D", 1_204_224, 6_500_000, 12_800, 95.9, 5.398, 4_000_000),
        LayerRow("head\x1b[31m", "FULLY_CONNECTED", 256, 1400, 96, 0.02, 5.469, 1100),
    )
    parity = Parity(20, 19, "portable")
    same = Parity(1, 1, "host")
    result = ProfileResult(report.target, report.footprint, layers, parity, same)
    asked: list[tuple[Path, str, bool]] = []

    def profile_model(path: Path, target: str, row_bands: bool) -> ProfileResult:
        asked.append((path, target, row_bands))
        return result

    install("tools", profile_model=profile_model)
    out = answer(capsys, "profile", "m.tflite", "--target", "cortex-m4")
    assert out.splitlines() == [
        "On Arm Cortex-M4 at 80 MHz",
        "",
        "  layer         op                    MACs     cycles  per MAC  instructions  "
        "RAM while it runs",
        "  conv          CONV_2D          1,204,224  6,500,000     5.40     4,000,000  "
        "         12.5 KiB",
        "  head\\x1b[31m  FULLY_CONNECTED        256      1,400     5.47         1,100  "
        "             96 B",
        "  total                          1,204,480  6,501,400              4,001,100",
        "  Cycles are emulated, memory without wait states.",
        "",
        "           measured             predicted  for a model",
        "  Flash    25.6 KiB  linked      25.4 KiB    384.0 KiB",
        "  RAM      16.5 KiB  linked      16.5 KiB     96.0 KiB",
        "  Latency   64.1 ms  predicted    64.1 ms    at 80 MHz",
        "",
        "  19 of 20 samples equal the portable kernels (TensorFlow Lite Micro has no package "
        "here) in every byte",
        "  the emulated core computes the same bytes as this machine",
    ]
    line = ["profile", "m.tflite", "--target", "cortex-m4", "--row-bands", "--json"]
    found = json.loads(answer(capsys, *line))
    assert asked == [(Path("m.tflite"), "cortex-m4", with_bands) for with_bands in (False, True)]
    assert set(found) == {"target", "footprint", "layers", "parity", "parity_on_core"}
    known = {"name", "op", "macs", "cycles", "ram_bytes"}
    assert set(found["layers"][0]) == known | {"latency_ms", "cycles_per_mac", "instructions"}


def test_compile(install: Install, report: Report, capsys: Screen) -> None:
    def compile_model(
        path: Path, target: str, out: Path, name: str, row_bands: bool
    ) -> CompileResult:
        assert (path, target, name, row_bands) == (Path("m.tflite"), "cortex-m4", "kws", False)
        files = ("kws.h", "kws.c", "CMakeLists.txt")
        return CompileResult(report.target, out, files, report.footprint, report.parity)

    install("tools", compile_model=compile_model)
    line = ["compile", "m.tflite", "--target", "cortex-m4", "--out", "lib", "--name", "kws"]
    out = answer(capsys, *line).splitlines()
    assert out[0] == "3 files in lib/"
    assert out[-1] == "  cmake -S lib -B lib/build && cmake --build lib/build"
    found = json.loads(answer(capsys, *line, "--json"))
    assert found["out"] == "lib"
    assert found["files"] == ["kws.h", "kws.c", "CMakeLists.txt"]


def test_predict(install: Install, capsys: Screen) -> None:
    found = (
        Prediction("a b.wav", "up", {"down": 0.125, "up": 0.875}, False),
        Prediction("ü\n.wav", "down", {"down": 0.5, "up": 0.375}, True),
    )

    def predict_files(run: Path, paths: tuple[Path, ...]) -> tuple[Prediction, ...]:
        assert (run, paths) == (Path("run"), (Path("a b.wav"), Path("ü\n.wav")))
        return found

    install("tools", predict_files=predict_files)
    assert answer(capsys, "predict", "run", "a b.wav", "ü\n.wav").splitlines() == [
        "a b.wav  up                     up 0.88, down 0.12",
        "ü\\n.wav  unsure (perhaps down)  down 0.50, up 0.38",
    ]
    plain = json.loads(answer(capsys, "predict", "run", "a b.wav", "ü\n.wav", "--json"))
    assert plain["predictions"][0] == {
        "path": "a b.wav",
        "label": "up",
        "scores": {"down": 0.125, "up": 0.875},
        "unsure": False,
    }


def test_evaluate(install: Install, report: Report, capsys: Screen) -> None:
    per_class = dict(zip(("up", "down", "naïve"), report.per_class.values(), strict=True))
    aside = (SetAside("bad.wav", "0 bytes"),)
    found = Evaluation(0.883, 0.883, (0.81, 0.94), 1 / 3, per_class, report.confusion, 60, aside)
    install("tools", evaluate_run=lambda *_: found)
    assert answer(capsys, "evaluate", "run", "new").splitlines() == [
        "88.3 % of 60 right by the compiled C",
        "",
        "  95 % interval  81.0 to 94.0 %",
        "  balanced       88.3 %",
        "  baseline       33.3 % by always naming the commonest class",
        "",
        "  class  recall  precision  samples  taken for",
        "  up     95.0 %     90.0 %       20  down 1",
        "  down   85.0 %     85.0 %       20  naïve 2, up 1",
        "  naïve  85.0 %     90.0 %       20  down 2, up 1",
        "",
        "  set aside: bad.wav: 0 bytes",
    ]
    assert json.loads(answer(capsys, "evaluate", "run", "new", "--json")) == to_json(found)


def test_example(install: Install, capsys: Screen, tmp_path: Path) -> None:
    def write_example(name: str, folder: Path) -> int:
        assert name == "digits"
        (folder / "SOURCE.txt").write_text("UCI, CC BY 4.0\n", "utf-8")
        return 1797

    install("examples", write_example=write_example)
    lines = answer(capsys, "example", "digits", str(tmp_path)).splitlines()
    assert lines[:2] == [f"1,797 samples in {tmp_path}/", "  UCI, CC BY 4.0"]
    assert lines[-1] == f"  automl-edge fit {tmp_path} --target cortex-m4"
    found = json.loads(answer(capsys, "example", "digits", str(tmp_path), "--json"))
    assert found == {
        "name": "digits",
        "folder": str(tmp_path),
        "samples": 1797,
        "source": "UCI, CC BY 4.0",
    }


def test_targets_lists_what_ships(capsys: Screen) -> None:
    lines = answer(capsys, "targets").splitlines()
    assert lines[0].split()[:2] == ["name", "clock"]
    m4 = next(line for line in lines if line.startswith("cortex-m4 "))
    assert " ".join(m4.split()[1:11]) == "80 MHz 512.0 KiB 128.0 KiB 384.0 KiB + 96.0"
    found = json.loads(answer(capsys, "targets", "--json"))["targets"]
    assert len(found) == len(lines) - 1


def test_one_target_tells_each_figure_and_its_source(capsys: Screen) -> None:
    out = answer(capsys, "targets", "cortex-m4")
    found = json.loads(answer(capsys, "targets", "cortex-m4", "--json"))
    assert found["flash_bytes"] == 512 * 1024
    assert set(found["sources"]) >= {
        "clock",
        "flash",
        "ram",
        "cycle_factor",
        "cycle_factor_streamed",
    }
    assert all(text in out for text in found["sources"].values())


def test_an_unknown_target_names_the_nearest(capsys: Screen) -> None:
    assert main(["targets", "cortex-m44", "--json"]) == 4
    assert "cortex-m4" in json.loads(capsys.readouterr().out)["error"]["hint"]


class TestFailures:
    @pytest.fixture
    def failing(self, install: Install) -> Callable[[BaseException], None]:
        def fail_with(problem: BaseException) -> None:
            def evaluate_run(*_: Path) -> Evaluation:
                raise problem

            install("tools", evaluate_run=evaluate_run)

        return fail_with

    def codes(self, capsys: Screen) -> tuple[int, str, dict[str, object]]:
        """Exit code, standard error, and the error as JSON."""
        code = main(["evaluate", "run", "new"])
        words = capsys.readouterr()
        assert words.out == ""
        assert main(["evaluate", "run", "new", "--json"]) == code
        error = json.loads(capsys.readouterr().out)["error"]
        assert error["code"] == code
        return code, words.err, error

    def test_an_error_for_users(self, failing: Callable[..., None], capsys: Screen) -> None:
        failing(DataError("no samples in new\x1b[2J", "Put some there."))
        code, words, error = self.codes(capsys)
        assert code == 3
        assert words == "automl-edge: no samples in new\\x1b[2J\n  Put some there.\n"
        assert (error["kind"], error["hint"]) == ("data", "Put some there.")

    def test_control_c(self, failing: Callable[..., None], capsys: Screen) -> None:
        failing(KeyboardInterrupt())
        code, words, error = self.codes(capsys)
        assert code == 130
        assert "interrupted" in words
        assert error["kind"] == "interrupted"

    def test_a_full_disk(self, failing: Callable[..., None], capsys: Screen) -> None:
        failing(OSError(28, "No space left on device", "/runs/a"))
        code, words, _ = self.codes(capsys)
        assert code == 7
        assert "the disk is full: /runs/a" in words

    def test_a_fault_of_ours(
        self,
        failing: Callable[..., None],
        capsys: Screen,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("AUTOML_EDGE_CACHE", str(tmp_path))
        failing(ZeroDivisionError("division by zero\nand more"))
        code, words, error = self.codes(capsys)
        assert code == 1
        assert error["kind"] == "internal"
        assert "ZeroDivisionError: division by zero\n" in words
        assert "Traceback" not in words
        written = list(tmp_path.glob("traceback-*.txt"))
        assert written
        assert str(written[0]) in words
        assert "Traceback" in written[0].read_text("utf-8")
