"""Runs windows through a sanitized library; a process of its own, which may be trapped.

    python -m automl_edge.device.sanitized REQUEST.npz ANSWER.npz

The request is a file that ``run_sanitized`` wrote; the answer holds ``features`` and
``scores``. A library that does something undefined ends the process by a signal.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from automl_edge.device.host import SANITIZED, HostLibrary, Outputs, Window
from automl_edge.device.sources import CSources, Interface, Layer, Role
from automl_edge.device.toolchain import build_shared, scratch_folder


def run_sanitized(sources: CSources, windows: Sequence[Window]) -> Outputs | None:
    """``HostLibrary(sources, sanitized=True).run(windows)`` in a process of its own.

    None if that process died: the C did something undefined and the sanitizer trapped.
    """
    sources = replace(sources, bundle=sources.host_bundle, plain={})
    build_shared(sources.bundle, SANITIZED)
    with scratch_folder() as folder:
        request, answer = folder / "request.npz", folder / "answer.npz"
        _save_request(request, sources, windows)
        command = [sys.executable, "-m", __name__, str(request), str(answer)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode < 0:
            return None
        if done.returncode != 0:
            raise RuntimeError(f"the sanitized run failed: {done.stderr[-1000:]}")
        with np.load(answer) as found:
            return Outputs(found["features"], found["scores"])


def _save_request(path: Path, sources: CSources, windows: Sequence[Window]) -> None:
    """Write a library and raw windows to ``path`` (.npz)."""
    facts = asdict(sources) | {"bundle": {k: v.decode() for k, v in sources.bundle.items()}}
    arrays: dict[str, Any] = {f"window_{index}": each for index, each in enumerate(windows)}
    np.savez(path, facts=np.array(json.dumps(facts)), **arrays)


def _load_request(path: Path) -> tuple[CSources, list[Window]]:
    """What ``_save_request`` wrote."""
    with np.load(path) as request:
        facts = json.loads(str(request["facts"]))
        windows = [request[f"window_{index}"] for index in range(len(request.files) - 1)]
    facts["bundle"] = {name: text.encode() for name, text in facts["bundle"].items()}
    facts["interface"] = Interface(facts["interface"])
    facts["roles"] = tuple((name, Role(role)) for name, role in facts["roles"])
    facts["layers"] = tuple(Layer(**layer) for layer in facts["layers"])
    facts["window"] = tuple(facts["window"])
    return CSources(**facts), windows


def main(request: Path, answer: Path) -> None:
    """Run the windows of ``request`` and write their features and scores to ``answer``."""
    sources, windows = _load_request(request)
    outputs = HostLibrary(sources, sanitized=True).run(windows)
    np.savez(answer, features=outputs.features, scores=outputs.scores)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
