from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automl_edge.catalog import load_space, load_target, spaces_for
from automl_edge.costs import core_costs
from automl_edge.costs.correction import NO_CORRECTIONS, Corrections, MeasuredModel, Share
from automl_edge.domain.candidate import Backbone, Candidate, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.pretrained import FAMILIES, MOBILENET_V1
from automl_edge.domain.target import Budget
from automl_edge.search import proposals
from automl_edge.search.capacity import capacity
from automl_edge.search.choices import FixedChoices
from automl_edge.search.problem import Problem
from automl_edge.search.proposals import FIRST, SMALL_TURN, Proposer
from automl_edge.search.records import Ended, Proposal, Stage
from automl_edge.search.sampling import rate, sample_feasible

TASK = Task(Modality.AUDIO, classes=4, seconds=1.0, rate_hz=16000.0)


def _problem(budget: Budget | None = None) -> Problem:
    target = load_target("cortex-m4")
    return Problem(spaces_for(Modality.AUDIO), TASK, target, budget or Budget.of(target))


def _photos(size: int) -> Problem:
    """Of photos of ``size`` pixels a side, with pretrained weights of one family at hand."""
    backbones = (Backbone(MOBILENET_V1, 0.25, 128),)
    task = Task(Modality.IMAGE, classes=4, image_size=(size, size), backbones=backbones)
    target = load_target("cortex-m4")
    spaces = spaces_for(Modality.IMAGE, {MOBILENET_V1})
    return Problem(spaces, task, target, Budget.of(target))


def _candidate(problem: Problem, proposal: Proposal) -> Candidate:
    choices = FixedChoices(proposal.values)
    return rate(problem.space(proposal.space), choices, problem.task, problem.target)


def _ended(number: int, proposal: Proposal, score: float) -> Ended:
    return Ended(number, Stage.TRIAL, proposal, score, score, 1.0, 1.0, number)


def _history(proposer: Proposer, count: int) -> list[Ended]:
    history: list[Ended] = []
    for number in range(count):
        proposal = proposer.propose(number, history)
        assert proposal is not None
        history.append(_ended(number, proposal, 0.5 + 0.01 * number))
    return history


@pytest.fixture(scope="module")
def problem() -> Problem:
    return _problem()


@pytest.fixture(scope="module")
def proposer(problem: Problem) -> Proposer:
    return Proposer(problem, seed=1)


def test_every_proposal_is_new_and_within_the_budget(problem: Problem, proposer: Proposer) -> None:
    history = _history(proposer, 20)
    designs = {(e.proposal.space, e.proposal.values) for e in history}
    assert len(designs) == 20
    for ended in history:
        assert not _candidate(problem, ended.proposal).footprint.violations(problem.budget)


def test_proposals_depend_on_the_history_alone(problem: Problem, proposer: Proposer) -> None:
    history = _history(proposer, 9)
    again = Proposer(problem, seed=1)
    assert again.propose(9, history) == proposer.propose(9, history)
    others = _history(Proposer(problem, seed=2), FIRST)
    assert [e.proposal for e in others] != [e.proposal for e in _history(proposer, FIRST)]


def test_first_proposals_are_large_and_take_turns(problem: Problem, proposer: Proposer) -> None:
    spaces = [space.NAME for space in problem.spaces]
    first = _history(proposer, FIRST)
    assert [e.proposal.space for e in first[: len(spaces)]] == spaces
    sampler = sample_feasible(problem.spaces, problem.task, problem.target, problem.budget, 7)
    usual = sorted(capacity(next(sampler)) for _ in range(200))
    for ended in first:
        assert capacity(_candidate(problem, ended.proposal)) > usual[100]


def test_the_first_of_a_family_is_the_largest_that_is_known_to_be_good(
    problem: Problem, proposer: Proposer
) -> None:
    ds_cnn = problem.space("ds_cnn")
    first = [e.proposal for e in _history(proposer, 4) if e.proposal.space == "ds_cnn"]
    known = dict(vars(ds_cnn)["KNOWN"][Modality.AUDIO][0])
    chosen = dict(first[0].values)
    assert {name: chosen[name] for name in known} == known
    wider = {**chosen, "filters": 96}
    assert chosen["filters"] == 92
    rated = rate(ds_cnn, FixedChoices(wider), problem.task, problem.target)
    assert rated.footprint.violations(problem.budget)


def test_of_a_well_known_network_that_misses_the_budget_as_measured_the_next_size_is_tried(
    problem: Problem,
) -> None:
    """Also where the predictions go on to say that it fits."""
    proposer = Proposer(problem, seed=1)
    first = _history(proposer, len(problem.spaces))
    over = first[0].proposal
    proposer.correct(NO_CORRECTIONS, [(over.space, over.values)])
    again = proposer.propose(len(first), first)
    assert again is not None
    assert again.space == over.space
    assert dict(again.values) == {**dict(over.values), "filters": 88}
    assert all((each.space, each.values) != (over.space, over.values) for each in _new(proposer))


