"""Who is let in, and how the studio is started."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest

from automl_edge.errors import EnvironmentProblem, UsageError
from automl_edge.studio.gate import (
    TOKEN_VARIABLE,
    admits,
    is_guarded,
    is_this_computer,
    new_token,
)
from automl_edge.studio.launch import Asked, page_file, prepare
from automl_edge.studio.projects import FOLDER_VARIABLE


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.7", False),
        ("example.org", False),
    ],
)
def test_what_is_this_computer(address: str, here: bool) -> None:
    assert is_this_computer(address) is here


def test_the_token_admits_and_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert not is_guarded()
    token = new_token()
    assert token != new_token()
    monkeypatch.setenv(TOKEN_VARIABLE, token)
    assert is_guarded()
    assert admits(token)
    assert not any(map(admits, ("", token[:-1], token + "x", "ä")))


def test_here_no_token_is_asked_for_and_other_names_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    start = prepare(Asked(folder=tmp_path / "new", browser=False))
    assert start.environment == {FOLDER_VARIABLE: str(tmp_path / "new")}
    assert (tmp_path / "new").is_dir()
    assert "token" not in start.address
    assert "--server.allowedHosts=localhost" in start.command
    assert "--server.headless=true" in start.command
    assert "--server.showEmailPrompt=false" in start.command
    assert "--browser.gatherUsageStats=false" in start.command


def test_elsewhere_a_token_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    start = prepare(Asked(host="0.0.0.0", folder=tmp_path))
    assert start.address.endswith(f"?token={start.environment[TOKEN_VARIABLE]}")
    assert not any("allowedHosts" in word for word in start.command)
    monkeypatch.setenv(TOKEN_VARIABLE, "mine & yours")
    assert prepare(Asked(folder=tmp_path)).address.endswith("?token=mine%20%26%20yours")
    monkeypatch.setenv(TOKEN_VARIABLE, "mine")
    assert prepare(Asked(host="0.0.0.0", folder=tmp_path)).environment[TOKEN_VARIABLE] == "mine"


def test_a_taken_port_is_told_or_passed_over(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}"):
            prepare(Asked("127.0.0.1", port, tmp_path))
    with pytest.raises(UsageError):
        prepare(Asked("203.0.113.9", None, tmp_path))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentProblem, match="cannot make"):
        prepare(Asked(folder=tmp_path / "file" / "below"))


def test_the_page_is_there() -> None:
    assert "automl_edge.studio" in page_file().read_text("utf-8")
