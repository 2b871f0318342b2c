"""The image front end against Pillow, and on sizes at the edge of what can be."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from automl_edge.domain.features import ImageSpec
from automl_edge.errors import DataError, TargetError
from automl_edge.features import FrontEnd

Pixels = NDArray[np.uint8]


def cropped(spec: ImageSpec, pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    if width * spec.height > height * spec.width:
        crop = (height, max(1, int(height * spec.width / spec.height + 0.5)))
    else:
        crop = (max(1, int(width * spec.height / spec.width + 0.5)), width)
    top, left = (height - crop[0]) // 2, (width - crop[1]) // 2
    return pixels[top : top + crop[0], left : left + crop[1]]


def pillow(spec: ImageSpec, pixels: Pixels, method: Image.Resampling) -> NDArray[np.int64]:
    """Pillow's resize of a cropped image, then its grey; (height, width, channels)."""
    resized = Image.fromarray(pixels).resize((spec.width, spec.height), method)
    return np.asarray(resized.convert("L" if spec.channels == 1 else "RGB"), np.int64).reshape(
        spec.output_shape
    )


def pillow_four_taps(spec: ImageSpec, pixels: Pixels) -> NDArray[np.int64]:
    """Pillow's bilinear sampling without the smoothing that its resize adds when reducing."""
    scale = (pixels.shape[1] / spec.width, 0, 0, 0, pixels.shape[0] / spec.height, 0)
    sampled = Image.fromarray(pixels).transform(
        (spec.width, spec.height),
        Image.Transform.AFFINE,
        scale,
        Image.Resampling.BILINEAR,
    )
    return np.asarray(sampled.convert("L" if spec.channels == 1 else "RGB"), np.int64).reshape(
        spec.output_shape
    )


def front_end(spec: ImageSpec, pixels: Pixels) -> NDArray[np.int64]:
    features = FrontEnd(spec).one(pixels)
    assert features.dtype == np.int8
    assert features.shape == spec.output_shape
    return features.astype(np.int64) + 128


def has_centre_on_an_edge(frame: int, output: int) -> bool:
    """Whether a pixel's centre lies on a box's edge, where Pillow's float rounding decides."""
    shared = gcd(frame, output)
    return (output // shared) % 2 == 0


def noise(height: int, width: int, grey: bool, seed: int) -> Pixels:
    shape = (height, width) if grey else (height, width, 3)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


sides = st.integers(1, 70)
frames = st.integers(1, 300)


@settings(max_examples=80, deadline=None)
@given(sides, sides, st.sampled_from((1, 3)), frames, frames, st.booleans(), st.integers(0))
def test_area_is_pillows_box(
    height: int, width: int, channels: int, rows: int, columns: int, grey: bool, seed: int
) -> None:
    spec = ImageSpec(height, width, channels)
    pixels = cropped(spec, frame := noise(rows, columns, grey, seed))
    assume(pixels.shape[0] >= height and pixels.shape[1] >= width)
    assume(not has_centre_on_an_edge(pixels.shape[0], height))
    assume(not has_centre_on_an_edge(pixels.shape[1], width))
    wanted = pillow(spec, pixels, Image.Resampling.BOX)
    assert np.abs(front_end(spec, frame) - wanted).max() <= 1


@settings(max_examples=80, deadline=None)
@given(sides, sides, st.sampled_from((1, 3)), frames, frames, st.booleans(), st.integers(0))
def test_bilinear_is_pillows_four_taps(
    height: int, width: int, channels: int, rows: int, columns: int, grey: bool, seed: int
) -> None:
    spec = ImageSpec(height, width, channels, "bilinear")
    frame = noise(rows, columns, grey, seed)
    wanted = pillow_four_taps(spec, cropped(spec, frame))
    assert np.abs(front_end(spec, frame) - wanted).max() <= 1


@pytest.mark.parametrize("resize", ["area", "bilinear"])
@pytest.mark.parametrize("size", [(8, 8), (5, 30), (1, 1), (47, 47)])
def test_enlarging_is_pillows_bilinear(resize: str, size: tuple[int, int]) -> None:
    spec = ImageSpec(48, 48, 3, resize)
    frame = noise(*size, grey=False, seed=3)
    wanted = pillow(spec, cropped(spec, frame), Image.Resampling.BILINEAR)
    assert np.abs(front_end(spec, frame) - wanted).max() <= 1


def test_whole_boxes_are_exact_means() -> None:
    frame = noise(96, 128, grey=True, seed=5)
    mean = frame.reshape(24, 4, 32, 4).mean(axis=(1, 3))
    assert np.array_equal(
        front_end(ImageSpec(24, 32, 1), frame)[..., 0], np.floor(mean + 0.5).astype(int)
    )


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 20000, 3), (20000, 10, 3), (1, 32767), (1, 1)])
@pytest.mark.parametrize("resize", ["area", "bilinear"])
@pytest.mark.parametrize("value", [0, 77, 255])
def test_one_colour_stays_that_colour(shape: tuple[int, ...], resize: str, value: int) -> None:
    for channels in (1, 3):
        spec = ImageSpec(32, 24, channels, resize)
        assert np.all(front_end(spec, np.full(shape, value, np.uint8)) == value)


def test_large_boxes_do_not_overflow() -> None:
    frame = np.full((4000, 4000), 255, np.uint8)
    assert np.all(front_end(ImageSpec(1, 1, 1), frame) == 255)
    assert np.all(front_end(ImageSpec(2, 3, 3), frame) == 255)


def test_rows_of_a_view_are_read_right() -> None:
    whole = noise(90, 120, grey=False, seed=9)
    spec = ImageSpec(30, 30, 3)
    for view in (whole[::2, 10:90], whole[:, ::-1], whole[5:80, 20:95]):
        assert np.array_equal(front_end(spec, view), front_end(spec, view.copy()))


def test_batches_take_images_of_all_sizes() -> None:
    images = [noise(9, 70, False, 1), noise(50, 50, True, 2), noise(100, 40, False, 3)]
    batch = FrontEnd(ImageSpec(16, 16, 3)).batch(images)
    assert batch.shape == (3, 16, 16, 3)
    for image, features in zip(images, batch, strict=True):
        assert np.array_equal(FrontEnd(ImageSpec(16, 16, 3)).one(image), features)


def test_a_box_of_too_many_pixels_is_refused() -> None:
    with pytest.raises(DataError, match="too large"):
        FrontEnd(ImageSpec(1, 1, 1)).one(np.zeros((4096, 4096), np.uint8))


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((1, 32768), np.uint8),
        np.zeros((5, 5), np.float32),
    ],
    ids=("empty", "alpha", "wide", "float"),
)
def test_what_is_no_image_is_refused(pixels: Pixels) -> None:
    with pytest.raises(DataError):
        FrontEnd(ImageSpec(8, 8, 3)).one(pixels)


@pytest.mark.parametrize("spec", [ImageSpec(0, 8, 1), ImageSpec(8, 1025, 1), ImageSpec(8, 8, 2)])
def test_what_the_c_cannot_do_is_refused(spec: ImageSpec) -> None:
    with pytest.raises(TargetError):
        FrontEnd(spec)
