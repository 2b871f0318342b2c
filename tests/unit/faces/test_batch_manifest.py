"""Manifests: what jobs they give, and that everything wrong with one is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from automl_edge.batch import Job, read_manifest
from automl_edge.batch.manifest import MOST_SHOWN, jobs_of
from automl_edge.batch.options import OPTIONS
from automl_edge.cli.arguments import parser
from automl_edge.domain.dataset import Modality
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.run import FitSpec
from automl_edge.errors import EnvironmentProblem, UsageError

OUT = Path("out")


def _read(tmp_path: Path, text: str) -> tuple[Job, ...]:
    file = tmp_path / "jobs.yaml"
    file.write_text(text, "utf-8")
    return read_manifest(file, OUT)


def test_defaults_and_lists_of_targets(tmp_path: Path) -> None:
    jobs = _read(
        tmp_path,
        """
        defaults: {target: cortex-m4, time_limit: 10m}
        jobs:
          - {name: words, data: recordings/}
          - {name: parts, data: photos/, target: [cortex-m7, boards/mine.toml], ram: 96K}
        """,
    )
    mine = str(tmp_path / "boards" / "mine.toml")
    photos = tmp_path / "photos"
    expected = (
        FitSpec(tmp_path / "recordings", "cortex-m4", OUT / "words", time_limit=600, resume=True),
        FitSpec(photos, "cortex-m7", OUT / "parts-cortex-m7", None, 98304, None, 600, resume=True),
        FitSpec(photos, mine, OUT / "parts-mine", None, 98304, None, 600, resume=True),
    )
    assert tuple(job.spec for job in jobs) == expected
    assert [job.name for job in jobs] == ["words", "parts-cortex-m7", "parts-mine"]


def test_every_option_is_read(tmp_path: Path) -> None:
    (job,) = _read(
        tmp_path,
        """
        jobs:
          - name: all-of-them
            data: data.zip
            target: esp32-c3
            flash: 64K
            ram: 3000
            latency: 50ms
            time-limit: 90s
            trials: 4
            workers: 2
            seed: 0
            modality: audio
            test: held-out
            split: parts.csv
            group_by: "^([a-z]+)_"
            space: mine.py
            backbone: imagenet
            optimize: size
            learnt: true
            prefix: wake
        """,
    )
    assert job.spec == FitSpec(
        data=tmp_path / "data.zip",
        target="esp32-c3",
        out=OUT / "all-of-them",
        flash=65536,
        ram=3000,
        latency_ms=50.0,
        time_limit=90.0,
        trials=4,
        modality=Modality.AUDIO,
        test=tmp_path / "held-out",
        split=tmp_path / "parts.csv",
        group_by="^([a-z]+)_",
        space=str(tmp_path / "mine.py"),
        backbone="imagenet",
        optimize=Optimize.SIZE,
        seed=0,
        learnt=True,
        name="wake",
        resume=True,
        workers=2,
    )


def test_the_options_are_those_of_fit() -> None:
    """But for those that a batch decides itself, and the name, which is the job's."""
    words = vars(parser().parse_args(["fit", "DATA", "--target", "T"]))
    left_out = {"command", "json", "version", "out", "resume", "name"}
    assert set(OPTIONS) - {"prefix"} == set(words) - left_out


WRONG = {
    "- {name: a}": ("job a: it has no data", "job a: it has no target"),
    "- {data: d, target: t}": ("job 1: its name has to be letters, digits, dots and hyphens",),
    "- {name: ../up, data: d, target: t}": ("job ../up: its name has to be",),
    "- {name: summary.csv, data: d, target: t}": ("job summary.csv: its name has to be",),
    "- {name: a.log, data: d, target: t}": ("job a.log: its name has to be",),
    "- {name: a, data: d, target: t, rma: 6K}": ("there is no option 'rma'; ram is near",),
    "- {name: a, data: d, target: t, ram: 6X}": ("job a: ram: '6X' is not a size",),
    "- {name: a, data: d, target: t, trials: 1.5}": ("trials: 1.5 is not a whole number from 1",),
    "- {name: a, data: d, target: t, learnt: 1}": ("learnt: 1 is neither true nor false",),
    "- {name: a, data: d, target: t, modality: smell}": ("'smell' is not one of",),
    "- {name: a, data: d, target: t, group_by: '('}": ("'(' is not a regex",),
    "- {name: a, data: d, target: t, prefix: int}": ("'int' is a word of C",),
    "- {name: a, data: [d], target: t}": ("job a: data: ['d'] is not one word or number",),
    "- {name: a, data: d, target: []}": ("job a: it has no target",),
    "- {name: a, data: d, target: [t, t]}": ("two jobs are called a-t",),
    "- {name: a, data: d, target: {t: 1}}": ("job a: target: {'t': 1} is not one word",),
    "- photos/": ("job 1: 'photos/' are not options",),
}


@pytest.mark.parametrize("entry", WRONG)
def test_what_is_wrong_is_told(tmp_path: Path, entry: str) -> None:
    with pytest.raises(UsageError) as caught:
        _read(tmp_path, f"jobs:\n  {entry}\n")
    for part in WRONG[entry]:
        assert part in caught.value.message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "it has to hold `jobs:`"),
        ("jobs: []", "there are no jobs in it"),
        ("jobs: {name: a}", "jobs: this is a list"),
        ("defaults: fast\njobs: []", "defaults: these are options"),
        ("task: x\njobs: [{name: a, data: d, target: t}]", "'task' is neither jobs nor defaults"),
        ("jobs: [", "is not YAML"),
        ("jobs:\n- {name: a, name: b, data: d, target: t}", "'name' is given twice"),
    ],
)
def test_what_is_no_manifest_is_told(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(UsageError) as caught:
        _read(tmp_path, text)
    assert part in caught.value.message


def test_all_problems_are_told_at_once_but_not_too_many() -> None:
    entries = [{"name": f"job{i}", "data": "d"} for i in range(MOST_SHOWN + 3)]
    with pytest.raises(UsageError) as caught:
        jobs_of({"jobs": entries}, Path(), OUT)
    lines = caught.value.message.splitlines()
    assert lines[1] == "job job0: it has no target"
    assert lines[-1] == "and 3 more"
    assert len(lines) == MOST_SHOWN + 2


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="cannot read"):
        read_manifest(tmp_path / "none.yaml", OUT)
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        read_manifest(binary, OUT)
