"""A whole fit of each modality on tiny made-up data, through the Python face."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

import automl_edge
from automl_edge.domain.footprint import Source
from automl_edge.report.files import read_report
from automl_edge.report.model import Status
from automl_edge.training import load_backbone
from tests.backbone_files import NARROW, write_backbone
from tests.makers import audio_folder, image_folder, motion_folder

PER_CLASS = 12
CLOSE = 0.05
SECONDS = 45.0
"""Of a fit, at least: one trial in any case, and what there is time for."""


@pytest.mark.slow
def test_a_fit_of_sounds(tmp_path: Path) -> None:
    data = audio_folder(tmp_path / "data", per_class=PER_CLASS)
    _fit_and_use(data, tmp_path, target="cortex-m7", time_limit=SECONDS)


@pytest.mark.slow
def test_a_fit_of_photos_starts_from_pretrained_weights_and_says_so(tmp_path: Path) -> None:
    data = image_folder(tmp_path / "data", per_class=PER_CLASS, size=(48, 40))
    file = write_backbone(tmp_path / "weights.h5", NARROW)

    fitted = _fit_and_use(
        data,
        tmp_path,
        target="cortex-m4",
        time_limit=SECONDS,
        space="mobilenet_v1_pretrained",
        backbone=file,
    )

    began = fitted.report.candidate.pretrained
    assert began is not None
    assert (began.family, began.width, began.size) == ("mobilenet_v1", 0.25, 128)
    assert began.digest == load_backbone(file).digest
    assert "pretrained on photos of 128 x 128" in (fitted.out / "report.html").read_text()


def _fit_and_use(data: Path, tmp_path: Path, **options: Any) -> automl_edge.Fitted:
    """A fit that is proved, measured and usable, and leaves ``data`` as it was."""
    before = {file: file.read_bytes() for file in sorted(data.rglob("*")) if file.is_file()}

    fitted = automl_edge.fit(data, out=tmp_path / "run", name="tiny", **options)

    report = fitted.report
    assert report == read_report(fitted.out)
    assert report.status is Status.FITS
    assert report.parity.identical == report.parity.samples > 0
    measured, predicted = report.footprint.measured, report.footprint.predicted
    assert measured.flash_source is Source.LINKED
    assert predicted.flash_bytes == pytest.approx(measured.flash_bytes, rel=CLOSE)
    assert predicted.ram_bytes == pytest.approx(measured.ram_bytes, rel=CLOSE)
    assert measured.flash_bytes <= report.budget.flash_bytes
    assert measured.ram_bytes <= report.budget.ram_bytes
    files = {file: file.read_bytes() for file in sorted(data.rglob("*")) if file.is_file()}
    assert files == before

    answer = fitted.predict(next(file for file in before if file.parent.name == "left"))
    assert set(answer.scores) == {"left", "right"}
    evaluation = fitted.evaluate(data)
    assert evaluation.samples == 2 * PER_CLASS
    assert evaluation.trained_on == sum(report.data.counts.train)
    assert _selftest(fitted.out / "c", tmp_path / "selftest") == 0
    return fitted


@pytest.mark.slow
def test_a_fit_of_motion_and_another_point_of_its_front(tmp_path: Path) -> None:
    data = motion_folder(tmp_path / "data", per_class=PER_CLASS)
    fitted = _fit_and_use(data, tmp_path, target="esp32-c3", trials=4, flash=24 * 1024)
    lean = min(fitted.front, key=lambda point: point.ram_bytes)

    picked = fitted.pick(ram=lean.ram_bytes + 64)

    report = picked.report
    assert picked.out == tmp_path / f"run-pick-{report.search.chosen}"
    assert report == read_report(picked.out)
    assert report.status is Status.FITS
    assert report.footprint.measured.ram_bytes <= lean.ram_bytes + 64
    assert report.parity.identical == report.parity.samples > 0
    assert report.search.trials == fitted.report.search.trials
    assert _selftest(picked.out / "c", tmp_path / "selftest") == 0

    same = fitted.pick(number=fitted.report.search.chosen, out=tmp_path / "same")
    for name in ("model.tflite", "split.csv", "c/src/tiny.c"):
        assert (same.out / name).read_bytes() == (fitted.out / name).read_bytes()
    assert same.report.accuracy == fitted.report.accuracy


def _selftest(library: Path, program: Path) -> int:
    """The exit code of the library's self-test, compiled as its CMakeLists would."""
    from automl_edge.device.toolchain import WARNINGS, compiler

    plain = {file.name: file for file in (library / "plain").glob("*.c")}
    files = [file for folder in ("src", "selftest") for file in (library / folder).glob("*.c")]
    units = [str(plain.get(file.name, file)) for file in files]
    include = [f"-I{library / folder}" for folder in ("src", "selftest")]
    subprocess.run([*compiler(), *WARNINGS, *include, *units, "-o", str(program)], check=True)
    return subprocess.run([program], check=False, capture_output=True).returncode
