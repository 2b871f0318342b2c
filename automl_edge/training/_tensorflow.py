"""The one place that imports TensorFlow and Keras, quietly and with fixed settings."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "GRPC_VERBOSITY": "ERROR",
    "KERAS_BACKEND": "tensorflow",
}


def thread_limits(threads: int) -> dict[str, str]:
    """Environment variables of a process whose TensorFlow and BLAS are to use ``threads`` cores."""
    names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    return dict.fromkeys((*names, "OPENBLAS_NUM_THREADS"), str(threads))


@lru_cache(maxsize=1)
def tensorflow() -> Any:
    """The TensorFlow module, loaded on the first call (three to six seconds)."""
    os.environ.update(ENVIRONMENT)
    with quiet():
        import tensorflow as tf

        tf.config.set_visible_devices([], "GPU")
        tf.get_logger().setLevel("ERROR")
    return tf


@lru_cache(maxsize=1)
def keras() -> Any:
    """The Keras 3 module on the TensorFlow backend."""
    tensorflow()
    with quiet():
        import keras as module
    return module


def load_tensorflow() -> None:
    """Let this process have TensorFlow and Keras from now on, which takes a few seconds."""
    keras()


@contextmanager
def failing_plainly() -> Iterator[None]:
    """Errors of kinds that are TensorFlow's own become a RuntimeError, so that callers can tell
    that something could not be trained or converted without knowing TensorFlow."""
    try:
        yield
    except Exception as problem:
        if type(problem).__module__.partition(".")[0] != "tensorflow":
            raise
        raise RuntimeError(f"{type(problem).__name__}: {problem}") from problem


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing written to file descriptor 2 meanwhile, and no Python warnings.

    TensorFlow's C++ logs before any of its own log levels are read, and the converter
    prints from C++ too. Exceptions pass as ever.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
        sys.stderr.flush()
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
