"""Programs of ours in processes of their own, which end with the process that started them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import IO

_PR_SET_PDEATHSIG = 1


def spawn(
    call: str, descriptor: int, environment: Mapping[str, str], output: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start a Python that calls ``call``, "module:function", with the number of a socket.

    ``descriptor`` is the socket's, ``environment`` is added to this process's. What it prints
    goes to ``output``, or to where this process's goes. Ctrl-C is for its parent: it is born deaf
    to it.
    """
    module, _, function = call.partition(":")
    program = (
        "import sys; sys.path[:] = sys.argv[2:]; "
        f"from {module} import {function}; {function}(int(sys.argv[1]))"
    )
    command = (sys.executable, "-P", "-c", program, str(descriptor), *sys.path)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **environment},
            pass_fds=(descriptor,),
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def die_with_parent() -> None:
    """Where the kernel can see to it, not even a long call into C outlives the parent.

    Elsewhere the pipe to the parent has to tell that it is gone.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def how_it_ended(code: int) -> str:
    """A process's exit code in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
