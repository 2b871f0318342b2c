"""Ctrl-C that is not lost.

Python raises KeyboardInterrupt wherever it is just then. Where that is in a library that is being
loaded, or in a callback from C, it may be caught there or only printed, and the work goes on as if
nothing had been pressed.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from automl_edge.domain.run import Event, OnEvent


@contextmanager
def heard_in_the_end(on_event: OnEvent) -> Iterator[OnEvent]:
    """``on_event``, which raises KeyboardInterrupt if Ctrl-C was pressed and had no effect.

    Outside the main thread, where no signal arrives, and where Ctrl-C does something else already,
    it is ``on_event`` itself.
    """
    own_thread = threading.current_thread() is threading.main_thread()
    if not own_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield on_event
        return
    pressed: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    def listen(event: Event) -> None:
        if pressed:
            raise KeyboardInterrupt
        on_event(event)

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield listen
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
