"""The processes that a fit has, as Linux tells them."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")


def workers_of(parent: int, program: str = "search.worker") -> list[int]:
    """The processes with ``program`` in their command line that ``parent`` has started and that
    live."""
    lists = PROC.glob(f"{parent}/task/*/children")
    children = [int(word) for each in lists for word in each.read_text().split()]
    return [child for child in children if alive(child) and program.encode() in _line(child)]


def running(program: str) -> list[int]:
    """All processes of this machine with ``program`` in their command line."""
    every = (int(each.name) for each in PROC.iterdir() if each.name.isdigit())
    return [process for process in every if program.encode() in _line(process)]


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
