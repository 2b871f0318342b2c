"""Random networks of several operators, in chains and with branches: for tests of the arena.

``random_network(rng)`` gives a ``.tflite`` that TFLM accepts. Layers take the last tensor;
some add an older one of its shape, weigh its channels or join a second way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.graph_cases import (
    Rng,
    _activation,
    _bias_of,
    _out,
    _pick,
    _scale,
    _size,
    _sum_scale,
    _weight_scales,
    _weights,
    _zero,
)
from tests.tflite_builder import TfliteBuilder


@dataclass(frozen=True)
class Plane:
    """A tensor of shape (1, height, width, channels) with its quantisation."""

    tensor: int
    shape: tuple[int, int, int, int]
    scale: float
    zero: int


def random_network(rng: Rng) -> bytes:
    """Three to nine layers, then sometimes a classifier's head."""
    maker = _Maker(rng)
    for _ in range(_size(rng, 3, 9)):
        layer: Callable[[Plane], Plane] = _pick(rng, *maker.layers())
        maker.planes.append(layer(maker.planes[-1]))
    last = maker.planes[-1]
    return maker.net.finish(maker.head(last) if rng.random() < 0.5 else last.tensor)


def residual_network(rng: Rng) -> bytes:
    """One to three blocks of convolutions, the last of each being added to what comes in, at
    sizes that pay for computing the two together; then sometimes a classifier's head."""
    maker = _Maker(rng, (1, _size(rng, 8, 16), _size(rng, 4, 16), _size(rng, 1, 8)))
    maker.planes.append(maker.linear(maker.planes[0], (3, 3), 4 * _size(rng, 4, 8)))
    for _ in range(_size(rng, 1, 3)):
        maker.planes.append(maker.block(maker.planes[-1]))
    last = maker.planes[-1]
    return maker.net.finish(maker.head(last) if rng.random() < 0.5 else last.tensor)


