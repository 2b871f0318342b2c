"""Predicted sizes against the tables that are emitted and the structs that C has."""

from __future__ import annotations

import ctypes
import re
from dataclasses import replace

import pytest

from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.errors import TargetError
from automl_edge.features import front_end_bundle, front_end_sizes, mirror
from automl_edge.features.host import library
from automl_edge.features.sizes import LOGMEL_STATE_BYTES, MOTION_STATE_BYTES

KEYWORDS = LogMelSpec(16000, 16000, 480, 320, 40, 20, 7600)
SPECS: tuple[FeatureSpec, ...] = (
    KEYWORDS,
    replace(KEYWORDS, window=333, hop=501, mel_bins=13, clip=12345),
    replace(KEYWORDS, rate=8000, window=1024, high_hz=4000, mel_bins=80),
    MotionSpec(25.0, 41, (1, 2, -3), (4, 5, 6)),
    ImageSpec(48, 64, 3),
)
ENTRY_BYTES = {"uint16_t": 2, "int16_t": 2, "int32_t": 4, "ae_mel_band": 6}


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_tables(spec: FeatureSpec) -> None:
    bundle = front_end_bundle(spec, "m")
    text = b"\n".join(bundle[name] for name in bundle if name.endswith(".c")).decode()
    tables = re.findall(r"^static const (\w+) \w+\[(\d+)\] = \{([^;]*)\};", text, re.MULTILINE)
    total = 0
    for kind, length, body in tables:
        entries = re.findall(r"\{[^}]*\}|-?\d+", body)
        assert len(entries) == int(length)
        total += ENTRY_BYTES[kind] * int(length)
    assert front_end_sizes(spec).table_bytes == total


def test_structs_have_the_sizes_that_c_says() -> None:
    sizes = (ctypes.c_uint32 * 6)()
    library().ae_host_sizes(sizes)
    assert list(sizes) == [
        LOGMEL_STATE_BYTES,
        MOTION_STATE_BYTES,
        ctypes.sizeof(mirror.LogMelConfig),
        ctypes.sizeof(mirror.MotionConfig),
        ctypes.sizeof(mirror.ImageConfig),
        ctypes.sizeof(mirror.ImageFrame),
    ]


def test_caller_keeps_at_most_a_hop() -> None:
    assert front_end_sizes(KEYWORDS).caller_bytes == 2 * 320
    assert front_end_sizes(MotionSpec(25.0, 40, (0,) * 6, (1,) * 6)).caller_bytes == 12
    assert front_end_sizes(ImageSpec(48, 64, 3)).caller_bytes == 0


def test_names_carry_the_symbol() -> None:
    for spec in SPECS:
        bundle = front_end_bundle(spec, "bird")
        assert {"bird_frontend.h", "bird_frontend.c"} <= set(bundle)
        assert "ae_prefix.h" not in bundle
        generated = bundle["bird_frontend.h"] + bundle["bird_frontend.c"]
        assert b"@" not in generated
        for name, content in bundle.items():
            assert content.startswith(b"/* SPDX-License-Identifier: 0BSD */"), name


@pytest.mark.parametrize("stride", [0, 50])
def test_a_stride_beyond_the_window_is_refused(stride: int) -> None:
    with pytest.raises(TargetError, match="between 1 and 49"):
        front_end_bundle(KEYWORDS, "m", stride)