def _new(proposer: Proposer) -> list[Proposal]:
    return [each.proposal for each in _history(proposer, 2 * FIRST)]


SLOW = replace(TASK, rate_hz=8000.0)
GREY = Task(
    Modality.IMAGE,
    3,
    image_size=(96, 96),
    colour=False,
    backbones=(Backbone(MOBILENET_V1, 0.25, 128),),
)


@pytest.mark.parametrize(
    ("task", "space", "left_out"),
    [
        (SLOW, "ds_cnn", "rate"),
        (SLOW, "temporal_conv", "rate"),
        (GREY, "mobilenet_v1_pretrained", "colour"),
    ],
)
def test_a_network_is_known_to_be_good_where_a_task_leaves_no_choice_of_the_front_end(
    task: Task, space: str, left_out: str
) -> None:
    target = load_target("cortex-m4")
    problem = Problem((load_space(space),), task, target, Budget.of(target))
    first = _history(Proposer(problem, 1), 1)[0]
    assert left_out not in dict(first.proposal.values)
    assert problem.knows(first)


def test_where_size_is_wished_for_designs_of_all_sizes_follow_the_large_ones(
    problem: Problem, proposer: Proposer
) -> None:
    small = Proposer(replace(problem, optimize=Optimize.SIZE), seed=1)
    sizes, usual = (
        [capacity(_candidate(problem, ended.proposal)) for ended in _history(each, 16)]
        for each in (small, proposer)
    )
    spaces = len(problem.spaces)
    assert sizes[:spaces] == usual[:spaces]
    assert sum(sizes[spaces:]) < sum(usual[spaces:])
    others = [n for n in range(spaces, 16) if n % SMALL_TURN != SMALL_TURN - 1]
    assert min(sizes[n] for n in others) < min(usual[n] for n in others)


def test_parents_are_the_cheapest_of_those_alike(problem: Problem) -> None:
    thrifty = replace(problem, optimize=Optimize.SIZE, validation=100)
    drawn = _history(Proposer(thrifty, seed=1), 6)
    history = [replace(ended, score=0.9, float_score=0.9) for ended in drawn]
    ranked = thrifty.ranked(history)
    budget = problem.budget
    costs = [_candidate(problem, ended.proposal).footprint for ended in ranked]
    shares = [
        cost.flash_bytes / budget.flash_bytes + cost.ram_bytes / budget.ram_bytes for cost in costs
    ]
    assert shares == sorted(shares)
    assert problem.ranked(history)[0].number == 0


def test_later_proposals_vary_the_best(proposer: Proposer) -> None:
    history = _history(proposer, 6)
    best = history[2] = replace(history[2], score=1.0, float_score=1.0)
    later = []
    for number in range(6, 36):
        proposal = proposer.propose(number, history)
        assert proposal is not None
        later.append(proposal)
    shared = [
        len(set(p.values) & set(best.proposal.values)) / len(p.values)
        for p in later
        if p.space == best.proposal.space
    ]
    assert max(shared) > 0.6


def test_two_pretrained_families_begin_by_turns() -> None:
    backbones = tuple(Backbone(family, 0.35, 128) for family in FAMILIES)
    task = Task(Modality.IMAGE, 6, image_size=(96, 96), backbones=backbones)
    spaces = spaces_for(Modality.IMAGE, set(FAMILIES))
    target = load_target("cortex-m7")
    proposer = Proposer(Problem(spaces, task, target, Budget.of(target)), seed=1)
    history = _history(proposer, FIRST)
    families = [ended.proposal.space for ended in history]
    first, second = families[:2]
    assert first != second
    assert [families[3], families[5]] == [first, second]
    best, small = (_candidate(proposer.problem, history[n].proposal) for n in (0, 2))
    assert proposer.is_small(small, best)


def test_pretrained_families_come_first() -> None:
    # Others are drawn by chance from then on: with this seed within 30 trials.
    history = _history(Proposer(_photos(64), seed=3), FIRST + 30)
    families = [ended.proposal.space for ended in history]
    assert set(families[:FIRST]) == {"mobilenet_v1_pretrained"}
    assert len(set(families)) > 1


