"""How figures are said: the same words on the page and on the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec
from automl_edge.domain.footprint import Cost, Figures, Footprint, Resource, Source, Violation
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.quantisation import Quantisation
from automl_edge.domain.remedies import Remedies
from automl_edge.domain.target import Budget
from automl_edge.domain.units import show_size, show_time
from automl_edge.report.model import Parity, PartAccuracy, PretrainedSummary, TargetSummary
from automl_edge.report.profile import Advice, ProfileResult
from automl_edge.report.searched import TrialPoint

NOUNS = {
    Modality.IMAGE: "images",
    Modality.AUDIO: "clips",
    Modality.MOTION: "recordings",
}

SOURCES = {
    Source.PREDICTED: "worked out from the description of the network, nothing was built",
    Source.LINKED: "read from the firmware that was linked for this core",
    Source.EMULATED: "counted while the firmware ran on a virtual device",
    Source.ESTIMATED: "scaled from a published figure; no toolchain here builds for this core",
}

QUANTISATIONS = {
    Quantisation.PTQ: "post-training quantisation",
    Quantisation.EQUALISED: "post-training quantisation of equalised layers",
    Quantisation.QAT: "quantisation-aware training",
}

ADVICE = {
    Resource.FLASH: "Allow more with --flash, choose a larger chip, or try a smaller family with "
    "--space.",
    Resource.RAM: "Allow more with --ram, choose a larger chip, or try a smaller family with "
    "--space.",
    Resource.LATENCY: "Allow more with --latency, choose a faster chip, or try a smaller family "
    "with --space.",
}


HEADROOM = {Resource.FLASH: 1.03, Resource.RAM: 1.03, Resource.LATENCY: 1.1}
"""What is advised beyond what was predicted: as far as predictions may lie off
(docs/accuracy-of-estimates.md)."""

SLIGHT = 0.005
"""A smaller part of a whole is not worth a word."""

CONSIDERABLE = 0.2
"""Features that take this share of the RAM are worth a sentence when RAM is short."""


def percent(fraction: float) -> str:
    """``fraction`` as ``91.3 %``."""
    return f"{100 * fraction:.1f} %"


def interval(bounds: tuple[float, float]) -> str:
    """Two fractions as ``87.5 to 94.6 %``."""
    return f"{100 * bounds[0]:.1f} to {percent(bounds[1])}"


def milliseconds(latency_ms: float) -> str:
    """A latency with its unit: ``3.2 ms``, ``1.4 s``."""
    return show_time(latency_ms / 1000)


def sentence(text: str) -> str:
    """``text`` with a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def figure(footprint: Footprint | Figures | Budget | TrialPoint, resource: Resource) -> float:
    """The bytes or milliseconds of ``resource``."""
    return {
        Resource.FLASH: footprint.flash_bytes,
        Resource.RAM: footprint.ram_bytes,
        Resource.LATENCY: footprint.latency_ms,
    }[resource]


def source(footprint: Footprint, resource: Resource) -> Source:
    """Where the figure of ``resource`` comes from."""
    return {
        Resource.FLASH: footprint.flash_source,
        Resource.RAM: footprint.ram_source,
        Resource.LATENCY: footprint.latency_source,
    }[resource]


def amount(value: float, resource: Resource) -> str:
    """``value`` with the unit that suits ``resource``."""
    return milliseconds(value) if resource is Resource.LATENCY else show_size(value)


def resource_name(resource: Resource) -> str:
    """The word for ``resource`` at the start of a line."""
    return "RAM" if resource is Resource.RAM else resource.value.capitalize()


def chance(accuracy: PartAccuracy) -> str:
    """The accuracy of the C with its interval and its baseline, in one sentence."""
    return (
        f"{percent(accuracy.c_model)} right (95 % interval {interval(accuracy.interval95)}); "
        f"always naming the commonest class would score {percent(accuracy.majority)}"
    )


def guessing(accuracy: PartAccuracy) -> str:
    """A warning where the C is not surely better than naming the commonest class; else nothing."""
    if accuracy.interval95[0] > accuracy.majority:
        return ""
    worse = accuracy.c_model <= accuracy.majority
    said = "That is no better than" if worse else "It is not sure that this is better than"
    return f"{said} guessing: search longer, or add samples."


def parity(found: Parity) -> str:
    """What was compared and how often it was equal, in one sentence."""
    oracle = {
        "tflite-micro": "TensorFlow Lite Micro",
        "portable": "the portable kernels (TensorFlow Lite Micro has no package here)",
    }.get(found.oracle, found.oracle)
    share = "all" if found.identical == found.samples else f"{found.identical:,} of"
    return f"{share} {found.samples:,} samples equal {oracle} in every byte"


