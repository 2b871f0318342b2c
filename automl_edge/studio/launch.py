"""Starts the studio: Streamlit as a process of its own, bound to this computer."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from automl_edge.errors import EnvironmentProblem, UsageError
from automl_edge.studio.dropping import sweep
from automl_edge.studio.gate import PARAMETER, TOKEN_VARIABLE, is_this_computer, new_token
from automl_edge.studio.projects import FOLDER_VARIABLE, list_projects, studio_folder

HERE = "localhost"
PORT = 8501
"""Streamlit's own."""

_TRIED_PORTS = 20
UPLOAD_MIB = 200
"""Of a sample to try; those to learn from come in parts."""

_NAMES_OF_THIS = ("localhost", "127.0.0.1", "::1")
_ANYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the studio is to listen and keep its projects; None is the usual."""

    host: str = HERE
    port: int | None = None
    folder: Path | None = None
    browser: bool = True


@dataclass(frozen=True, slots=True)
class Start:
    """How Streamlit is started, and the address to open."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    address: str
    folder: Path


def prepare(asked: Asked) -> Start:
    """Settle port, token and folder; raises UsageError and EnvironmentProblem."""
    if find_spec("streamlit") is None:
        raise EnvironmentProblem("streamlit is not installed", "Run `pip install streamlit`.")
    port = _port(asked)
    folder = (asked.folder or studio_folder()).expanduser().absolute()
    _make(folder)
    for project in list_projects(folder):
        sweep(project.root)
    added = {FOLDER_VARIABLE: str(folder)}
    shown = socket.gethostname() if asked.host in _ANYWHERE else asked.host
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not is_this_computer(asked.host):
        token = token or new_token()
    if token:
        added[TOKEN_VARIABLE] = token
        address += f"?{PARAMETER}={quote(token, safe='')}"
    return Start(_command(asked, port), added, address, folder)


def serve(start: Start) -> None:
    """Run it until it ends or is interrupted: on POSIX in the place of this process, so that
    signals reach it and not its parent."""
    if os.name == "posix":
        os.execve(start.command[0], start.command, {**os.environ, **start.environment})
    with subprocess.Popen(start.command, env={**os.environ, **start.environment}) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.wait()  # Ctrl-C reached it as well
            return
    if code:
        raise EnvironmentProblem(
            f"Streamlit ended with exit code {code}", "What it printed says why."
        )


def page_file() -> Path:
    """``app.py``: inside the package in a wheel, at the top in a checkout."""
    inside = Path(__file__).resolve().parent / "app.py"
    return inside if inside.exists() else inside.parents[2] / "app.py"


def _command(asked: Asked, port: int) -> tuple[str, ...]:
    options = {
        "server.address": asked.host,
        "server.port": port,
        "server.headless": str(not asked.browser or not is_this_computer(asked.host)).lower(),
        "server.showEmailPrompt": "false",
        "logger.hideWelcomeMessage": "true",
        "server.maxUploadSize": UPLOAD_MIB,
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }
    named = [f"--{name}={value}" for name, value in options.items()]
    if is_this_computer(asked.host):  # no other site's name may be made to mean this computer
        names = dict.fromkeys((*_NAMES_OF_THIS, asked.host))
        named += [f"--server.allowedHosts={name}" for name in names]
    return (sys.executable, "-P", "-m", "streamlit", "run", str(page_file()), *named)


def _port(asked: Asked) -> int:
    """The port that was asked for, or the first free one from PORT on."""
    if asked.port is not None:
        if not _is_free(asked.host, asked.port):
            raise UsageError(
                f"port {asked.port} of {asked.host} is taken, or no address of this computer",
                "Name another one with --port, or leave it out.",
            )
        return asked.port
    for port in range(PORT, PORT + _TRIED_PORTS):
        if _is_free(asked.host, port):
            return port
    raise UsageError(
        f"no port from {PORT} to {PORT + _TRIED_PORTS - 1} of {asked.host} can be had",
        "Name a free one with --port.",
    )


def _is_free(host: str, port: int) -> bool:
    """Whether a server can listen at ``port`` of an address that ``host`` stands for, and nobody
    does so at another of them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, OverflowError, UnicodeError):
        return False
    refusals = [_refusal(family, address) for family, _, _, _, address in found]
    return None in refusals and errno.EADDRINUSE not in refusals


def _refusal(family: int, address: Any) -> int | None:
    """Why nobody can listen at ``address``, as an errno; None if it can be had."""
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        return problem.errno
    return None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot make the folder {folder}: {problem.strerror}",
            "Name another one with --folder.",
        ) from problem
