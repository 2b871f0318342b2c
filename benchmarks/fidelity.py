"""Does a short trial tell which design would be the better one after a long training?

    python benchmarks/fidelity.py [--sets ...] [--seeds ...] [--designs 8] [--seconds 10]
        [--results FILE] [--table | --readme]

The first designs that a search would propose for the roomy budget of ``search.py`` are trained
twice on its splits: for the seconds that a trial has in a fit of ten minutes, and six times as
long, as if the trial had gone through all stages. What is compared is the rank of the int8
validation accuracies: Spearman's correlation, and what the best short trial's design loses against
the best of all after the long training. One line a design in ``results/fidelity.jsonl``;
what is there is not trained again.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from searching.lines import append_line, read_lines
from searching.pretrained import spaces_of, start_of, task_of
from searching.readme import write_between
from searching.runs import SEEDS, SETS, shared, target
from searching.splits import divided_dataset, split_for

from automl_edge.domain.dataset import Dataset
from automl_edge.domain.target import Budget
from automl_edge.material import Material
from automl_edge.scores import accuracy, probabilities
from automl_edge.search import Problem, run_compiled
from automl_edge.search.choices import FixedChoices
from automl_edge.search.oracle import Trial
from automl_edge.search.proposals import Proposer
from automl_edge.search.records import Ended, Stage
from automl_edge.search.trials import settings_for
from automl_edge.training import TrainingData, corrected_tflite, train

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "fidelity.jsonl"
README = HERE / "README.md"
LONGER = 6
EPOCHS = 1000
MOST_MACS = 8e6


@dataclass(frozen=True, slots=True)
class Line:
    """One design: int8 validation accuracy after the short and after the long training."""

    data: str
    seed: int
    design: int
    seconds: float
    space: str
    short: float
    long: float


def main() -> None:
    options = _options()
    done = [Line(**record) for record in read_lines(options.results)]
    if options.table or options.readme:
        text = table(done)
        if options.readme:
            write_between(README, "fidelity", text)
        else:
            print(text, end="")
        return
    for seed in options.seeds:
        for data in options.sets:
            known = {line.design for line in done if (line.data, line.seed) == (data, seed)}
            for line in _lines(data, seed, options.designs, options.seconds, known):
                append_line(options.results, asdict(line))
                print(line, flush=True)


def table(lines: Sequence[Line]) -> str:
    """A row a set: mean correlation over its splits, and the loss of trusting short trials."""
    rows = "| set | designs | rank correlation | loss of the best short one |\n"
    rows += "|---|---:|---:|---:|\n"
    for data in dict.fromkeys(line.data for line in lines):
        own = [line for line in lines if line.data == data]
        splits = [[e for e in own if e.seed == seed] for seed in sorted({e.seed for e in own})]
        agreed = np.mean([_correlation(split) for split in splits])
        lost = np.mean([_loss(split) for split in splits])
        rows += f"| {data} | {len(own)} | {agreed:.2f} | {100 * lost:.1f} points |\n"
    return rows


def _correlation(split: Sequence[Line]) -> float:
    """Spearman's, of short and long trainings."""
    from scipy.stats import spearmanr

    return float(spearmanr([e.short for e in split], [e.long for e in split]).statistic)


def _loss(split: Sequence[Line]) -> float:
    """What the design that was best after the short training lacks to the best after the long."""
    return max(e.long for e in split) - max(split, key=lambda e: e.short).long


def _lines(data: str, seed: int, count: int, seconds: float, known: set[int]) -> Iterator[Line]:
    with tempfile.TemporaryDirectory(prefix="automl-edge-fidelity-") as folder:
        split = Path(folder) / "split.csv"
        split_for(shared() / "data" / data, seed, split)
        dataset = divided_dataset(shared() / "data" / data, split)
        material = Material(dataset)
        for number, trial in enumerate(_trials(dataset, seed, count)):
            if number not in known:
                scores = [
                    _score(trial, material, length, seed) for length in (seconds, LONGER * seconds)
                ]
                yield Line(data, seed, number, seconds, trial.candidate.space, *scores)


def _trials(dataset: Dataset, seed: int, count: int) -> list[Trial]:
    """The first trials of a search, as if all of them had scored alike."""
    task, chip = task_of(dataset), target()
    problem = Problem(spaces_of(task), task, chip, Budget.of(chip))
    proposer = Proposer(problem, seed, MOST_MACS)
    trials: list[Trial] = []
    history: list[Ended] = []
    for number in range(count):
        proposal = proposer.propose(number, history)
        assert proposal is not None  # the roomy budget has thousands of designs
        history.append(Ended(number, Stage.TRIAL, proposal, 0.5, 0.5, 1.0, 1.0, number))
        candidate = problem.rated(proposal.space, FixedChoices(proposal.values))
        trials.append(Trial(candidate, proposal.recipe))
    return trials


def _score(trial: Trial, material: Material, seconds: float, seed: int) -> float:
    design = trial.candidate.design
    data: TrainingData = material.training_data(design.features)
    settings = settings_for(trial, EPOCHS, seconds, seed)
    start = start_of(design, seed)
    trained = train(design.architecture, design.features, data, settings, start)
    model = corrected_tflite(trained, data)
    found = probabilities(run_compiled(model, data.validation.features))
    return round(accuracy(data.validation.mean_scores(found), data.validation.labels), 4)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--designs", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0, help="of a short trial")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the table and leave")
    parser.add_argument("--readme", action="store_true", help="write it into README.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
