"""Frozen values to and from plain JSON, led by their type annotations.

A dataclass becomes an object with one key for each field, a tuple an array, a mapping an
object, an enum its value, a path its text. Two nouns differ: a front end's spec carries a
``kind``, and a footprint puts its sources under one ``source``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from automl_edge.domain.features import ImageSpec, LogMelSpec, MotionSpec
from automl_edge.domain.footprint import Footprint

T = TypeVar("T")
Json = Any
"""None, bool, int, float, str, list or dict of these, as ``json.loads`` gives them."""

_KINDS: dict[str, type] = {"image": ImageSpec, "log_mel": LogMelSpec, "motion": MotionSpec}
_SOURCES = ("flash", "ram", "latency")
_FIGURES = ("flash_bytes", "ram_bytes", "latency_ms")


def to_json(value: object) -> Json:
    """``value`` and all it holds as plain JSON data; raises TypeError for what has no form."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _with_kind(value, {_key(f): to_json(getattr(value, f.name)) for f in fields(value)})
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dumps(value: object) -> str:
    """``value`` as indented ASCII JSON text, which every terminal and locale can carry.

    Raises ValueError for a number that is not finite: JSON has none.
    """
    return json.dumps(to_json(value), indent=2, allow_nan=False)


def from_json(kind: type[T], data: Json) -> T:
    """The value of type ``kind`` that ``to_json`` made ``data`` from.

    Raises ValueError, KeyError or TypeError when ``data`` is of another shape; callers
    that read files check them against the schema first.
    """
    value: T = _decode(kind, data)
    return value


def _with_kind(value: object, plain: dict[str, Json]) -> dict[str, Json]:
    for word, kind in _KINDS.items():
        if isinstance(value, kind):
            return {"kind": word, **plain}
    if isinstance(value, Footprint):
        sources = [plain.pop(f"{word}_source") for word in _SOURCES]
        plain["source"] = dict(zip(_FIGURES, sources, strict=True))
    return plain


def _decode(hint: Any, data: Json) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _decode_union(arguments, data)
    if origin is tuple:
        return _decode_tuple(arguments, data)
    if origin is Literal:
        return data
    if origin is not None and issubclass(origin, Mapping):
        return {key: _decode(arguments[1], each) for key, each in data.items()}
    if is_dataclass(hint):
        return _decode_dataclass(hint, data)
    if hint is float:
        return float(data)
    return hint(data)


def _decode_union(options: tuple[Any, ...], data: Json) -> Any:
    if data is None and NoneType in options:
        return None
    if isinstance(data, dict) and "kind" in data:
        return _decode_dataclass(_KINDS[data["kind"]], data)
    if type(data) in options:
        return data
    return _decode(next(each for each in options if each is not NoneType), data)


def _decode_tuple(kinds: tuple[Any, ...], data: Json) -> tuple[Any, ...]:
    if kinds[-1] is Ellipsis:
        return tuple(_decode(kinds[0], each) for each in data)
    return tuple(_decode(kind, each) for kind, each in zip(kinds, data, strict=True))


def _decode_dataclass(kind: Any, data: Json) -> Any:
    if kind is Footprint:
        sources = {
            f"{word}_source": data["source"][figure]
            for word, figure in zip(_SOURCES, _FIGURES, strict=True)
        }
        data = {**data, **sources}
    hints = _hints(kind)
    return kind(**{f.name: _decode(hints[f.name], data[_key(f)]) for f in fields(kind)})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _key(field: Field[Any]) -> str:
    return str(field.metadata.get("json", field.name))
