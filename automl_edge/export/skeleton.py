"""The files under ``skeletons/``, with ``@NAME@`` marks filled in.

A skeleton is a real file of its language; marks stand for names, numbers and tables, never
for statements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

_MARK = re.compile(r"@([A-Z][A-Z0-9_]*)@")


def fill(path: str, values: Mapping[str, str]) -> bytes:
    """``skeletons/<path>`` with its marks replaced; raises KeyError for one without a value."""
    text = (files("automl_edge.export") / "skeletons" / path).read_text(encoding="utf-8")
    return _MARK.sub(lambda mark: values[mark[1]], text).encode()
