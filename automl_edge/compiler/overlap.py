"""How far the output of an operator may reach into an input that it reads for the last time.

Every kernel goes through its output in order, byte after byte upwards. Let w be the bytes
of output written so far and r the lowest byte of input that is still to be read. Output
and input may share bytes as long as the input's offset less the output's is at least
w - r at all times: the lead. Here leads are found from an operator's description and
from how its kernel walks; no kernel is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from automl_edge.compiler.bands import lead_into
from automl_edge.compiler.packed import by_columns
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork


class Walk(Enum):
    """How a kernel goes through its output and its inputs."""

    ELEMENTS = "byte n of an input is read before byte n of the output is written"
    SUMS = "outputs are never ahead of the inputs that they are made of"
    COPIES = "inputs are copied in order, with other bytes between them"
    POOLS = "a channel is written while the window's other channels are still to be read"
    PIXELS = "what a pixel or a tile of pixels reads is copied before any of it is written"
    TILES = "the same by four pixels, the last four of which may overlap the four before"
    PLANES = "a few channels at a time over the whole image, through copied rows"
    LINES = "a few channels at a time over the whole image, through copied rows or columns"
    SLIDES = "one channel at a time over the whole image, windows read while pixels are written"


WALKS: Mapping[str, Walk] = {
    "add": Walk.ELEMENTS,
    "mul": Walk.ELEMENTS,
    "lookup": Walk.ELEMENTS,
    "softmax": Walk.ELEMENTS,
    "mean": Walk.SUMS,
    "pad": Walk.COPIES,
    "average_pool_2d": Walk.POOLS,
    "max_pool_2d": Walk.POOLS,
    "conv_2d": Walk.PIXELS,
    "conv_2d_packed": Walk.PIXELS,
    "dense_packed": Walk.PIXELS,
    "dense_fours": Walk.PIXELS,
    "conv_2d_paired": Walk.TILES,
    "conv_2d_tiled": Walk.TILES,
    "depthwise_conv_2d": Walk.PLANES,
    "depthwise_rows": Walk.LINES,
    "depthwise_3x3": Walk.LINES,
    "depthwise_slide": Walk.SLIDES,
}
"""The walk of each kernel, in every set that has it: the kernels' headers promise the same.
One that is not here shares nothing: dense and dense_tiled read their whole input for every
few outputs, concatenation is called once an input."""

_TILE = 4


@dataclass(frozen=True, slots=True)
class Lead:
    """Bytes that the input's offset must be above the output's, in multiples of ``modulus``."""

    least: int
    modulus: int = 1


def lead_over(work: OpWork, kernel: str, buffer: int, sizes: Sequence[int]) -> Lead | None:
    """The lead for ``buffer``, which ``work`` reads; None where nothing may be shared.

    ``sizes`` are those of all buffers. A convolution that adds its results reads the windows
    of a piece, and then what it adds to, before it writes the piece.
    """
    if work.parts:
        return Lead(lead_into(work, buffer, sizes[buffer]))
    if not work.adds:
        return lead_of(work, kernel, sizes[buffer], sizes[work.output])
    convolved, added = work.inputs
    leads = [0] if buffer == added else []
    if buffer == convolved:
        leads.append(_window_lead(work, 1))
    return Lead(max(leads))


def lead_of(work: OpWork, kernel: str, in_bytes: int, out_bytes: int) -> Lead | None:
    """The lead for an input of ``work`` of ``in_bytes``; None where nothing may be shared."""
    match WALKS.get(kernel):
        case None:
            return None
        case Walk.PIXELS | Walk.TILES as walk:
            at_once = _TILE if walk is Walk.TILES else 1
            if _pixels(work) <= at_once:
                return Lead(-in_bytes)
            return Lead(_window_lead(work, 1) if at_once == 1 else _tiles_lead(work))
        case Walk.PLANES | Walk.LINES | Walk.SLIDES as walk:
            return _channels_lead(work, walk)
        case Walk.ELEMENTS:  # an input that is broadcast is read again and again
            return Lead(0) if in_bytes == out_bytes else None
        case Walk.POOLS:
            return Lead(_window_lead(work, 0))
        case Walk.SUMS:
            return Lead(0)
        case Walk.COPIES:  # as if all that is added came before the input's last element
            return Lead(out_bytes - in_bytes)


def _channels_lead(work: OpWork, walk: Walk) -> Lead | None:
    """The lead of a depthwise kernel: a multiple of the channels, so that each meets itself."""
    height, width, channels = work.in_shape
    may_turn = walk is Walk.LINES and work.kernel[0] > 1
    if may_turn and by_columns((height, width), work.out_shape[:2], work.stride):
        return Lead(-height * width * channels, width * channels)  # each column meets itself
    if walk is Walk.SLIDES:
        is_one = _pixels(work) == 1
        return Lead(-height * width * channels if is_one else _window_lead(work, 1), channels)
    return _planes_lead(work)


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


def _tiles_lead(work: OpWork) -> int:
    """The lead of whole tiles: what is left over goes with the pixels before it once more."""
    pixels = _pixels(work)
    lead = _window_lead(work, 1)
    if pixels % _TILE:
        again = min(_first_byte(work, n) for n in range(pixels - _TILE, pixels))
        lead = max(lead, (pixels - pixels % _TILE) * work.out_shape[2] - again)
    return lead


def _first_byte(work: OpWork, pixel: int) -> int:
    """A byte of input from which on the window of output ``pixel`` lies."""
    if work.kind is OpKind.FULLY_CONNECTED:
        return pixel * (work.weight_bytes // work.channels)
    _, width, depth = work.in_shape
    row, column = divmod(pixel, work.out_shape[1])
    y = max(row * work.stride[0] - work.before(0), 0)
    x = max(column * work.stride[1] - work.before(1), 0)
    return (y * width + x) * depth


def _planes_lead(work: OpWork) -> Lead | None:
    """The lead of a depthwise kernel that goes by groups of channels.

    Where input and output lie a multiple of the channels apart, a group's output bytes are
    those of the same channels of the input, so that only the rows within a group matter:
    an output row is written after the input rows down to the end of its window were copied.
    """
    height, width, channels = work.in_shape
    rows, columns, out_channels = work.out_shape
    if out_channels != channels:
        return None
    stride, reach = work.stride[0], work.span(0) - work.before(0)
    last = min(rows - 2, (height - 1 - reach) // stride)  # after it nothing is left to be read
    if last < 0:
        return Lead(-height * width * channels, channels)
    pixels = columns + _highest(0, last, (columns, width), stride, reach)
    return Lead(pixels * channels, channels)


def _highest(first: int, last: int, steps: tuple[int, int], stride: int, offset: int) -> int:
    """The largest n * steps[0] - max(n * stride + offset, 0) * steps[1], n from first to last.

    It is concave in n, grows as long as n * stride + offset is not above 0, and bends there.
    """
    written, read = steps
    bend = min(max(-offset // stride, first), last)
    best = last * written - max(last * stride + offset, 0) * read
    for n in (bend, min(bend + 1, last)):
        difference = n * written - max(n * stride + offset, 0) * read
        if difference > best:
            best = difference
    return best
