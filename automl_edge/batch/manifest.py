"""A manifest of jobs: read, checked as a whole, and made into what fits are asked for.

defaults: {target: cortex-m4, time_limit: 10m}
jobs:
  - {name: words, data: recordings/}
  - {name: parts, data: photos/, target: [cortex-m7, esp32-c3], ram: 96K}
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl_edge.batch.options import DATA, TARGET, option, target_of
from automl_edge.domain.run import FitSpec
from automl_edge.errors import EnvironmentProblem, UsageError

MOST_SHOWN = 12
"""So many problems of a manifest are told at once."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_RESERVED = re.compile(r".*\.log|summary\.(csv|html|json)|batch\.json")
_HINT = "docs/batch.md shows a manifest with every option."


@dataclass(frozen=True, slots=True)
class Job:
    """One fit of a batch. ``name`` is that of its run directory, inside the batch's folder."""

    name: str
    spec: FitSpec


def read_manifest(path: Path, out: Path) -> tuple[Job, ...]:
    """The jobs in the YAML file ``path``, whose runs go into ``out``.

    Paths in the file are seen from its folder. Raises UsageError with everything that is wrong
    with it, EnvironmentProblem if it cannot be read.
    """
    import yaml

    try:
        text = path.read_text("utf-8")
        twice = _given_twice(yaml.compose(text, yaml.SafeLoader))
        content = yaml.safe_load(text)
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot read {path}: {problem.strerror}", "Name a YAML file with jobs."
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text in UTF-8", _HINT) from None
    except yaml.YAMLError as problem:
        raise UsageError(f"{path} is not YAML: {_one_line(problem)}", _HINT) from None
    if twice:
        raise UsageError(f"{path}: {twice}", _HINT)
    return jobs_of(content, path.parent, out, str(path))


def jobs_of(content: Any, base: Path, out: Path, told: str = "the manifest") -> tuple[Job, ...]:
    """The jobs in ``content``, a mapping as YAML gives it; ``told`` names it in messages.

    Paths are seen from ``base``. Raises UsageError with everything that is wrong.
    """
    problems: list[str] = []
    jobs = tuple(_jobs(content, base, out, problems))
    twice = [name for name, count in Counter(job.name for job in jobs).items() if count > 1]
    problems += [f"two jobs are called {name}" for name in twice]
    if not problems and not jobs:
        problems.append("there are no jobs in it")
    if problems:
        shown = "\n".join(problems[:MOST_SHOWN])
        more = len(problems) - MOST_SHOWN
        rest = f"\nand {more} more" if more > 0 else ""
        raise UsageError(f"{told} cannot be used:\n{shown}{rest}", _HINT)
    return jobs


def _jobs(content: Any, base: Path, out: Path, problems: list[str]) -> Iterator[Job]:
    if not isinstance(content, Mapping):
        problems.append("it has to hold `jobs:` and, if you like, `defaults:`")
        return
    problems += [f"{key!r} is neither jobs nor defaults" for key in content if key not in _KEYS]
    defaults, entries = content.get("defaults") or {}, content.get("jobs") or []
    if not isinstance(defaults, Mapping):
        problems.append("defaults: these are options, such as {target: cortex-m4}")
        defaults = {}
    if not isinstance(entries, list):
        problems.append("jobs: this is a list, a line with a hyphen for each job")
        entries = []
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, Mapping):
            yield from _job({**defaults, **entry}, number, base, out, problems)
        else:
            problems.append(f"job {number}: {entry!r} are not options such as {{data: photos/}}")


_KEYS = ("defaults", "jobs")


def _job(
    entry: Mapping[str, Any], number: int, base: Path, out: Path, problems: list[str]
) -> Iterator[Job]:
    """A job for each target of ``entry``; what is wrong with it is added to ``problems``."""
    name = entry.get("name")
    label = f"job {name if isinstance(name, str) else number}"
    if not isinstance(name, str) or not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        problems.append(
            f"{label}: its name has to be letters, digits, dots and hyphens, and not that of a "
            "file that a batch writes"
        )
    values: dict[str, Any] = {}
    for word, value in entry.items():
        if word in ("name", TARGET):
            continue
        try:
            chosen = option(str(word))
            values[chosen.field] = chosen.parse(value, base)
        except UsageError as problem:
            problems.append(f"{label}: {word}: {problem.message}")
    if DATA not in entry:
        problems.append(f"{label}: it has no data")
    targets = _targets(entry.get(TARGET), label, base, problems)
    if DATA not in values or not isinstance(name, str):
        return
    several = isinstance(entry.get(TARGET), list)
    for target in targets:
        own = f"{name}-{Path(target).stem}" if several else name
        yield Job(own, FitSpec(target=target, out=out / own, resume=True, **values))


def _targets(value: Any, label: str, base: Path, problems: list[str]) -> tuple[str, ...]:
    if value is None or value == []:
        problems.append(f"{label}: it has no target")
        return ()
    try:
        return tuple(
            target_of(each, base) for each in (value if isinstance(value, list) else [value])
        )
    except UsageError as problem:
        problems.append(f"{label}: target: {problem.message}")
        return ()


def _given_twice(root: Any) -> str:
    """Of the YAML node ``root`` a key that a mapping has twice, and its line: PyYAML would drop the
    first. Empty where there is none."""
    left, seen = [root], set[int]()
    while left:
        node = left.pop()
        if node is None or id(node) in seen:  # an alias may name what it lies in
            continue
        seen.add(id(node))
        if node.id == "sequence":
            left += node.value
        elif node.id == "mapping":
            counts = Counter(str(key.value) for key, _ in node.value)
            key, count = counts.most_common(1)[0] if counts else ("", 0)
            if count > 1:
                return f"{key!r} is given twice in the entry at line {node.start_mark.line + 1}"
            left += [value for _, value in node.value]
    return ""


def _one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())[:300]
