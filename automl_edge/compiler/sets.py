"""Kernel sets: where each finds its C, and how it runs layers with weights.

A set's kernels have the names of the portable ones and are chosen by file: what
``csrc/kernels/<set>`` does not have comes from ``csrc/kernels/portable``. There every kernel
is defined in plain C, which the host and the sanitizers run in place of a chip's own
instructions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from automl_edge.compiler.call import Call
from automl_edge.compiler.packed import packed_calls
from automl_edge.compiler.paired import paired_calls
from automl_edge.compiler.sizes import NEEDS
from automl_edge.compiler.tiled import tiled_calls
from automl_edge.compiler.weighted import Weighted, plain_calls
from automl_edge.domain.bundle import Bundle
from automl_edge.domain.target import KernelSet

_CSRC = Path(__file__).parent.parent / "csrc"
_SPECIAL: dict[KernelSet, Callable[[Weighted], tuple[Call, ...] | None]] = {
    KernelSet.DSP: packed_calls,
    KernelSet.M0PLUS: paired_calls,
    KernelSet.RV32: tiled_calls,
}
"""What a set does with a layer: None leaves it to the portable kernels."""


CHANNEL_MULTIPLE: dict[KernelSet, int] = {KernelSet.DSP: 4}
"""How many channels a set's kernels take at once: dead ones that fill such a number up stay,
since inputs that are whole words are read in place."""


def weighted_calls(layer: Weighted, kernels: KernelSet) -> tuple[Call, ...]:
    """The kernel calls of ``layer`` with a kernel set."""
    special = _SPECIAL.get(kernels)
    return (special(layer) if special else None) or plain_calls(layer)


def kernel_sources(names: Sequence[str], kernels: KernelSet = KernelSet.PORTABLE) -> Bundle:
    """The C of the kernels ``names`` and of what they call, with all kernels' headers."""
    needed = {*names, *(other for name in names for other in NEEDS.get(name, ()))}
    files = [_file(name, kernels) for name in sorted(needed)]
    files += sorted((_CSRC / "include").glob("ae_*.h"))
    shared = (
        "fixed",
        "kernels",
        "lanes",
        "packed",
        "paired",
        "pieces",
        "sum",
        "thumb",
        "tiled",
        "window",
    )
    headers = [f"ae_{name}.h" for name in shared]
    return {
        file.name: file.read_bytes()
        for file in files
        if file.suffix == ".c" or file.name in headers
    }


def plain_sources(names: Sequence[str], kernels: KernelSet) -> Bundle:
    """The plain C of those kernels, callees included, for which ``kernels`` has its own."""
    own = kernel_sources(names, kernels)
    plain = kernel_sources(names)
    return {path: code for path, code in plain.items() if own[path] != code}


def _file(name: str, kernels: KernelSet) -> Path:
    own = _CSRC / "kernels" / kernels.value / f"ae_{name}.c"
    return own if own.is_file() else _CSRC / "kernels" / "portable" / f"ae_{name}.c"
