"""Many compiled networks in one shared library, so that the kernels are built once."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler import Network
from automl_edge.compiler.prefix import prefix_header
from automl_edge.compiler.sets import kernel_sources
from automl_edge.device.toolchain import UBSAN, build_shared

Run = Callable[[Network, NDArray[np.int8]], NDArray[np.int8]]


def build_together(networks: Sequence[Network]) -> Run:
    """Builds ``networks``, of different symbols, with traps on undefined behaviour.

    The function that comes back runs one of them on one input; its arena is full of rubbish.
    """
    sources: dict[str, bytes] = {}
    for network in networks:
        sources |= network.bundle
    kernels = {kernel for network in networks for kernel in network.kernels}
    sources |= {**kernel_sources(sorted(kernels)), **prefix_header("shared")}
    library = ctypes.CDLL(str(build_shared(sources, ("-O1", *UBSAN))))

    def call(network: Network, values: NDArray[np.int8]) -> NDArray[np.int8]:
        function = getattr(library, f"{network.symbol}_net_run")
        function.argtypes, function.restype = (ctypes.c_void_p, ctypes.c_void_p), None
        arena = np.full(network.arena_bytes, 85, np.int8)
        assert network.input_offset is not None
        place = slice(network.input_offset, network.input_offset + values.size)
        arena[place] = values.reshape(-1)
        function(arena.ctypes.data + network.input_offset, arena.ctypes.data)
        return arena[network.output_offset :][: network.output.elements]

    return call
