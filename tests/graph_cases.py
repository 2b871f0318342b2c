"""Random one-operator models, a builder for each operator kind: for contract and C tests.

``random_model(kind, rng)`` gives a ``.tflite`` that TFLM accepts, with shapes, strides,
padding, zero points, scales and activations drawn from ``rng``.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from automl_edge.domain.graph import OpKind
from tests.tflite_builder import TfliteBuilder

Rng = np.random.Generator
ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")


def random_model(kind: OpKind, rng: Rng) -> bytes:
    """A model of one operator of ``kind`` (and what it needs around it)."""
    return BUILDERS[kind](rng)


def _pick(rng: Rng, *options: object) -> object:
    return options[int(rng.integers(len(options)))]


def _size(rng: Rng, low: int, high: int) -> int:
    return int(rng.integers(low, high + 1))


def _scale(rng: Rng, low: float = 1e-3, high: float = 0.5) -> float:
    return float(np.float32(math.exp(rng.uniform(math.log(low), math.log(high)))))


def _zero(rng: Rng) -> int:
    return int(_pick(rng, -128, 0, 127, _size(rng, -128, 127)))


def _int8(rng: Rng, *shape: int) -> np.ndarray:
    return rng.integers(-128, 128, shape).astype(np.int8)


def _weights(rng: Rng, *shape: int) -> np.ndarray:
    return rng.integers(-127, 128, shape).astype(np.int8)


def _bias(rng: Rng, count: int) -> np.ndarray:
    return rng.integers(-20000, 20000, count).astype(np.int32)


def _activation(rng: Rng) -> str:
    return str(_pick(rng, *ACTIVATIONS))


def _weight_scales(rng: Rng, channels: int) -> list[float]:
    count = channels if channels > 1 and rng.random() < 0.8 else 1
    return [_scale(rng, 1e-4, 0.05) for _ in range(count)]


def _sum_scale(rng: Rng, source_scale: float, weight_scales: list[float], taps: int) -> float:
    """An output scale under which sums of ``taps`` products fill the int8 range."""
    spread = 5000 * math.sqrt(taps) * source_scale * float(np.median(weight_scales))
    return float(np.float32(spread / 60 * rng.uniform(0.2, 3)))


def _bias_of(
    net: TfliteBuilder, rng: Rng, channels: int, source_scale: float, scales: list[float]
) -> int:
    if rng.random() < 0.2:
        return -1
    return net.constant(_bias(rng, channels), [source_scale * scale for scale in scales])


def _out(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    if padding == "SAME":
        return -(-size // stride)
    return (size - (kernel - 1) * dilation - 1) // stride + 1


def _window(rng: Rng, dilate: bool = True) -> dict[str, object]:
    """Kernel, stride, dilation, padding and an image size that holds at least one window."""
    kernel = (_size(rng, 1, 5), _size(rng, 1, 4))
    dilation = (1, 1)
    stride = (_size(rng, 1, 3), _size(rng, 1, 3))
    if dilate and rng.random() < 0.3:
        dilation, stride = (_size(rng, 1, 3), _size(rng, 1, 3)), (1, 1)
    spans = [(kernel[axis] - 1) * dilation[axis] + 1 for axis in (0, 1)]
    padding = str(_pick(rng, "SAME", "VALID"))
    least = spans if padding == "VALID" else [1, 1]
    image = (_size(rng, least[0], least[0] + 9), _size(rng, least[1], least[1] + 7))
    if rng.random() < 0.2:
        image = (image[0], max(kernel[1], least[1]))
    out = tuple(_out(image[i], kernel[i], stride[i], dilation[i], padding) for i in (0, 1))
    return {
        "kernel": kernel,
        "dilation": dilation,
        "stride": stride,
        "padding": padding,
        "image": image,
        "out": out,
    }


def _conv_2d(rng: Rng) -> bytes:
    net, w = TfliteBuilder(), _window(rng)
    if rng.random() < 0.25:
        w |= {"kernel": (1, 1), "dilation": (1, 1)}
        w["out"] = tuple(_out(w["image"][i], 1, w["stride"][i], 1, w["padding"]) for i in (0, 1))
    depth, channels = _size(rng, 1, 9), _size(rng, 1, 13)
    scale = _scale(rng)
    scales = _weight_scales(rng, channels)
    source = net.input((1, *w["image"], depth), scale, _zero(rng))
    weights = net.constant(_weights(rng, channels, *w["kernel"], depth), scales)
    bias = _bias_of(net, rng, channels, scale, scales)
    spread = _sum_scale(rng, scale, scales, math.prod(w["kernel"]) * depth)
    output = net.activation((1, *w["out"], channels), spread, _zero(rng))
    options = {name: w[name] for name in ("padding", "stride", "dilation")}
    net.conv_2d(source, weights, bias, output, activation=_activation(rng), **options)
    return net.finish(output)


def long_rows(rng: Rng) -> bytes:
    """A depthwise layer over a long row or column, of 3 x 3 taps or of up to nine along it."""
    taps, stride = _size(rng, 1, 9), _size(rng, 1, 2)
    image, kernel = (_size(rng, 1, 4), _size(rng, 20, 100)), (1, taps)
    if rng.random() < 0.3:
        kernel = (3, 3)
    elif rng.random() < 0.6:
        image, kernel = (image[1], 1), (taps, 1)
    out = tuple(_out(size, 1, stride, 1, "SAME") for size in image)
    w = {"image": image, "kernel": kernel, "out": out, "stride": (stride, stride)}
    return _depthwise(rng, {**w, "padding": "SAME", "dilation": (1, 1)}, _size(rng, 1, 11), 1)


def _depthwise_conv_2d(rng: Rng) -> bytes:
    w = _window(rng)
    return _depthwise(rng, w, _size(rng, 1, 11), int(_pick(rng, 1, 1, 1, 2, 8)))


def _depthwise(rng: Rng, w: dict[str, object], depth: int, multiplier: int) -> bytes:
    net = TfliteBuilder()
    channels = depth * multiplier
    scale = _scale(rng)
    scales = _weight_scales(rng, channels)
    source = net.input((1, *w["image"], depth), scale, _zero(rng))
    weights = net.constant(_weights(rng, 1, *w["kernel"], channels), scales, axis=3)
    bias = _bias_of(net, rng, channels, scale, scales)
    spread = _sum_scale(rng, scale, scales, math.prod(w["kernel"]))
    output = net.activation((1, *w["out"], channels), spread, _zero(rng))
    options = {name: w[name] for name in ("padding", "stride", "dilation")}
    options |= {"multiplier": multiplier, "activation": _activation(rng)}
    net.depthwise_conv_2d(source, weights, bias, output, **options)
    return net.finish(output)


def _fully_connected(rng: Rng) -> bytes:
    net = TfliteBuilder()
    depth, channels = _size(rng, 1, 300), _size(rng, 1, 15)
    scale = _scale(rng)
    scales = _weight_scales(rng, channels)
    rows = int(_pick(rng, 1, 1, 5))
    shape = (rows, depth) if depth % 2 or rows > 1 else (1, 2, depth // 2, 1)
    source = net.input(shape, scale, _zero(rng))
    weights = net.constant(_weights(rng, channels, depth), scales)
    bias = _bias_of(net, rng, channels, scale, scales)
    spread = _sum_scale(rng, scale, scales, depth)
    output = net.activation((rows, channels), spread, _zero(rng))
    net.fully_connected(source, weights, bias, output, _activation(rng))
    return net.finish(output)


def _pool(name: str) -> Callable[[Rng], bytes]:
    def build(rng: Rng) -> bytes:
        net, w = TfliteBuilder(), _window(rng, dilate=False)
        channels = _size(rng, 1, 9)
        scale, zero = _scale(rng), _zero(rng)
        source = net.input((1, *w["image"], channels), scale, zero)
        output = net.activation((1, *w["out"], channels), scale, zero)
        pool, options = w["kernel"], {name: w[name] for name in ("padding", "stride")}
        net.pool(name, source, output, pool, activation=_activation(rng), **options)
        return net.finish(output)

    return build


def _mean(rng: Rng) -> bytes:
    net = TfliteBuilder()
    shape = (1, _size(rng, 1, 9), _size(rng, 1, 9), _size(rng, 1, 9))
    axes = _pick(rng, (1, 2), (2, 1), (1,), (3,), (-1,), (2, 3), (1, 2, 3), (1, 2), (1, 2))
    reduced = {axis % 4 for axis in axes}
    keep = bool(rng.random() < 0.5)
    kept = [1 if axis in reduced else size for axis, size in enumerate(shape)]
    out = kept if keep else [size for axis, size in enumerate(shape) if axis not in reduced]
    source = net.input(shape, scale := _scale(rng), _zero(rng))
    output = net.activation(out, scale * float(rng.uniform(0.1, 2)), _zero(rng))
    net.mean(source, axes, output, keep)
    return net.finish(output)


def _binary(name: str) -> Callable[[Rng], bytes]:
    def build(rng: Rng) -> bytes:
        net = TfliteBuilder()
        shape = (1, _size(rng, 1, 6), _size(rng, 1, 6), _size(rng, 1, 9))
        other = _pick(rng, shape, (shape[3],), (), (1, 1, 1, shape[3]), (1, shape[1], 1, shape[3]))
        scales = _scale(rng, 0.01, 0.2), _scale(rng, 0.01, 0.2)
        spread = max(scales) if name == "ADD" else 100 * math.prod(scales)
        output_scale = spread * float(rng.uniform(0.3, 2))
        source = net.input(shape, scales[0], _zero(rng))
        operand = net.constant(_int8(rng, *other), [scales[1]], zero_point=_zero(rng))
        if rng.random() < 0.2:
            operand = source
        pair = (source, operand) if rng.random() < 0.5 else (operand, source)
        output = net.activation(shape, output_scale, _zero(rng))
        net.binary(name, *pair, output, _activation(rng))
        return net.finish(output)

    return build


def _pad(rng: Rng) -> bytes:
    net = TfliteBuilder()
    rank = _size(rng, 1, 4)
    shape = [1, *(_size(rng, 1, 6) for _ in range(rank - 1))]
    widths = [(_size(rng, 0, 3), _size(rng, 0, 3)) for _ in range(rank)]
    grown = [size + sum(width) for size, width in zip(shape, widths, strict=True)]
    scale, zero = _scale(rng), _zero(rng)
    source = net.input(shape, scale, zero)
    net.pad(source, widths, output := net.activation(grown, scale, zero))
    return net.finish(output)


def _concatenation(rng: Rng) -> bytes:
    net = TfliteBuilder()
    axis = _size(rng, 0, 3)
    shape = [1, _size(rng, 1, 5), _size(rng, 1, 5), _size(rng, 1, 5)]
    scale, zero = _scale(rng), _zero(rng)
    parts = [net.input(shape, scale, zero)]
    for _ in range(_size(rng, 1, 3)):
        part = [size if place != axis else _size(rng, 1, 4) for place, size in enumerate(shape)]
        parts.append(net.constant(_int8(rng, *part), [scale], zero_point=zero))
    if rng.random() < 0.3:
        parts.append(parts[0])
    total = sum(int(net.subgraph.tensors[part].shape[axis]) for part in parts)
    joined = [total if place == axis else size for place, size in enumerate(shape)]
    output = net.activation(joined, scale, zero)
    order = [parts[i] for i in rng.permutation(len(parts))]
    net.concatenation(order, axis - 4 if rng.random() < 0.5 else axis, output)
    return net.finish(output)


def _unary(name: str) -> Callable[[Rng], bytes]:
    def build(rng: Rng) -> bytes:
        net = TfliteBuilder()
        shape = (1, 256)
        scale = _scale(rng, 0.005, 0.3)
        source = net.input(shape, scale, max(_zero(rng), -127))  # RELU6 from -128 can be idle
        scale, zero = scale * float(rng.uniform(0.3, 3)), _zero(rng)
        if name == "LOGISTIC":
            scale, zero = 1 / 256, -128
        if name == "HARD_SWISH":
            scale = max(scale, float(net.subgraph.tensors[source].quantization.scale[0]) / 100)
        output = net.activation(shape, scale, zero)
        return net.finish(net.unary(name, source, output))

    return build


def _softmax(rng: Rng) -> bytes:
    net = TfliteBuilder()
    shape = _pick(rng, (1, _size(rng, 1, 40)), (1, 3, 4, _size(rng, 2, 8)), (1, 400))
    source = net.input(shape, _scale(rng, 0.002, 0.6), _zero(rng))
    output = net.activation(shape, 1 / 256, -128)
    net.softmax(source, output, float(_pick(rng, 1.0, 1.0, 0.5, 2.5)))
    return net.finish(output)


def _reshape(rng: Rng) -> bytes:
    net = TfliteBuilder()
    height, channels = _size(rng, 1, 9), _size(rng, 1, 9)
    scale, zero = _scale(rng), _zero(rng)
    source = net.input((1, height, 2, channels), scale, zero)
    flat = net.reshape(source, net.activation((1, height * 2 * channels), scale, zero))
    middle = net.activation((1, height * 2 * channels), scale, zero)
    net.binary("MUL", flat, flat, middle)
    output = net.activation((1, 2, height, channels), scale, zero)
    return net.finish(net.reshape(middle, output))


def _dequantize(rng: Rng) -> bytes:
    """Float edges around an int8 body."""
    net = TfliteBuilder()
    shape = (1, _size(rng, 2, 40))
    source = net.input(shape, None, dtype="float32")
    scale, zero = _scale(rng), _zero(rng)
    inner = net.unary("QUANTIZE", source, net.activation(shape, scale, zero))
    soft = net.softmax(inner, net.activation(shape, 1 / 256, -128))
    return net.finish(net.unary("DEQUANTIZE", soft, net.activation(shape, None, dtype="float32")))


BUILDERS: dict[OpKind, Callable[[Rng], bytes]] = {
    OpKind.CONV_2D: _conv_2d,
    OpKind.DEPTHWISE_CONV_2D: _depthwise_conv_2d,
    OpKind.FULLY_CONNECTED: _fully_connected,
    OpKind.AVERAGE_POOL_2D: _pool("AVERAGE_POOL_2D"),
    OpKind.MAX_POOL_2D: _pool("MAX_POOL_2D"),
    OpKind.MEAN: _mean,
    OpKind.ADD: _binary("ADD"),
    OpKind.MUL: _binary("MUL"),
    OpKind.PAD: _pad,
    OpKind.RESHAPE: _reshape,
    OpKind.SOFTMAX: _softmax,
    OpKind.LOGISTIC: _unary("LOGISTIC"),
    OpKind.HARD_SWISH: _unary("HARD_SWISH"),
    OpKind.RELU: _unary("RELU"),
    OpKind.RELU6: _unary("RELU6"),
    OpKind.CONCATENATION: _concatenation,
    OpKind.QUANTIZE: _unary("QUANTIZE"),
    OpKind.DEQUANTIZE: _dequantize,
}
