"""What each instruction costs on a core, as its manual says: ``cycles/<core>.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from automl_edge.errors import TargetError

_FOLDER = Path(__file__).with_name("cycles")


@dataclass(frozen=True, slots=True)
class Rule:
    """Cycles of some instructions: ``cycles``, plus ``each_register`` for each in a list.

    ``names`` are the disassembler's, without condition or width; ``operands`` is a regular
    expression that must be found in the operands.
    """

    names: tuple[str, ...]
    cycles: int
    source: str
    operands: str = ""
    each_register: int = 0


@dataclass(frozen=True, slots=True)
class CycleTable:
    """A core's instructions without wait states. The first rule that suits decides.

    An instruction under no rule takes ``base`` cycles; a branch that is taken, or any other
    jump, ``taken`` more than its rule says. What is conditional and not executed counts
    like what is.
    """

    source: str
    base: int
    taken: int
    rules: tuple[Rule, ...]

    def as_request(self) -> dict[str, Any]:
        """The table as ``runner.Costs`` reads it."""
        rules = [
            {
                "names": rule.names,
                "operands": rule.operands,
                "cycles": rule.cycles,
                "each_register": rule.each_register,
            }
            for rule in self.rules
        ]
        return {"base": self.base, "taken": self.taken, "rules": rules}


def emulated_cores() -> tuple[str, ...]:
    """Names of the cores that can be emulated, sorted."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


@lru_cache(maxsize=16)
def cycle_table(core: str) -> CycleTable:
    """The table of ``core``; raises TargetError for one that cannot be emulated.

    A file with the single key ``like`` stands for another core's.
    """
    if core not in emulated_cores():
        raise TargetError(
            f"the virtual device does not know the core {core!r}",
            f"It knows {', '.join(emulated_cores())}.",
        )
    table = tomllib.loads((_FOLDER / f"{core}.toml").read_text(encoding="utf-8"))
    if "like" in table:
        return cycle_table(table["like"])
    rules = tuple(Rule(**rule | {"names": tuple(rule["names"])}) for rule in table["instructions"])
    return CycleTable(table["source"], table["base"], table["taken"], rules)
