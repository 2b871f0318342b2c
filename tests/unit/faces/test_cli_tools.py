"""The commands that train nothing, in words and in JSON, with the library replaced."""

import json
from pathlib import Path

from automl_edge.domain.dataset import SetAside
from automl_edge.domain.optimize import Optimize
from automl_edge.report.codec import to_json
from automl_edge.report.model import Report
from automl_edge.report.results import (
    CompileResult,
    Evaluation,
    Prediction,
)
from tests.command_line import Install, Screen, answer


def test_compile(install: Install, report: Report, capsys: Screen) -> None:
    def compile_model(
        path: Path, target: str, out: Path, name: str, wish: Optimize, row_bands: bool
    ) -> CompileResult:
        assert (path, target, name, row_bands) == (Path("m.tflite"), "cortex-m4", "kws", False)
        files = ("kws.h", "kws.c", "CMakeLists.txt")
        return CompileResult(report.target, wish, out, files, report.footprint, report.parity)

    install("tools", compile_model=compile_model)
    line = ["compile", "m.tflite", "--target", "cortex-m4", "--out", "lib", "--name", "kws"]
    out = answer(capsys, *line).splitlines()
    assert out[0] == "3 files in lib/"
    assert out[-1] == "  cmake -S lib -B lib/build && cmake --build lib/build"
    found = json.loads(answer(capsys, *line, "--json"))
    assert found["out"] == "lib"
    assert found["optimize"] == "balanced"
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
