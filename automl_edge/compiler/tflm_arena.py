"""How large an arena TFLM itself needs, for those who run the model with it.

TFLM tells only by printing on file descriptor 2, so that it runs in a process of its own:
``python -m automl_edge.compiler.tflm_arena < model.tflite``.
"""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np

from automl_edge.compiler.oracle import has_tflm, tflm_interpreter
from automl_edge.compiler.reader import read_tflite

_TOTAL = re.compile(rb"Arena allocation total (\d+) bytes")


def tflm_arena_bytes(model: bytes) -> int | None:
    """Bytes of tensor arena that TFLM uses for ``model`` on a 64-bit host.

    An upper bound for 32-bit chips, whose pointers are smaller. None where the package is
    not installed or does not tell.
    """
    if not has_tflm():
        return None
    command = [sys.executable, "-m", "automl_edge.compiler.tflm_arena"]
    told = subprocess.run(command, input=model, capture_output=True, check=False)
    found = _TOTAL.search(told.stderr)
    return int(found[1]) if found else None


def _print_allocations(model: bytes) -> None:
    graph = read_tflite(model)
    source = graph.tensors[graph.inputs[0]]
    interpreter = tflm_interpreter(model, graph)
    interpreter.set_input(np.zeros(source.shape, source.dtype.value), 0)
    interpreter.invoke()
    interpreter.print_allocations()


if __name__ == "__main__":
    _print_allocations(sys.stdin.buffer.read())
