"""How a float network became its int8 model."""

from __future__ import annotations

from enum import StrEnum


class Quantisation(StrEnum):
    """From the cheapest to the most thorough.

    PTQ rounds the trained network. EQUALISED first moves scales between its layers, which
    leaves the float network's answers alone. QAT trains on with the rounding in place.
    """

    PTQ = "ptq"
    EQUALISED = "equalised"
    QAT = "qat"
