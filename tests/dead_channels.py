"""Random networks with dead channels of every kind planted in them, for contract tests.

A channel of a layer is constant because its weights are 0, or because its bias is beyond
what its weights can make up for (below ReLU, above what int8 holds, or wrapping around at
32 bits), or unread because all that read it have a weight of 0 for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tests.tflite_builder import TfliteBuilder

Rng = np.random.Generator
SCALES = (0.04, 0.05, 0.07)
ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")


class PlantedNet:
    """Grows a network block by block; ``tensor`` is the last one and ``shape`` its shape."""

    def __init__(self, rng: Rng) -> None:
        self.rng, self.net = rng, TfliteBuilder()
        self.shape = (1, self._size(3, 7), self._size(3, 6), self._size(1, 5))
        self.scale, self.zero = self._quantisation()
        self.tensor = self.net.input(self.shape, self.scale, self.zero)

    def finish(self) -> bytes:
        """The file."""
        return self.net.finish(self.tensor)

    def conv_2d(self) -> None:
        """A convolution with planted channels."""
        kernel = (1, 1) if self.rng.random() < 0.4 else (self._size(1, 3), self._size(1, 3))
        depth, outputs = self.shape[3], self._size(2, 12)
        weights = self._weights((outputs, *kernel, depth))
        bias = self._plant(weights, (outputs, -1))
        weights[..., self.rng.random(depth) < 0.15] = 0
        scales = self._weight_scales(outputs, weights[0].size)
        operands = (self.tensor, self.net.constant(weights, scales), self._bias(bias, scales))
        options = self._window(kernel)
        output = self._next((*options.pop("out"), outputs))
        self.tensor = self.net.conv_2d(*operands, output, **options)

    def depthwise(self) -> None:
        """A depthwise convolution with planted channels."""
        kernel = (self._size(1, 3), self._size(1, 3))
        multiplier = self._size(1, 2) if self.shape[3] > 1 else self._size(1, 8)
        outputs = self.shape[3] * multiplier
        weights = self._weights((1, *kernel, outputs))
        bias = self._plant(weights.reshape(-1, outputs).T, (outputs, -1))
        scales = self._weight_scales(outputs, math.prod(kernel))
        operands = (self.tensor, self.net.constant(weights, scales, 3), self._bias(bias, scales))
        options = self._window(kernel)
        output = self._next((*options.pop("out"), outputs))
        self.tensor = self.net.depthwise_conv_2d(
            *operands, output, multiplier=multiplier, **options
        )

    def pool(self) -> None:
        """A pool of either kind."""
        name = ("MAX_POOL_2D", "AVERAGE_POOL_2D")[self._size(0, 1)]
        pool = (self._size(1, 2), self._size(1, 2))
        options = self._window(pool)
        shape = (*options.pop("out"), self.shape[3])
        output = self._next(shape, (self.scale, self.zero))
        self.tensor = self.net.pool(name, self._before, output, pool, **options)

    def residual(self) -> None:
        """A branch of one convolution, added to what it came from."""
        trunk, shape = self.tensor, self.shape
        weights = self._weights((shape[3], 1, 1, shape[3]))
        bias = self._plant(weights, (shape[3], -1))
        scales = self._weight_scales(shape[3], shape[3])
        operands = (trunk, self.net.constant(weights, scales), self._bias(bias, scales))
        branch = self.net.conv_2d(*operands, self._next(shape[1:]), activation=self._activation())
        self.tensor = self.net.binary("ADD", trunk, branch, self._next(shape[1:]))

    def scaled(self) -> None:
        """Each channel times or plus a constant, some of which are the zero point."""
        name = ("MUL", "ADD")[self._size(0, 1)]
        values = self.rng.integers(-128, 128, self.shape[3] if self.rng.random() < 0.8 else 1)
        values[self.rng.random(values.size) < 0.3] = 5
        factor = self.net.constant(values.astype(np.int8), [self.scale], zero_point=5)
        self.tensor = self.net.binary(
            name, self.tensor, factor, self._next(self.shape[1:]), self._activation()
        )

    def gated(self) -> None:
        """Every channel times the only channel of a convolution."""
        weights = self._weights((1, 1, 1, self.shape[3]))
        scales = self._weight_scales(1, self.shape[3])
        trunk, shape = self.tensor, self.shape
        operands = (trunk, self.net.constant(weights, scales), -1)
        gate = self.net.conv_2d(*operands, self._next((*shape[1:3], 1)))
        self.tensor = self.net.binary("MUL", trunk, gate, self._next(shape[1:]))

    def forked(self) -> None:
        """Two branches, joined by CONCATENATION; one may be the trunk or a constant."""
        trunk, shape = self.tensor, self.shape
        self.conv_1x1()
        left, left_channels = self.tensor, self.shape[3]
        right, right_channels = trunk, shape[3]
        if self.rng.random() < 0.3:
            right_channels = self._size(1, 3)
            values = self.rng.integers(-128, 128, (*shape[:3], right_channels)).astype(np.int8)
            right = self.net.constant(values, [self.scale], zero_point=self.zero)
        parts = [left, right] if self.rng.random() < 0.7 else [right, left, left]
        total = right_channels + left_channels * (len(parts) - 1)
        output = self._next((*shape[1:3], total), (self.scale, self.zero))
        self.tensor = self.net.concatenation(parts, -1, output)

    def conv_1x1(self) -> None:
        """A convolution of one by one with planted channels, scaled as what it reads."""
        outputs = self._size(2, 9)
        weights = self._weights((outputs, 1, 1, self.shape[3]))
        bias = self._plant(weights, (outputs, -1))
        scales = self._weight_scales(outputs, self.shape[3])
        operands = (self.tensor, self.net.constant(weights, scales), self._bias(bias, scales))
        output = self._next((*self.shape[1:3], outputs), (self.scale, self.zero))
        self.tensor = self.net.conv_2d(*operands, output, activation=self._activation())

    def padded(self) -> None:
        """A border of zero points, sometimes around the channels too."""
        widths = [(0, 0), *((self._size(0, 1), self._size(0, 1)) for _ in range(2)), (0, 0)]
        if self.rng.random() < 0.3:
            widths[3] = (self._size(0, 1), 1)
        grown = [size + sum(width) for size, width in zip(self.shape, widths, strict=True)]
        output = self._next(tuple(grown[1:]), (self.scale, self.zero))
        self.tensor = self.net.pad(self._before, widths, output)

    def looked_up(self) -> None:
        """A function of each element."""
        name = ("RELU", "QUANTIZE", "HARD_SWISH", "LOGISTIC")[self._size(0, 3)]
        quantisation = (1 / 256, -128) if name == "LOGISTIC" else (0.06, self.zero)
        output = self._next(self.shape[1:], quantisation)
        self.tensor = self.net.unary(name, self._before, output)

    def dense(self) -> None:
        """A dense layer over all elements, flattened by a RESHAPE or by itself."""
        depth = math.prod(self.shape)
        if self.rng.random() < 0.6:
            flat = self.net.activation((1, depth), self.scale, self.zero)
            self.tensor = self.net.reshape(self.tensor, flat)
        self._dense(depth, 1)

    def dense_rows(self) -> None:
        """A dense layer over the channels of each pixel."""
        rows = self.shape[1] * self.shape[2]
        flat = self.net.activation((rows, self.shape[3]), self.scale, self.zero)
        self.tensor = self.net.reshape(self.tensor, flat)
        height, width = self.shape[1:3]
        self._dense(self.shape[3], rows)
        image = (1, height, width, self.shape[1])
        shaped = self.net.activation(image, self.scale, self.zero)
        self.tensor, self.shape = self.net.reshape(self.tensor, shaped), image

    def mean(self) -> None:
        """The mean of each channel."""
        output = self._next((1, 1, self.shape[3]))
        self.tensor = self.net.mean(self._before, (1, 2), output, keep_dims=True)

    def softmax(self) -> None:
        """Scores."""
        output = self._next(self.shape[1:], (1 / 256, -128))
        self.tensor = self.net.softmax(self._before, output)

    def _dense(self, depth: int, rows: int) -> None:
        outputs = self._size(2, 7)
        weights = self._weights((outputs, depth))
        bias = self._plant(weights, (outputs, -1))
        scales = self._weight_scales(outputs, depth)
        operands = (self.tensor, self.net.constant(weights, scales), self._bias(bias, scales))
        self.scale, self.zero = self._quantisation()
        output = self.net.activation((rows, outputs), self.scale, self.zero)
        self.tensor = self.net.fully_connected(*operands, output, self._activation())
        self.shape = (rows, outputs)

    def _weights(self, shape: tuple[int, ...]) -> np.ndarray:
        return self.rng.integers(-127, 128, shape).astype(np.int8)

    def _plant(self, weights: np.ndarray, rows: tuple[int, int]) -> np.ndarray:
        """Biases for ``weights`` (outputs first, a view), some channels being made constant."""
        flat = weights.reshape(rows)
        bias = self.rng.integers(-9000, 9000, len(flat))
        kinds = self.rng.random(len(flat))
        most = 255 * np.abs(flat.astype(np.int64)).sum(axis=1)
        bias = np.where(kinds < 0.35, -3 * most - 10**6, bias)
        bias = np.where(kinds < 0.25, 3 * most + 10**6, bias)
        bias = np.where(kinds < 0.1, 2**31 - 1 - most // 2, bias)
        weights[kinds > 0.85] = 0
        return bias.astype(np.int32)

    def _bias(self, bias: np.ndarray, scales: list[float]) -> int:
        """The constant ``bias`` of a layer with ``scales`` that reads the last tensor."""
        return self.net.constant(bias, [self.scale * scale for scale in scales])

    def _weight_scales(self, outputs: int, taps: int) -> list[float]:
        """Scales under which sums of ``taps`` products fill int8, one or one a channel."""
        fitting = 60 / (5000 * math.sqrt(taps))
        count = outputs if self.rng.random() < 0.8 else 1
        return [fitting * float(self.rng.uniform(0.3, 2)) for _ in range(count)]

    def _window(self, kernel: tuple[int, int]) -> dict[str, object]:
        sizes = self.shape[1:3]
        room = all(size >= span for size, span in zip(sizes, kernel, strict=True))
        padding = "VALID" if room and self.rng.random() < 0.4 else "SAME"
        stride = (self._size(1, 2), self._size(1, 2))
        spans = kernel if padding == "VALID" else (1, 1)
        out = [(size - s) // t + 1 for size, s, t in zip(sizes, spans, stride, strict=True)]
        activation = self._activation()
        return {"padding": padding, "stride": stride, "activation": activation, "out": out}

    def _next(self, shape: tuple[int, ...], quantisation: tuple[float, int] | None = None) -> int:
        """A new activation, which becomes the last; ``_before`` is the one before it."""
        self._before = self.tensor
        self.scale, self.zero = quantisation or self._quantisation()
        self.shape = (1, *shape)
        return self.net.activation(self.shape, self.scale, self.zero)

    def _quantisation(self) -> tuple[float, int]:
        zeros = (-128, -128, 0, 127, self._size(-128, 127))
        return SCALES[self._size(0, 2)], zeros[self._size(0, 4)]

    def _activation(self) -> str:
        return ACTIVATIONS[int(self.rng.choice(4, p=(0.25, 0.4, 0.25, 0.1)))]

    def _size(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))


Block = Callable[[PlantedNet], None]
BODY: tuple[Block, ...] = (
    PlantedNet.conv_2d,
    PlantedNet.conv_2d,
    PlantedNet.depthwise,
    PlantedNet.depthwise,
    PlantedNet.pool,
    PlantedNet.residual,
    PlantedNet.scaled,
    PlantedNet.gated,
    PlantedNet.forked,
    PlantedNet.padded,
    PlantedNet.looked_up,
    PlantedNet.dense_rows,
)


def planted_body(rng: Rng, blocks: int) -> PlantedNet:
    """A network of random blocks, to be finished or grown further."""
    net = PlantedNet(rng)
    for _ in range(blocks):
        BODY[int(rng.integers(len(BODY)))](net)
    return net


def planted_net(rng: Rng) -> bytes:
    """A network of three to six blocks and, mostly, a dense layer or two and a softmax."""
    net = planted_body(rng, int(rng.integers(3, 7)))
    if rng.random() < 0.4:
        net.mean()
    for _ in range(int(rng.integers(3))):
        net.dense()
    if rng.random() < 0.4:
        net.softmax()
    return net.finish()
