"""The C sources of one model's library, and what each file is for.

The export room makes this value from a model; ``measure`` links it, ``host`` runs it on
this machine. It can also be read back from a run directory.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from automl_edge.domain.bundle import Bundle


class Interface(StrEnum):
    """What the application hands to the library."""

    IMAGE = "image"
    AUDIO = "audio"
    MOTION = "motion"
    TENSOR = "tensor"


class Role(StrEnum):
    """What a C file belongs to; the linked firmware is counted by these."""

    WEIGHTS = "weights"
    NETWORK = "network"
    FRONTEND = "frontend"
    INTERFACE = "interface"


@dataclass(frozen=True, slots=True)
class CSources:
    """A library as a compiler needs it; sizes are bytes.

    ``bundle`` holds every ``.c`` and ``.h`` file in one flat folder, nothing else;
    ``plain`` holds files of the same names in plain C, for machines other than the target;
    ``roles`` names each ``.c`` file's role. The application includes ``<symbol>.h`` and
    owns a context of ``context_bytes``, of which ``work_bytes`` are the network's arena and,
    at other times, the front end's scratch; the rest is the front end's state. The network
    reads ``input_bytes`` int8 features and gives ``output_bytes`` int8 scores.
    """

    symbol: str
    interface: Interface
    bundle: Bundle
    plain: Bundle
    roles: tuple[tuple[str, Role], ...]
    work_bytes: int
    context_bytes: int
    input_bytes: int
    output_bytes: int

    @property
    def host_bundle(self) -> Bundle:
        """The files for a machine that does not have the target's instructions."""
        return {**self.bundle, **self.plain}

    @property
    def flags(self) -> tuple[str, ...]:
        """Definitions that let one C file drive any library: MODEL_HEADER and MODEL(name)."""
        return (f'-DMODEL_HEADER="{self.symbol}.h"', f"-DMODEL(name)={self.symbol}_##name")
