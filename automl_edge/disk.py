"""Files that are there as a whole or not at all, whenever the power goes."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` through a temporary name beside it, so that readers never see
    half of it. Makes the folders that are missing; raises OSError, and leaves nothing then."""
    scratch = path.with_name(f".writing-{uuid.uuid4().hex}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with scratch.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
        sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Let the names in ``folder`` survive from here on: a file may be safe while its name is not.

    Windows and some file systems know no such thing; there is nothing to be done about it.
    """
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
