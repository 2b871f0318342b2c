"""Does a short trial tell which design would be the better one after a long training?

    python benchmarks/fidelity.py --tag NAME [--sets ...] [--seeds ...] [--designs 8] [--seconds 10]
        [--results FILE] [--table | --readme]

The first designs that a search of ten minutes would propose for the roomy budget of ``search.py``
are trained twice on its splits: for the seconds that a trial has there, and six times as
long, as a final training is, from other random weights. Spearman's correlation compares the int8
accuracy of the short training on the validation part with that of the long one, there and on the
test part, whose samples no training has looked at. One line a design in
``results/fidelity.jsonl``; what is there is not trained again. ``--tag`` tells versions of the
package apart.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from math import nan
from pathlib import Path

import numpy as np
from searching.lines import append_line, read_lines
from searching.pretrained import spaces_of, start_of, task_of
from searching.readme import write_between
from searching.runs import FIRST_SEEDS, MINUTES, SETS, shared, target
from searching.splits import divided_dataset, split_for

from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Modality, Part
from automl_edge.domain.target import Budget
from automl_edge.material import Material
from automl_edge.preparing import windows_in
from automl_edge.scores import accuracy, probabilities
from automl_edge.search import Problem, run_compiled
from automl_edge.search.choices import FixedChoices
from automl_edge.search.mirroring import may_turn
from automl_edge.search.oracle import Trial
from automl_edge.search.proposals import Proposer
from automl_edge.search.records import Ended, Stage
from automl_edge.search.schedule import Limits, Schedule
from automl_edge.search.trials import settings_for
from automl_edge.training import TrainingData, Windows, corrected_tflite, train

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "fidelity.jsonl"
README = HERE / "README.md"
LONGER = 6
OTHER_SEED = 1000
"""Added to a split's seed in long trainings: with the same random weights and batches they would
agree with the short ones in what is luck."""


@dataclass(frozen=True, slots=True)
class Split:
    """The trainings of one set and split. ``seconds`` are those of a short one."""

    data: str
    seed: int
    seconds: float
    tag: str


@dataclass(frozen=True, slots=True)
class Line:
    """One design: int8 accuracy on the validation part after the short and after the long
    training, and on the ``test`` part after the long one."""

    split: Split
    design: int
    space: str
    short: float
    long: float
    test: float


@dataclass(frozen=True, slots=True)
class Length:
    """Of a training: the ``stage`` of the search that it is as long as, and its seed."""

    stage: Stage
    seconds: float
    seed: int


def main() -> None:
    options = _options()
    done = read(options.results)
    if options.table or options.readme:
        text = table([line for line in done if line.split.tag == options.tag])
        if options.readme:
            write_between(README, "fidelity", text)
        else:
            print(text, end="")
        return
    for seed in options.seeds:
        for data in options.sets:
            split = Split(data, seed, options.seconds, options.tag)
            known = {line.design for line in done if line.split == split}
            for line in _lines(split, options.designs, known):
                append_line(options.results, asdict(line))
                print(line, flush=True)


def read(file: Path) -> list[Line]:
    """The lines of ``file``."""
    return [Line(**{**record, "split": Split(**record["split"])}) for record in read_lines(file)]


def table(lines: Sequence[Line]) -> str:
    """A row a set and length, all figures means over its splits; the correlations over those in
    which trainings differ in their accuracy."""
    rows = (
        "| set | short | designs | rank correlation with long: validation | test | "
        "test accuracy, all | best short | best long |\n|---|---:|---:|---:|---:|---:|---:|---:|\n"
    )
    for data, seconds in dict.fromkeys((line.split.data, line.split.seconds) for line in lines):
        own = [e for e in lines if (e.split.data, e.split.seconds) == (data, seconds)]
        seeds = sorted({line.split.seed for line in own})
        splits = [[line for line in own if line.split.seed == seed] for seed in seeds]
        agreed = " | ".join(f"{each:.2f}" for each in _means(splits, _correlations))
        tested = " | ".join(f"{100 * each:.1f} %" for each in _means(splits, _tests))
        rows += f"| {data} | {seconds:g} s | {len(own)} | {agreed} | {tested} |\n"
    return rows


def _means(
    splits: Sequence[Sequence[Line]], figures: Callable[[Sequence[Line]], tuple[float, ...]]
) -> tuple[float, ...]:
    """Of the splits that have each figure: NaN is none."""
    each = np.nanmean([figures(split) for split in splits], axis=0)
    return tuple(float(mean) for mean in each)


def _correlations(split: Sequence[Line]) -> tuple[float, ...]:
    """Spearman's, of the short trainings with the long ones' validation and test accuracy; NaN
    where all are alike, which has no ranks."""
    from scipy.stats import spearmanr

    short = [e.short for e in split]
    others = ([e.long for e in split], [e.test for e in split])
    return tuple(
        float(spearmanr(short, other).statistic) if min(len({*short}), len({*other})) > 1 else nan
        for other in others
    )


def _tests(split: Sequence[Line]) -> tuple[float, ...]:
    """Test accuracy after the long training: of all designs, of the one that was best after the
    short training, of the one with the best validation after the long one."""
    best = (max(split, key=lambda e: e.short), max(split, key=lambda e: e.long))
    return (float(np.mean([e.test for e in split])), *(e.test for e in best))


def _lines(split: Split, count: int, known: set[int]) -> Iterator[Line]:
    seed, seconds, folder = split.seed, split.seconds, shared() / "data" / split.data
    with tempfile.TemporaryDirectory(prefix="automl-edge-fidelity-") as made:
        parts = Path(made) / "split.csv"
        split_for(folder, seed, parts)
        dataset = divided_dataset(folder, parts)
        material = Material(dataset)
        task = task_of(dataset)
        trials = first_trials(task, windows_in(dataset, task, Part.TRAIN), seed, count)
        for number, trial in enumerate(trials):
            if number not in known:
                short, _ = _scores(trial, material, Length(Stage.TRIAL, seconds, seed))
                longer = Length(Stage.FINAL, LONGER * seconds, seed + OTHER_SEED)
                long, test = _scores(trial, material, longer)
                yield Line(split, number, trial.candidate.space, short, long, test)


def first_trials(task: Task, windows: int, seed: int, count: int) -> list[Trial]:
    """Those of a search that trains on so many ``windows``, as if all of them had scored alike and
    answered photos that are mirrored or upside down as well as others."""
    chip = target()
    problem = Problem(spaces_of(task), task, chip, Budget.of(chip))
    proposer = Proposer(problem, seed, _schedule().most_macs(windows))
    turned = True if task.modality is Modality.IMAGE else None
    trials: list[Trial] = []
    history: list[Ended] = []
    for number in range(count):
        proposal = proposer.propose(number, history)
        assert proposal is not None  # the roomy budget has thousands of designs
        ended = Ended(number, Stage.TRIAL, proposal, 0.5, 0.5, 1.0, 1.0, number)
        history.append(replace(ended, mirrors=turned, flips=turned))
        candidate = problem.rated(proposal.space, FixedChoices(proposal.values))
        trials.append(Trial(candidate, may_turn(history, proposal.recipe)))
    return trials


def _schedule() -> Schedule:
    """That of a search of MINUTES which has just begun."""
    return Schedule(Limits(60 * MINUTES), clock=lambda: 0.0)


def _scores(trial: Trial, material: Material, length: Length) -> tuple[float, float]:
    """int8 accuracy on the validation and on the test part after a training of such ``length``."""
    design = trial.candidate.design
    data: TrainingData = material.training_data(design.features)
    epochs = _schedule().epochs(length.stage, len(data.train.features))
    long = length.stage is Stage.FINAL
    settings = settings_for(trial, epochs, length.seconds, length.seed, long)
    start = start_of(design, length.seed)
    trained = train(design.architecture, design.features, data, settings, start)
    model = corrected_tflite(trained, data)
    test = material.features(Part.TEST, design.features)
    return _score(model, data.validation), _score(model, test)


def _score(model: bytes, windows: Windows) -> float:
    found = probabilities(run_compiled(model, windows.features))
    return round(accuracy(windows.mean_scores(found), windows.labels), 4)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tag", required=True, help="the version that is measured")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(FIRST_SEEDS))
    parser.add_argument("--designs", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0, help="of a short trial")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the table and leave")
    parser.add_argument("--readme", action="store_true", help="write it into README.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
