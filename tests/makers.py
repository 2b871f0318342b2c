"""Makes tiny datasets of real files: photos, sounds and motion that differ by class.

Every function is deterministic. Files carry no group in their names unless asked for.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image

CLASSES = ("left", "right")


def photo(seed: int, size: tuple[int, int] = (40, 30)) -> NDArray[np.uint8]:
    """Smooth random colours, uint8 (height, width, 3); no two seeds look alike."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    height, width = size
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))


def tone(seed: int, seconds: float = 0.5, rate: int = 16_000) -> NDArray[np.float32]:
    """Coloured noise with an envelope, float32 (n,), peak 0.5; no two seeds correlate."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(max(1, round(seconds * rate)))
    colour = np.convolve(noise, rng.standard_normal(8), "same")
    shaped = colour * (0.2 + np.hanning(len(noise)))
    return np.asarray(0.5 * shaped / np.abs(shaped).max(), dtype=np.float32)


def motion(seed: int, rows: int = 60, axes: int = 3) -> NDArray[np.float64]:
    """A random walk, float64 (rows, axes), three decimals."""
    rng = np.random.default_rng(seed)
    return np.round(np.cumsum(rng.standard_normal((rows, axes)), axis=0), 3)


def csv_text(
    values: NDArray[np.float64], header: str | None = "t_ms,x,y,z", step: float | None = 10
) -> str:
    """Rows as CSV; ``step`` is that of a leading time column, None leaves it out."""
    lines = [header] if header else []
    for number, row in enumerate(values):
        cells = [f"{value:g}" for value in row]
        lines.append(",".join([f"{number * step:g}", *cells] if step is not None else cells))
    return "\n".join(lines) + "\n"


def image_folder(
    root: Path,
    per_class: int = 6,
    classes: Sequence[str] = CLASSES,
    size: tuple[int, int] = (40, 30),
) -> Path:
    """PNG photos of ``size`` (height, width) in class folders."""
    for label, name in enumerate(classes):
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            seed = 1000 * label + number
            Image.fromarray(photo(seed, size)).save(root / name / f"photo{seed}.png")
    return root


def audio_folder(root: Path, per_class: int = 6, classes: Sequence[str] = CLASSES) -> Path:
    """Half-second WAV clips at 16 kHz in class folders."""
    for label, name in enumerate(classes):
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            seed = 1000 * label + number
            soundfile.write(root / name / f"clip{seed}.wav", tone(seed), 16_000)
    return root


def motion_folder(root: Path, per_class: int = 6, classes: Sequence[str] = CLASSES) -> Path:
    """CSV recordings of 60 rows at 100 Hz in class folders."""
    for label, name in enumerate(classes):
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            seed = 1000 * label + number
            (root / name / f"walk{seed}.csv").write_text(csv_text(motion(seed)))
    return root


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A zip of ``files``, deflated; names are taken as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def zip_folder(folder: Path, archive: Path, inside: str = "") -> Path:
    """``folder`` packed to ``archive``, below the folder name ``inside`` if given."""
    files = {
        f"{inside}{file.relative_to(folder).as_posix()}": file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    archive.write_bytes(zip_bytes(files))
    return archive
