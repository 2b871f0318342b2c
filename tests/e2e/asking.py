"""What the tests of bad input share: the exit codes, and what one command answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DATA, TARGET, NOTHING_FITS, MODEL, DISK, RUN, INTERRUPTED = 3, 4, 5, 6, 7, 8, 130


@dataclass(frozen=True)
class Said:
    """What one command answered."""

    code: int
    out: str
    err: str


Ask = Callable[..., Said]


def refused(said: Said, code: int, *words: str) -> None:
    """``said`` is a refusal of kind ``code`` with all of ``words`` and advice on what to do."""
    assert said.code == code, said.err
    message, _, advice = said.err[said.err.index("automl-edge: ") :].partition("\n")
    assert message.strip()
    assert advice.strip(), f"no advice after: {message}"
    for word in words:
        assert word in said.err


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` and what is in it."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
