"""Pooling, arithmetic, look-ups and moves of data."""

from __future__ import annotations

import math

import numpy as np

from automl_edge.compiler.call import Arguments, Call, Table, Value
from automl_edge.compiler.fixed import INT32_MAX, input_radius
from automl_edge.compiler.geometry import window_of
from automl_edge.compiler.lookup import lookup_table
from automl_edge.compiler.quantised import (
    activation_range,
    fraction_multiplier,
    int8_activation,
    int16_fields,
    multiplier_of,
    same_quantisation,
)
from automl_edge.compiler.shapes import broadcast_fields, reduction
from automl_edge.compiler.view import OpView
from automl_edge.domain.graph import DType

ADD_HEADROOM = 20
SOFTMAX_INTEGER_BITS = 5
SOFTMAX_MAX_DEPTH = 4095


def lower_pool_2d(view: OpView) -> tuple[Call, ...]:
    """AVERAGE_POOL_2D and MAX_POOL_2D."""
    source = int8_activation(view, view.input(0))
    int8_activation(view, view.output)
    same_quantisation(view, source)
    window = window_of(view, view.op.pool)
    if view.output.shape[3] != window.channels:
        raise view.refusal("does not keep the number of channels")
    low, high = activation_range(view)
    arguments: Arguments = {"window": window.fields(view, 0), "low": low, "high": high}
    return (Call(view.op.kind.lower(), arguments, view.op.inputs[:1], view.op.outputs[0]),)


def lower_mean(view: OpView) -> tuple[Call, ...]:
    """MEAN over neighbouring dimensions; the multiplier divides by their size too."""
    source, output = int8_activation(view, view.input(0)), int8_activation(view, view.output)
    outer, reduced, inner = reduction(view)
    multiplier, shift = multiplier_of(view, source.scale / output.scale)
    extra = min(reduced.bit_length() - 1, 32, 31 + shift)
    arguments: Arguments = {
        "outer": outer,
        "reduced": reduced,
        "inner": inner,
        "multiplier": (multiplier << extra) // reduced,
        "offset": -source.zero_point * reduced,
        "shift": shift - extra,
        "output_zero": output.zero_point,
    }
    return (Call("mean", arguments, view.op.inputs[:1], view.op.outputs[0]),)


def lower_add(view: OpView) -> tuple[Call, ...]:
    """ADD with broadcasting: both inputs are brought to twice the larger scale."""
    a, b = (int8_activation(view, view.input(position)) for position in (0, 1))
    output = int8_activation(view, view.output)
    common = 2 * max(a.scale, b.scale)
    multiplier_a, shift_a = fraction_multiplier(view, a.scale / common)
    multiplier_b, shift_b = fraction_multiplier(view, b.scale / common)
    multiplier, shift = fraction_multiplier(view, common / (2**ADD_HEADROOM * output.scale))
    low, high = activation_range(view)
    arguments: Arguments = {
        "shape": broadcast_fields(view),
        "multiplier_a": multiplier_a,
        "multiplier_b": multiplier_b,
        "multiplier": multiplier,
        "shift_a": shift_a,
        "shift_b": shift_b,
        "shift": shift,
        "low": low,
        "high": high,
        "output_zero": output.zero_point,
        "zero_a": a.zero_point,
        "zero_b": b.zero_point,
    }
    return (Call("add", arguments, _operands(view), view.op.outputs[0]),)


def of_elements(arguments: Arguments, elements: int) -> Arguments:
    """``arguments`` of an ADD of two inputs alike for so many ``elements`` of them."""
    one: dict[str, Value] = {"size": (1, 1, 1, elements)}
    return {**arguments, "shape": one | dict.fromkeys(("stride_a", "stride_b"), (0, 0, 0, 1))}


def summed_first(arguments: Arguments, elements: int, is_second: bool) -> Arguments:
    """``arguments`` of an ADD for ``elements`` of both inputs, the second coming first if so."""
    order = {"a": "b", "b": "a"} if is_second else {"a": "a", "b": "b"}
    roles = ("multiplier", "shift", "zero")
    sides = {f"{r}_{to}": arguments[f"{r}_{of}"] for r in roles for to, of in order.items()}
    return {**of_elements(arguments, elements), **sides}


def lower_mul(view: OpView) -> tuple[Call, ...]:
    """MUL with broadcasting."""
    a, b = (int8_activation(view, view.input(position)) for position in (0, 1))
    output = int8_activation(view, view.output)
    multiplier, shift = multiplier_of(view, a.scale * b.scale / output.scale)
    low, high = activation_range(view)
    arguments: Arguments = {
        "shape": broadcast_fields(view),
        "multiplier": multiplier,
        "shift": shift,
        "low": low,
        "high": high,
        "output_zero": output.zero_point,
        "zero_a": a.zero_point,
        "zero_b": b.zero_point,
    }
    return (Call("mul", arguments, _operands(view), view.op.outputs[0]),)