def test_now_and_then_a_design_of_half_the_size_is_tried(
    problem: Problem, proposer: Proposer
) -> None:
    history = _history(proposer, SMALL_TURN - 1)
    proposal = proposer.propose(SMALL_TURN - 1, history)
    assert proposal is not None
    best = _candidate(problem, problem.ranked(history)[0].proposal)
    small = _candidate(problem, proposal)
    assert proposer.is_small(small, best)
    assert not proposer.is_small(best, best)
    sampler = sample_feasible(problem.spaces, problem.task, problem.target, problem.budget, 7)
    usual = [c for c in (next(sampler) for _ in range(300)) if proposer.is_small(c, best)]
    assert capacity(small) > sorted(map(capacity, usual))[len(usual) // 2]


def test_a_well_known_network_is_tried_in_a_small_size_too() -> None:
    photos = _photos(96)
    proposer = Proposer(photos, seed=1)
    first, small = _history(proposer, 2)
    assert photos.knows(small)
    assert not proposer.is_well_known(small)
    assert proposer.is_well_known(first)
    large, lean = (_candidate(photos, each.proposal) for each in (first, small))
    assert dict(small.proposal.values)["blocks"] == dict(first.proposal.values)["blocks"] == 9
    assert lean.footprint.ram_bytes <= 0.5 * large.footprint.ram_bytes
    whole = {**dict(first.proposal.values), "blocks": 13, "image_size": 80}
    expert = photos.rated(first.proposal.space, FixedChoices(whole)).footprint
    assert not expert.violations(photos.budget)
    assert lean.footprint.flash_bytes <= 0.5 * expert.flash_bytes
    assert lean.footprint.ram_bytes <= 0.5 * expert.ram_bytes


def test_a_small_design_goes_by_what_is_being_trained_where_nothing_has_ended() -> None:
    problem = _photos(96)
    proposer = Proposer(problem, seed=1)
    first = proposer.propose(0, [])
    assert first is not None
    second = proposer.propose(1, [], ongoing=[first])
    assert second is not None
    assert proposer.is_small(_candidate(problem, second), _candidate(problem, first))


def test_what_is_being_trained_is_not_proposed_again(proposer: Proposer) -> None:
    first = proposer.propose(0, [])
    assert first is not None
    assert proposer.propose(0, [], ongoing=[first]) != first


def test_where_no_large_design_is_left_smaller_ones_are_proposed() -> None:
    budget = Budget.of(load_target("cortex-m4"), latency_ms=30.0)
    proposer = Proposer(_problem(budget), seed=1)
    before = [_not_well_known(proposer, number) for number in range(3)]
    proposer.correct(_all_slower(1.8))
    after = [_not_well_known(proposer, number) for number in range(3)]
    corrected = proposer.problem
    for own, over in ((before, True), (after, False)):
        rated = [corrected.rated(each.space, FixedChoices(each.values)) for each in own]
        assert [bool(each.footprint.violations(budget)) for each in rated] == [over] * 3


def _not_well_known(proposer: Proposer, number: int) -> Proposal:
    """What ``proposer`` says to trial ``number`` where a well-known design was there before."""
    first = proposer.propose(number, [])
    assert first is not None
    second = proposer.propose(number, [], [first])
    assert second is not None
    return second


def _all_slower(factor: float) -> Corrections:
    """What models teach of which all code took so many times the cycles that were predicted."""
    costs = core_costs("cortex-m4", "dsp")
    kinds = (*costs.kernels, *(f"front end {kind}" for kind in costs.front_ends), "row bands")
    shares = tuple(Share(kind, 99.0, 99.0 * factor) for kind in kinds)
    return Corrections((MeasuredModel("all", shares),))


def test_without_limits_the_winners_family_has_more_to_offer(
    problem: Problem, proposer: Proposer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "POOL", 50)
    monkeypatch.setattr(proposals, "UNLIMITED_POOL", 100)
    lean = Proposer(_problem(Budget(20_000, 8_000, 20.0)), seed=1)
    first = lean.propose(0, [])
    assert first is not None
    winner = _candidate(problem, first)
    larger = proposer.unlimited(winner, 5e6)
    assert larger is not None
    assert larger.space == winner.space
    assert capacity(larger) > capacity(winner)
    assert larger.footprint.macs <= 5e6
    assert proposer.unlimited(winner, 1.0) is None
    assert proposer.unlimited(larger, 5e6) is None


def test_a_failure_is_no_parent(proposer: Proposer, monkeypatch: pytest.MonkeyPatch) -> None:
    parents = []
    vary = proposer._variation

    def noted(parent: Proposal, *others: Any) -> Candidate | None:
        parents.append(parent)
        return vary(parent, *others)

    monkeypatch.setattr(proposer, "_variation", noted)
    first, second = proposer.propose(0, []), proposer.propose(1, [])
    assert first is not None
    assert second is not None
    failed = replace(_ended(0, first, 0.0), failure="ValueError: no")
    for number in range(50, 60):
        assert proposer.propose(number, [failed]) is not None
    assert not parents
    for number in range(50, 60):
        assert proposer.propose(number, [failed, _ended(1, second, 0.6)]) is not None
    assert set(parents) == {second}


def test_time_limits_the_size(problem: Problem) -> None:
    proposer = Proposer(problem, seed=1, most_macs=200_000)
    for ended in _history(proposer, 12):
        assert _candidate(problem, ended.proposal).footprint.macs <= 200_000


def test_a_limit_below_every_design_leaves_the_smallest(problem: Problem) -> None:
    assert Proposer(problem, seed=1, most_macs=1).propose(0, []) is not None


def test_nothing_fits_a_thousand_bytes() -> None:
    proposer = Proposer(_problem(Budget(1000, 1000, 1.0)), seed=1)
    assert proposer.empty
    assert proposer.tally.nearest is not None