class _Maker:
    """Adds layers to a network; ``planes`` are all its images so far."""

    def __init__(self, rng: Rng, shape: tuple[int, int, int, int] | None = None) -> None:
        self.rng, self.net = rng, TfliteBuilder()
        shape = shape or (1, _size(rng, 2, 9), _size(rng, 2, 7), _size(rng, 1, 8))
        scale, zero = _scale(rng, 0.01, 0.1), _zero(rng)
        self.planes = [Plane(self.net.input(shape, scale, zero), shape, scale, zero)]

    def layers(self) -> tuple[Callable[[Plane], Plane], ...]:
        """What to draw from; convolutions more often than the rest."""
        weighted = (self.pointwise, self.conv, self.depthwise, self.depthwise)
        rest = (self.pool, self.pad, self.lookup, self.residual, self.weighing, self.two_ways)
        return weighted * 3 + rest + (self.residual,) * 2

    def plane(self, shape: tuple[int, ...], scale: float, zero: int) -> Plane:
        """A new tensor."""
        _, height, width, channels = shape
        whole = (1, height, width, channels)
        return Plane(self.net.activation(whole, scale, zero), whole, scale, zero)

    def pointwise(self, source: Plane) -> Plane:
        """1x1, more often than not with as many channels as before."""
        same = self.rng.random() < 0.5
        channels = source.shape[3] if same else _size(self.rng, 1, 13)
        return self._weighted(source, (1, 1), (1, 1), "SAME", channels)

    def conv(self, source: Plane) -> Plane:
        """Any window."""
        kernel, stride, padding = self._window(source)
        return self._weighted(source, kernel, stride, padding, _size(self.rng, 1, 12))

    def depthwise(self, source: Plane) -> Plane:
        """Any window, or 3x3 as special kernels want it; sometimes with a multiplier."""
        kernel, stride, padding = self._window(source)
        if self.rng.random() < 0.5:
            kernel, stride, padding = (3, 3), (_size(self.rng, 1, 2),) * 2, "SAME"
        return self._weighted(source, kernel, (stride[0],) * 2, padding, 0)

    def pool(self, source: Plane) -> Plane:
        """Either pool."""
        kernel, stride, padding = self._window(source)
        out = self.plane(self._shape(source, kernel, stride, padding), source.scale, source.zero)
        name = str(_pick(self.rng, "MAX_POOL_2D", "AVERAGE_POOL_2D"))
        self.net.pool(name, source.tensor, out.tensor, kernel, padding, stride)
        return out

    def pad(self, source: Plane) -> Plane:
        """Rows and columns of zero points."""
        widths = [(0, 0), *((_size(self.rng, 0, 2), _size(self.rng, 0, 2)) for _ in (0, 1)), (0, 0)]
        grown = tuple(n + sum(width) for n, width in zip(source.shape, widths, strict=True))
        out = self.plane(grown, source.scale, source.zero)
        self.net.pad(source.tensor, widths, out.tensor)
        return out

    def lookup(self, source: Plane) -> Plane:
        """A function of each byte."""
        scale = source.scale * float(self.rng.uniform(0.5, 2))
        out = self.plane(source.shape, scale, _zero(self.rng))
        self.net.unary("QUANTIZE", source.tensor, out.tensor)
        return out

    def residual(self, source: Plane) -> Plane:
        """The sum with the oldest tensor of the same shape, or of the tensor with itself."""
        other = next(plane for plane in self.planes if plane.shape == source.shape)
        pair = (other, source) if self.rng.random() < 0.5 else (source, other)
        scale = max(other.scale, source.scale) * float(self.rng.uniform(0.7, 2))
        out = self.plane(source.shape, scale, _zero(self.rng))
        self.net.binary("ADD", *(plane.tensor for plane in pair), out.tensor)
        return out

    def block(self, source: Plane) -> Plane:
        """Two convolutions, the first with fewer channels, and the sum with ``source``.

        Sometimes the second one takes rows for columns, which no transposition makes up for.
        """
        narrow = source.shape[3] // int(_pick(self.rng, 1, 2, 4))
        windows = ((1, 1), (3, 3), (3, 1))
        first, second = (tuple(_pick(self.rng, *windows)) for _ in range(2))
        inner = self.linear(source, first, narrow)
        if self.rng.random() < 0.25:
            outer = self.turned(self.linear(self.turned(inner), second, source.shape[3]))
        else:
            outer = self.linear(inner, second, source.shape[3])
        return self.sum(source, outer)

    def turned(self, source: Plane) -> Plane:
        """The same bytes as an image that is as high as this is wide."""
        batch, height, width, channels = source.shape
        out = self.plane((batch, width, height, channels), source.scale, source.zero)
        self.net.reshape(source.tensor, out.tensor)
        return out

    def linear(self, source: Plane, kernel: tuple[int, int], channels: int) -> Plane:
        """A convolution of which no channel is dead: without an activation."""
        return self._weighted(source, kernel, (1, 1), "SAME", channels, "NONE")

    def sum(self, one: Plane, other: Plane) -> Plane:
        """The sum of two tensors of a shape, in either order."""
        pair = (one, other) if self.rng.random() < 0.5 else (other, one)
        scale = max(other.scale, one.scale) * float(self.rng.uniform(0.7, 2))
        out = self.plane(one.shape, scale, _zero(self.rng))
        activation = _activation(self.rng)
        self.net.binary("ADD", *(plane.tensor for plane in pair), out.tensor, activation)
        return out

    def weighing(self, source: Plane) -> Plane:
        """Each channel times a function of its mean, as squeeze-and-excitation does."""
        small = (1, 1, 1, source.shape[3])
        mean = self.plane(small, source.scale, source.zero)
        self.net.mean(source.tensor, (1, 2), mean.tensor, keep_dims=True)
        weight = self.plane(small, 1 / 256, -128)
        self.net.unary("LOGISTIC", mean.tensor, weight.tensor)
        out = self.plane(source.shape, source.scale * 0.7, source.zero)
        self.net.binary("MUL", source.tensor, weight.tensor, out.tensor)
        return out

    def two_ways(self, source: Plane) -> Plane:
        """Two ways of different lengths from one tensor, added or put side by side."""
        kinds = (self.pointwise, self.lookup)
        left: Callable[[Plane], Plane] = _pick(self.rng, *kinds)
        one, other = self._same_scale(left(source)), self._same_scale(self.pointwise(source))
        if one.shape == other.shape and self.rng.random() < 0.5:
            out = self.plane(one.shape, one.scale * 1.5, _zero(self.rng))
            self.net.binary("ADD", one.tensor, other.tensor, out.tensor)
            return out
        channels = one.shape[3] + other.shape[3]
        out = self.plane((*one.shape[:3], channels), one.scale, one.zero)
        self.net.concatenation((one.tensor, other.tensor), 3, out.tensor)
        return out

    def head(self, source: Plane) -> int:
        """Mean, dense layer and softmax."""
        rng, channels = self.rng, source.shape[3]
        mean = self.net.activation((1, channels), source.scale, source.zero)
        self.net.mean(source.tensor, (1, 2), mean)
        classes = _size(rng, 2, 9)
        weights = self.net.constant(_weights(rng, classes, channels), [0.01])
        logits = self.net.activation((1, classes), 0.2, 0)
        self.net.fully_connected(mean, weights, -1, logits)
        return self.net.softmax(logits, self.net.activation((1, classes), 1 / 256, -128))

    def _same_scale(self, source: Plane) -> Plane:
        """The tensor requantised to a scale that both ways have."""
        out = self.plane(source.shape, 0.05, -3)
        self.net.unary("QUANTIZE", source.tensor, out.tensor)
        return out

    def _weighted(
        self,
        source: Plane,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        padding: str,
        filters: int,
        activation: str = "",
    ) -> Plane:
        """A convolution of ``filters``, or a depthwise one if there are none."""
        rng, net, depth = self.rng, self.net, source.shape[3]
        multiplier = 1 if filters else int(_pick(rng, 1, 1, 1, 1, 2))
        channels = filters or depth * multiplier
        scales = _weight_scales(rng, channels)
        shape = (channels, *kernel, depth) if filters else (1, *kernel, channels)
        weights = net.constant(_weights(rng, *shape), scales, axis=0 if filters else 3)
        bias = _bias_of(net, rng, channels, source.scale, scales)
        reach = math.prod(kernel) * (depth if filters else 1)
        spread = _sum_scale(rng, source.scale, scales, reach)
        height, width, _ = self._shape(source, kernel, stride, padding)[1:]
        out = self.plane((1, height, width, channels), spread, _zero(rng))
        options = {
            "padding": padding,
            "stride": stride,
            "activation": activation or _activation(rng),
        }
        if filters:
            net.conv_2d(source.tensor, weights, bias, out.tensor, **options)
        else:
            options["multiplier"] = multiplier
            net.depthwise_conv_2d(source.tensor, weights, bias, out.tensor, **options)
        return out

    def _window(self, source: Plane) -> tuple[tuple[int, int], tuple[int, int], str]:
        rng, (_, height, width, _) = self.rng, source.shape
        kernel = (_size(rng, 1, min(4, height)), _size(rng, 1, min(3, width)))
        stride = (_size(rng, 1, 2), _size(rng, 1, 2))
        return kernel, stride, str(_pick(rng, "SAME", "SAME", "VALID"))

    def _shape(
        self, source: Plane, kernel: tuple[int, int], stride: tuple[int, int], padding: str
    ) -> tuple[int, int, int, int]:
        height, width = (
            _out(source.shape[1 + i], kernel[i], stride[i], 1, padding) for i in (0, 1)
        )
        return 1, height, width, source.shape[3]


def inputs_for(shape: tuple[int, ...], count: int, seed: int) -> np.ndarray:
    """Random int8 inputs (count, *shape)."""
    return np.random.default_rng(seed).integers(-128, 128, (count, *shape), np.int8)
