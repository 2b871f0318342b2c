"""The compiled network on this machine: the same C, called through ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler.emit import host_sources
from automl_edge.compiler.network import Network
from automl_edge.device.toolchain import build_shared


class _Batch(ctypes.Structure):
    """``struct ae_batch`` of ae_batch.h."""

    _fields_ = tuple(
        (name, ctypes.c_int64)
        for name in ("count", "input_bytes", "output_bytes", "input_offset", "output_offset")
    )


class HostNetwork:
    """``network`` compiled for this machine with ``flags``; many inputs are one C call.

    Safe to use from several threads: every call has an arena of its own, and the
    interpreter is free while C runs. Raises EnvironmentProblem without a compiler.
    """

    def __init__(self, network: Network, flags: Sequence[str] = ("-O2",)) -> None:
        self.network = network
        library = build_shared({**network.bundle, **network.plain, **host_sources()}, flags)
        self._run = getattr(ctypes.CDLL(str(library)), f"{network.symbol}_net_run_batch")
        self._run.argtypes = (ctypes.POINTER(_Batch), *(ctypes.c_void_p,) * 3)
        self._run.restype = None

    def run(self, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
        """int8 outputs (n, *shape) for int8 ``inputs`` (n, *shape), batch dimensions left out.

        Raises ValueError where ``inputs`` is not int8 or does not suit the network.
        """
        network = self.network
        if inputs.dtype != np.int8 or inputs[:1].size not in (0, network.input.elements):
            raise ValueError(
                f"needs int8 inputs of {network.input.elements} elements, "
                f"got {inputs.dtype} of shape {inputs.shape}"
            )
        count = len(inputs)
        source = np.ascontiguousarray(inputs)
        result = np.empty((count, *_without_batch(network.output.shape)), np.int8)
        arena = np.zeros(network.arena_bytes // 4 + 1, np.int32)
        offset = -1 if network.input_offset is None else network.input_offset
        batch = _Batch(
            count, network.input.elements, network.output.elements, offset, network.output_offset
        )
        self._run(ctypes.byref(batch), source.ctypes.data, result.ctypes.data, arena.ctypes.data)
        return result


def _without_batch(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
