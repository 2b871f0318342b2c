"""Whether a photo is blurred."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

WINDOW = 11
LEAST_SIDE = 4 * WINDOW
"""Smaller photos show too little to tell."""

BLURRED = 0.65
"""Of 120 photos of waste (128 x 128 pixels) none is above 0.45; blurred with a Gaussian of 1, 2, 3
and 4 pixels their median is 0.45, 0.66, 0.77 and 0.83."""


def blur_of(pixels: NDArray[np.uint8]) -> float | None:
    """How blurred an RGB photo (height, width, 3) is: about 0.3 if it is sharp, 1 at most.

    After Crete, Dolmiere, Ladret and Nicolas, "The blur effect: perception and estimation with a
    new no-reference perceptual blur metric" (2007): what a low-pass filter of WINDOW pixels takes
    from the differences between neighbours, which is little where they were blurred before. None
    for a photo that is too small or of one colour.
    """
    grey = pixels.astype(np.float32).mean(axis=2)
    if min(grey.shape) < LEAST_SIDE or not np.ptp(grey):
        return None
    return max(_along(grey, axis) for axis in (0, 1))


def is_blurred(pixels: NDArray[np.uint8]) -> bool:
    """Whether an RGB photo is so blurred that a user should know."""
    blur = blur_of(pixels)
    return blur is not None and blur > BLURRED


def _along(grey: NDArray[np.float32], axis: int) -> float:
    sharp = np.abs(np.diff(grey, axis=axis))
    soft = np.abs(np.diff(uniform_filter1d(grey, WINDOW, axis=axis), axis=axis))
    whole = float(sharp.sum())
    lost = float(np.maximum(sharp - soft, 0.0).sum())
    return 1.0 - lost / whole if whole > 0 else 0.0
