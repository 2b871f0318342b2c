"""A model as a C library: everything under ``RUN/c``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler import Network, compile_graph, read_tflite, simplify
from automl_edge.device.sources import Interface, Layer, Role
from automl_edge.domain.bundle import Bundle, merge, under
from automl_edge.domain.features import (
    CAMERA_FRAME,
    INPUT_SCALE,
    INPUT_ZERO_POINT,
    FeatureSpec,
    ImageSpec,
    LogMelSpec,
    MotionSpec,
)
from automl_edge.domain.memory import align
from automl_edge.errors import ModelFileError
from automl_edge.export.golden import arrays, golden_vectors, random_windows, rows
from automl_edge.export.library import (
    INFO_NAME,
    PLAIN_FOLDER,
    SOURCE_FOLDER,
    Library,
    LibraryInfo,
    Origin,
    c_sources,
    info_file,
)
from automl_edge.export.names import check_symbol
from automl_edge.export.reference import Reference
from automl_edge.export.skeleton import fill
from automl_edge.export.words import marks, weights_licence
from automl_edge.features import front_end_bundle, front_end_sizes

Window = NDArray[np.generic]

_RUNTIME: dict[Interface, tuple[str, ...]] = {
    Interface.IMAGE: ("ae_answer.h", "ae_best_score.c"),
    Interface.AUDIO: ("ae_answer.h", "ae_best_score.c", "ae_take.h"),
    Interface.MOTION: ("ae_answer.h", "ae_best_score.c", "ae_take.h"),
    Interface.TENSOR: (),
}
_FOLDERS = {
    Interface.IMAGE: "image",
    Interface.AUDIO: "stream",
    Interface.MOTION: "stream",
    Interface.TENSOR: "tensor",
}


def build_library(
    model: bytes,
    features: FeatureSpec | None,
    labels: Sequence[str],
    threshold: float,
    symbol: str,
    origin: Origin,
    golden: Sequence[Window] = (),
) -> Library:
    """The C library of an int8 ``.tflite`` with the front end that it was trained on.

    Without ``features`` it is the bare network: input tensor, invoke, output tensor.
    ``golden`` are raw windows (see FrontEnd) for the self-test; without any, and for a
    bare network, random ones are made. Raises UsageError for a ``symbol`` that is no C
    name, ModelFileError for a model that cannot be compiled or does not suit ``features``
    and ``labels``.
    """
    check_symbol(symbol)
    in_arena = features is None or isinstance(features, ImageSpec)
    graph = simplify(read_tflite(model))
    network = compile_graph(graph, symbol, in_arena, origin.kernels, origin.row_bands)
    if features is not None:
        _check_fit(network, features, labels)
    info = _info(network, features, labels, threshold, origin)
    front_end = {} if features is None else front_end_bundle(features, symbol)
    sources = merge(network.bundle, front_end, _interface_files(info))
    info = replace(
        info,
        sources=_roles(sources, front_end, symbol),
        headers=_headers(sources),
        plain=tuple(sorted(network.plain)),
    )
    files = merge(
        under(SOURCE_FOLDER, sources),
        under(PLAIN_FOLDER, network.plain),
        _around(info, model, golden),
    )
    built = replace(
        c_sources(info, sources, network.plain),
        output_offset=network.output_offset,
        layers=_layers(network),
        window=_window(info),
    )
    return Library(info, built, files, network)


def _layers(network: Network) -> tuple[Layer, ...]:
    """The operators under the names that predictions give them."""
    steps = zip(network.workload.ops, network.calls, strict=True)
    return tuple(
        Layer(f"{number} {op.label}", calls, op.streams_weights)
        for number, (op, calls) in enumerate(steps)
    )


def _window(info: LibraryInfo) -> tuple[int, ...]:
    """Shape of the samples that one classification takes; a photo comes from CAMERA_FRAME."""
    match info.features:
        case None:
            return info.input_shape
        case ImageSpec():
            return (*CAMERA_FRAME, 3)
        case LogMelSpec(clip=clip):
            return (clip,)
        case MotionSpec(window=window, axes=axes):
            return (window, axes)


def _interface(features: FeatureSpec | None) -> Interface:
    match features:
        case None:
            return Interface.TENSOR
        case ImageSpec():
            return Interface.IMAGE
        case LogMelSpec():
            return Interface.AUDIO
        case MotionSpec():
            return Interface.MOTION


def _check_fit(network: Network, features: FeatureSpec, labels: Sequence[str]) -> None:
    """The network reads what the front end writes and has a score for each label."""
    wanted = math.prod(features.output_shape)
    if network.input.elements != wanted:
        raise ModelFileError(
            f"the model reads {network.input.elements} values, but its front end gives {wanted}"
        )
    if (network.input.scale, network.input.zero_point) != (INPUT_SCALE, INPUT_ZERO_POINT):
        raise ModelFileError(
            f"the model's input has scale {network.input.scale} and zero point "
            f"{network.input.zero_point}, but front ends give {INPUT_SCALE} and {INPUT_ZERO_POINT}"
        )
    if network.output.elements != len(labels):
        raise ModelFileError(
            f"the model gives {network.output.elements} scores for {len(labels)} labels"
        )


def _info(
    network: Network,
    features: FeatureSpec | None,
    labels: Sequence[str],
    threshold: float,
    origin: Origin,
) -> LibraryInfo:
    """The facts about the library; its files are not known yet."""
    sizes = None if features is None else front_end_sizes(features)
    work = align(max(network.arena_bytes, sizes.scratch_bytes if sizes else 0, 1))
    return LibraryInfo(
        symbol=network.symbol,
        interface=_interface(features),
        labels=tuple(labels),
        threshold=threshold,
        features=features,
        input_shape=network.input.shape[1:],
        input_scale=network.input.scale,
        input_zero_point=network.input.zero_point,
        output_shape=network.output.shape[1:],
        score_scale=network.output.scale,
        score_zero_point=network.output.zero_point,
        arena_bytes=network.arena_bytes,
        work_bytes=work,
        context_bytes=work + (sizes.state_bytes if sizes else 0),
        sources=(),
        headers=(),
        plain=(),
        origin=origin,
    )


def _interface_files(info: LibraryInfo) -> Bundle:
    """``<symbol>.h``, ``<symbol>.c`` and the runtime files that they need."""
    root = files("automl_edge") / "csrc" / "stream"
    values, folder = marks(info), _FOLDERS[info.interface]
    return {
        f"{info.symbol}.h": fill(f"{folder}/model.h", values),
        f"{info.symbol}.c": fill(f"{folder}/model.c", values),
        **{name: (root / name).read_bytes() for name in _RUNTIME[info.interface]},
    }


def _roles(sources: Bundle, front_end: Bundle, symbol: str) -> tuple[tuple[str, Role], ...]:
    interface = {f"{symbol}.c", "ae_best_score.c"}

    def role(path: str) -> Role:
        if path == f"{symbol}_weights.c":
            return Role.WEIGHTS
        if path in interface:
            return Role.INTERFACE
        return Role.FRONTEND if path in front_end else Role.NETWORK

    return tuple((path, role(path)) for path in sorted(sources) if path.endswith(".c"))


def _headers(sources: Bundle) -> tuple[str, ...]:
    return tuple(path for path in sorted(sources) if path.endswith(".h"))


def _around(info: LibraryInfo, model: bytes, windows: Sequence[Window]) -> Bundle:
    """What surrounds the sources: example, self-test, build file, README, licence, facts."""
    folder, name = _FOLDERS[info.interface], info.symbol
    vectors = golden_vectors(windows or random_windows(info), Reference(model, info.features))
    values = marks(info) | {
        "VECTORS": str(len(vectors)),
        "ARRAYS": arrays(vectors),
        "ROWS": rows(vectors, info),
    }
    values["CALLS"] = fill(f"{folder}/calls.md", values).decode().strip()
    skeletons = {
        "CMakeLists.txt": "common/CMakeLists.txt",
        "LICENSE": "common/LICENSE",
        "README.md": "common/README.md",
        "example/main.c": f"{folder}/main.c",
        "selftest/ae_fnv.h": "common/ae_fnv.h",
        "selftest/main.c": "common/selftest_main.c",
        f"selftest/{name}_golden.c": "common/golden.c",
        f"selftest/{name}_golden.h": f"{folder}/golden.h",
        f"selftest/{name}_selftest.c": f"{folder}/selftest.c",
        f"selftest/{name}_selftest.h": "common/selftest.h",
    }
    filled = {path: fill(skeleton, values) for path, skeleton in skeletons.items()}
    return {**filled, **weights_licence(info.origin), INFO_NAME: info_file(info)}
