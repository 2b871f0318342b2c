"""These tests need Playwright, which the README's test command does not install."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("playwright") else ["test_studio.py"]
