"""report.json: its schema holds for every report, and nothing is lost on the way and back."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from automl_edge.domain.dataset import Modality, MotionFormat, SetAside, Shortcut
from automl_edge.domain.features import ImageSpec, LogMelSpec, MotionSpec
from automl_edge.domain.footprint import Cost, Figures, Footprint, Resource, Source, Violation
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.quantisation import Quantisation
from automl_edge.domain.remedies import Remedies
from automl_edge.domain.target import Budget
from automl_edge.errors import EnvironmentProblem, RunDirectoryError
from automl_edge.report.codec import dumps, from_json, to_json
from automl_edge.report.files import read_report, schema, write_report
from automl_edge.report.model import (
    Accuracy,
    CandidateSummary,
    DataSummary,
    FootprintPair,
    GroupSummary,
    Parity,
    PartAccuracy,
    PartCounts,
    PretrainedSummary,
    Report,
    Status,
    TargetSummary,
)
from automl_edge.report.results import Evaluation
from automl_edge.report.searched import (
    CheckedTrial,
    CorrectionSummary,
    LearningPoint,
    PredictionSummary,
    SearchSummary,
    TrialPoint,
    UnlimitedSummary,
    front_of,
)
from automl_edge.scores import ClassScore

counts = st.integers(0, 2**40)
amounts = st.floats(0, 1e9)
some = st.floats(1e-6, 1e6)
fractions = st.floats(0, 1)
words = st.text(max_size=12)
texts = st.dictionaries(words, words, max_size=3)
sources = st.sampled_from(Source)
quantisations = st.sampled_from(Quantisation)
specs = st.one_of(
    st.builds(
        ImageSpec,
        st.integers(1, 512),
        st.integers(1, 512),
        st.sampled_from((1, 3)),
        st.sampled_from(("area", "bilinear")),
    ),
    st.builds(LogMelSpec, *(st.integers(1, 48_000) for _ in range(7))),
    st.integers(1, 9).flatmap(
        lambda axes: st.builds(
            MotionSpec,
            some,
            st.integers(1, 500),
            *(st.tuples(*[st.integers(-(2**31), 2**31 - 1)] * axes) for _ in range(2)),
        )
    ),
)
parts = st.lists(st.builds(Cost, words, counts, counts, amounts), max_size=4).map(tuple)
footprints = st.builds(
    Footprint,
    *(counts, counts, amounts, counts),
    parts,
    *(sources, sources, sources),
    *(counts, counts),
    *(st.none() | counts, st.none() | counts),
)
trial = st.builds(TrialPoint, counts, words, fractions, counts, counts, amounts, counts)
searches = st.lists(trial, max_size=5).flatmap(
    lambda trials: st.builds(
        SearchSummary,
        counts,
        counts,
        counts,
        amounts,
        st.just(tuple(trials)),
        st.just(front_of(trials, 0)),
        counts,
        st.booleans(),
        st.lists(st.builds(LearningPoint, fractions.filter(bool), fractions), max_size=3).map(
            tuple
        ),
        st.none() | st.builds(UnlimitedSummary, fractions, counts),
    )
)
factors = st.dictionaries(words, st.floats(0.01, 100), max_size=3)
correction = st.builds(CorrectionSummary, counts, words, factors)
figures = st.builds(Figures, counts, counts, amounts)
error = st.none() | st.floats(-1, 100)
checks = st.lists(st.builds(CheckedTrial, counts, figures, figures, error), max_size=3).map(tuple)
predictions = st.builds(
    PredictionSummary, correction, correction, checks, st.none() | st.floats(0, 100)
)
violations = st.lists(st.builds(Violation, st.sampled_from(Resource), amounts, amounts), max_size=3)
remedies = st.builds(
    Remedies, violations.map(tuple), violations.map(tuple), specs, st.none() | specs
)
interval = st.tuples(fractions, fractions)
accuracy = st.builds(PartAccuracy, *[fractions] * 4, interval, fractions)
pretrained = st.builds(PretrainedSummary, words, st.floats(0.01, 2), st.integers(1, 512), words)
values = st.dictionaries(
    words, st.one_of(st.integers(), st.floats(-1e9, 1e9), words, st.booleans()), max_size=4
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    classes = tuple(draw(st.lists(words, min_size=2, max_size=4, unique=True)))

    def per_class() -> tuple[int, ...]:
        return tuple(draw(counts) for _ in classes)

    axes = draw(st.lists(words, min_size=1, max_size=6).map(tuple))
    motion = st.builds(MotionFormat, st.just(axes), some, st.tuples(*[some] * len(axes)))
    data = DataSummary(
        draw(st.sampled_from(Modality)),
        draw(words),
        classes,
        PartCounts(per_class(), per_class(), per_class()),
        draw(st.builds(GroupSummary, words, counts, counts, counts)),
        draw(st.lists(st.builds(SetAside, words, words), max_size=3).map(tuple)),
        draw(st.lists(st.builds(Shortcut, words, fractions, fractions), max_size=2).map(tuple)),
        draw(st.lists(words, max_size=2).map(tuple)),
        draw(st.lists(words, max_size=2).map(tuple)),
        draw(st.none() | motion),
    )
    binding = draw(st.none() | st.sampled_from(Resource))
    return Report(
        status=Status.FITS if binding is None else Status.NEAREST,
        binding=binding,
        name=draw(st.text(min_size=1, max_size=8)),
        data=data,
        target=draw(
            st.builds(TargetSummary, *[words] * 3, *[counts] * 5, some, some, some, words, texts)
        ),
        budget=draw(st.builds(Budget, st.integers(), st.integers(), some)),
        optimize=draw(st.sampled_from(Optimize)),
        candidate=draw(
            st.builds(
                CandidateSummary,
                *(words, values, specs, counts, counts, quantisations),
                st.none() | pretrained,
            )
        ),
        accuracy=draw(st.builds(Accuracy, accuracy, accuracy)),
        per_class={
            name: draw(st.builds(ClassScore, fractions, fractions, counts)) for name in classes
        },
        confusion=tuple(per_class() for _ in classes),
        threshold=draw(fractions),
        footprint=draw(st.builds(FootprintPair, footprints, footprints)),
        parity=draw(st.builds(Parity, counts, counts, words)),
        search=draw(searches),
        predictions=draw(predictions),
        versions=draw(texts),
        seed=draw(counts),
        remedies=draw(st.none() | remedies),
    )


@settings(deadline=None, max_examples=25)
@given(reports())
def test_every_report_meets_the_schema_and_comes_back_the_same(report: Report) -> None:
    plain = json.loads(dumps(report))
    Draft202012Validator(schema()).validate(plain)
    assert from_json(Report, plain) == report


def test_the_schema_itself_is_sound_and_strict() -> None:
    Draft202012Validator.check_schema(schema())

    def objects(node: object) -> list[dict[str, object]]:
        if isinstance(node, list):
            return [found for each in node for found in objects(each)]
        if not isinstance(node, dict):
            return []
        inner = [found for each in node.values() for found in objects(each)]
        return [node, *inner] if node.get("type") == "object" else inner

    found = objects(schema())
    assert len(found) > 20
    assert all("additionalProperties" in each for each in found)


def test_the_json_has_the_keys_that_the_design_promises(report: Report) -> None:
    plain = to_json(report)
    assert set(plain) == {
        "schema_version", "status", "binding", "remedies", "name", "data", "target", "budget",
        "optimize", "candidate", "accuracy", "per_class", "confusion", "threshold", "footprint",
        "parity", "search", "predictions", "versions", "seed",
    }  # fmt: skip
    assert set(plain["accuracy"]["test"]) == {
        "float", "int8", "c", "balanced", "interval95", "majority",
    }  # fmt: skip
    assert plain["footprint"]["measured"]["source"] == {
        "flash_bytes": "linked",
        "ram_bytes": "linked",
        "latency_ms": "predicted",
    }
    assert plain["candidate"]["features"]["kind"] == "log_mel"
    assert plain["per_class"]["up"] == {"precision": 0.9, "recall": 0.95, "support": 20}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("status",), "maybe"),
        (("binding",), "flash"),
        (("optimize",), "beauty"),
        (("extra",), 1),
        (("accuracy", "test", "c"), 1.2),
        (("footprint", "measured", "flash_bytes"), 10.5),
        (("footprint", "measured", "source", "ram_bytes"), "guessed"),
        (("candidate", "features", "kind"), "image"),
        (("confusion",), [[-1, 0], [0, 1]]),
        (("schema_version",), 2),
    ],
)
def test_the_schema_refuses(report: Report, path: tuple[str, ...], value: object) -> None:
    plain = to_json(report)
    place = plain
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ValidationError):
        Draft202012Validator(schema()).validate(plain)


@pytest.mark.parametrize("key", [each.metadata.get("json", each.name) for each in fields(Report)])
def test_the_schema_misses_every_key_that_is_left_out(report: Report, key: str) -> None:
    plain = to_json(report)
    del plain[key]
    with pytest.raises(ValidationError, match="required"):
        Draft202012Validator(schema()).validate(plain)


def test_files_are_written_whole_and_read_back(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path)
    assert read_report(tmp_path) == report
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]


def test_a_report_that_breaks_the_schema_is_not_written(report: Report, tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        write_report(replace(report, threshold=1.5), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_is_not_finite_is_refused(report: Report) -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps(replace(report, threshold=float("nan")))


def test_a_value_without_a_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        to_json({"classes": {1, 2}})


def test_names_that_are_not_utf8_can_be_written(report: Report, tmp_path: Path) -> None:
    odd = replace(report, data=replace(report.data, set_aside=(SetAside("a\udcff.png", "x"),)))
    write_report(odd, tmp_path)
    assert read_report(tmp_path) == odd
    assert "a\\udcff.png" in (tmp_path / "report.html").read_text("utf-8")


def test_a_folder_without_a_report_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match=r"no report\.json"):
        read_report(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 1}', "\x00\xff"])
def test_a_damaged_report_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text, encoding="latin-1")
    with pytest.raises(RunDirectoryError, match="damaged or of another version"):
        read_report(tmp_path)


def test_a_folder_that_is_not_there_is_told(report: Report, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="cannot write"):
        write_report(report, tmp_path / "missing")


def test_an_evaluation_carries_what_the_design_promises() -> None:
    found = Evaluation(0.9, 0.8, (0.7, 0.95), 0.5, {"a": ClassScore(1.0, 0.8, 5)}, ((5,),), 5)
    promised = {"accuracy", "balanced", "interval95", "per_class", "confusion", "samples"}
    assert promised <= set(to_json(found))
