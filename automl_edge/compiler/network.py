"""What the compiler makes of a graph: C files, and every size that the C will have."""

from __future__ import annotations

from dataclasses import dataclass

from automl_edge.compiler.placed import Placed
from automl_edge.domain.bundle import Bundle
from automl_edge.domain.graph import Graph, Tensor
from automl_edge.domain.workload import Workload


@dataclass(frozen=True, slots=True)
class Network:
    """A compiled network: C sources, and what they take on a 32-bit core.

    ``bundle`` holds ``<symbol>_net.c/.h`` (tables and calls), ``<symbol>_weights.c/.h``
    (one const object), ``ae_prefix.h`` and the kernels; ``plain`` has the plain C of those
    kernels that are written for one core only, to run elsewhere in their place. The C
    interface is::

        #define <SYMBOL>_ARENA_BYTES ...
        #define <SYMBOL>_INPUT_OFFSET ...        (only with ``input_in_arena``)
        #define <SYMBOL>_OUTPUT_OFFSET ...
        void <symbol>_net_run(const int8_t *input, void *arena);

    The arena is aligned to 4 bytes; ``input_offset`` is None where the caller's buffer is
    read in place. ``in_use`` tells how many of the arena's bytes hold anything while each
    operator of ``workload`` runs. ``input`` and ``output`` are the int8 tensors of that
    interface; ``graph`` is the simplified graph that was compiled, its operators in the
    order in which they run. ``weight_bytes`` are int8 weights
    and int8 constants, ``table_bytes`` the biases, multipliers, shifts and look-up tables
    (all of them lie in the const object, which is ``weight_bytes + table_bytes`` long
    with its final padding), ``struct_bytes`` the const argument structs on a core with
    32-bit pointers. ``kernels`` are the C names of the kernels that it calls; ``calls`` says
    for each operator of ``workload`` how many calls in a row ``net_run`` makes for it, and
    ``main_kernels`` which kernel they call. ``placed`` is what lies in the arena.
    """

    symbol: str
    bundle: Bundle
    plain: Bundle
    graph: Graph
    workload: Workload
    input: Tensor
    output: Tensor
    arena_bytes: int
    in_use: tuple[int, ...]
    input_offset: int | None
    output_offset: int
    weight_bytes: int
    table_bytes: int
    struct_bytes: int
    kernels: tuple[str, ...]
    calls: tuple[int, ...]
    main_kernels: tuple[str, ...]
    placed: tuple[Placed, ...]

    @property
    def peak(self) -> int:
        """The operator that uses most of the arena, the first of equals."""
        return self.in_use.index(max(self.in_use))
