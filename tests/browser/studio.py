"""A studio on a port of its own and a browser that looks at it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

SHOTS = "AUTOML_EDGE_SCREENSHOTS"
"""The environment variable that names a folder for pictures of every step."""

STARTS_WITHIN = 90.0
CLICK_MS = 60_000
TALL = 1500
DRAWN_WITHIN_MS = 1500
UNFOLDS_WITHIN_MS = 3000
MADE_WITHIN = 20.0
MUCH_WITHIN = 300.0
MOST_TABS = 60
FOCUSED = """() => {
    let found = document.activeElement;
    while (found?.contentDocument) found = found.contentDocument.activeElement;
    return found?.ariaLabel || found?.innerText?.trim().split("\\n").at(-1) || found?.tagName;
}"""
"""What the focused element is called; an icon is the first line of a button's text."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Studio:
    """A running studio: where it is, and where it keeps its projects."""

    address: str
    folder: Path
    process: int

    def peak_bytes(self) -> int:
        """The most memory that its server has held, as Linux tells it."""
        state = Path(f"/proc/{self.process}/status").read_text()
        return 1024 * int(re.findall(r"VmHWM:\s+(\d+)", state)[0])


@contextmanager
def running_studio(folder: Path, *words: str) -> Iterator[Studio]:
    """``automl-edge gui`` until the block ends."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    program = "from automl_edge.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-c", program, "gui", "--no-browser", "--port", str(port)]
    log = folder.with_suffix(".log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--folder", str(folder), *words],
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        address = f"http://localhost:{port}"
        _wait_for(address, process, log)
        yield Studio(address, folder, process.pid)
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError(f"the studio did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's Chromium, whose microphone and camera are made up."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    assert found is not None, "Chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=found,
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
            ],
        )


def told_here(count: int) -> str:
    """What the page says of so many files that have come."""
    return "1 file is here." if count == 1 else f"{count} files are here."


class Visitor:
    """Someone at a page of the studio, who goes by what the page says."""

    def __init__(self, chromium: Browser, studio: Studio, width: int = 1280) -> None:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            accept_downloads=True,
            permissions=["microphone", "camera"],
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(CLICK_MS)
        self.project = ""
        expect.set_options(timeout=CLICK_MS)
        self.page.goto(studio.address)
        expect(self.page.get_by_role("heading").first).to_be_visible()
        self.settle()

    def sees(self, text: str | re.Pattern[str], within: float = CLICK_MS / 1000) -> None:
        """Wait until the page says ``text``."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=1000 * within)

    def new_project(self, name: str) -> None:
        """Make a project, which is then open."""
        heading = self.page.get_by_text("New project", exact=True)
        expect(heading).to_be_visible()
        box = self.page.get_by_label("Name of the project", exact=True)
        try:
            expect(box).to_be_visible(timeout=UNFOLDS_WITHIN_MS)
        except AssertionError:
            heading.click()
        self.project = name
        box.fill(name)
        self.press("Make it")
        try:
            expect(self._dropzone).to_be_visible(timeout=1000 * MADE_WITHIN)
        except AssertionError:  # the page was still being drawn, and drew an empty box over it
            box.fill(name)
            self.press("Make it")
        expect(self._dropzone).to_be_visible()
        self.settle()

    def drop(self, *files: Path) -> None:
        """Choose ``files`` and add them when all are here."""
        self.give("Files", *files)
        self.sees(told_here(len(files)), MUCH_WITHIN)
        self.press("Add them")

    def press(self, name: str, within: float = CLICK_MS / 1000) -> None:
        """Press the button called ``name``, as soon as it can be pressed."""
        button = self.page.get_by_role("button", name=name, exact=True).first
        button.click(timeout=1000 * within)

    def go_to(self, step: str) -> None:
        """Follow the link ``step`` in the side bar, and wait for its page."""
        link = self.page.get_by_role("link", name=step)
        link.first.click()
        title = {"1 Data": "Your samples", "2 Device": "Your device", "3 Search": "Search"}
        heading = title.get(step, step.split(" ", 1)[-1] if step[0].isdigit() else step)
        expect(self.page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
        self.settle()

    def choose(self, label: str, option: str) -> None:
        """Choose ``option`` in the list ``label``."""
        found = self.page.get_by_role("option", name=option, exact=True)
        opened = self.page.get_by_test_id("stMain").get_by_label(label).first
        opened.click()
        try:
            expect(found).to_be_visible(timeout=UNFOLDS_WITHIN_MS)
        except AssertionError:  # the page moved, and what moves folds up
            opened.click()
        found.click()
        self.settle()

    def take(self, way: str) -> None:
        """Choose one of the ways that samples come in."""
        self.page.get_by_role("radio", name=way).first.click()
        self.settle()

    def give(self, what: str, *files: Path) -> None:
        """Choose ``files``, or a folder, in the place where they are dropped."""
        zone = self._dropzone.content_frame
        expect(zone.locator("#zone")).to_be_visible()
        zone.get_by_label(what, exact=True).set_input_files([str(file) for file in files])

    def drag(self, name: str, content: str) -> None:
        """Drop a file of that content there."""
        zone = self._dropzone.content_frame.locator("#zone")
        expect(zone).to_be_visible()
        zone.evaluate(
            """(zone, [name, content]) => {
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(new File([content], name));
                zone.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
            }""",
            [name, content],
        )

    @property
    def _dropzone(self) -> Locator:
        """Where files are dropped, of this project: that of the one before is on the page for as
        long as the page is being drawn."""
        key = re.sub(r"[^a-zA-Z0-9_-]", "-", f"dropzone/{self.project}")
        return self.page.locator(f".st-key-{key} iframe")

    def type_in(self, label: str, text: str) -> None:
        """Type ``text`` into the box ``label`` and leave it."""
        box = self.page.get_by_label(label, exact=True).first
        box.fill(text)
        box.press("Tab")
        self.settle()

    def reach(self, name: str) -> None:
        """Press Tab until what is called ``name`` has the focus."""
        passed = []
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            passed.append(self.page.evaluate(FOCUSED))
            if passed[-1] == name:
                return
        raise AssertionError(f"the keyboard does not reach {name}: {passed}")

    def type_keys(self, *keys: str) -> None:
        """Press ``keys`` one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def settle(self) -> None:
        """Wait until the page draws no more, and has nothing to complain about."""
        running = self.page.locator('[data-testid="stStatusWidget"]')
        expect(running).to_have_count(0, timeout=CLICK_MS)
        expect(self.page.locator('[data-testid="stException"]')).to_have_count(0)

    def shoot(self, name: str) -> None:
        """A picture of the page, if somebody wants pictures."""
        folder = os.environ.get(SHOTS)
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            before = self.page.viewport_size or {"width": 1280, "height": 900}
            self.page.set_viewport_size({"width": before["width"], "height": TALL})
            self.page.wait_for_timeout(DRAWN_WITHIN_MS)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))
            self.page.set_viewport_size(before)