def lower_pad(view: OpView) -> tuple[Call, ...]:
    """PAD of up to four dimensions, with the zero point."""
    source = int8_activation(view, view.input(0))
    int8_activation(view, view.output)
    same_quantisation(view, source)
    widths = view.constant(1, DType.INT32, DType.INT64).astype(np.int64)
    rank = len(source.shape)
    if widths.shape != (rank, 2) or rank > 4 or widths.min() < 0:
        raise view.refusal(f"has widths of shape {widths.shape} for an input of {source.shape}")
    before, after = (tuple(int(width) for width in side) for side in widths.T)
    grown = tuple(map(sum, zip(before, source.shape, after, strict=True)))
    if grown != view.output.shape:
        raise view.refusal(f"makes a shape of {grown} while its output is {view.output.shape}")
    int16_fields(view, longest_side=max(grown))
    none = (0,) * (4 - rank)
    arguments: Arguments = {
        "size": (1,) * (4 - rank) + source.shape,
        "before": none + before,
        "after": none + after,
        "value": source.zero_point,
    }
    return (Call("pad", arguments, view.op.inputs[:1], view.op.outputs[0]),)


def lower_concatenation(view: OpView) -> tuple[Call, ...]:
    """CONCATENATION: one call an input. TFLM copies bytes, whatever the scales are."""
    shape = view.output.shape
    axis = view.op.axis + len(shape) if view.op.axis < 0 else view.op.axis
    if not 0 <= axis < len(shape) or view.op.activation != "NONE":
        raise view.refusal(f"joins axis {view.op.axis} of a shape {shape}, or has an activation")
    sizes = []
    for position in range(len(view.op.inputs)):
        part = int8_activation(view, view.input(position)).shape
        if (*part[:axis], *part[axis + 1 :]) != (*shape[:axis], *shape[axis + 1 :]):
            raise view.refusal(f"cannot put an input of shape {part} into one of {shape}")
        sizes.append(math.prod(part[axis:]))
    pitch = math.prod(shape[axis:])
    if sum(sizes) != pitch:
        raise view.refusal("has inputs that do not fill its output")
    rows = math.prod(shape[:axis])
    return tuple(
        Call(
            "concatenation",
            {"rows": rows, "size": size, "pitch": pitch},
            (operand,),
            view.op.outputs[0],
            output_offset=sum(sizes[:position]),
        )
        for position, (size, operand) in enumerate(zip(sizes, _operands(view), strict=True))
    )


def lower_lookup(view: OpView) -> tuple[Call, ...]:
    """QUANTIZE from int8 to int8, RELU, RELU6, LOGISTIC, HARD_SWISH: one table."""
    source = int8_activation(view, view.input(0))
    if int8_activation(view, view.output).elements != source.elements:
        raise view.refusal("does not keep the number of elements")
    table = Table(f"table_{view.index}", lookup_table(view))
    arguments: Arguments = {"table": table, "size": source.elements}
    return (Call("lookup", arguments, view.op.inputs[:1], view.op.outputs[0]),)


def lower_softmax(view: OpView) -> tuple[Call, ...]:
    """SOFTMAX over the last dimension, int8 to int8."""
    source, output = int8_activation(view, view.input(0)), int8_activation(view, view.output)
    if output.scale != 1 / 256 or output.zero_point != -128 or output.shape != source.shape:
        raise view.refusal("needs an output of its input's shape, scale 1/256, zero point -128")
    depth = source.shape[-1] if source.shape else 1
    real = min(view.op.beta * source.scale * 2 ** (31 - SOFTMAX_INTEGER_BITS), float(INT32_MAX))
    if real <= 1 or depth > SOFTMAX_MAX_DEPTH:
        raise view.refusal(f"has an input scale that is too small, or {depth} classes")
    multiplier, left_shift = multiplier_of(view, real)
    arguments: Arguments = {
        "rows": source.elements // depth,
        "depth": depth,
        "multiplier": multiplier,
        "left_shift": left_shift,
        "least": -input_radius(SOFTMAX_INTEGER_BITS, left_shift),
    }
    return (Call("softmax", arguments, view.op.inputs[:1], view.op.outputs[0]),)


def _operands(view: OpView) -> tuple[int | Table, ...]:
    """Inputs as tensor indices, or tables where they are constant."""
    operands: list[int | Table] = []
    for position, index in enumerate(view.op.inputs):
        data = view.input(position).data
        if data is None:
            operands.append(index)
        else:
            name = f"constant_{view.index}_{position}"
            operands.append(Table(name, data.astype(np.int8).reshape(-1), is_weights=True))
    return tuple(operands)
