"""Ctrl-C is heard even where a library caught it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from automl_edge.cli.interrupt import heard_in_the_end
from automl_edge.domain.run import Event, Note


@pytest.fixture(autouse=True)
def _as_in_a_terminal() -> Iterator[None]:
    """Whatever is started in the background of a script ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _swallowed() -> None:
    """Ctrl-C inside something that catches everything."""
    with suppress(BaseException):
        signal.raise_signal(signal.SIGINT)


def test_what_was_swallowed_is_raised_at_the_next_event() -> None:
    told: list[Event] = []
    with heard_in_the_end(told.append) as on_event:
        on_event(Note("before"))
        _swallowed()
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                on_event(Note("after"))
    assert told == [Note("before")]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_interrupts_at_once_where_nobody_catches_it() -> None:
    with pytest.raises(KeyboardInterrupt), heard_in_the_end(lambda _: None):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_somebody_elses_handler_stays() -> None:
    def mine(*_: object) -> None: ...

    before = signal.signal(signal.SIGINT, mine)
    try:
        with heard_in_the_end(print) as on_event:
            assert on_event is print
            assert signal.getsignal(signal.SIGINT) is mine
    finally:
        signal.signal(signal.SIGINT, before)


def test_outside_the_main_thread_nothing_is_changed() -> None:
    found: list[object] = []

    def look() -> None:
        with heard_in_the_end(print) as on_event:
            found.append(on_event)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [print]
