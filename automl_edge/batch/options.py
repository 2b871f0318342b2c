"""What a job may say, named like the options of ``fit``, and the fields of FitSpec they become."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from automl_edge.domain.dataset import Modality
from automl_edge.domain.optimize import parse_optimize
from automl_edge.domain.units import parse_size, parse_time
from automl_edge.errors import UsageError
from automl_edge.export.names import check_symbol

Parse = Callable[[Any, Path], Any]
"""(value as YAML gives it, folder of the manifest) -> value of the field; raises UsageError."""

DATA, TARGET = "data", "target"


@dataclass(frozen=True, slots=True)
class Option:
    """A field of FitSpec and how its value is read."""

    field: str
    parse: Parse


def option(word: str) -> Option:
    """The option ``word``, hyphens or underscores; raises UsageError for an unknown one."""
    name = word.replace("-", "_")
    if name in OPTIONS:
        return OPTIONS[name]
    near = get_close_matches(name, OPTIONS, 1)
    meant = f"; {near[0]} is near" if near else ""
    raise UsageError(f"there is no option {word!r}{meant}")


def target_of(value: Any, base: Path) -> str:
    """A target by its name, or the user's own file as seen from the manifest."""
    return str(_named(".toml")(value, base))


def _text(value: Any) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value):
        return str(value)
    raise UsageError(f"{value!r} is not one word or number")


def _path(value: Any, base: Path) -> Path:
    return base / Path(_text(value)).expanduser()


def _named(*endings: str) -> Parse:
    """Names stay, paths are taken from the manifest's folder."""

    def parse(value: Any, base: Path) -> str:
        text = _text(value)
        is_path = text.endswith(endings) or "/" in text
        return str(_path(text, base)) if is_path else text

    return parse


def _plain(parse: Callable[[str], Any]) -> Parse:
    return lambda value, _: parse(_text(value))


def _whole(least: int) -> Parse:
    def parse(value: Any, _: Path) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**32:
            return value
        raise UsageError(f"{value!r} is not a whole number from {least}")

    return parse


def _milliseconds(text: str) -> float:
    return 1000 * parse_time(text)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as problem:
        raise UsageError(f"{text!r} is not a regex: {problem}") from None
    return text


def _modality(text: str) -> Modality:
    if text not in list(Modality):
        raise UsageError(f"{text!r} is not one of {', '.join(Modality)}")
    return Modality(text)


def _flag(value: Any, _: Path) -> bool:
    if isinstance(value, bool):
        return value
    raise UsageError(f"{value!r} is neither true nor false")


OPTIONS: Mapping[str, Option] = {
    DATA: Option("data", _path),
    TARGET: Option("target", target_of),
    "flash": Option("flash", _plain(parse_size)),
    "ram": Option("ram", _plain(parse_size)),
    "latency": Option("latency_ms", _plain(_milliseconds)),
    "time_limit": Option("time_limit", _plain(parse_time)),
    "trials": Option("trials", _whole(1)),
    "workers": Option("workers", _whole(1)),
    "seed": Option("seed", _whole(0)),
    "modality": Option("modality", _plain(_modality)),
    "test": Option("test", _path),
    "split": Option("split", _path),
    "group_by": Option("group_by", _plain(_pattern)),
    "space": Option("space", _named(".py")),
    "backbone": Option("backbone", _named(".h5", ".keras")),
    "optimize": Option("optimize", _plain(parse_optimize)),
    "learnt": Option("learnt", _flag),
    "prefix": Option("name", _plain(check_symbol)),
}
"""``prefix`` is ``fit``'s ``--name``: in a manifest, the name is the job's."""
