"""What a network says of its arena is what its C does."""

from __future__ import annotations

import re

import numpy as np
import pytest

from automl_edge.advice import Subject
from automl_edge.catalog import load_target
from automl_edge.compiler import compile_graph, read_tflite, simplify
from automl_edge.cost import footprint
from automl_edge.domain.memory import align
from automl_edge.domain.target import KernelSet
from tests.graph_networks import random_network


@pytest.mark.parametrize("kernels", [KernelSet.PORTABLE, KernelSet.DSP])
@pytest.mark.parametrize("seed", range(6))
def test_places_are_those_of_the_calls(seed: int, kernels: KernelSet) -> None:
    model = random_network(np.random.default_rng(seed))
    network = compile_graph(simplify(read_tflite(model)), "net", True, kernels)
    code = network.bundle["net_net.c"].decode()
    offsets = {int(offset) for offset in re.findall(r"\bat \+ (\d+)", code)}
    assert {each.offset for each in network.placed} <= offsets | {0, network.input_offset}
    tops = [each.offset + align(each.size) for each in network.placed]
    assert max(tops) == network.arena_bytes
    for step, in_use in enumerate(network.in_use):
        alive = [each for each in network.placed if each.first <= step <= each.last]
        covered = set()
        for each in alive:
            covered.update(range(each.offset, each.offset + align(each.size)))
        assert len(covered) == in_use
    sizes = {each.tensor: each.size for each in network.placed if each.tensor is not None}
    assert sizes == dict(enumerate(network.workload.buffers))
    assert len(network.main_kernels) == len(network.workload.ops)


@pytest.mark.parametrize("seed", range(6))
def test_advice_begins_with_the_arena_that_is_there(seed: int) -> None:
    target = load_target("cortex-m4")
    model = random_network(np.random.default_rng(seed))
    network = compile_graph(simplify(read_tflite(model)), "net", True, target.kernels)
    cost = footprint(network.workload, None, target)
    subject = Subject(network, target, target, (), cost)
    assert subject.arena(network.workload, target) == network.arena_bytes
