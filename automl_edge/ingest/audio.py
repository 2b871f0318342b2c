"""Decodes sound to mono int16 at one rate, in blocks, so that length costs no memory."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from automl_edge.ingest.fingerprint import FINGERPRINT_RATE, sound_print
from automl_edge.ingest.records import Entry, FileReadings, Reading, Remark, Trait, UnusableError

MIN_SECONDS = 0.1
"""Shorter sounds hold less than two hops of any front end; filling them up would invent data."""
MAX_SECONDS = 6 * 3600.0
_BLOCK = 1 << 17
_FULL_SCALE = 32767 / 32768
_CLIPPED_SHARE = 0.01
_SILENCE = 2.0**-15
_PRINTED_SECONDS = 8.0
_SHORT_DATA = re.compile(r"^\s*(?:data|SSND)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
_STREAMED = 0x7FFF_0000


def read_audio(file: Path, rate: int) -> NDArray[np.int16]:
    """``file`` mixed down to mono and resampled to ``rate`` Hz, int16 (n,).

    Channels are averaged; soxr resamples at its high quality; values beyond full scale
    are clipped. 16-bit mono at the right rate passes unchanged. Raises UnusableError, also
    for sounds that inspect_audio would refuse as too short or too long.
    """
    with _opened(file) as source:
        _check_length(source.frames, source.samplerate)
        mono = _mono_blocks(source)
        if source.samplerate != rate:
            mono = _resampled(mono, source.samplerate, rate)
        return np.concatenate([_to_int16(block) for block in mono] or [np.zeros(0, np.int16)])


def inspect_audio(entry: Entry) -> FileReadings:
    """Everything that ingest needs to know about one sound; raises UnusableError."""
    with _opened(entry.file) as source:
        frames, channels, rate = source.frames, source.channels, source.samplerate
        kind = f"{source.format} {source.subtype}"
        _check_length(frames, rate)
        digest = hashlib.sha256(f"audio {rate}".encode())
        squares, peak, clipped, kept = 0.0, 0.0, 0, []
        wanted = round(_PRINTED_SECONDS * rate)
        for block in _mono_blocks(source):
            digest.update(_to_int16(block).tobytes())
            loud = np.abs(block)
            squares += float(np.dot(block, block))
            peak = max(peak, float(loud.max(initial=0.0)))
            clipped += int((loud >= _FULL_SCALE).sum())
            if wanted > 0:
                kept.append(block[:wanted])
                wanted -= len(kept[-1])
    start = np.concatenate(kept)
    remarks = set()
    if peak < _SILENCE:
        remarks.add(Remark.SILENT)
    if clipped > _CLIPPED_SHARE * frames:
        remarks.add(Remark.CLIPPED)
    low = soxr.resample(start, rate, FINGERPRINT_RATE, "MQ").astype(np.float32)
    reading = Reading(
        path=entry.path,
        label=entry.label or "",
        digest=digest.hexdigest(),
        size=(frames, channels),
        seconds=frames / rate,
        fingerprint=None if Remark.SILENT in remarks else sound_print(low),
        traits={
            Trait.LENGTH: frames / rate,
            Trait.LOUDNESS: 10 * float(np.log10(squares / frames + 1e-10)),
            Trait.CHANNELS: float(channels),
            Trait.RATE: float(rate),
            Trait.FORMAT: float(int.from_bytes(hashlib.sha256(kind.encode()).digest()[:3], "big")),
        },
        remarks=frozenset(remarks),
    )
    return FileReadings((reading,))


def _check_length(frames: int, rate: int) -> None:
    if frames == 0:
        raise UnusableError("holds no sound (0 samples)")
    if frames < MIN_SECONDS * rate:
        raise UnusableError(f"{frames / rate:.3g} s is too short (at least {MIN_SECONDS} s)")
    if frames > MAX_SECONDS * rate:
        raise UnusableError(f"{frames / rate / 3600:.1f} h is too long (at most 6 h); cut it up")


@contextmanager
def _opened(file: Path) -> Iterator[soundfile.SoundFile]:
    """The open sound file; soundfile's own complaints become UnusableError."""
    try:
        with soundfile.SoundFile(str(file)) as source:
            yield source
    except (soundfile.LibsndfileError, soundfile.SoundFileRuntimeError, OSError) as problem:
        reason = str(problem).rpartition(": ")[2]
        if not reason or reason.startswith("File does not exist"):  # said of a damaged MP3 too
            reason = "damaged or mislabelled"
        raise UnusableError(f"not a sound file that can be read ({reason})") from None
    except (TypeError, ValueError) as problem:  # headerless .raw wants parameters
        raise UnusableError(f"not a sound file that can be read ({problem})") from None


def _mono_blocks(source: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """The whole file as float32 mono blocks; raises UnusableError if it stops early."""
    seen = 0
    while len(block := source.read(_BLOCK, dtype="float32", always_2d=True)):
        if not np.isfinite(block).all():
            raise UnusableError("holds samples that are not numbers (NaN or infinity)")
        seen += len(block)
        yield block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)
    if seen < source.frames:
        raise UnusableError(f"truncated: {seen} of {source.frames} samples are there")
    _check_claim(source)


def _check_claim(source: soundfile.SoundFile) -> None:
    """Raise UnusableError where a WAV or AIFF says that it holds more than it does.

    libsndfile quietly reads what there is and mentions it in its log. Recorders that stream
    leave the largest size, or half of it, as a claim, which means nothing.
    """
    found = _SHORT_DATA.search(source.extra_info)
    if found is None:
        return
    claimed, there = int(found[1]), int(found[2])
    if there < claimed < _STREAMED:
        raise UnusableError(f"truncated: {there} of {claimed} bytes of sound are there")


def _resampled(
    blocks: Iterator[NDArray[np.float32]], rate_in: int, rate_out: int
) -> Iterator[NDArray[np.float32]]:
    stream = soxr.ResampleStream(rate_in, rate_out, 1, dtype="float32")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _to_int16(block: NDArray[np.float32]) -> NDArray[np.int16]:
    counts = np.clip(np.rint(block * np.float32(32768)), -32768, 32767)
    return np.asarray(counts, dtype=np.int16)
