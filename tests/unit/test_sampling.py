"""Sampling: reproducible, within the budget, and clear about what binds when nothing fits."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from automl_edge.catalog import load_space, load_target, spaces_for
from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.footprint import Resource
from automl_edge.domain.target import Budget
from automl_edge.errors import TargetError
from automl_edge.search.choices import FixedChoices, NearbyChoices, RandomChoices
from automl_edge.search.sampling import rate, sample_feasible

M4 = load_target("cortex-m4")
SOUND = Task(Modality.AUDIO, 4, seconds=1.0, rate_hz=16000.0)


def test_the_same_seed_makes_the_same_choices() -> None:
    space = load_space("ds_cnn")
    first, again, other = (rate(space, RandomChoices(s), SOUND, M4) for s in (1, 1, 2))
    assert first == again
    assert first.values != other.values


def test_recorded_values_build_the_same_candidate_again() -> None:
    space = load_space("tiny_conv")
    drawn = rate(space, RandomChoices(3), SOUND, M4)
    assert rate(space, FixedChoices(drawn.values), SOUND, M4) == drawn


def test_a_name_asked_for_twice_gets_one_answer() -> None:
    for hp in (RandomChoices(1), NearbyChoices((), 1)):
        assert len({hp.choice("x", range(1000)) for _ in range(5)}) == 1
        assert hp.boolean("y") is hp.boolean("y")


def test_choices_stay_among_the_options() -> None:
    hp = RandomChoices(1)
    drawn = {hp.integer(f"n{i}", 2, 8, step=3) for i in range(50)}
    assert drawn == {2, 5, 8}
    small = RandomChoices(1, ceiling=0.25)
    assert {small.choice(f"s{i}", (1, 2, 3, 4)) for i in range(50)} == {1}


def test_nearby_choices_keep_most_and_drop_what_is_no_option_any_more() -> None:
    values = tuple((f"n{i}", 1) for i in range(200))
    hp = NearbyChoices(values, 1)
    kept = [hp.choice(f"n{i}", (1, 2, 3, 4, 5)) == 1 for i in range(200)]
    assert 100 < sum(kept) < 200
    assert NearbyChoices((("a", 7),), 1).choice("a", (1, 2)) in (1, 2)


@pytest.mark.parametrize("values", [(), (("a", 3),)])
def test_fixed_choices_refuse_what_was_never_chosen(values: tuple[tuple[str, int], ...]) -> None:
    with pytest.raises(TargetError, match="a"):
        FixedChoices(values).choice("a", (1, 2))


def test_feasible_candidates_fit_and_are_all_different() -> None:
    budget = Budget.of(M4, flash=32 * 1024, ram=16 * 1024, latency_ms=100)
    sampler = sample_feasible(spaces_for(Modality.AUDIO), SOUND, M4, budget, seed=4)
    found = list(islice(sampler, 40))
    assert all(not candidate.footprint.violations(budget) for candidate in found)
    assert len({(candidate.space, candidate.values) for candidate in found}) == 40
    tally = sampler.tally
    assert tally.feasible == 40
    assert tally.sampled >= tally.feasible + tally.infeasible
    again = sample_feasible(spaces_for(Modality.AUDIO), SOUND, M4, budget, seed=4)
    assert list(islice(again, 40)) == found


def test_when_nothing_fits_the_nearest_and_what_binds_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("automl_edge.search.sampling.PATIENCE", 600)
    budget = Budget.of(M4, flash=3 * 1024)
    sampler = sample_feasible(spaces_for(Modality.AUDIO), SOUND, M4, budget)
    assert list(sampler) == []
    tally = sampler.tally
    assert tally.nearest is not None
    assert tally.violations[0].resource is Resource.FLASH
    assert 1 < tally.violations[0].excess < 4
    assert tally.violations == tally.nearest.footprint.violations(budget)


def test_no_space_is_refused() -> None:
    with pytest.raises(TargetError):
        sample_feasible((), SOUND, M4, Budget.of(M4))


BROKEN = """
from automl_edge.domain.architecture import Architecture, MaxPool2D
from automl_edge.domain.candidate import Design
from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import ImageSpec
NAME = "broken"
MODALITIES = (Modality.IMAGE,)
def build(hp, task):
    {body}
"""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return 1 / 0", "line 9: ZeroDivisionError"),
        ("return None", "returned NoneType"),
        (
            "return Design(ImageSpec(8, 8, 1), "
            "Architecture((8, 8, 1), (MaxPool2D((9, 9), (1, 1)),)))",
            "impossible network",
        ),
    ],
)
def test_a_space_that_fails_is_named_with_its_line(body: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text(BROKEN.format(body=body))
    task = Task(Modality.IMAGE, 2, image_size=(8, 8))
    with pytest.raises(TargetError) as caught:
        rate(load_space(str(file)), RandomChoices(1), task, M4)
    assert words in caught.value.message


def test_rating_loads_no_framework() -> None:
    program = (
        "import sys, json; from automl_edge.search import sampling; "
        "from automl_edge import catalog; from automl_edge.domain.candidate import Task; "
        "from automl_edge.domain.dataset import Modality; "
        "sampling.rate(catalog.load_space('ds_cnn'), sampling.RandomChoices(1), "
        "Task(Modality.AUDIO, 4, 1.0, 16000.0), catalog.load_target('cortex-m4')); "
        "print(json.dumps(list(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"tensorflow", "keras", "keras_tuner", "librosa"}
