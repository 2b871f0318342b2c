"""Whether computing layers a few rows at a time would help."""

from __future__ import annotations

from automl_edge.advice.subject import Subject, saving
from automl_edge.compiler.banding import in_bands
from automl_edge.compiler.describe import describe_graph
from automl_edge.cost import footprint, op_cycles
from automl_edge.domain.workload import OpWork
from automl_edge.report.profile import Advice, AdviceKind


def advise_rows(subject: Subject) -> tuple[Advice, ...]:
    """``--row-bands``, with what it saves in RAM and costs in flash and cycles."""
    target = subject.target
    whole = describe_graph(subject.network.graph)
    banded = in_bands(whole, target.kernels, input_in_arena=True)
    chains = [op for op in banded.ops if op.parts]
    if not chains:
        return ()
    now, then = (footprint(each, None, target) for each in (whole, banded))
    before, after = (sum(op_cycles(each, target)) for each in (whole, banded))
    saves = saving(now, then, subject.cycles * (1 - after / before))
    if saves.ram_bytes <= 0:
        return ()
    text = (
        f"--row-bands computes {' and '.join(_named(subject, op) for op in chains)} a few rows at "
        "a time, so that what lies between them is never there as a whole."
    )
    return subject.advice(AdviceKind.ROW_BANDS, None, text, saves)


def _named(subject: Subject, chain: OpWork) -> str:
    """The layers of ``chain``, by their numbers now."""
    numbers = {op.output: number for number, op in enumerate(subject.workload.ops)}
    own = [numbers[part.output] for part in chain.parts if part.output in numbers]
    return f"layers {min(own)} to {max(own)}"
