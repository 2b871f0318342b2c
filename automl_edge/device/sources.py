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
class Layer:
    """One operator of the network: ``calls`` are those that ``<symbol>_net_run`` makes for it.

    ``streams_weights`` tells a layer that reads each weight for one multiplication only.
    """

    name: str
    calls: int
    streams_weights: bool = False


@dataclass(frozen=True, slots=True)
class CSources:
    """A library as a compiler needs it; sizes are bytes.

    ``bundle`` holds every ``.c`` and ``.h`` file in one flat folder, nothing else;
    ``plain`` holds files of the same names in plain C, for machines other than the target;
    ``roles`` names each ``.c`` file's role. The application includes ``<symbol>.h`` and
    owns a context of ``context_bytes``, of which ``work_bytes`` are the network's arena and,
    at other times, the front end's scratch; the rest is the front end's state. The network
    reads ``input_bytes`` int8 features and gives ``output_bytes`` int8 scores, which lie
    ``output_offset`` bytes into the arena.

    ``layers`` are the operators in the order of their calls. ``window`` is the shape of the
    samples of one classification: pixels (height, width, 3) of a camera frame, (samples,),
    (rows, axes), or the input tensor's. Both are empty for a library that was read back.
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
    output_offset: int = 0
    layers: tuple[Layer, ...] = ()
    window: tuple[int, ...] = ()

    @property
    def host_bundle(self) -> Bundle:
        """The files for a machine that does not have the target's instructions."""
        return {**self.bundle, **self.plain}

    @property
    def flags(self) -> tuple[str, ...]:
        """Definitions that let one C file drive any library: MODEL_HEADER and MODEL(name)."""
        return (f'-DMODEL_HEADER="{self.symbol}.h"', f"-DMODEL(name)={self.symbol}_##name")
