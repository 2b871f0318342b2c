"""Decodes photos to uint8 RGB, whatever mode they are stored in.

Large photos are brought down to a working size while they are decoded: the short side
ends between 256 and 511 pixels, by averaging whole blocks (and, for JPEG, by decoding
fewer coefficients). A microcontroller's camera gives no more than that and no front end
reads more, so nothing is lost and 12-megapixel photos scan quickly. Samples smaller than
that are taken as they are.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from automl_edge.ingest.records import Entry, FileReadings, Reading, Remark, Trait, UnusableError
from automl_edge.ingest.sharpness import is_blurred

WORKING_SIDE = 256
MAX_PIXELS = 200_000_000
_ORIENTATION_TAG = 0x0112
_SIDEWAYS = frozenset((5, 6, 7, 8))
_RUNS_PROGRAMS = frozenset(("EPS",))
_THUMB = 16


@contextmanager
def quiet_decoding() -> Iterator[None]:
    """Silence Pillow's advice about odd files; what matters is raised or checked here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
        yield


def read_image(file: Path) -> NDArray[np.uint8]:
    """The first frame of ``file`` as uint8 RGB (height, width, 3) at working size.

    EXIF rotation is applied; transparency is laid over white; 16-bit and float samples
    are scaled to 8 bits. Raises UnusableError.
    """
    return _decode(file)[0]


def inspect_image(entry: Entry) -> FileReadings:
    """Everything that ingest needs to know about one photo; raises UnusableError."""
    pixels, size, kind, remarks = _decode(entry.file)
    digest = hashlib.sha256(f"image {pixels.shape}".encode())
    digest.update(pixels.tobytes())
    traits = {
        Trait.HEIGHT: float(size[0]),
        Trait.WIDTH: float(size[1]),
        Trait.ASPECT: size[1] / size[0],
        Trait.FORMAT: float(int.from_bytes(kind.encode()[:4].ljust(4), "big")),
    }
    if is_blurred(pixels):
        remarks |= {Remark.BLURRED}
    reading = Reading(
        path=entry.path,
        label=entry.label or "",
        digest=digest.hexdigest(),
        size=size,
        fingerprint=thumbnail(pixels),
        traits=traits,
        remarks=remarks,
    )
    return FileReadings((reading,))


def thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """16 x 16 x 3 area averages as float32 of length 768, 0 to 1; None for one flat colour.

    The perceptual fingerprint: duplicates.py compares its gradients first (a difference
    hash), then the colours themselves.
    """
    if (pixels == pixels[0, 0]).all():
        return None
    small = Image.fromarray(pixels).resize((_THUMB, _THUMB), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).reshape(-1) / np.float32(255)


def is_grey(pixels: NDArray[np.uint8]) -> bool:
    """True if the three channels are the same everywhere (JPEG's rounding allowed for)."""
    wide = pixels.astype(np.int16)
    return bool(np.abs(wide[..., :2] - wide[..., 2:]).max(initial=0) <= 2)


def _decode(
    file: Path,
) -> tuple[NDArray[np.uint8], tuple[int, int], str, frozenset[Remark]]:
    """Pixels at working size, (height, width) as shown, format name and remarks."""
    try:
        with Image.open(file) as image:
            _refuse_dangerous(image)
            size = _shown_size(image)
            remarks = _remarks(image)
            kind = image.format or "?"
            image.draft(None, _draft_size(image))
            shown = ImageOps.exif_transpose(_shrunk(image))
            return np.array(_as_rgb(shown)), size, kind, remarks
    except UnidentifiedImageError:
        raise UnusableError("not an image that Pillow can read (damaged or mislabelled)") from None
    except Image.DecompressionBombError:
        raise UnusableError("too many pixels: it would unpack to gigabytes") from None
    except MemoryError:
        raise UnusableError("too large to decode in this machine's memory") from None
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError) as problem:
        # Pillow's decoders raise any of these for damaged files.
        raise UnusableError(f"damaged or truncated image ({problem})") from None


def _refuse_dangerous(image: Image.Image) -> None:
    if image.format in _RUNS_PROGRAMS:
        raise UnusableError("EPS files are programs and are not run; convert it to PNG")
    if image.width * image.height > MAX_PIXELS:
        raise UnusableError(
            f"{image.width} x {image.height} pixels are too many (at most {MAX_PIXELS:,})"
        )


def _shown_size(image: Image.Image) -> tuple[int, int]:
    sideways = image.getexif().get(_ORIENTATION_TAG) in _SIDEWAYS
    return (image.width, image.height) if sideways else (image.height, image.width)


def _remarks(image: Image.Image) -> frozenset[Remark]:
    found = set()
    if image.has_transparency_data:
        found.add(Remark.TRANSPARENT)
    if getattr(image, "n_frames", 1) > 1:
        found.add(Remark.ANIMATED)
    return frozenset(found)


def _draft_size(image: Image.Image) -> tuple[int, int]:
    """The least size that JPEG may decode to: short side at WORKING_SIDE or above."""
    scale = min(1.0, WORKING_SIDE / min(image.size))
    return (max(1, round(image.width * scale)), max(1, round(image.height * scale)))


def _shrunk(image: Image.Image) -> Image.Image:
    factor = min(image.size) // WORKING_SIDE
    if factor <= 1:
        image.load()
        return image
    exif = image.getexif()
    if image.mode in ("P", "PA", "1"):
        image = _flat_mode(image)
    small = image.reduce(factor)
    if exif:
        small.info["exif"] = exif.tobytes()
    return small


def _flat_mode(image: Image.Image) -> Image.Image:
    """Palette and bilevel images in a mode whose values can be averaged."""
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        image = Image.fromarray(_eight_bits(np.asarray(image)))
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        white = Image.new("RGBA", coloured.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, coloured).convert("RGB")
    return image.convert("RGB")


def _eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Wide grey samples to 8 bits: by the type's or the common range, never by wrapping.

    Integers up to 65535 count as 16 bit; floats as 0..1 or, above that, 0..255; wider
    values are scaled by their own maximum.
    """
    wide = np.asarray(values, dtype=np.float64)
    if not np.isfinite(wide).all():
        raise UnusableError("holds pixels that are not numbers")
    top = float(wide.max(initial=0.0))
    if np.issubdtype(values.dtype, np.floating):
        full = 1.0 if top <= 1.0 else max(255.0, top)
    else:
        full = max(65535.0, top)
    return np.rint(np.clip(wide / full, 0.0, 1.0) * 255.0).astype(np.uint8)
