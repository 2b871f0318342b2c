"""Networks that do not exist: a workload with another resolution, other channels, fewer layers.

Values in, values out. Only shapes matter here, so that nothing has to be trained to know
what such a network would cost. Each function gives None where the change makes no sense.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork, Workload

Shape = tuple[int, int, int]

_MIXED = (OpKind.SOFTMAX, OpKind.CONCATENATION)
"""Operators that mix channels without weights."""

_POOLS = (OpKind.AVERAGE_POOL_2D, OpKind.MAX_POOL_2D)
_WINDOWED = (OpKind.CONV_2D, OpKind.DEPTHWISE_CONV_2D, *_POOLS)


def half_resolution(workload: Workload, buffer: int) -> Workload | None:
    """``workload`` with half the rows and columns in ``buffer`` and in all that is made of it."""
    shapes = _shapes(workload)
    shape = shapes[buffer]
    if shape is None or shape[0] * shape[1] == 1:
        return None
    halved = {buffer: (-(-shape[0] // 2), -(-shape[1] // 2), shape[2])}
    ops = []
    for op in workload.ops:
        changed = _smaller(op, halved, shapes)
        if changed is None:
            return None
        ops.append(changed)
    sizes = list(workload.buffers)
    for number, (height, width, channels) in halved.items():
        sizes[number] = height * width * channels
    return replace(workload, ops=tuple(ops), buffers=tuple(sizes))


def with_channels(workload: Workload, buffer: int, channels: int) -> Workload | None:
    """``workload`` with ``channels`` in ``buffer`` and in all buffers that must have as many."""
    group = channel_group(workload, buffer)
    old = _channels_of(workload, buffer)
    if group is None or channels == old or channels < 1:
        return None
    ops = tuple(_recut(op, group, old, channels) for op in workload.ops)
    sizes = [
        size // old * channels if number in group else size
        for number, size in enumerate(workload.buffers)
    ]
    return replace(workload, ops=ops, buffers=tuple(sizes))


def channel_group(workload: Workload, buffer: int) -> frozenset[int] | None:
    """The buffers that must have as many channels as ``buffer``; None where they are fixed.

    They are fixed in the network's input and output, and where channels are mixed without
    weights or read under another shape.
    """
    shapes = _shapes(workload)
    group: set[int] = set()
    waiting = {buffer}
    while waiting:
        number = waiting.pop()
        if shapes[number] is None or number in (workload.input, workload.output):
            return None
        group.add(number)
        for op in workload.ops:
            if number in (*op.inputs, op.output):
                alike = _alike(op, number)
                if alike is None:
                    return None
                waiting |= alike - group
    return frozenset(group)


def without(workload: Workload, number: int) -> Workload:
    """``workload`` without operator ``number``: those behind it read its first input."""
    gone = workload.ops[number]
    source = gone.inputs[0]
    ops = tuple(
        replace(
            op,
            inputs=tuple(source if read == gone.output else read for read in op.inputs),
            in_shape=gone.in_shape if op.inputs[:1] == (gone.output,) else op.in_shape,
        )
        for op in workload.ops
        if op is not gone
    )
    sizes = list(workload.buffers)
    sizes[gone.output] = 0  # a buffer that nothing writes takes no room
    output = source if workload.output == gone.output else workload.output
    return replace(workload, ops=ops, buffers=tuple(sizes), output=output)


def _shapes(workload: Workload) -> list[Shape | None]:
    """The shape of each buffer; None where an operator reads it under another one."""
    found: list[Shape | None] = [None] * len(workload.buffers)
    for op in workload.ops:
        found[op.output] = op.out_shape
        if workload.input == op.inputs[0] and found[workload.input] is None:
            found[workload.input] = op.in_shape
    for op in workload.ops:
        is_flat = op.kind is OpKind.FULLY_CONNECTED
        if not is_flat and found[op.inputs[0]] != op.in_shape:
            found[op.inputs[0]] = None
    return found


def _smaller(op: OpWork, halved: dict[int, Shape], shapes: Sequence[Shape | None]) -> OpWork | None:
    """``op`` on the halved buffers; its output joins them if it is smaller then."""
    if op.output in halved:
        return _strided(op, halved[op.output])
    touched = [number in halved for number in op.inputs]
    if not any(touched):
        return op
    if not all(touched) or any(shapes[number] is None for number in op.inputs):
        return None
    source = halved[op.inputs[0]]
    if op.kind is OpKind.FULLY_CONNECTED:
        inputs = source[0] * source[1] * source[2]
        weights = inputs * op.channels
        flat = replace(op, in_shape=(1, 1, inputs), weight_bytes=weights, macs=weights)
        return flat if op.macs == op.weight_bytes else None
    if op.kind in _POOLS:  # one over the whole plane stays one
        op = replace(op, kernel=_least(op.kernel, source), stride=_least(op.stride, source))
    height, width = (_out_size(op, source, axis) for axis in (0, 1))
    if height < 1 or width < 1:
        return None
    out = (height, width, op.out_shape[2])
    if out != op.out_shape:
        halved[op.output] = out
    return _of_size(op, source, out)


def _strided(op: OpWork, out: Shape) -> OpWork | None:
    """``op`` with longer strides, so that it writes ``out``."""
    if op.kind not in _WINDOWED:
        return None
    rows, columns = (2 if out[axis] < op.out_shape[axis] else 1 for axis in (0, 1))
    stride = (op.stride[0] * rows, op.stride[1] * columns)
    return replace(_of_size(op, op.in_shape, out), stride=stride)


def _out_size(op: OpWork, source: Shape, axis: int) -> int:
    """Rows or columns that ``op`` makes of ``source``; below 1 where nothing is left."""
    old_in, old_out, new_in = op.in_shape[axis], op.out_shape[axis], source[axis]
    if op.kind in _WINDOWED:
        stride, span = op.stride[axis], op.span(axis)
        is_padded = (old_out - 1) * stride + span > old_in
        return -(-new_in // stride) if is_padded else (new_in - span) // stride + 1
    if op.kind is OpKind.MEAN and old_out == 1:
        return 1
    return new_in + old_out - old_in


def _least(pair: tuple[int, int], plane: Shape) -> tuple[int, int]:
    return min(pair[0], plane[0]), min(pair[1], plane[1])


def _of_size(op: OpWork, source: Shape, out: Shape) -> OpWork:
    pixels, before = out[0] * out[1], op.out_shape[0] * op.out_shape[1]
    return replace(op, in_shape=source, out_shape=out, macs=op.macs // before * pixels)


def _channels_of(workload: Workload, buffer: int) -> int:
    shape = _shapes(workload)[buffer]
    return shape[2] if shape else 0


def _alike(op: OpWork, number: int) -> set[int] | None:
    """Buffers of ``op`` that have as many channels as its buffer ``number`` because of it.

    None where ``op`` cannot do with another number.
    """
    if op.kind in (OpKind.CONV_2D, OpKind.FULLY_CONNECTED):
        own = {*op.inputs[1:], op.output}  # a sum that is fused into it has its channels
        return set() if number == op.inputs[0] else own
    if op.kind in _MIXED or op.in_shape[2] != op.out_shape[2]:
        return None
    return {*op.inputs, op.output}


def _recut(op: OpWork, group: frozenset[int], old: int, new: int) -> OpWork:
    """``op`` where the channels of ``group`` are ``new`` instead of ``old``."""
    reads, writes = op.inputs[0] in group, op.output in group
    weights, macs, count = op.weight_bytes, op.macs, op.channels
    is_depthwise = op.kind is OpKind.DEPTHWISE_CONV_2D
    if count and reads and not is_depthwise:
        weights, macs = weights // old * new, macs // old * new
    if count and writes:
        weights, macs, count = weights // old * new, macs // old * new, new
    in_shape = op.in_shape
    if reads:
        is_flat = op.kind is OpKind.FULLY_CONNECTED
        in_shape = (*in_shape[:2], in_shape[2] // old * new if is_flat else new)
    out_shape = (*op.out_shape[:2], new) if writes else op.out_shape
    return replace(
        op,
        in_shape=in_shape,
        out_shape=out_shape,
        weight_bytes=weights,
        macs=macs,
        channels=count,
    )
