"""Is the time limit kept? ``automl-edge fit --time-limit`` as a whole process, timed from outside.

    python benchmarks/limits.py --tag NAME [--minutes 2 5 15] [--sets ...] [--side-by-side 2]
        [--results FILE] [--table | --readme]

Every finished run is a line of ``results/limits.jsonl``; what is there is not run again.
``--table`` prints the table that these lines give, ``--readme`` writes it into README.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from searching.lines import append_line, read_lines
from searching.readme import write_between
from searching.runs import PHOTOS, SETS, TARGET, backbone_folder, shared
from searching.side_by_side import Ran, run_side_by_side

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "limits.jsonl"
README = HERE / "README.md"
MINUTES = (2.0, 5.0, 15.0)

END_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")
"""Of util-linux: a benchmark that is stopped leaves no fit behind."""


@dataclass(frozen=True, slots=True)
class Limited:
    """A fit of ``data`` under a limit of ``minutes``."""

    data: str
    minutes: float
    tag: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The seconds that it took in all, and on how many cores."""

    run: Limited
    seconds: float
    cores: int


def main() -> None:
    options = _options()
    kept = read_kept(options.results)
    if options.table or options.readme:
        text = table([one for one in kept if one.run.tag == options.tag])
        if options.readme:
            write_between(README, "limits", text)
        else:
            print(text, end="")
        return
    done = {one.run for one in kept}
    wanted = [Limited(data, m, options.tag) for m in options.minutes for data in options.sets]
    _run_all([run for run in wanted if run not in done], options.side_by_side, options.results)


def read_kept(file: Path) -> list[Kept]:
    """What ``file`` tells of."""
    return [Kept(**{**record, "run": Limited(**record["run"])}) for record in read_lines(file)]


def table(kept: Sequence[Kept]) -> str:
    """The seconds taken, and how far they lie over (+) or under the limit."""
    return "\n".join(_rows(kept)) + "\n" if kept else "No runs are tagged so.\n"


def _rows(kept: Sequence[Kept]) -> Iterator[str]:
    yield "| data | limit | cores | took | over the limit |"
    yield "|---|---:|---:|---:|---:|"
    for one in sorted(kept, key=lambda one: (one.run.data, one.run.minutes)):
        over = one.seconds / (60 * one.run.minutes) - 1
        took = f"{one.seconds:.1f} s | {100 * over:+.1f} %"
        yield f"| {one.run.data} | {one.run.minutes:g} min | {one.cores} | {took} |"


def _run_all(runs: Sequence[Limited], count: int, results: Path) -> None:
    cores = len(os.sched_getaffinity(0)) // count
    failed: list[Limited] = []
    with tempfile.TemporaryDirectory(prefix="automl-edge-limits-") as folder:

        def command(run: Limited) -> list[str]:
            data, out = shared() / "data" / run.data, f"{folder}/{run.data}-{run.minutes:g}"
            asked = ["--time-limit", f"{run.minutes:g}m", "--target", TARGET, "--out", out]
            if run.data in PHOTOS:
                asked += ["--backbone", str(backbone_folder())]
            fit = (sys.executable, "-m", "automl_edge.cli", "fit", str(data))
            return [*END_WITH_PARENT, *fit, *asked]

        def ended(run: Limited, ran: Ran) -> None:
            if ran.status != 0:
                failed.append(run)
                print(f"{run}: failed with status {ran.status}\n{ran.said}", flush=True)
                return
            kept = Kept(run, round(ran.seconds, 1), cores)
            append_line(results, asdict(kept))
            print(f"{run.data}, {run.minutes:g} min: {kept.seconds:.1f} s", flush=True)

        run_side_by_side(runs, count, command, ended)
    if failed:
        raise SystemExit(f"{len(failed)} runs failed; start again to repeat them")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tag", required=True, help="the version that is measured")
    parser.add_argument("--minutes", nargs="+", type=float, default=MINUTES)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--side-by-side", type=int, default=1, help="runs at once")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file of lines")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--table", action="store_true", help="print the table")
    what.add_argument("--readme", action="store_true", help="write the table into README.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
