"""Where windows lie on an image: padding and output sizes as TFLite computes them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from automl_edge.compiler.quantised import int16_fields
from automl_edge.compiler.view import OpView
from automl_edge.domain.graph import Tensor

Pair = tuple[int, int]

GROUP = 4
"""Channels that a depthwise convolution takes at a time."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window of ``kernel`` taps over an image of ``in_size``; (height, width) each."""

    in_size: Pair
    out_size: Pair
    channels: int
    kernel: Pair
    stride: Pair
    dilation: Pair
    pad: Pair

    @property
    def leaves_image(self) -> bool:
        """Whether any position of the window reaches beyond the image."""
        return any(
            self.pad[axis] > 0
            or (self.out_size[axis] - 1) * self.stride[axis] + self.reach(axis) > self.in_size[axis]
            for axis in (0, 1)
        )

    @property
    def strip_bytes(self) -> int:
        """Bytes of the rows that ``depthwise_conv_2d`` copies, of GROUP channels or all."""
        width = (self.out_size[1] - 1) * self.stride[1] + self.reach(1)
        return min(self.reach(0), self.in_size[0]) * width * min(self.channels, GROUP)

    def transposed(self) -> Window:
        """The window over the image with rows and columns changed for each other."""
        sides = ("in_size", "out_size", "kernel", "stride", "dilation", "pad")
        return replace(self, **{side: getattr(self, side)[::-1] for side in sides})

    def rows(self, in_rows: int, out_rows: int, pad_top: int) -> Window:
        """The same window over so many rows of the image, ``pad_top`` rows of padding above."""
        return replace(
            self,
            in_size=(in_rows, self.in_size[1]),
            out_size=(out_rows, self.out_size[1]),
            pad=(pad_top, self.pad[1]),
        )

    def reach(self, axis: int) -> int:
        """Elements from the first tap to the last, both included."""
        return (self.kernel[axis] - 1) * self.dilation[axis] + 1

    def fields(self, view: OpView, zero: int) -> dict[str, int]:
        """The fields of ``struct ae_window``; ``zero`` is what taps outside the image read."""
        return int16_fields(
            view,
            in_height=self.in_size[0],
            in_width=self.in_size[1],
            channels=self.channels,
            out_height=self.out_size[0],
            out_width=self.out_size[1],
            kernel_height=self.kernel[0],
            kernel_width=self.kernel[1],
            stride_height=self.stride[0],
            stride_width=self.stride[1],
            dilation_height=self.dilation[0],
            dilation_width=self.dilation[1],
            pad_top=self.pad[0],
            pad_left=self.pad[1],
            zero=zero,
        )


def window_of(view: OpView, kernel: Pair) -> Window:
    """The window of a convolution or pooling operator.

    Raises ModelFileError where its tensors are not images of batch 1 or the output's
    size is not what padding, stride and dilation make it.
    """
    image = _image(view, view.input(0))
    result = _image(view, view.output)
    op = view.op
    spans = [(kernel[axis] - 1) * op.dilation[axis] + 1 for axis in (0, 1)]
    out_size: Pair = (
        _out_size(op.padding, image[0], spans[0], op.stride[0]),
        _out_size(op.padding, image[1], spans[1], op.stride[1]),
    )
    if out_size != result[:2] or min(out_size) < 1:
        raise view.refusal(
            f"makes an image of {out_size[0]}x{out_size[1]} while its output is "
            f"{result[0]}x{result[1]}"
        )
    pad: Pair = (
        _pad(image[0], out_size[0], spans[0], op.stride[0]),
        _pad(image[1], out_size[1], spans[1], op.stride[1]),
    )
    return Window(image[:2], out_size, image[2], kernel, op.stride, op.dilation, pad)


def _image(view: OpView, tensor: Tensor) -> tuple[int, int, int]:
    if len(tensor.shape) != 4 or tensor.shape[0] != 1:
        raise view.refusal(f"needs {tensor.name!r} to be an image of batch 1, not {tensor.shape}")
    return tensor.shape[1], tensor.shape[2], tensor.shape[3]


def _out_size(padding: str, size: int, span: int, stride: int) -> int:
    """Positions of the window along one axis."""
    if padding == "SAME":
        return -(-size // stride)
    return (size - span) // stride + 1


def _pad(size: int, out_size: int, span: int, stride: int) -> int:
    """Elements before the image; any odd one goes after it."""
    return max((out_size - 1) * stride + span - size, 0) // 2
