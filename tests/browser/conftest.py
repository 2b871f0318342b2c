"""These tests need Playwright, which the README's test command does not install."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.studio import Studio

collect_ignore = [] if find_spec("playwright") else ["test_studio.py", "test_adding.py"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser."""
    from tests.browser.studio import browser

    with browser() as found:
        yield found


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A running studio, which all tests share."""
    from tests.browser.studio import running_studio

    with running_studio(tmp_path_factory.mktemp("studio") / "projects") as found:
        yield found
