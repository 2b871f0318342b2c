"""A library compiled for this machine and driven as an application would drive it.

The public C interface is called and nothing else, so that what runs here is what ships.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_edge.device.sources import CSources, Interface
from automl_edge.device.toolchain import UBSAN, build_shared

Int8 = NDArray[np.int8]
Window = NDArray[np.generic]
"""One raw stretch: uint8 (H, W, 3) or (H, W), int16 (samples,), int16 (rows, axes), int8."""

OPTIMIZED = ("-O2",)
SANITIZED = ("-O1", *UBSAN)
_PIECE = 256  # samples handed over at a time; any number gives the same bytes
_GREY, _RGB888 = 0, 1  # ae_image_format


class _Frame(ctypes.Structure):
    """ae_image_frame."""

    _fields_ = (
        ("pixels", ctypes.c_void_p),
        ("stride", ctypes.c_uint32),
        ("width", ctypes.c_uint16),
        ("height", ctypes.c_uint16),
        ("format", ctypes.c_int),
    )


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the C computed for some windows: int8 features and scores, a row each, flat."""

    features: Int8
    scores: Int8


class HostLibrary:
    """The C library as a shared library of this machine.

    Raises EnvironmentProblem if it cannot be compiled. ``sanitized`` builds it with UBSan in
    trapping mode: undefined behaviour then ends the process (see ``run_sanitized``).
    """

    def __init__(self, sources: CSources, sanitized: bool = False) -> None:
        self.sources = sources
        built = build_shared(sources.host_bundle, SANITIZED if sanitized else OPTIMIZED)
        self._library = ctypes.CDLL(str(built))
        self._context = (ctypes.c_uint64 * (sources.context_bytes // 8 + 1))()
        self._result = _result_type(sources.output_bytes)()

    def run(self, windows: Sequence[Window]) -> Outputs:
        """Features and scores of each window."""
        features = np.empty((len(windows), self.sources.input_bytes), np.int8)
        scores = np.empty((len(windows), self.sources.output_bytes), np.int8)
        run_one = self._runner()
        for index, window in enumerate(windows):
            run_one(np.ascontiguousarray(window), features[index], scores[index])
        return Outputs(features, scores)

    def _runner(self) -> Callable[[Window, Int8, Int8], None]:
        match self.sources.interface:
            case Interface.IMAGE:
                return self._run_image
            case Interface.AUDIO | Interface.MOTION:
                return self._run_stream
            case Interface.TENSOR:
                return self._run_tensor

    def _run_image(self, window: Window, features: Int8, scores: Int8) -> None:
        height, width = window.shape[:2]
        frame = _Frame(
            pixels=window.ctypes.data,
            stride=window.strides[0],
            width=width,
            height=height,
            format=_GREY if window.ndim == 2 else _RGB888,
        )
        if self._call("prepare", self._context, ctypes.byref(frame)) != 0:
            raise ValueError(f"the C refuses an image of {width} x {height} pixels")
        self._read("features", features)
        self._call("infer", self._context, ctypes.byref(self._result))
        scores[:] = self._result.scores

    def _run_stream(self, window: Window, features: Int8, scores: Int8) -> None:
        self._call("reset", self._context)
        ready = 0
        for start in range(0, len(window), _PIECE):
            if ready:
                break  # what is left of a clip is less than a hop and belongs to no frame
            count = ctypes.c_uint32(min(_PIECE, len(window) - start))
            samples = ctypes.c_void_p(window[start:].ctypes.data)
            ready = self._call("feed", self._context, ctypes.byref(samples), ctypes.byref(count))
        if not ready:
            raise ValueError(f"{len(window)} samples do not fill the model's window")
        self._read("features", features)
        self._call("classify", self._context, ctypes.byref(self._result))
        scores[:] = self._result.scores

    def _run_tensor(self, window: Window, features: Int8, scores: Int8) -> None:
        features[:] = window.reshape(-1)
        address = self._address("input")
        ctypes.memmove(address, features.ctypes.data, features.nbytes)
        self._call("invoke", self._context)
        self._read("output", scores)

    def _read(self, accessor: str, into: Int8) -> None:
        ctypes.memmove(into.ctypes.data, self._address(accessor), into.nbytes)

    def _address(self, accessor: str) -> int:
        function = self._library[f"{self.sources.symbol}_{accessor}"]
        function.restype = ctypes.c_void_p
        return int(function(self._context))

    def _call(self, name: str, *arguments: object) -> int:
        return int(self._library[f"{self.sources.symbol}_{name}"](*arguments))


def _result_type(classes: int) -> type[ctypes.Structure]:
    """``<symbol>_result`` of a library with that many classes."""

    class Result(ctypes.Structure):
        _fields_ = (
            ("label", ctypes.c_int32),
            ("unsure", ctypes.c_int32),
            ("text", ctypes.c_char_p),
            ("scores", ctypes.c_int8 * classes),
        )

    return Result
