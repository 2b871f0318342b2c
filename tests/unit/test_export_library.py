"""What an exported library says about itself, and which models it refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from automl_edge.device.sources import Role
from automl_edge.domain.candidate import Backbone
from automl_edge.domain.dataset import MotionFormat
from automl_edge.domain.features import MotionSpec
from automl_edge.errors import ModelFileError, UsageError
from automl_edge.export.c_library import build_library
from automl_edge.export.c_tables import fnv1a
from automl_edge.export.golden import MAX_BYTES, golden_vectors
from automl_edge.export.library import LibraryInfo, info_file
from automl_edge.export.reference import Reference
from automl_edge.export.tflm import tflm_bundle
from automl_edge.export.words import marks
from automl_edge.report.codec import from_json
from tests.small_models import LABELS, ORIGIN, SPECS, library_for, model_for, windows

KINDS = ("image", "audio", "motion", "tensor")


@pytest.mark.parametrize("kind", KINDS)
def test_the_facts_come_back_from_their_file(kind: str) -> None:
    info = library_for(kind).info
    assert from_json(LibraryInfo, json.loads(info_file(info))) == info


@pytest.mark.parametrize("kind", KINDS)
def test_every_source_has_a_role_and_every_mark_is_filled(kind: str) -> None:
    library = library_for(kind)
    sources = {path for path in library.sources.bundle if path.endswith(".c")}
    assert {path for path, _ in library.sources.roles} == sources
    assert ("tiny_weights.c", Role.WEIGHTS) in library.sources.roles
    assert ("tiny.c", Role.INTERFACE) in library.sources.roles
    for path, content in library.bundle.items():
        assert b"@" not in content, path
        assert path in ("LICENSE", "README.md", "library.json", "CMakeLists.txt") or (
            content.startswith(b"/* SPDX-License-Identifier: 0BSD */")
        ), path


@pytest.mark.parametrize(
    ("family", "name"), [("mobilenet_v1", "MobileNet"), ("mobilenet_v2", "MobileNetV2")]
)
def test_weights_that_derive_from_others_carry_their_licence(family: str, name: str) -> None:
    origin = replace(ORIGIN, pretrained=Backbone(family, 0.25, 128))
    model = model_for("image")
    library = build_library(model, SPECS["image"], LABELS, 0.5, "tiny", origin)
    for bundle in (library.bundle, tflm_bundle(model, "tiny", origin)):
        assert b"Apache License" in bundle["LICENSE.weights"]
    for file in ("README.md", "src/tiny.h"):
        assert f"began with weights of {name};".encode() in library.bundle[file]
    assert from_json(LibraryInfo, json.loads(library.bundle["library.json"])) == library.info
    assert "LICENSE.weights" not in library_for("image").bundle


def test_the_library_is_the_same_every_time() -> None:
    assert library_for("audio").bundle == library_for("audio").bundle


def test_the_context_is_the_work_area_and_the_front_ends_state() -> None:
    """The front end's scratch (4 bytes for each of 512 samples) and the arena share memory."""
    info = library_for("audio").info
    assert info.work_bytes == max(info.arena_bytes, 4 * 512)
    state = 16 + 12 * 16 + 2 * 480
    assert info.context_bytes == info.work_bytes + state


@pytest.mark.parametrize(
    ("threshold", "steps"),
    [(0.0, -128), (0.001, -127), (0.5, 0), (0.501, 1), (255 / 256, 127), (1.0, 128), (9.0, 128)],
)
def test_a_threshold_is_the_smallest_score_that_reaches_it(threshold: float, steps: int) -> None:
    info = replace(library_for("motion").info, threshold=threshold)
    assert info.int8_threshold == steps
    if steps < 128:
        assert (steps + 128) / 256 >= threshold


def test_a_model_that_does_not_suit_front_end_or_labels_is_refused() -> None:
    model = model_for("motion")
    other = replace(SPECS["motion"], window=25)
    assert isinstance(other, MotionSpec)
    with pytest.raises(ModelFileError, match="reads 72 values"):
        build_library(model, other, LABELS, 0.5, "tiny", ORIGIN)
    with pytest.raises(ModelFileError, match="3 scores for 2 labels"):
        build_library(model, SPECS["motion"], LABELS[:2], 0.5, "tiny", ORIGIN)
    with pytest.raises(UsageError, match="C name"):
        build_library(model, SPECS["motion"], LABELS, 0.5, "no name", ORIGIN)


def test_golden_vectors_stay_small_but_there_is_always_one() -> None:
    reference = Reference(model_for("image"), SPECS["image"])
    photo = windows(SPECS["image"], 1)[0]
    huge = np.tile(photo, (10, 10, 1))
    assert huge.nbytes > MAX_BYTES
    assert len(golden_vectors([huge, photo], reference)) == 1
    assert len(golden_vectors([photo] * 9, reference)) == 4
    first = golden_vectors([photo], reference)[0]
    assert first.features.tobytes() == reference.features([photo]).tobytes()


def test_the_hash_is_fnv_1a() -> None:
    """Test vectors of its authors."""
    for text, value in ((b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"foobar", 0xBF9CF968)):
        assert fnv1a(np.frombuffer(text, np.int8)) == value


def test_the_step_of_each_axis_is_told_to_the_programmer():
    info = library_for("motion").info
    two = replace(info.origin, motion=MotionFormat(("acc */", "gyro"), 50.0, (0.0001, 0.1)))
    words = marks(replace(info, origin=two))["INPUT_WORDS"]
    assert "0.0001" in words
    assert "gyro 0.1" in words
    assert "*/" not in words
    for file in ("README.md", "src/tiny.h"):
        assert b"x 0.01, y 0.01, z 0.01" in library_for("motion").bundle[file]
