"""Which modality a file belongs to: by its extension, else by its first bytes."""

from __future__ import annotations

from pathlib import Path

from automl_edge.domain.dataset import Modality

_IMAGES = """
.jpg .jpeg .jpe .jfif .png .apng .bmp .dib .gif .tif .tiff .webp .ppm .pgm .pbm .pnm .pfm .jp2 .j2k
.tga .ico .avif .avifs .heic .heif .psd .pcx .sgi .qoi .dds .xbm .xpm .eps
"""
_SOUNDS = """
.wav .wave .flac .ogg .oga .opus .mp3 .mp2 .aif .aiff .aifc .au .snd .caf .w64 .rf64 .voc .avr .nist
.sph .m4a .aac .wma .amr
"""
IMAGE_SUFFIXES = frozenset(_IMAGES.split())
AUDIO_SUFFIXES = frozenset(_SOUNDS.split())
TABLE_SUFFIXES = frozenset((".csv", ".tsv"))
ARCHIVE_SUFFIXES = frozenset((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"))

_IMAGE_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"P5\n", b"P6\n")
_AUDIO_MAGIC = (b"fLaC", b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"FORM", b".snd", b"caff")
_RIFF_KINDS = {b"WAVE": Modality.AUDIO, b"WEBP": Modality.IMAGE}
_SNIFFED_BYTES = 2048

WORDS = {
    Modality.IMAGE: "an image",
    Modality.AUDIO: "a sound file",
    Modality.MOTION: "a table",
}
"""How a file of each modality is called in messages."""


def is_archive(file: Path) -> bool:
    """True for archives by extension; they are not opened inside a dataset."""
    return file.suffix.lower() in ARCHIVE_SUFFIXES


def modality_of(file: Path) -> Modality | None:
    """The modality that a file looks like, or None; reads at most 2 KiB of it."""
    suffix = file.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return Modality.IMAGE
    if suffix in AUDIO_SUFFIXES:
        return Modality.AUDIO
    if suffix in TABLE_SUFFIXES:
        return Modality.MOTION
    try:
        with file.open("rb") as stream:
            head = stream.read(_SNIFFED_BYTES)
    except OSError:
        return None
    return _sniff(head)


def _sniff(head: bytes) -> Modality | None:
    if head.startswith(b"RIFF"):
        return _RIFF_KINDS.get(head[8:12])
    if head.startswith(_IMAGE_MAGIC):
        return Modality.IMAGE
    if head.startswith(_AUDIO_MAGIC):
        return Modality.AUDIO
    return Modality.MOTION if _looks_like_numbers(head) else None


def _looks_like_numbers(head: bytes) -> bool:
    """True where the second complete line is a row of two numbers or more."""
    lines = head.split(b"\n")[:-1]
    if len(lines) < 2:
        return False
    cells = lines[1].replace(b";", b",").replace(b"\t", b",").replace(b" ", b",").split(b",")
    numbers = 0
    for cell in filter(None, (cell.strip() for cell in cells)):
        try:
            float(cell)
        except ValueError:
            return False
        numbers += 1
    return numbers >= 2
