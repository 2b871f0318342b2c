"""The ImageNet weights of keras.applications: in Keras's cache, or downloaded into it once."""

from __future__ import annotations

import os
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from automl_edge.cost import describe_architecture
from automl_edge.domain.candidate import Backbone
from automl_edge.domain.pretrained import MOBILENET_V1, MOBILENET_V2, whole_network
from automl_edge.errors import EnvironmentProblem
from automl_edge.training._tensorflow import keras, quiet

BASE_URL = "https://storage.googleapis.com/tensorflow/keras-applications/"
"""Where keras.applications has its weights (BASE_WEIGHT_PATH of its mobilenet.py)."""

PROBE_SECONDS = 3.0
"""So long the host may take to answer, its name's look-up included, or it is out of reach."""

STALL_SECONDS = 20.0
"""A download that gives no byte for so long has failed."""

SIZE = 128
WIDTHS = (
    (MOBILENET_V1, 0.25),
    (MOBILENET_V2, 0.35),
    (MOBILENET_V1, 0.5),
    (MOBILENET_V2, 0.5),
    (MOBILENET_V1, 0.75),
    (MOBILENET_V2, 0.75),
    (MOBILENET_V1, 1.0),
    (MOBILENET_V2, 1.0),
)
"""Those that exist for photos of SIZE, from narrow to wide."""


def imagenet_backbones(families: Collection[str], flash_bytes: int) -> tuple[Backbone, ...]:
    """The weights worth having: of each family the narrowest, and all whose network would fit.

    A network whose weights alone, a byte each, are more than ``flash_bytes`` is left out.
    """
    wanted: dict[str, list[Backbone]] = {}
    for family, width in WIDTHS:
        backbone = Backbone(family, width, SIZE)
        own = wanted.setdefault(family, [])
        if not own or describe_architecture(whole_network(backbone)).parameters <= flash_bytes:
            own.append(backbone)
    return tuple(each for family in families for each in wanted[family])


def cached_file(backbone: Backbone) -> Path | None:
    """The file with ``backbone`` in Keras's cache; None if it is not there."""
    cached = _home() / "models" / file_name(backbone)
    return cached if cached.is_file() else None


def imagenet_file(backbone: Backbone) -> Path:
    """The file with ``backbone``, downloaded if Keras's cache lacks it.

    Raises EnvironmentProblem when it cannot be had; nothing is left in the cache then.
    """
    cached = cached_file(backbone)
    if cached is not None:
        return cached
    name, home = file_name(backbone), _home()
    folder = "mobilenet" if backbone.family == MOBILENET_V1 else "mobilenet_v2"
    url = f"{BASE_URL}{folder}/{name}"
    _probe(url)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _impatient(), _silent():
            return Path(keras().utils.get_file(name, url, cache_subdir="models", cache_dir=home))
    except Exception as problem:  # get_file raises Exception itself
        raise _unreachable(url, problem) from problem


def file_name(backbone: Backbone) -> str:
    """What keras.applications calls the file, without its classifier."""
    if backbone.family == MOBILENET_V1:
        width = f"{backbone.width * 10:.1f}" if backbone.width < 1 else "1.0"
        return f"mobilenet_{width.replace('.', '_')}_{backbone.size}_tf_no_top.h5"
    return (
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_"
        f"{backbone.width}_{backbone.size}_no_top.h5"
    )


def _home() -> Path:
    """Keras's folder."""
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()


def _probe(url: str) -> None:
    """Ask for the head of ``url``, in a thread because a name's look-up knows no time-out."""
    answers: list[Exception | None] = []

    def ask() -> None:
        request = urllib.request.Request(url, method="HEAD")
        try:
            with urllib.request.urlopen(request, timeout=PROBE_SECONDS):
                answers.append(None)
        except urllib.error.HTTPError as problem:
            problem.close()
            answers.append(problem)
        except Exception as problem:
            answers.append(problem)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PROBE_SECONDS)
    answer = answers[0] if answers else TimeoutError(f"no answer within {PROBE_SECONDS:g} s")
    if answer is not None:
        raise _unreachable(url, answer) from answer


def _unreachable(url: str, problem: Exception) -> EnvironmentProblem:
    reason = getattr(problem, "reason", None) or problem
    return EnvironmentProblem(
        f"cannot download {url}: {reason}",
        "Go online once, name a file with --backbone, or train from scratch: --backbone none.",
    )


@contextmanager
def _impatient() -> Iterator[None]:
    """Sockets give up after STALL_SECONDS without a byte; Keras sets no time-out."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _silent() -> Iterator[None]:
    """Without Keras's progress bar, which is printed to standard output."""
    config = keras().config
    shown = config.is_interactive_logging_enabled()
    config.disable_interactive_logging()
    try:
        with quiet():
            yield
    finally:
        if shown:
            config.enable_interactive_logging()
