"""Who may use the studio: anyone on this computer, and beyond it those who have the token."""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets

TOKEN_VARIABLE = "AUTOML_EDGE_STUDIO_TOKEN"
"""The environment variable that holds the token; without it none is asked for."""

PARAMETER = "token"
"""What the page's address may carry it in."""


def new_token() -> str:
    """A token that nobody guesses: 128 random bits."""
    return secrets.token_urlsafe(16)


def is_this_computer(address: str) -> bool:
    """Whether only programs on this computer reach a server at ``address``."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_guarded() -> bool:
    """Whether a token is asked for."""
    return bool(os.environ.get(TOKEN_VARIABLE))


def admits(given: str) -> bool:
    """Whether ``given`` is the token, compared in the same time whatever it is."""
    wanted = os.environ.get(TOKEN_VARIABLE, "")
    return hmac.compare_digest(given.encode(), wanted.encode())
