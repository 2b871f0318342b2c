"""Where nothing fits: the least that would help, each found by arithmetic and true."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from automl_edge.catalog import load_space, load_target, spaces_for
from automl_edge.cost import describe_architecture, footprint
from automl_edge.domain.architecture import Architecture
from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import ImageSpec, LogMelSpec
from automl_edge.domain.footprint import Resource, Violation
from automl_edge.domain.remedies import Remedies
from automl_edge.domain.target import Budget
from automl_edge.report import words
from automl_edge.report.model import TargetSummary
from automl_edge.search import Problem
from automl_edge.search.remedies import find_remedies, measured_remedies, remedies
from automl_edge.search.sampling import Tally, sample_feasible

M4 = load_target("cortex-m4")
SOUND = Task(Modality.AUDIO, 4, seconds=1.0, rate_hz=16000.0)
PHOTOS = Task(Modality.IMAGE, 3, image_size=(96, 96))


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl_edge.search.sampling.PATIENCE", 600)


def _problem(budget: Budget, task: Task = SOUND) -> Problem:
    return Problem(spaces_for(task.modality), task, M4, budget)


TIGHT = (
    ("flash", Budget.of(M4, flash=3 * 1024)),
    ("RAM", Budget.of(M4, ram=1500)),
    ("latency", Budget.of(M4, latency_ms=4.0)),
)


@pytest.mark.parametrize("budget", [each for _, each in TIGHT], ids=[name for name, _ in TIGHT])
def test_each_raised_limit_lets_something_fit_and_less_would_not(budget: Budget) -> None:
    problem = _problem(budget)
    found = find_remedies(problem, seed=1)
    assert found is not None
    assert found.limits
    assert [limit.excess for limit in found.limits] == sorted(e.excess for e in found.limits)
    for limit in found.limits:
        field = {"flash": "flash_bytes", "ram": "ram_bytes", "latency": "latency_ms"}
        key = field[limit.resource]
        assert limit.allowed == getattr(budget, key)
        seen = _drawn(problem)
        enough, short = (
            replace(budget, **{key: value}) for value in (limit.needed, 0.999 * limit.needed)
        )
        assert any(not each.violations(enough) for each in seen)
        assert all(each.violations(short) for each in seen)


def _drawn(problem: Problem) -> list[object]:
    """What sampling rates on its way to the conclusion that nothing fits."""
    seen = []
    sampler = sample_feasible(problem.spaces, problem.task, M4, problem.budget, 1)
    draw = sampler._rated_draw

    def watched() -> object:
        candidate = draw()
        seen.append(candidate.footprint)
        return candidate

    sampler._rated_draw = watched  # type: ignore[method-assign, assignment]
    assert next(sampler, None) is None
    return seen


def test_where_something_fits_nothing_has_to_change() -> None:
    assert find_remedies(_problem(Budget.of(M4)), seed=1) is None
    assert remedies(_problem(Budget.of(M4)), Tally()) is None


def test_a_smaller_picture_is_the_largest_with_which_the_nearest_fits() -> None:
    problem = replace(_problem(Budget.of(M4), PHOTOS), spaces=(load_space("tiny_conv"),))
    drawn = islice(sample_feasible(problem.spaces, PHOTOS, M4, problem.budget, 1), 50)
    nearest = max(drawn, key=lambda candidate: candidate.footprint.ram_bytes)
    spec = nearest.design.features
    assert isinstance(spec, ImageSpec)

    def ram(eighths: int) -> int:
        smaller = replace(
            spec, height=round(spec.height * eighths / 8), width=round(spec.width * eighths / 8)
        )
        network = Architecture(smaller.output_shape, nearest.design.architecture.layers)
        return footprint(describe_architecture(network), smaller, M4).ram_bytes

    budget = replace(problem.budget, ram_bytes=ram(6))
    assert ram(7) > budget.ram_bytes
    tally = Tally(9, 0, 9, nearest=nearest, violations=nearest.footprint.violations(budget))
    found = remedies(replace(problem, budget=budget), tally)
    assert found is not None
    assert found.features == spec
    assert found.smaller == replace(
        spec, height=round(spec.height * 6 / 8), width=round(spec.width * 6 / 8)
    )
    hopeless = remedies(replace(problem, budget=replace(budget, flash_bytes=1000)), tally)
    assert hopeless is not None
    assert hopeless.smaller is None


MEL = LogMelSpec(16000, 16000, 640, 320, 40, 60, 7600)
CHIP = TargetSummary.of(M4)
FLASH = Violation(Resource.FLASH, 5000, 3072)
RAM = Violation(Resource.RAM, 7000, 4096)
SLOW = Violation(Resource.LATENCY, 201.0, 100.0)


def test_words_are_options_to_type_with_something_in_hand() -> None:
    said = words.remedies(Remedies((RAM, SLOW), (RAM,), MEL, replace(MEL, mel_bins=20)), CHIP)
    assert said == (
        "What would let something fit, as predicted: --ram 7.1K, or --latency 230ms, or 20 "
        "instead of 40 mel bins in a family of your own (--space FILE). Of the 6.8 KiB of RAM "
        "that the nearest needs, its features take 1.9 KiB."
    )


def test_what_helps_only_together_is_named_together() -> None:
    said = words.remedies(Remedies((), (FLASH, RAM), ImageSpec(8, 8, 1), None), CHIP)
    assert said == "What would let something fit, as predicted: --flash 5.1K and --ram 7.1K."


@pytest.mark.parametrize(
    ("broken", "helps"), [((RAM,), "--ram 7.1K"), ((FLASH, RAM), "--flash 5.1K and --ram 7.1K")]
)
def test_what_was_measured_over_the_budget_says_what_helps(
    broken: tuple[Violation, ...], helps: str
) -> None:
    said = words.remedies(measured_remedies(ImageSpec(8, 8, 1), broken), CHIP)
    assert said == f"What would let something fit, as measured: {helps}."


def test_more_than_the_chip_has_is_another_chip() -> None:
    much = Violation(Resource.RAM, 200_000, 98_304)
    said = words.remedies(Remedies((much,), (much,), ImageSpec(8, 8, 1), None), CHIP)
    assert said.endswith("a chip that has 201.2 KiB of RAM left for it.")
