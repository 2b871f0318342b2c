"""The processes that a fit has, as Linux tells them."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")


def workers_of(parent: int) -> list[int]:
    """The workers that process ``parent`` has started and that live."""
    lists = PROC.glob(f"{parent}/task/*/children")
    children = [int(word) for each in lists for word in each.read_text().split()]
    return [child for child in children if alive(child) and b"search.worker" in _line(child)]


def alive(process: int) -> bool:
    """Whether ``process`` is there, and no zombie."""
    try:
        state = (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")


def _line(process: int) -> bytes:
    try:
        return (PROC / str(process) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
