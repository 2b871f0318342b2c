"""The C on this machine: proof against the oracle, and answers for raw signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.device.host import HostLibrary
from automl_edge.device.sanitized import run_sanitized
from automl_edge.device.sources import CSources
from automl_edge.domain.bundle import under
from automl_edge.errors import RunDirectoryError
from automl_edge.export.reference import Reference
from automl_edge.export.write import write_bundle
from automl_edge.verify import Classifier, Mismatch, load_classifier, verify
from tests.small_models import SPECS, library_for, model_for, windows

KINDS = ("image", "audio", "motion")


def with_file(sources: CSources, name: str, old: bytes, new: bytes) -> CSources:
    assert old in sources.bundle[name]
    return replace(sources, bundle={**sources.bundle, name: sources.bundle[name].replace(old, new)})


@pytest.mark.parametrize("kind", KINDS)
def test_every_window_of_every_sample_is_compared(kind: str) -> None:
    reference = Reference(model_for(kind), SPECS[kind])
    samples = [(f"s{i}", windows(SPECS[kind], count=1 + i % 3, seed=i)) for i in range(7)]
    found = verify(library_for(kind).sources, reference, samples)
    assert (found.samples, found.identical, found.mismatches) == (7, 7, ())
    assert found.oracle in ("tflite-micro", "portable")


def test_no_more_windows_are_held_at_once_than_asked_but_a_whole_recording_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held, whole = list[int](), Reference.features
    sources = library_for("motion").sources

    def noted(reference: Reference, own: Sequence[NDArray[Any]]) -> NDArray[np.int8]:
        held.append(len(own))
        return whole(reference, own)

    monkeypatch.setattr("automl_edge.verify.WINDOWS_AT_ONCE", 4)
    monkeypatch.setattr(Reference, "features", noted)
    counts = (2, 2, 1, 7, 3)
    samples = [(f"s{n}", windows(SPECS["motion"], n)) for n in counts]
    reference = Reference(model_for("motion"), SPECS["motion"])
    found = verify(sources, reference, samples)
    assert (found.samples, found.identical) == (5, 5)
    assert held == [4, 1, 7, 3]


def test_a_bare_network_is_compared_on_its_inputs() -> None:
    random = np.random.default_rng(1)
    inputs = [("a", [random.integers(-128, 128, (6, 5, 2), np.int8) for _ in range(3)])]
    found = verify(library_for("tensor").sources, Reference(model_for("tensor"), None), inputs)
    assert (found.samples, found.identical) == (1, 1)


def test_a_sample_that_differs_is_named() -> None:
    """Another offset changes features, but not those that are clamped anyway."""
    library = library_for("motion")
    wrong = with_file(library.sources, "tiny_frontend.c", b"10, -20, 1000", b"10, -20, 1050")
    loud, still = windows(SPECS["motion"], 1)[0], np.full((24, 3), 32767, np.int16)
    reference = Reference(model_for("motion"), SPECS["motion"])
    found = verify(wrong, reference, [("still", [still]), ("loud", [loud])])
    assert (found.samples, found.identical) == (2, 1)
    assert [mismatch.key for mismatch in found.mismatches] == ["loud"]
    assert found.mismatches[0].features > 0
    assert not found.mismatches[0].trapped


def test_undefined_behaviour_is_trapped_and_reported_not_fatal() -> None:
    library = library_for("motion")
    name, old = "ae_best_score.c", b"int32_t best = 0;"
    new = b"int32_t best = 0;\n    volatile int32_t huge = INT32_MAX;\n    huge = huge + 1;"
    sources = with_file(library.sources, name, old, new)
    samples = windows(SPECS["motion"])
    assert run_sanitized(library.sources, samples) is not None
    assert run_sanitized(sources, samples) is None
    reference = Reference(model_for("motion"), SPECS["motion"])
    found = verify(sources, reference, [("a", samples)])
    assert found.mismatches == (Mismatch("a", 0, 0, trapped=True),)


def test_an_answer_is_the_mean_over_the_windows_of_a_recording() -> None:
    library = library_for("audio")
    classifier = Classifier(library.info, library.sources)
    cut = windows(SPECS["audio"], 3)
    scores = HostLibrary(library.sources).run(cut).scores.astype(float)
    answer = classifier.answer(cut)
    assert answer.scores == pytest.approx(tuple((scores.mean(axis=0) + 128) / 256))
    assert answer.label == int(scores.sum(axis=0).argmax())
    assert [one.label for one in classifier.answers([cut[:1], cut])] == [
        int(scores[0].argmax()),
        answer.label,
    ]


def test_the_best_score_must_reach_the_threshold() -> None:
    library = library_for("audio")
    cut = windows(SPECS["audio"], 1)
    best = max(Classifier(library.info, library.sources).answer(cut).scores)
    for threshold, unsure in ((best, False), (best + 0.001, True), (0.0, False), (2.0, True)):
        info = replace(library.info, threshold=threshold)
        assert Classifier(info, library.sources).answer(cut).unsure is unsure


@pytest.mark.parametrize("kind", ["audio", "motion"])
def test_a_window_of_the_wrong_length_is_refused(kind: str) -> None:
    library = HostLibrary(library_for(kind).sources)
    window = windows(SPECS[kind], 1)[0]
    with pytest.raises(ValueError, match="do not fill"):
        library.run([window[: len(window) // 2]])


def test_a_run_directory_answers_with_the_c_that_it_holds(tmp_path: Path) -> None:
    library, other = library_for("motion"), library_for("motion", seed=6)
    write_bundle(under("c", library.bundle), tmp_path)
    cut = windows(SPECS["motion"])
    expected = Classifier(library.info, library.sources).answer(cut)
    loaded = load_classifier(tmp_path)
    assert loaded.info == library.info
    assert loaded.answer(cut) == expected
    weights = other.bundle["src/tiny_weights.c"]
    write_bundle({"c/src/tiny_weights.c": weights}, tmp_path)
    assert load_classifier(tmp_path).answer(cut) != expected


@pytest.mark.parametrize("damage", ["library.json", "src/tiny.c", "half"])
def test_an_incomplete_library_is_told(damage: str, tmp_path: Path) -> None:
    write_bundle(under("c", library_for("motion").bundle), tmp_path)
    if damage == "half":
        info = tmp_path / "c" / "library.json"
        info.write_text(info.read_text()[:100])
    else:
        (tmp_path / "c" / damage).unlink()
    with pytest.raises(RunDirectoryError, match=r"library|damaged"):
        load_classifier(tmp_path)
