"""Networks for tests, a line a layer: ``Layers`` picks weights, scales and shapes that suit."""

from __future__ import annotations

import math

import numpy as np

from tests.tflite_builder import TfliteBuilder

WEIGHT_SCALE = 0.01
SCALE = 0.05


class Layers:
    """A chain of int8 layers; every method adds one and gives the chain back."""

    def __init__(self, height: int, width: int, channels: int, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        self._net = TfliteBuilder()
        self._shape = (height, width, channels)
        self._scale = SCALE
        self._last = self._net.input((1, *self._shape), SCALE, 0)

    def conv(
        self, filters: int, kernel: int = 3, stride: int = 1, out_scale: float | None = None
    ) -> Layers:
        """CONV_2D with padding "same" and a ReLU."""
        shape = (filters, kernel, kernel, self._shape[2])
        out = self._strided(stride, filters, out_scale or self._spread(shape))
        weights = self._weights(shape, filters)
        self._net.conv_2d(self._last, weights, -1, out, stride=(stride,) * 2, activation="RELU")
        return self._goes_on(out)

    def depthwise(self, kernel: int = 3, stride: int = 1) -> Layers:
        """DEPTHWISE_CONV_2D with padding "same"."""
        channels = self._shape[2]
        weights = self._weights((1, kernel, kernel, channels), channels, axis=3)
        out = self._strided(stride, channels, self._spread((1, kernel, kernel)))
        self._net.depthwise_conv_2d(self._last, weights, -1, out, stride=(stride,) * 2)
        return self._goes_on(out)

    def unary(self, name: str) -> Layers:
        """A look-up."""
        return self._goes_on(self._net.unary(name, self._last, self._tensor(self._shape, 0.07)))

    def pad(self, width: int) -> Layers:
        """PAD on all four sides."""
        height, across, channels = self._shape
        self._shape = (height + 2 * width, across + 2 * width, channels)
        out = self._tensor(self._shape, self._scale)
        widths = ((0, 0), (width, width), (width, width), (0, 0))
        return self._goes_on(self._net.pad(self._last, widths, out))

    def mean(self) -> Layers:
        """The mean of the plane."""
        self._shape = (1, 1, self._shape[2])
        out = self._net.activation((1, self._shape[2]), self._scale, 0)
        return self._goes_on(self._net.mean(self._last, (1, 2), out))

    def flat(self) -> Layers:
        """The plane as one row."""
        self._shape = (1, 1, math.prod(self._shape))
        out = self._net.activation((1, self._shape[2]), self._scale, 0)
        return self._goes_on(self._net.reshape(self._last, out))

    def dense(self, units: int) -> Layers:
        """FULLY_CONNECTED without an activation."""
        depth = self._shape[2]
        weights = self._net.constant(self._int8((units, depth)), [WEIGHT_SCALE])
        self._shape = (1, 1, units)
        self._scale = self._spread((1, depth))
        out = self._net.activation((1, units), self._scale, 0)
        return self._goes_on(self._net.fully_connected(self._last, weights, -1, out))

    def finish(self) -> bytes:
        """The ``.tflite``."""
        return self._net.finish(self._last)

    def _strided(self, stride: int, channels: int, scale: float) -> int:
        height, width, _ = self._shape
        self._shape = (-(-height // stride), -(-width // stride), channels)
        return self._tensor(self._shape, scale)

    def _tensor(self, shape: tuple[int, ...], scale: float) -> int:
        self._scale = scale
        return self._net.activation((1, *shape), scale, 0)

    def _goes_on(self, tensor: int) -> Layers:
        self._last = tensor
        return self

    def _weights(self, shape: tuple[int, ...], channels: int, axis: int = 0) -> int:
        return self._net.constant(self._int8(shape), [WEIGHT_SCALE] * channels, axis)

    def _int8(self, shape: tuple[int, ...]) -> np.ndarray:
        return self._random.integers(-90, 91, shape).astype(np.int8)

    def _spread(self, shape: tuple[int, ...]) -> float:
        """An output scale that keeps most sums inside the int8 range."""
        return WEIGHT_SCALE * 52 * math.sqrt(math.prod(shape[1:])) * self._scale * 2
