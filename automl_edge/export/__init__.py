"""Writes what ships: C libraries and the like, as bundles, and bundles to disk."""
