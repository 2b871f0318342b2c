"""Puts an Architecture together layer by layer, keeping track of the plane.

Impossible designs do not arise: a stride is dropped where too few rows or columns are
left, and a kernel is no larger than the plane it runs over unless that is asked for.
"""

from __future__ import annotations

from automl_edge.domain.architecture import (
    Activation,
    Add,
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    Layer,
    MaxPool2D,
    Softmax,
)

Pair = tuple[int, int]
LEAST_PLANE = 4


class NetworkBuilder:
    """Appends layers; ``height``, ``width`` and ``channels`` are those of the last output.

    All convolutions are padded to "same"; a stride is kept along a side only while that
    side has LEAST_PLANE rows or columns or more. Depthwise convolutions have the same
    stride along both sides, because TensorFlow's have. With ``whole_kernels`` a kernel keeps
    its size on a plane that is smaller, so that weights trained on a larger one suit it.
    """

    def __init__(
        self,
        input_shape: tuple[int, int, int],
        activation: Activation = Activation.RELU,
        whole_kernels: bool = False,
    ) -> None:
        self.height, self.width, self.channels = input_shape
        self._input_shape = input_shape
        self._activation = activation
        self._whole_kernels = whole_kernels
        self._layers: list[Layer] = []

    @property
    def last(self) -> int:
        """Index of the last layer, for a residual connection to it."""
        return len(self._layers) - 1

    def conv(self, filters: int, kernel: Pair, stride: Pair = (1, 1), linear: bool = False) -> None:
        """Convolution, batch norm and (unless ``linear``) the network's activation."""
        kernel, stride = self._clip(kernel, stride)
        activation = Activation.NONE if linear else self._activation
        self._layers.append(Conv2D(filters, kernel, stride, "same", activation))
        self._shrink(stride)
        self.channels = filters

    def depthwise(self, kernel: Pair, stride: int = 1) -> None:
        """Depthwise convolution; left out on a 1x1 plane, where it could only scale."""
        if self.height == self.width == 1:
            return
        kept = stride if max(self.height, self.width) >= LEAST_PLANE else 1
        clipped, _ = self._clip(kernel, (1, 1))
        self._layers.append(DepthwiseConv2D(clipped, (kept, kept), 1, "same", self._activation))
        self._shrink((kept, kept))

    def separable(self, filters: int, kernel: Pair, stride: int = 1) -> None:
        """Depthwise convolution followed by a pointwise one."""
        self.depthwise(kernel, stride)
        self.conv(filters, (1, 1))

    def max_pool(self, pool: Pair) -> None:
        """Max pooling without overlap; left out along a side that is too small."""
        _, pool = self._clip(pool, pool)
        if pool == (1, 1):
            return
        self._layers.append(MaxPool2D(pool, pool))
        self.height //= pool[0]
        self.width //= pool[1]

    def add(self, other: int) -> None:
        """Residual: adds the output of layer ``other``, which must have the same shape."""
        self._layers.append(Add(other))

    def classify(self, classes: int, dropout: float = 0.0) -> Architecture:
        """The network with its head: global average, dense layer, softmax."""
        head: list[Layer] = [AveragePool2D(), Flatten()]
        if dropout > 0:
            head.append(Dropout(dropout))
        head += [Dense(classes), Softmax()]
        return Architecture(self._input_shape, (*self._layers, *head))

    def _clip(self, kernel: Pair, stride: Pair) -> tuple[Pair, Pair]:
        height, width = self.height, self.width
        clipped = (min(kernel[0], height), min(kernel[1], width))
        if self._whole_kernels:
            clipped = kernel
        kept = (
            stride[0] if height >= LEAST_PLANE else 1,
            stride[1] if width >= LEAST_PLANE else 1,
        )
        return clipped, kept

    def _shrink(self, stride: Pair) -> None:
        self.height = -(-self.height // stride[0])
        self.width = -(-self.width // stride[1])


def whole_channels(channels: float, multiple: int = 4) -> int:
    """``channels`` rounded to a multiple of 4 (kernels take channels in fours), at least 4."""
    return max(multiple, round(channels / multiple) * multiple)
