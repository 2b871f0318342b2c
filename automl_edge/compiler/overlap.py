"""How far the output of an operator may reach into an input that it reads for the last time.

Every kernel goes through its output in order, byte after byte upwards. Let w be the bytes
of output written so far and r the lowest byte of input that is still to be read. Output
and input may share bytes as long as the input's offset less the output's is at least
w - r at all times: the lead. Here leads are found from an operator's description and
from how its kernel walks; no kernel is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from automl_edge.compiler.packed import by_columns
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork


@dataclass(frozen=True, slots=True)
class Lead:
    """Bytes that the input's offset must be above the output's, in multiples of ``modulus``."""

    least: int
    modulus: int = 1


def lead_of(work: OpWork, kernel: str, in_bytes: int, out_bytes: int) -> Lead | None:
    """The lead for an input of ``work`` of ``in_bytes``; None where nothing may be shared."""
    rule = _LEADS.get(kernel)
    return None if rule is None else rule(work, in_bytes, out_bytes)


def _elementwise(work: OpWork, in_bytes: int, out_bytes: int) -> Lead | None:
    """Byte n of an input is read before byte n of the output is written.

    An input that is broadcast is read again and again.
    """
    return Lead(0) if in_bytes == out_bytes else None


def _reducing(work: OpWork, in_bytes: int, out_bytes: int) -> Lead:
    """Outputs are never ahead of the inputs that they are made of."""
    return Lead(0)


def _padding(work: OpWork, in_bytes: int, out_bytes: int) -> Lead:
    """As if all that is added came before the input's last element."""
    return Lead(out_bytes - in_bytes)


def _pooling(work: OpWork, in_bytes: int, out_bytes: int) -> Lead:
    """A channel is written while the other channels of its window are still to be read."""
    return Lead(_window_lead(work, 0))


def _by_pixels(work: OpWork, in_bytes: int, out_bytes: int) -> Lead:
    """What a pixel, or a tile of pixels, reads is copied before any of it is written."""
    return Lead(_window_lead(work, 1) if _pixels(work) > 1 else -in_bytes)


def _by_planes(work: OpWork, in_bytes: int, out_bytes: int) -> Lead | None:
    """A few channels at a time over the whole image, through copied rows."""
    return _planes_lead(work) if work.in_shape[2] == work.out_shape[2] else None


def _by_planes_of_lines(work: OpWork, in_bytes: int, out_bytes: int) -> Lead | None:
    """The same, or through columns: then each output must lie in the column it is made of."""
    height, width, channels = work.in_shape
    if by_columns((height, width), work.out_shape[:2], work.stride):
        return Lead(-in_bytes, width * channels)
    return _by_planes(work, in_bytes, out_bytes)


_LEADS: Mapping[str, Callable[[OpWork, int, int], Lead | None]] = {
    "conv_2d": _by_pixels,
    "conv_2d_packed": _by_pixels,
    "dense_packed": _by_pixels,
    "depthwise_conv_2d": _by_planes,
    "depthwise_3x3": _by_planes_of_lines,
    "average_pool_2d": _pooling,
    "max_pool_2d": _pooling,
    "mean": _reducing,
    "softmax": _elementwise,
    "lookup": _elementwise,
    "add": _elementwise,
    "mul": _elementwise,
    "pad": _padding,
}
"""How each kernel goes through memory, in every set that has it. One that is not here
(dense reads its whole input for every few outputs, concatenation is called once an input)
shares nothing."""


def _pixels(work: OpWork) -> int:
    if work.kind is OpKind.FULLY_CONNECTED:
        return work.macs // work.weight_bytes
    return work.out_shape[0] * work.out_shape[1]


def _window_lead(work: OpWork, since: int) -> int:
    """The largest n * output channels - first byte of pixel n's window, from pixel ``since`` on.

    For a kernel that reads a pixel's whole window at once, before it writes the pixel:
    when pixels up to n - 1 are written, the windows from n on are still to be read. Later
    windows that begin lower are counted as pixels of their own. ``since`` is 0 or 1, and
    there are more pixels than that.
    """
    rows, columns, channels = work.out_shape
    if work.kind is OpKind.FULLY_CONNECTED:
        grown = work.channels - work.weight_bytes // work.channels
        return max(since * grown, (_pixels(work) - 1) * grown)
    _, width, depth = work.in_shape
    if work.kernel == work.stride == (1, 1):
        grown = channels - depth
        return max(since * grown, (rows * columns - 1) * grown)
    above, stride_down = work.before(0), work.stride[0]
    left, stride_across = work.before(1), work.stride[1]
    across = _highest(0, columns - 1, (channels, depth), stride_across, -left)
    steps = (columns * channels, width * depth)
    if not since:
        return _highest(0, rows - 1, steps, stride_down, -above) + across
    leads = []
    if rows > 1:
        leads.append(_highest(1, rows - 1, steps, stride_down, -above) + across)
    if columns > 1:
        leads.append(_highest(1, columns - 1, (channels, depth), stride_across, -left))
    return max(leads)


def _planes_lead(work: OpWork) -> Lead:
    """The lead of a depthwise kernel that goes by groups of channels.

    Where input and output lie a multiple of the channels apart, a group's output bytes are
    those of the same channels of the input, so that only the rows within a group matter:
    an output row is written after the input rows down to the end of its window were copied.
    """
    height, width, channels = work.in_shape
    rows, columns, _ = work.out_shape
    stride, reach = work.stride[0], work.span(0) - work.before(0)
    last = min(rows - 2, (height - 1 - reach) // stride)  # after it nothing is left to be read
    if last < 0:
        return Lead(-height * width * channels, channels)
    pixels = columns + _highest(0, last, (columns, width), stride, reach)
    return Lead(pixels * channels, channels)


def _highest(first: int, last: int, steps: tuple[int, int], stride: int, offset: int) -> int:
    """The largest n * steps[0] - max(n * stride + offset, 0) * steps[1], n from first to last.

    It is concave in n and bends once, where n * stride + offset is 0.
    """
    written, read = steps
    bend = min(max(-offset // stride, first), last)
    best = last * written - max(last * stride + offset, 0) * read
    for n in (first, bend, min(bend + 1, last)):
        difference = n * written - max(n * stride + offset, 0) * read
        if difference > best:
            best = difference
    return best