def saving(advice: Advice, result: ProfileResult) -> str:
    """What a change saves and what it costs, each with its part of the whole, in one sentence."""
    saves, measured = advice.saves, result.footprint.measured
    cycles = sum(layer.cycles for layer in result.layers)
    figures = (
        (saves.flash_bytes, measured.flash_bytes, f"{show_size(abs(saves.flash_bytes))} of flash"),
        (saves.ram_bytes, measured.ram_bytes, f"{show_size(abs(saves.ram_bytes))} of RAM"),
        (saves.cycles, cycles, f"{abs(saves.cycles):,} cycles"),
    )
    said = []
    for verb, sign in (("saves", 1), ("costs", -1)):
        shares = ((sign * value / max(whole, 1), shown) for value, whole, shown in figures)
        own = [f"{shown} ({100 * share:.0f} %)" for share, shown in shares if share >= SLIGHT]
        if own:
            said.append(f"{verb} {listed(own)}")
    trained = ", and the network has to be trained again" if advice.retrain else ""
    return f"{'; '.join(said)}{trained}"


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join((", ".join(items[:-1]), items[-1]) if len(items) > 1 else items)


def features(spec: FeatureSpec) -> str:
    """A front end in one phrase."""
    if isinstance(spec, ImageSpec):
        colour = "RGB" if spec.channels == 3 else "grey"
        return f"{spec.width} x {spec.height} {colour} image, {spec.resize} resize"
    if isinstance(spec, LogMelSpec):
        return (
            f"log-mel spectrogram, {spec.frames} frames of {spec.mel_bins} mel bins "
            f"({spec.low_hz} to {spec.high_hz} Hz), window {spec.window} and hop {spec.hop} "
            f"samples at {spec.rate} Hz"
        )
    return f"window of {spec.window} rows of {spec.axes} axes at {spec.rate_hz:g} Hz"


def start(pretrained: PretrainedSummary | None) -> str:
    """What training started from, in one phrase."""
    if pretrained is None:
        return "random weights"
    return (
        f"{pretrained.family} of width {pretrained.width:g}, pretrained on photos of "
        f"{pretrained.size} x {pretrained.size} ({pretrained.digest[:12]})"
    )


def optimize(wish: Optimize, kernels: str) -> str:
    """What was wanted most and what the C is made of, in one phrase."""
    return f"{wish.value} ({kernels} kernels)"


def binds(resource: Resource, nearest: Footprint, budget: Budget) -> str:
    """Why even the ``nearest`` model does not fit, in one sentence."""
    needed = amount(figure(nearest, resource), resource)
    allowed = amount(figure(budget, resource), resource)
    largest = max(nearest.parts, key=lambda part: _share(part, resource), default=None)
    most = ""
    if largest is not None and _share(largest, resource) > 0:
        taken = amount(_share(largest, resource), resource)
        most = f" (its largest part, {largest.name}, takes {taken})"
    return (
        f"{resource_name(resource)} binds: the nearest model needs {needed}, "
        f"the budget is {allowed}{most}"
    )


def remedies(found: Remedies, target: TargetSummary) -> str:
    """What would let something fit, and how much of the nearest's RAM its features take."""
    ways = [_raised(limit, target) for limit in found.limits]
    if found.smaller is not None:
        (less, unit), (now, _) = _extent(found.smaller), _extent(found.features)
        ways.append(f"{less} instead of {now} {unit} in a family of your own (--space FILE)")
    if not ways:
        ways = [" and ".join(_raised(limit, target) for limit in found.nearest)]
    known = "measured" if found.measured else "predicted"
    said = f"What would let something fit, as {known}: {', or '.join(ways)}."
    taken = math.prod(found.features.output_shape)
    ram = next((each for each in found.nearest if each.resource is Resource.RAM), None)
    if ram is None or taken < CONSIDERABLE * ram.needed:
        return said
    return (
        f"{said} Of the {show_size(ram.needed)} of RAM that the nearest needs, its features take "
        f"{show_size(taken)}."
    )


def _raised(limit: Violation, target: TargetSummary) -> str:
    """The option that raises ``limit``, or the chip that has so much where this one has not."""
    needed = HEADROOM[limit.resource] * limit.needed
    if limit.resource is Resource.LATENCY:
        step = 10.0 ** (math.floor(math.log10(needed)) - 1)
        return f"--latency {math.ceil(needed / step - 1e-9) * step:g}ms"
    free = {
        Resource.FLASH: target.flash_bytes - target.reserved_flash_bytes,
        Resource.RAM: target.ram_bytes - target.reserved_ram_bytes,
    }[limit.resource]
    kib = math.ceil(10 * needed / 1024) / 10
    if 1024 * kib > free:
        word = "RAM" if limit.resource is Resource.RAM else "flash"
        return f"a chip that has {kib:g} KiB of {word} left for it"
    return f"--{limit.resource} {kib:g}K"


def _extent(spec: FeatureSpec) -> tuple[str, str]:
    """How large the network's input is and in which unit, in the terms of its kind."""
    if isinstance(spec, ImageSpec):
        return f"{spec.width} x {spec.height}", "pixels"
    if isinstance(spec, LogMelSpec):
        return str(spec.mel_bins), "mel bins"
    return str(spec.window), "rows"


def _share(part: Cost, resource: Resource) -> float:
    """Bytes or milliseconds of one part."""
    return {
        Resource.FLASH: part.flash_bytes,
        Resource.RAM: part.ram_bytes,
        Resource.LATENCY: part.latency_ms,
    }[resource]
