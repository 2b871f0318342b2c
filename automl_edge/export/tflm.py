"""The model as a constant array, for those who run it with TensorFlow Lite Micro themselves."""

from __future__ import annotations

from automl_edge.compiler import read_tflite
from automl_edge.compiler.tflm_arena import tflm_arena_bytes
from automl_edge.domain.bundle import Bundle
from automl_edge.domain.graph import OpKind
from automl_edge.export.library import Origin
from automl_edge.export.names import check_symbol
from automl_edge.export.skeleton import fill
from automl_edge.export.words import made_by, weights_licence

_BYTES_A_LINE = 16
_RESOLVER = {
    OpKind.CONV_2D: "AddConv2D",
    OpKind.DEPTHWISE_CONV_2D: "AddDepthwiseConv2D",
    OpKind.FULLY_CONNECTED: "AddFullyConnected",
    OpKind.AVERAGE_POOL_2D: "AddAveragePool2D",
    OpKind.MAX_POOL_2D: "AddMaxPool2D",
    OpKind.MEAN: "AddMean",
    OpKind.ADD: "AddAdd",
    OpKind.MUL: "AddMul",
    OpKind.PAD: "AddPad",
    OpKind.RESHAPE: "AddReshape",
    OpKind.SOFTMAX: "AddSoftmax",
    OpKind.LOGISTIC: "AddLogistic",
    OpKind.HARD_SWISH: "AddHardSwish",
    OpKind.RELU: "AddRelu",
    OpKind.RELU6: "AddRelu6",
    OpKind.CONCATENATION: "AddConcatenation",
    OpKind.QUANTIZE: "AddQuantize",
    OpKind.DEQUANTIZE: "AddDequantize",
}


def tflm_bundle(model: bytes, symbol: str, origin: Origin) -> Bundle:
    """``model.tflite`` and ``<symbol>_model_data.c/.h`` with operators and arena size in words.

    The arena is what TFLM asks for on a 64-bit host, an upper bound for 32-bit chips; 0
    where the tflite-micro package is missing. Raises ModelFileError for a damaged model.
    """
    check_symbol(symbol)
    operators = tflm_operators(model)
    arena = tflm_arena_bytes(model)
    values = {
        "SYMBOL": symbol,
        "UPPER": symbol.upper(),
        "MADE_BY": made_by(origin),
        "OP_COUNT": str(len(operators)),
        "OPS": "\n".join(f" *   resolver.{name}();" for name in operators),
        "MODEL_BYTES": str(len(model)),
        "ARENA_BYTES": str(arena or 0),
        "BYTES": _rows(model),
    }
    return {
        "model.tflite": model,
        f"{symbol}_model_data.h": fill("tflm/model_data.h", values),
        f"{symbol}_model_data.c": fill("tflm/model_data.c", values),
        **weights_licence(origin),
    }


def tflm_operators(model: bytes) -> tuple[str, ...]:
    """Methods of MicroMutableOpResolver to call for ``model``, in order of first use."""
    kinds = dict.fromkeys(op.kind for op in read_tflite(model).ops)
    return tuple(_RESOLVER[kind] for kind in kinds)


def _rows(content: bytes) -> str:
    """The bytes in hexadecimal, 16 a line."""
    lines = (content[at : at + _BYTES_A_LINE] for at in range(0, len(content), _BYTES_A_LINE))
    return "\n".join("    " + " ".join(f"0x{byte:02x}," for byte in line) for line in lines)
