"""Published int8 models: the compiled C equals TensorFlow Lite Micro in every byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from automl_edge.compiler import (
    HostNetwork,
    compile_graph,
    from_int8,
    read_tflite,
    to_int8,
)
from automl_edge.compiler.oracle import TFLM, Oracle
from automl_edge.compiler.tflm_arena import tflm_arena_bytes
from automl_edge.device.toolchain import UBSAN

INPUTS = 20
MODELS = (
    "NanoNAS__vww_nucleo_l412kb",
    "mltk__rock_paper_scissors",
    "mltk__tflite_micro_magic_wand",
    "tflite-micro__hello_world_int8",
    "tflite-micro__micro_speech_quantized",
    "tiny__kws_ref_model",
    "tiny__model_ToyCar_quant_fullint_micro_intio",
    "tiny__pretrainedResnet_quant",
    "tiny__vww_96_int8",
)
TYPES = {"float32": np.float32, "uint8": np.uint8, "int8": np.int8}


@pytest.mark.shared
@pytest.mark.parametrize("in_arena", [True, False])
@pytest.mark.parametrize("name", MODELS)
def test_model_equals_tflm(shared: Path, name: str, in_arena: bool) -> None:
    model = (shared / "models" / f"{name}.tflite").read_bytes()
    network = compile_graph(read_tflite(model), "net", in_arena)
    oracle = Oracle(model)
    values = np.random.default_rng(7).integers(0, 256, (INPUTS, *oracle.input.shape[1:]))
    if oracle.input.dtype == "int8":
        values -= 128
    inputs = values.astype(TYPES[oracle.input.dtype])

    outputs = HostNetwork(network, ("-O1", *UBSAN)).run(
        to_int8(inputs, oracle.input, network.input)
    )

    assert oracle.name == TFLM
    assert np.array_equal(from_int8(outputs, network.output, oracle.output), oracle.run(inputs))


@pytest.mark.shared
def test_models_are_all_of_them(shared: Path) -> None:
    assert sorted(MODELS) == sorted(file.stem for file in (shared / "models").glob("*.tflite"))


@pytest.mark.shared
@pytest.mark.parametrize("name", MODELS)
def test_our_arena_is_smaller_than_tflms(shared: Path, name: str) -> None:
    model = (shared / "models" / f"{name}.tflite").read_bytes()
    theirs = tflm_arena_bytes(model)
    assert theirs is not None
    assert compile_graph(read_tflite(model), "net").arena_bytes < theirs
