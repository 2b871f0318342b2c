"""Messages as the browser's side of the studio sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automl_edge.report.codec import dumps
from automl_edge.studio.dropping import Chunk, Head, Word

Sent = tuple[Chunk, bytes]


def chunks_of(files: Mapping[str, bytes], room: int) -> list[list[Sent]]:
    """``files`` in parts of at most ``room`` bytes each."""
    parts: list[list[Sent]] = [[]]
    left = room
    for index, (name, content) in enumerate(files.items()):
        offset = 0
        while offset < len(content) or offset == 0:
            piece = content[offset : offset + left]
            parts[-1].append((Chunk(index, name, offset, len(piece), False), piece))
            offset, left = offset + len(piece), left - len(piece)
            if left == 0:
                parts, left = [*parts, []], room
            if not content:
                break
    return [part for part in parts if part]


def message(
    part: Sequence[Sent], number: int, parts: int, word: Word = Word.PART, drop: str = "first"
) -> bytes:
    """Part ``number`` of ``parts``."""
    chunks = tuple(chunk for chunk, _ in part)
    files = 1 + max((chunk.index for chunk in chunks), default=0)
    size = sum(chunk.length for chunk in chunks)
    head = dumps(Head(word, drop, number, parts, files, size, chunks)).encode()
    return len(head).to_bytes(4, "little") + head + b"".join(content for _, content in part)
