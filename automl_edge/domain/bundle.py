"""Files as values: what the compiler and the exporters make. Only ``export`` writes to disk."""

from __future__ import annotations

from collections.abc import Mapping

Bundle = Mapping[str, bytes]
"""Relative path with forward slashes -> content."""


def merge(*bundles: Bundle) -> Bundle:
    """One bundle of all; a path that two of them hold with different content is a bug."""
    merged: dict[str, bytes] = {}
    for bundle in bundles:
        for path, content in bundle.items():
            if merged.setdefault(path, content) != content:
                raise ValueError(f"two bundles disagree on {path}")
    return merged


def under(folder: str, bundle: Bundle) -> Bundle:
    """The bundle moved into ``folder``."""
    return {f"{folder}/{path}": content for path, content in bundle.items()}
