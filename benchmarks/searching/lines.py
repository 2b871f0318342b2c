"""A file of JSON lines that grows by a line for each finished run and survives kills."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]


def read_lines(file: Path) -> tuple[Record, ...]:
    """The records in ``file``, none if there is no such file.

    A last line without a newline was torn by a kill: its run counts as not done.
    """
    if not file.exists():
        return ()
    return tuple(json.loads(line) for line in _whole(file.read_bytes()).splitlines())


def append_line(file: Path, record: Record) -> None:
    """Add ``record`` to ``file``, in the place of a torn last line.

    Several processes may do so at once; each waits for the others.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    with file.open("r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        kept = len(_whole(stream.read()))
        stream.seek(kept)
        stream.truncate()
        stream.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")


def _whole(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]
