"""What a user wants most of the C, and what that means for a target."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from automl_edge.domain.target import KernelSet, Target
from automl_edge.errors import UsageError


class Optimize(StrEnum):
    """What is wanted most.

    BALANCED takes the core's own kernels, SPEED the same, SIZE the portable ones. Of networks that
    fit and whose accuracies cannot be told apart they take a well-known one or else the most
    accurate, the fastest, and the smallest.
    """

    SPEED = "speed"
    SIZE = "size"
    BALANCED = "balanced"


def optimised(target: Target, wish: Optimize) -> Target:
    """``target`` with what ``wish`` changes in the way that its C is made.

    All that a wish changes in the C is decided here. The portable kernels are the smallest in
    flash and RAM: they keep weights as they are and copy less.
    """
    return replace(target, kernels=KernelSet.PORTABLE) if wish is Optimize.SIZE else target


def parse_optimize(text: str) -> Optimize:
    """The wish called ``text``; raises UsageError for any other word."""
    try:
        return Optimize(text)
    except ValueError:
        wishes = ", ".join(Optimize)
        raise UsageError(f"{text!r} is not one of {wishes}", f"Choose one of {wishes}.") from None
