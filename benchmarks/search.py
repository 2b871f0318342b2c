"""The search against an expert's network and against random search, on the shared sets.

    python benchmarks/search.py --tag NAME [--minutes 10] [--sets ...] [--budgets ...]
        [--seeds ...] [--methods ...] [--side-by-side 2] [--results FILE]
        [--dry-run | --table | --readme]

Every finished run is a line of ``results/search.jsonl``; what is there is not run again, so a
killed benchmark goes on where it stopped. ``--table`` prints the tables that these lines give,
``--readme`` writes them into README.md. A run is a process of its own, with an even share of
the cores.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from searching.lines import append_line, read_lines
from searching.readme import write_between
from searching.results import from_record, key_of, read_results, to_record
from searching.runs import BUDGETS, MINUTES, SEEDS, SETS, Choice, Key, Method, missing, planned
from searching.shown import Asked
from searching.side_by_side import Ran, end_with_parent, run_side_by_side
from searching.tables import tables

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "search.jsonl"
README = HERE / "README.md"


def main() -> None:
    options = _options()
    if options.run:
        _run_here(key_of(json.loads(options.run)), options.into)
        return
    choice = Choice(options.sets, options.budgets, options.seeds, options.methods)
    results = read_results(options.results)
    if options.table or options.readme:
        asked = Asked(options.minutes, (options.tag, *options.older))
        text = tables(results, choice, asked)
        if options.readme:
            write_between(README, "search", text)
        else:
            print(text, end="")
        return
    done = [result.key for result in results]
    keys = missing(planned(choice, options.minutes, options.tag), done)
    hours = sum(key.minutes for key in keys) / 60 / options.side_by_side
    print(f"{len(keys)} runs are missing: about {hours:.1f} hours")
    if options.dry_run:
        print(*keys, sep="\n")
        return
    _run_all(keys, options.side_by_side, options.results)


def _run_all(keys: tuple[Key, ...], count: int, results: Path) -> None:
    """Run ``keys``, ``count`` at once; a line in ``results`` for each that ends well."""
    with tempfile.TemporaryDirectory(prefix="automl-edge-search-") as folder:
        places = {key: Path(folder) / f"{number}.json" for number, key in enumerate(keys)}
        failed: list[Key] = []

        def command(key: Key) -> list[str]:
            wanted = json.dumps(asdict(key))
            return [sys.executable, __file__, "--run", wanted, "--into", str(places[key])]

        def ended(key: Key, ran: Ran) -> None:
            if ran.status != 0:
                failed.append(key)
                print(f"{key}: failed with status {ran.status}\n{ran.said}", flush=True)
                return
            (record,) = read_lines(places[key])
            append_line(results, record)
            result = from_record(record)
            told = f"{result.test:.1%} in {result.seconds:.0f} s, {result.network}"
            print(f"{key}: {told}", flush=True)

        run_side_by_side(keys, count, command, ended)
    if failed:
        raise SystemExit(f"{len(failed)} runs failed; start again to repeat them")


def _run_here(key: Key, into: Path) -> None:
    """The run of ``key`` in this process, its line to ``into``."""
    end_with_parent()
    from searching.one_run import run

    append_line(into, to_record(run(key)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tag", default="", help="the version that is measured, a name of yours")
    told = "with tables: tags of the runs that are missing under --tag, the first that has one"
    parser.add_argument("--older", nargs="+", default=(), help=told)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--budgets", nargs="+", choices=BUDGETS, default=BUDGETS)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    methods = tuple(Method)
    parser.add_argument("--methods", nargs="+", type=Method, choices=methods, default=methods)
    parser.add_argument("--side-by-side", type=int, default=1, help="runs at once")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file of lines")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="say what is missing")
    what.add_argument("--table", action="store_true", help="print the tables")
    what.add_argument("--readme", action="store_true", help="write the tables into README.md")
    what.add_argument("--run", help="do one run in this process: its key as JSON")
    parser.add_argument("--into", type=Path, help="with --run: the file for its line")
    options = parser.parse_args()
    if not (options.tag or options.run):
        parser.error("--tag is needed: a name for the version that is measured")
    return options


if __name__ == "__main__":
    main()
