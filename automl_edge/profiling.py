"""One int8 ``.tflite`` on one chip: layer by layer, over time, and what would help most."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from automl_edge.advice import Subject, advise
from automl_edge.bare import examine, names_file, read_model
from automl_edge.catalog import load_target
from automl_edge.compiler import Network, describe_graph, layer_names, read_tflite
from automl_edge.compiler.sizes import kernel_of, weight_bytes
from automl_edge.cost import op_cycles
from automl_edge.costs.correction import NO_CORRECTIONS, Corrections
from automl_edge.costs.kept import keep, read_kept
from automl_edge.device.emulate import CoreRun
from automl_edge.device.measure import core_run
from automl_edge.domain.graph import DType, Graph
from automl_edge.domain.optimize import Optimize, optimised
from automl_edge.domain.target import Target
from automl_edge.domain.units import show_size
from automl_edge.domain.workload import OpWork
from automl_edge.report.model import Parity, TargetSummary
from automl_edge.report.profile import LayerRow, Lifetime, Memory, ProfileResult
from automl_edge.report.searched import CorrectionSummary
from automl_edge.verify import same_on_core

HOST = "host"
"""The oracle's name where the C on this machine is what the emulated core is compared with."""


def profile_model(
    path: Path,
    target_name: str,
    optimize: Optimize = Optimize.BALANCED,
    row_bands: bool = False,
) -> ProfileResult:
    """Flash, RAM and latency of the int8 ``.tflite`` at ``path`` on a target, layer by layer.

    The C is built, linked, compared with the oracle on random inputs and, where the core can
    be emulated, run on it. With ``row_bands`` the layers that need the most memory are computed
    a few rows at a time. Raises ModelFileError and TargetError.
    """
    plain = load_target(target_name)
    target = optimised(plain, optimize)
    model = read_model(path)
    corrections, damage = read_kept(target)
    with names_file(path):
        examined = examine(model, "model", target, optimize, corrections, row_bands)
        graph = read_tflite(model)
    refused = keep(target, [examined.lesson] if examined.lesson else [])
    network, sources = examined.library.network, examined.library.sources
    run = core_run(sources, target, examined.footprints.predicted)
    layers = layer_rows(network, run, target, corrections)
    subject = Subject(network, target, plain, layers, examined.footprints.measured)
    return ProfileResult(
        model=path.name,
        target=TargetSummary.of(target),
        optimize=optimize,
        footprint=examined.footprints,
        layers=layers,
        memory=arena_over_time(network),
        notes=(*notes(graph, subject), *(note for note in (damage, refused) if note)),
        advice=() if row_bands else advise(subject),  # which knows layers one by one
        parity=examined.parity,
        parity_on_core=Parity(1, int(same_on_core(sources, run)), HOST) if run else None,
        corrections=CorrectionSummary.of(corrections),
    )


def layer_rows(
    network: Network,
    run: CoreRun | None,
    target: Target,
    corrections: Corrections = NO_CORRECTIONS,
) -> tuple[LayerRow, ...]:
    """A row for each operator, with what it took in ``run`` or else the prediction."""
    work: list[tuple[int, int | None]]
    if run is None:
        cycles_of_each = op_cycles(network.workload, target, corrections, network.main_kernels)
        work = [(round(cycles), None) for cycles in cycles_of_each]
    else:
        work = [(part.cycles, part.instructions) for part in run.layers]
    steps = zip(
        layer_names(network),
        network.workload.ops,
        network.main_kernels,
        work,
        network.in_use,
        strict=True,
    )
    return tuple(
        LayerRow(
            name=name,
            op=op.label,
            macs=op.macs,
            cycles=cycles,
            ram_bytes=in_use,
            latency_ms=target.milliseconds(cycles, op.streams_weights),
            cycles_per_mac=round(cycles / op.macs, 3) if op.macs else None,
            instructions=instructions,
            kernel=kernel,
            in_shape=op.in_shape,
            out_shape=op.out_shape,
            weight_bytes=_stored_weights(op, kernel, target),
        )
        for name, op, kernel, (cycles, instructions), in_use in steps
    )


def _stored_weights(op: OpWork, kernel: str, target: Target) -> int:
    """Bytes of weights of ``op``, run by ``kernel``, or of all that it is made of."""
    if not op.parts:
        return weight_bytes(op, kernel)
    return sum(weight_bytes(part, kernel_of(part, target.kernels)) for part in op.parts)


def arena_over_time(network: Network) -> Memory:
    """The plan of the arena with the names of what lies in it."""
    layers = layer_names(network)
    names = {op.output: name for op, name in zip(network.workload.ops, layers, strict=True)}
    names[network.workload.input] = network.input.name
    return Memory(
        arena_bytes=network.arena_bytes,
        peak=network.peak,
        lifetimes=tuple(
            Lifetime(
                name=f"scratch of {layers[each.first]}"
                if each.tensor is None
                else names[each.tensor],
                is_scratch=each.tensor is None,
                offset=each.offset,
                size=each.size,
                first=each.first,
                last=each.last,
            )
            for each in network.placed
        ),
    )


def notes(graph: Graph, subject: Subject) -> Iterator[str]:
    """What was done to the model of ``graph`` on its way to C."""
    given = describe_graph(graph)
    kept = subject.workload
    before, after = (sum(op.channels for op in each.ops) for each in (given, kept))
    if after < before:
        yield (
            f"{before - after:,} of {before:,} channels never change an answer and were left out, "
            f"with {given.macs - kept.macs:,} of {given.macs:,} multiplications and "
            f"{show_size(given.parameters - kept.parameters)} of weights."
        )
    network = subject.network
    edges = (
        ("input", graph.tensors[graph.inputs[0]], network.input),
        ("output", graph.tensors[graph.outputs[0]], network.output),
    )
    for word, stored, built in edges:
        if stored.dtype is not DType.INT8:
            yield (
                f"The file's {word} is {stored.dtype.value}, {show_size(stored.nbytes)}; the C's "
                f"is int8, {show_size(built.nbytes)}, and the application converts: its header "
                "gives scale and zero point."
            )
    for number, reason in enumerate(subject.reasons()):
        if reason is not None:
            yield f"{subject.named(number, 'Layer')} is run by portable kernels: {reason}."
