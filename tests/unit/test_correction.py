"""What measured models teach the predictor, and the file in which that is kept."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from automl_edge.catalog import load_target
from automl_edge.cost import describe_architecture, footprint, op_cycles
from automl_edge.costs import correction, kept
from automl_edge.costs.correction import NO_CORRECTIONS, Corrections, MeasuredModel, Share
from automl_edge.costs.kept import from_json, keep, kept_file, read_kept, to_json
from automl_edge.domain.architecture import Architecture, AveragePool2D, Conv2D, Dense, Flatten
from automl_edge.domain.features import ImageSpec

TARGET = load_target("cortex-m4")
NETWORK = Architecture(
    (16, 16, 3), (Conv2D(8, (3, 3), (2, 2)), AveragePool2D(), Flatten(), Dense(3))
)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOML_EDGE_CACHE", str(tmp_path))


def _model(key: str, predicted: float = 0.8, ratio: float = 1.1) -> MeasuredModel:
    return MeasuredModel(key, (Share("conv_2d_packed", predicted, predicted * ratio),))


def test_factors_shrink_towards_one_by_the_amount_of_evidence() -> None:
    assert NO_CORRECTIONS.factor("conv_2d_packed") == 1.0
    factors = [
        NO_CORRECTIONS.learnt(*(_model(str(n)) for n in range(count))).factor("conv_2d_packed")
        for count in (1, 3, 30)
    ]
    assert factors == [pytest.approx((1 + 0.88 * n) / (1 + 0.8 * n), abs=1e-4) for n in (1, 3, 30)]
    assert 1 < factors[0] < factors[1] < factors[2] < 1.1
    hardly_there = Corrections((_model("a", predicted=0.001, ratio=5.0),))
    assert hardly_there.factor("conv_2d_packed") < 1.005
    assert Corrections((_model("a"),)).factor("softmax") == 1.0


def test_shares_are_of_the_whole_model_and_add_up_by_kind() -> None:
    cycles = (("front end image", 500.0, 600.0), ("conv", 300.0, 270.0), ("conv", 200.0, 230.0))
    model = MeasuredModel.of("key", cycles)
    assert model.shares == (Share("conv", 0.5, 0.5), Share("front end image", 0.5, 0.6))
    larger = MeasuredModel.of("key", tuple((k, 1000 * p, 1000 * m) for k, p, m in cycles))
    assert larger == model
    with pytest.raises(ValueError, match="without predicted"):
        MeasuredModel.of("key", ())


def test_a_model_counts_once_and_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    once = NO_CORRECTIONS.learnt(_model("a"), _model("b"))
    assert once.learnt(_model("a"), _model("b")) == once
    assert once.learnt(_model("a", ratio=1.2)).factor("conv_2d_packed") > once.factor(
        "conv_2d_packed"
    )
    monkeypatch.setattr(correction, "MOST_MODELS", 2)
    assert [model.key for model in once.learnt(_model("c")).models] == ["b", "c"]


def test_the_order_of_models_does_not_change_predictions() -> None:
    models = [_model(str(n), 0.1 * n, 1 + 0.01 * n) for n in range(1, 8)]
    forward, backward = Corrections(tuple(models)), Corrections(tuple(reversed(models)))
    assert forward.factors == backward.factors
    assert forward.digest == backward.digest != NO_CORRECTIONS.digest


def test_predicted_latency_is_corrected_part_by_part() -> None:
    workload, spec = describe_architecture(NETWORK), ImageSpec(16, 16, 3)
    taught = Corrections((_model("a"), MeasuredModel("b", (Share("front end image", 1.0, 0.5),))))
    plain, corrected = (footprint(workload, spec, TARGET, by) for by in (NO_CORRECTIONS, taught))
    ratios = {
        before.name: after.latency_ms / before.latency_ms
        for before, after in zip(plain.parts, corrected.parts, strict=True)
        if before.latency_ms
    }
    assert ratios["front end"] == pytest.approx(0.75)
    assert ratios["0 CONV_2D"] == pytest.approx(taught.factor("conv_2d_packed"))
    assert ratios["2 FULLY_CONNECTED"] == pytest.approx(1.0)
    assert corrected.latency_ms == pytest.approx(sum(p.latency_ms for p in corrected.parts))
    assert (corrected.flash_bytes, corrected.ram_bytes) == (plain.flash_bytes, plain.ram_bytes)
    first, *rest = zip(
        op_cycles(workload, TARGET, taught), op_cycles(workload, TARGET), strict=True
    )
    assert first[0] == pytest.approx(first[1] * taught.factor("conv_2d_packed"))
    assert all(one == other for one, other in rest)


def test_what_is_kept_is_read_again() -> None:
    assert read_kept(TARGET) == (NO_CORRECTIONS, "")
    assert keep(TARGET, [_model("a")]) == ""
    assert keep(TARGET, [_model("b"), _model("a")]) == ""
    corrections, note = read_kept(TARGET)
    assert not note
    assert [model.key for model in corrections.models] == ["b", "a"]
    assert from_json(to_json(corrections)) == corrections
    board = load_target("nucleo-l4r5zi")
    assert read_kept(board)[0] == corrections  # a board has its core's


def test_nothing_is_kept_without_a_toolchain(tmp_path: Path) -> None:
    target = load_target("esp32")
    assert keep(target, [_model("a")]) == ""
    assert read_kept(target) == (NO_CORRECTIONS, "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"format": 99, "models": []}',
        '{"format": 1, "models": [{"key": "a"}]}',
        '{"format": 1, "models": [{"key": "a", "shares": [{"kind": "x", "predicted": NaN,'
        ' "measured": 1}]}]}',
        "\udcff",
    ],
)
def test_a_damaged_file_is_left_out_with_a_note_and_written_anew(content: str) -> None:
    kept_file(TARGET).write_bytes(content.encode("utf-8", "surrogateescape"))
    corrections, note = read_kept(TARGET)
    assert corrections == NO_CORRECTIONS
    assert "damaged" in note
    assert keep(TARGET, [_model("a")]) == ""
    assert read_kept(TARGET) == (Corrections((_model("a"),)), "")


def test_what_was_learnt_by_other_tables_kernels_or_cores_is_not_applied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep(TARGET, [_model("a")])
    for other in ("cortex-m7", "cortex-m0plus"):
        assert read_kept(load_target(other)) == (NO_CORRECTIONS, "")
    before = kept_file(TARGET)
    monkeypatch.setattr(kept.toolchain, "zig_version", lambda: "zig of tomorrow")
    kept._state.cache_clear()
    assert kept_file(TARGET) != before
    assert read_kept(TARGET) == (NO_CORRECTIONS, "")
    kept._state.cache_clear()


def test_the_file_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(TARGET, [_model("a")])

    def full(self: Path, *_: object, **__: object) -> int:
        raise OSError(28, f"no space for {self.name}")

    monkeypatch.setattr(Path, "write_text", full)
    assert "could not be kept" in keep(TARGET, [_model("b")])
    monkeypatch.undo()
    monkeypatch.setenv("AUTOML_EDGE_CACHE", str(tmp_path))
    assert read_kept(TARGET) == (Corrections((_model("a"),)), "")


def test_a_run_that_cannot_get_the_lock_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "LOCK_SECONDS", 0.0)
    with FileLock(tmp_path / "cortex-m4.dsp.lock"):
        assert "could not be kept" in keep(TARGET, [_model("a")])


def _keep_ten(first: int) -> None:
    for number in range(first, first + 10):
        assert keep(TARGET, [_model(str(number))]) == ""


def test_two_runs_at_the_same_time_both_keep_what_they_learnt() -> None:
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=_keep_ten, args=(first,)) for first in (0, 100)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [0, 0]
    keys = {model.key for model in read_kept(TARGET)[0].models}
    assert keys == {str(first + n) for first in (0, 100) for n in range(10)}
    assert json.loads(kept_file(TARGET).read_text())["factors"].keys() == {"conv_2d_packed"}


def test_corrections_are_values() -> None:
    assert replace(NO_CORRECTIONS, models=(_model("a"),)) == NO_CORRECTIONS.learnt(_model("a"))
