"""The C structs of the front ends as ctypes sees them; a test holds their sizes equal."""

from __future__ import annotations

import ctypes


class RowsConfig(ctypes.Structure):
    """Mirror of ``ae_rows_config``."""

    _fields_ = (
        ("rows", ctypes.c_uint16),
        ("row_bytes", ctypes.c_uint16),
        ("stride", ctypes.c_uint16),
    )


class LogMelConfig(ctypes.Structure):
    """Mirror of ``ae_logmel_config``."""

    _fields_ = (
        ("hann", ctypes.c_void_p),
        ("sine", ctypes.c_void_p),
        ("bands", ctypes.c_void_p),
        ("weights", ctypes.c_void_p),
        ("rows", RowsConfig),
        ("window", ctypes.c_uint16),
        ("hop", ctypes.c_uint16),
        ("fft_log2", ctypes.c_uint16),
    )


class MotionConfig(ctypes.Structure):
    """Mirror of ``ae_motion_config``."""

    _fields_ = (
        ("offsets", ctypes.c_void_p),
        ("multipliers", ctypes.c_void_p),
        ("rows", RowsConfig),
    )


class ImageConfig(ctypes.Structure):
    """Mirror of ``ae_image_config``."""

    _fields_ = (
        ("width", ctypes.c_uint16),
        ("height", ctypes.c_uint16),
        ("channels", ctypes.c_uint8),
        ("bilinear", ctypes.c_uint8),
    )


class ImageFrame(ctypes.Structure):
    """Mirror of ``ae_image_frame``."""

    _fields_ = (
        ("pixels", ctypes.c_void_p),
        ("stride", ctypes.c_uint32),
        ("width", ctypes.c_uint16),
        ("height", ctypes.c_uint16),
        ("format", ctypes.c_int),
    )
