"""What each kernel takes on a core: flash, stack, and cycles fitted to emulated runs."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np
from calibration.build import SYMBOL, Build
from calibration.emulator import MEMORY, Emulator
from numpy.typing import NDArray
from scipy.optimize import nnls

from automl_edge.compiler.sizes import SUMMED, kernel_of, scratch_bytes
from automl_edge.costs.work import OP_UNITS, op_work
from automl_edge.device.stack import stack_bound
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork

KERNELS = {
    "conv_2d": OpKind.CONV_2D,
    "depthwise_conv_2d": OpKind.DEPTHWISE_CONV_2D,
    "dense": OpKind.FULLY_CONNECTED,
    "average_pool_2d": OpKind.AVERAGE_POOL_2D,
    "max_pool_2d": OpKind.MAX_POOL_2D,
    "mean": OpKind.MEAN,
    "add": OpKind.ADD,
    "mul": OpKind.MUL,
    "pad": OpKind.PAD,
    "concatenation": OpKind.CONCATENATION,
    "softmax": OpKind.SOFTMAX,
    "lookup": OpKind.LOGISTIC,
}
SPECIAL = {
    KernelSet.DSP: {
        "conv_2d_packed": OpKind.CONV_2D,
        "dense_packed": OpKind.FULLY_CONNECTED,
        "depthwise_3x3": OpKind.DEPTHWISE_CONV_2D,
    },
    KernelSet.M0PLUS: {
        "conv_2d_paired": OpKind.CONV_2D,
        "dense_fours": OpKind.FULLY_CONNECTED,
        "depthwise_rows": OpKind.DEPTHWISE_CONV_2D,
    },
    KernelSet.RV32: {
        "conv_2d_tiled": OpKind.CONV_2D,
        "dense_tiled": OpKind.FULLY_CONNECTED,
        "depthwise_slide": OpKind.DEPTHWISE_CONV_2D,
    },
}
"""What a set has beside the portable kernels."""

Work = NDArray[np.float64]
_NOISE = [random.Random(1).randrange(-(2**31), 2**31) for _ in range(256)]
_BLOCK = MEMORY + 0x1000
_BUFFERS = MEMORY + 0x10000


def kernel_rows(core: str, built: Build, kernels: KernelSet) -> dict[str, dict[str, Any]]:
    """One row of ``KernelCost`` for each kernel."""
    emulator = Emulator(core, built.firmware)
    emulator.call(f"{SYMBOL}_prepare", _BLOCK)
    rows: dict[str, dict[str, Any]] = {}
    for kernel, kind in (KERNELS | SPECIAL.get(kernels, {})).items():
        name = f"{SYMBOL}_{kernel}"
        ops = _examples(kind)
        if kernel not in KERNELS:
            ops = [op for op in ops if kernel_of(op, kernels) == kernel]
        cycles = fitted(kernel, *_runs(emulator, ops, kernel))
        rows[kernel] = {
            "functions": sorted(needed_functions(built, [name])),
            "stack_bytes": stack_bound(built.firmware, name),
            "cycles": dict(zip(OP_UNITS, cycles, strict=True)),
        }
    for kernel in [kernel for kernel in SUMMED if kernel in rows]:
        name = f"{SYMBOL}_{kernel}_add"
        rows[f"{kernel}_add"] = {  # its cycles are those of its two parts
            "functions": sorted(needed_functions(built, [name])),
            "stack_bytes": stack_bound(built.firmware, name),
        }
    return rows


def needed_functions(built: Build, names: Iterable[str]) -> set[str]:
    """``names`` and all that they call, without the model's prefix; the runtime's included."""
    owners = {name: stem for stem, unit in built.units.items() for name in unit.has}
    waiting, found = list(names), set()
    while waiting:
        name = waiting.pop()
        if name in found or name.startswith("__aeabi_unwind"):
            continue
        found.add(name)
        if name in owners:
            waiting += built.units[owners[name]].needs
    return {name.removeprefix(f"{SYMBOL}_") for name in found}


def fitted(name: str, work: Work, cycles: Work) -> list[float]:
    """Cycles of each unit of work, none below zero: least squares of relative errors."""
    relative = work / cycles[:, None]
    rates, _ = nnls(relative, np.ones(len(cycles)))
    errors = np.abs(relative @ rates - 1)
    print(f"    {name}: {len(cycles)} runs, errors {errors.mean():.1%}, {errors.max():.1%} at most")
    return [round(float(rate), 3) for rate in rates]


def _runs(emulator: Emulator, ops: Sequence[OpWork], kernel: str) -> tuple[Work, Work]:
    cycles = [_cycles(emulator, kernel, op) for op in ops]
    return np.array(
        [op_work(op, kernel, scratch_bytes(op, kernel)) for op in ops], float
    ), np.array(cycles, float)


def _cycles(emulator: Emulator, kernel: str, op: OpWork) -> int:
    emulator.write(MEMORY, [*op.in_shape, *op.out_shape, *op.kernel, *op.stride])
    emulator.write(_BUFFERS, _NOISE)
    short = kernel.replace("_conv", "").replace("_2d", "")
    return emulator.call(f"{SYMBOL}_bench_{short}", MEMORY, _BLOCK, _BUFFERS)


def _examples(kind: OpKind) -> list[OpWork]:
    """Shapes over which the rates are fitted, as the search spaces make them."""
    special = {
        OpKind.CONV_2D: _convolutions,
        OpKind.DEPTHWISE_CONV_2D: _depthwise,
        OpKind.FULLY_CONNECTED: _dense,
        OpKind.AVERAGE_POOL_2D: lambda: _pools(OpKind.AVERAGE_POOL_2D),
        OpKind.MAX_POOL_2D: lambda: _pools(OpKind.MAX_POOL_2D),
        OpKind.SOFTMAX: _softmax,
    }
    return list(special.get(kind, lambda: _planes(kind))())


def _convolutions() -> Iterable[OpWork]:
    yield from _first_layers()
    yield from _one_dimensional(OpKind.CONV_2D)
    kernels, depths = (
        ((1, 1), (3, 3), (5, 1), (8, 4)),
        ((1, 8), (3, 8), (8, 16), (24, 12), (64, 40)),
    )
    for side, kernel, stride, (deep, wide) in product((4, 9, 16), kernels, (1, 2), depths):
        if kernel != (1, 1) or stride == 1:
            weights = kernel[0] * kernel[1] * deep
            yield _window(
                OpKind.CONV_2D, (side, side + 1, deep), wide, kernel, (stride, stride), weights
            )


def _first_layers() -> Iterable[OpWork]:
    """Windows whose rows are no whole words, over photos and spectrograms."""
    shapes = ((12, 12, 3), (24, 24, 1), (32, 32, 3), (49, 20, 1), (25, 10, 1))
    kernels, strides = ((3, 3), (5, 5), (8, 4), (10, 5)), ((1, 1), (2, 2), (2, 1), (1, 4))
    for shape, kernel, stride, wide in product(shapes, kernels, strides, (4, 16)):
        weights = kernel[0] * kernel[1] * shape[2]
        yield _window(OpKind.CONV_2D, shape, wide, kernel, stride, weights)


def _one_dimensional(kind: OpKind) -> Iterable[OpWork]:
    """Windows over rows of motion, of which the image is one column."""
    depths = ((3, 8), (3, 24), (8, 12), (24, 48)) if kind is OpKind.CONV_2D else ((8, 8), (48, 48))
    strides = ((1, 1), (2, 1), (2, 2))
    for rows, kernel, stride, (deep, wide) in product((6, 25, 100), (3, 5, 9), strides, depths):
        taps = min(kernel, rows)
        weights = taps * deep if kind is OpKind.CONV_2D else taps
        yield _window(kind, (rows, 1, deep), wide, (taps, 1), stride, weights)


def _depthwise() -> Iterable[OpWork]:
    yield from _one_dimensional(OpKind.DEPTHWISE_CONV_2D)
    for side, kernel, stride, channels in product(
        (2, 4, 9, 16), ((3, 3), (5, 5), (7, 1)), (1, 2), (8, 24)
    ):
        weights = kernel[0] * kernel[1]
        shape = (side, side + 1, channels)
        yield _window(OpKind.DEPTHWISE_CONV_2D, shape, channels, kernel, (stride, stride), weights)


def _pools(kind: OpKind) -> Iterable[OpWork]:
    pools = ((2, 2), (3, 3), (5, 5), (2, 1), (12, 1), (12, 5))
    for pool, channels, count in product(pools, (4, 16, 32), (1, 4)):
        shape = (pool[0] * count, pool[1] * count, channels)
        yield OpWork(kind, (0,), 1, shape, (count, count, channels), pool, pool)


def _dense() -> Iterable[OpWork]:
    for deep, wide in product((4, 16, 64, 256), (2, 4, 8, 12, 32)):
        shapes = ((1, 1, deep), (1, 1, wide))
        macs = deep * wide
        yield OpWork(
            OpKind.FULLY_CONNECTED, (0,), 1, *shapes, weight_bytes=macs, channels=wide, macs=macs
        )


def _softmax() -> Iterable[OpWork]:
    for classes in (2, 3, 5, 6, 10, 20, 35):
        yield OpWork(OpKind.SOFTMAX, (0,), 1, (1, 1, classes), (1, 1, classes))


def _planes(kind: OpKind) -> Iterable[OpWork]:
    for side, channels in product((1, 4, 9, 16), (4, 16, 32)):
        out = {OpKind.MEAN: (1, 1), OpKind.PAD: (side + 2, side + 2)}.get(kind, (side, side))
        yield OpWork(kind, (0,), 1, (side, side, channels), (*out, channels))


def _window(
    kind: OpKind,
    shape: tuple[int, int, int],
    channels: int,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    weights: int,
) -> OpWork:
    """A convolution with "same" padding; ``weights`` are those of one output channel."""
    height, width = -(-shape[0] // stride[0]), -(-shape[1] // stride[1])
    return OpWork(
        kind,
        (0,),
        1,
        shape,
        (height, width, channels),
        kernel,
        stride,
        weights * channels,
        channels,
        height * width * channels * weights,
    )
