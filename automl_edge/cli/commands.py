"""One function a command: options in, the library called, an answer in JSON and in words out.

What a command needs is imported when it runs, so that those that train nothing never load
a framework.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from automl_edge.api import default_out
from automl_edge.cli.layout import shell
from automl_edge.cli.progress import progress
from automl_edge.domain.footprint import Footprint
from automl_edge.domain.run import FitSpec, PickSpec
from automl_edge.domain.target import Budget
from automl_edge.errors import (
    AutomlEdgeError,
    Interrupted,
    JobsFailed,
    NothingFits,
    TargetError,
    UsageError,
)
from automl_edge.report.model import DataSummary, Report, TargetSummary
from automl_edge.report.results import ExampleData, FitResult, Plan
from automl_edge.report.words import ADVICE, binds, remedies, resource_name

_EXAMPLE_SOURCE = "SOURCE.txt"
"""The file in which every example says where it is from."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found: a value that has a JSON form, and lines for people.

    ``failure`` is raised after the lines were shown, when there is both something to see
    and something wrong.
    """

    value: object
    lines: list[str]
    failure: AutomlEdgeError | None = None


def run_command(options: Namespace) -> Answer:
    """Run the command that ``options`` names; raises AutomlEdgeError for what users can mend."""
    return _COMMANDS[options.command](options)


def _fit(options: Namespace) -> Answer:
    from automl_edge.cli.show_run import fit_lines
    from automl_edge.pipeline import run

    out = options.out or default_out(options.data, options.target)
    try:
        with progress() as on_event:
            result = run(_spec(options, out), on_event)
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted", f"The same command with --resume goes on in {shell(out)}."
        ) from None
    failure = _unfit(result)
    if failure is not None:
        failure.hint = _size_first(failure.hint, result.size_would_fit)
        failure.hint += f" The nearest model is in {shell(out)}."
    return Answer(result.report, fit_lines(result), failure)


def _pick(options: Namespace) -> Answer:
    from automl_edge.cli.show_run import fit_lines
    from automl_edge.pipeline import pick

    limits = (options.flash, options.ram, options.latency)
    if options.number is not None and any(limit is not None for limit in limits):
        raise UsageError(
            "--number names a point and limits look for one",
            "Give either --number or some of --flash, --ram and --latency.",
        )
    spec = PickSpec(
        run=options.run,
        number=options.number,
        flash=options.flash,
        ram=options.ram,
        latency_ms=_milliseconds(options.latency),
        data=options.data,
        test=options.test,
        backbone=options.backbone,
        out=options.out,
    )
    with progress() as on_event:
        result = pick(spec, on_event)
    failure = _unfit(result)
    if failure is not None:
        failure.hint += f" It is in {shell(result.out)} all the same."
    return Answer(result.report, fit_lines(result), failure)


def _batch(options: Namespace) -> Answer:
    from automl_edge.batch import run_batch
    from automl_edge.cli.show_batch import BatchProgress, batch_lines

    try:
        result = run_batch(
            options.manifest, options.out, options.jobs, options.ray, BatchProgress()
        )
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted", f"The same command goes on in {shell(options.out)}."
        ) from None
    failure = None
    if result.failed:
        names = ", ".join(row.job for row in result.failed)
        failure = JobsFailed(
            f"{len(result.failed)} of {len(result.rows)} jobs gave no model that fits: {names}",
            "The same command does these again, and leaves the others alone.",
        )
    return Answer(result, batch_lines(result), failure)


def _gui(options: Namespace) -> Answer:
    from automl_edge.studio.launch import Asked, prepare, serve

    if options.json:
        raise UsageError("the studio is a page, it has no JSON", "Leave --json out.")
    asked = Asked(options.host, options.port, options.folder, not options.no_browser)
    start = prepare(asked)
    print(f"The studio is at {start.address} and keeps its projects in {shell(start.folder)}.")
    print("Ctrl-C ends it; searches that run go on.", flush=True)
    serve(start)
    return Answer(None, [])


def _plan(options: Namespace) -> Answer:
    from automl_edge.cli.show_run import plan_lines
    from automl_edge.pipeline import plan

    with progress() as on_event:
        found = plan(_spec(options, Path()), on_event)
    nearest = found.rows[0].footprint.measured if found.rows else None
    failure = _nothing_fits(found, nearest)
    if failure is not None:
        failure.hint = _size_first(failure.hint, found.size_would_fit)
    return Answer(found, plan_lines(found), failure)


def _profile(options: Namespace) -> Answer:
    from automl_edge.cli.show_chip import profile_lines
    from automl_edge.profiling import profile_model
    from automl_edge.report.files import write_profile

    page = options.html
    if page is not None:
        _check_page(page, options.model)
    result = profile_model(options.model, options.target, options.optimize, options.row_bands)
    if page is not None:
        write_profile(result, page)
    return Answer(result, profile_lines(result, page))


def _check_page(page: Path, model: Path) -> None:
    """Refuse a place for the page before the work is done; raises UsageError."""
    if page.is_dir() or not page.parent.is_dir():
        problem = "is a folder" if page.is_dir() else "lies in a folder that does not exist"
        raise UsageError(f"--html {page} {problem}", "Name a file, such as model.html.")
    if page.exists() and model.exists() and page.samefile(model):
        raise UsageError("--html would overwrite the model", "Name another file.")


def _compile(options: Namespace) -> Answer:
    from automl_edge.cli.show_chip import compile_lines
    from automl_edge.tools import compile_model

    result = compile_model(
        options.model,
        options.target,
        options.out,
        options.name,
        options.optimize,
        options.row_bands,
    )
    return Answer(result, compile_lines(result))


def _evaluate(options: Namespace) -> Answer:
    from automl_edge.cli.show_run import evaluation_lines
    from automl_edge.tools import evaluate_run

    result = evaluate_run(options.run, options.data)
    return Answer(result, evaluation_lines(result))


def _predict(options: Namespace) -> Answer:
    from automl_edge.cli.show_run import prediction_lines
    from automl_edge.tools import predict_files

    found = tuple(predict_files(options.run, tuple(options.files)))
    return Answer({"predictions": found}, prediction_lines(found))


def _check(options: Namespace) -> Answer:
    from automl_edge.ingest import IngestOptions, describe_dataset, read_dataset

    wanted = IngestOptions(
        modality=options.modality,
        group_by=options.group_by,
        split=options.split,
        test=options.test,
    )
    with TemporaryDirectory(prefix="automl-edge-") as workspace:
        dataset = read_dataset(options.data, wanted, Path(workspace))
    return Answer(DataSummary.of(dataset), describe_dataset(dataset).splitlines())


def _targets(options: Namespace) -> Answer:
    from automl_edge.catalog import load_target, target_names
    from automl_edge.cli.show_chip import target_lines, targets_lines

    if options.name is not None:
        target = load_target(options.name)
        return Answer(TargetSummary.of(target), target_lines(target, Budget.of(target)))
    names = target_names()
    if not names:
        raise TargetError("no targets are installed", "Install automl-edge again.")
    targets = tuple(load_target(name) for name in names)
    summaries = tuple(TargetSummary.of(target) for target in targets)
    return Answer({"targets": summaries}, targets_lines(targets))


def _example(options: Namespace) -> Answer:
    from automl_edge.cli.show_data import example_lines
    from automl_edge.examples import write_example

    samples = write_example(options.name, options.folder)
    source = (options.folder / _EXAMPLE_SOURCE).read_text("utf-8").strip()
    written = ExampleData(options.name, options.folder, samples, source)
    return Answer(written, example_lines(written))


def _spec(options: Namespace, out: Path) -> FitSpec:
    """The options of ``fit`` or ``plan`` as the pipeline takes them."""
    given = vars(options)
    return FitSpec(
        data=options.data,
        target=options.target,
        out=out,
        flash=options.flash,
        ram=options.ram,
        latency_ms=_milliseconds(options.latency),
        time_limit=given.get("time_limit"),
        trials=given.get("trials"),
        modality=options.modality,
        test=given.get("test"),
        split=options.split,
        group_by=options.group_by,
        space=options.space,
        backbone=options.backbone,
        optimize=options.optimize,
        seed=options.seed,
        name=given.get("name", "model"),
        learnt=given.get("learnt", False),
        resume=given.get("resume", False),
        workers=given.get("workers", 1),
    )


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds


def _unfit(result: FitResult) -> NothingFits | None:
    """The failure to report where the model of ``result`` is over its budget."""
    return _nothing_fits(result.report, result.report.footprint.measured)


def _nothing_fits(found: Report | Plan, nearest: Footprint | None) -> NothingFits | None:
    """The failure to report where ``found`` names a broken ceiling, with what would help."""
    binding, target = found.binding, found.target
    if binding is None:
        return None
    why = f"{resource_name(binding)} binds"
    if nearest is not None:
        why = binds(binding, nearest, found.budget)
    helps = remedies(found.remedies, target) if found.remedies else ""
    return NothingFits(f"nothing fits {target.title}. {why}", helps or ADVICE[binding])


def _size_first(hint: str, size_would_fit: bool) -> str:
    """``hint``, after the wish that would let something fit."""
    better = "Something fits with --optimize size, whose kernels are smaller and slower. "
    return better + hint if size_would_fit else hint


_COMMANDS: dict[str, Callable[[Namespace], Answer]] = {
    "plan": _plan,
    "fit": _fit,
    "pick": _pick,
    "batch": _batch,
    "gui": _gui,
    "profile": _profile,
    "compile": _compile,
    "evaluate": _evaluate,
    "predict": _predict,
    "check": _check,
    "targets": _targets,
    "example": _example,
}
