"""Every kernel set on its emulated core equals its plain C on this machine, byte for byte.

Random models of every operator, and random networks of several, some with residual blocks,
which are compiled with row bands as well. AUTOML_EDGE_CORE_CASES is how many models of each
operator there are, and as many networks for every two of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from automl_edge.catalog import load_target
from automl_edge.compiler import Network, banding, compile_graph, pieces, read_tflite
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet, Target
from tests.graph_cases import long_rows, random_model
from tests.graph_networks import random_network, residual_network
from tests.one_firmware import ManyNetworks, link_together
from tests.one_library import build_together

CASES = int(os.environ.get("AUTOML_EDGE_CORE_CASES", "2"))
INPUTS = 2
CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "esp32-c3")


def networks_for(kernels: KernelSet) -> list[Network]:
    """The networks, whose symbols tell operator and seed."""
    models = {
        f"{kind.lower()}_{seed}": random_model(kind, np.random.default_rng([seed, 5, number]))
        for number, kind in enumerate(OpKind)
        for seed in range(CASES)
    }
    models |= {
        f"long_rows_{seed}": long_rows(np.random.default_rng([seed, 79])) for seed in range(CASES)
    }
    models |= {
        f"network_{seed}": random_network(np.random.default_rng([seed, 78]))
        for seed in range(CASES * len(OpKind) // 2)
    }
    blocks = {
        f"residual_{seed}": residual_network(np.random.default_rng([seed, 79]))
        for seed in range(2 * CASES)
    }
    with pytest.MonkeyPatch.context() as patch:  # worth it in networks so small, too
        patch.setattr(pieces, "LEAST_MACS", 500)
        patch.setattr(banding, "MORE_WORK", 100)
        return [
            *_compiled(models | blocks, kernels, row_bands=False),
            *_compiled({f"rows_{name}": model for name, model in blocks.items()}, kernels),
        ]


def _compiled(
    models: dict[str, bytes], kernels: KernelSet, row_bands: bool = True
) -> Iterator[Network]:
    for name, model in models.items():
        graph = read_tflite(model)
        yield compile_graph(graph, name, kernels=kernels, row_bands=row_bands)


def check(target: Target, kernels: KernelSet, folder: Path) -> None:
    networks = networks_for(kernels)
    here = build_together(networks)
    there = ManyNetworks(link_together(networks, target, folder), target.core)
    rng = np.random.default_rng(3)
    different = [
        network.symbol
        for network in networks
        for values in rng.integers(-128, 128, (INPUTS, network.input.elements), np.int8)
        if not np.array_equal(there.run(network, values), here(network, values))
    ]
    assert different == []


@pytest.mark.parametrize("core", CORES)
def test_the_core_computes_what_the_plain_c_does(core: str, tmp_path: Path) -> None:
    target = load_target(core)
    check(target, target.kernels, tmp_path)
