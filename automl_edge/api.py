"""The Python face: ``automl_edge.fit`` and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_edge.domain.optimize import Optimize, parse_optimize
from automl_edge.domain.run import FitSpec, OnEvent, PickSpec, ignore_events

if TYPE_CHECKING:  # the rooms behind these load slowly, so ``import automl_edge`` does not
    from automl_edge.report.model import Report
    from automl_edge.report.results import Evaluation, Prediction
    from automl_edge.report.searched import TrialPoint


@dataclass(frozen=True, slots=True)
class Fitted:
    """A finished fit: its report, and the folder ``out`` that holds everything else.

    ``run`` is the run directory: ``out`` itself, unless this was picked from a run's front.
    """

    report: Report
    out: Path
    run: Path

    @property
    def front(self) -> tuple[TrialPoint, ...]:
        """The Pareto set over accuracy, flash, RAM and latency, most accurate first."""
        return self.report.search.front

    def pick(
        self,
        number: int | None = None,
        out: str | Path | None = None,
        on_event: OnEvent = ignore_events,
        **options: Any,
    ) -> Fitted:
        """Export another point of the front, proved and measured, without training.

        ``number`` is the point's; without it, the most accurate one is taken within smaller
        limits: ``flash``, ``ram`` (bytes) and ``latency_ms``, the other fields of PickSpec.
        Without ``out`` it is written to RUN-pick-NUMBER. Raises NothingFits if no point is
        within the limits, and other AutomlEdgeErrors for what the caller can mend.
        """
        from automl_edge.pipeline import pick

        place = Path(out) if out is not None else None
        result = pick(PickSpec(self.run, number, out=place, **options), on_event)
        return Fitted(result.report, result.out, self.run)

    def predict(self, path: str | Path) -> Prediction:
        """The compiled C's answer for one raw file; raises DataError for an unusable one."""
        from automl_edge.tools import predict_files

        return next(predict_files(self.out, [Path(path)]))

    def evaluate(self, folder: str | Path) -> Evaluation:
        """The compiled C on a labelled folder or zip; raises DataError."""
        from automl_edge.tools import evaluate_run

        return evaluate_run(self.out, Path(folder))


def fit(
    data: str | Path,
    target: str,
    out: str | Path | None = None,
    on_event: OnEvent = ignore_events,
    optimize: str = Optimize.BALANCED,
    **options: Any,
) -> Fitted:
    """Fit the labelled samples in ``data`` to ``target`` and write the run directory ``out``.

    ``optimize`` is "speed", "size" or "balanced". ``options`` are the other fields of FitSpec,
    named like the options of ``automl-edge fit``: sizes in bytes, ``latency_ms`` in
    milliseconds, ``time_limit`` in seconds. Without ``out`` the run is written to DATA-TARGET
    in the current folder. If nothing fits, the report's ``status`` is "nearest" and
    ``binding`` says what binds. Raises AutomlEdgeError for what the caller can mend.
    """
    from automl_edge.pipeline import run

    source = Path(data)
    place = Path(out) if out is not None else default_out(source, target)
    wish = parse_optimize(optimize)
    spec = FitSpec(data=source, target=target, out=place, optimize=wish, **options)
    result = run(spec, on_event)
    return Fitted(result.report, result.out, result.out)


def default_out(data: Path, target: str) -> Path:
    """The run directory when none is named: DATA-TARGET in the current folder."""
    return Path(f"{data.resolve().stem}-{Path(target).stem}")
