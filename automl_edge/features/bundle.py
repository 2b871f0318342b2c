"""The C of a front end as files: runtime sources and generated tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from automl_edge.domain.bundle import Bundle
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.errors import TargetError
from automl_edge.features.faces import face
from automl_edge.features.limits import check_spec

_CSRC = Path(__file__).resolve().parent.parent / "csrc"
_SHARED = ("ae_rows_next.c", "ae_rows.h", "ae_signal.h")
_LOGMEL = (
    "ae_fft_real.c",
    "ae_log2_q16.c",
    "ae_logmel_feed.c",
    "ae_logmel_frame.c",
    "ae_logmel_reset.c",
    "ae_mel_feature.c",
    "ae_logmel.h",
    *_SHARED,
)
_MOTION = ("ae_motion_feed.c", "ae_motion_reset.c", "ae_motion.h", *_SHARED)
_IMAGE = (
    "ae_image_area.c",
    "ae_image_bilinear.c",
    "ae_image_resize.c",
    "ae_image_sum.c",
    "ae_image.h",
    "ae_image_parts.h",
)
_HOST = ("ae_host_batch.c", "ae_host_batch.h", "ae_prefix.h")


def front_end_bundle(spec: FeatureSpec, symbol: str, stride: int | None = None) -> Bundle:
    """Files of the front end for ``spec``, all names carrying ``symbol`` (a C identifier).

    Runtime sources and headers (``ae_*``), ``<symbol>_frontend.h`` and
    ``<symbol>_frontend.c``; ``ae_prefix.h`` comes from the library that they go into.
    ``stride`` is how many rows (spectrogram frames, motion rows) lie between two complete
    windows when the front end is fed without end; half a window by default, and the
    firmware may define ``<SYMBOL>_FRONTEND_STRIDE`` itself. Raises TargetError for a spec
    that the C cannot compute.
    """
    check_spec(spec)
    rows = spec.output_shape[0]
    if stride is not None and not 1 <= stride <= rows:
        raise TargetError(f"a stride of {stride} rows does not lie between 1 and {rows}")
    return runtime_sources(_runtime(spec)) | face(spec, symbol, stride)


def host_sources() -> Bundle:
    """All front ends with their batch functions, for one host library."""
    return runtime_sources({*_LOGMEL, *_MOTION, *_IMAGE, *_HOST})


def runtime_sources(names: Iterable[str]) -> dict[str, bytes]:
    """The named files of the package's C sources, whichever folder they lie in."""
    return {name: _find(name).read_bytes() for name in sorted(names)}


def _runtime(spec: FeatureSpec) -> Sequence[str]:
    match spec:
        case ImageSpec():
            return _IMAGE
        case LogMelSpec():
            return _LOGMEL
        case MotionSpec():
            return _MOTION


def _find(name: str) -> Path:
    folders = (_CSRC / "include", _CSRC / "frontend", _CSRC / "frontend" / "host")
    return next(folder / name for folder in folders if (folder / name).exists())
