"""Does a short trial tell which design would be the better one after a long training?

    python benchmarks/fidelity.py [--sets ...] [--seeds ...] [--designs 8] [--seconds 10]
        [--results FILE] [--table | --readme]

The first designs that a search would propose for the roomy budget of ``search.py`` are trained
twice on its splits: for the seconds that a trial has in a fit of ten minutes, and six times as
long, as a final training is, from other random weights. Spearman's correlation compares the int8
accuracy of the short training on the validation part with that of the long one, there and on the
test part, whose samples no training has looked at. One line a design in
``results/fidelity.jsonl``; what is there is not trained again.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from searching.lines import append_line, read_lines
from searching.pretrained import spaces_of, start_of, task_of
from searching.readme import write_between
from searching.runs import SEEDS, SETS, shared, target
from searching.splits import divided_dataset, split_for

from automl_edge.domain.dataset import Dataset, Part
from automl_edge.domain.target import Budget
from automl_edge.material import Material
from automl_edge.scores import accuracy, probabilities
from automl_edge.search import Problem, run_compiled
from automl_edge.search.choices import FixedChoices
from automl_edge.search.oracle import Trial
from automl_edge.search.proposals import Proposer
from automl_edge.search.records import Ended, Stage
from automl_edge.search.trials import settings_for
from automl_edge.training import TrainingData, Windows, corrected_tflite, train

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "fidelity.jsonl"
README = HERE / "README.md"
LONGER = 6
OTHER_SEED = 1000
"""Added to a split's seed in long trainings: with the same random weights and batches they would
agree with the short ones in what is luck."""

EPOCHS = 1000
MOST_MACS = 8e6


@dataclass(frozen=True, slots=True)
class Line:
    """One design: int8 accuracy on the validation part after the short and after the long
    training, and on the ``test`` part after the long one."""

    data: str
    seed: int
    design: int
    seconds: float
    space: str
    short: float
    long: float
    test: float


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
            asked = (data, seed, options.seconds)
            known = {e.design for e in done if (e.data, e.seed, e.seconds) == asked}
            for line in _lines(data, seed, options.designs, options.seconds, known):
                append_line(options.results, asdict(line))
                print(line, flush=True)


def table(lines: Sequence[Line]) -> str:
    """A row a set and length, all figures means over its splits."""
    rows = (
        "| set | short | designs | rank correlation with long: validation | test | "
        "test accuracy, all | best short | best long |\n|---|---:|---:|---:|---:|---:|---:|---:|\n"
    )
    for data, seconds in dict.fromkeys((line.data, line.seconds) for line in lines):
        own = [line for line in lines if (line.data, line.seconds) == (data, seconds)]
        splits = [[e for e in own if e.seed == seed] for seed in sorted({e.seed for e in own})]
        agreed = " | ".join(f"{each:.2f}" for each in _means(splits, _correlations))
        tested = " | ".join(f"{100 * each:.1f} %" for each in _means(splits, _tests))
        rows += f"| {data} | {seconds:g} s | {len(own)} | {agreed} | {tested} |\n"
    return rows


def _means(
    splits: Sequence[Sequence[Line]], figures: Callable[[Sequence[Line]], tuple[float, ...]]
) -> tuple[float, ...]:
    each = np.mean([figures(split) for split in splits], axis=0)
    return tuple(float(mean) for mean in each)


def _correlations(split: Sequence[Line]) -> tuple[float, ...]:
    """Spearman's, of the short trainings with the long ones' validation and test accuracy."""
    from scipy.stats import spearmanr

    short = [e.short for e in split]
    others = ([e.long for e in split], [e.test for e in split])
    return tuple(float(spearmanr(short, other).statistic) for other in others)


def _tests(split: Sequence[Line]) -> tuple[float, ...]:
    """Test accuracy after the long training: of all designs, of the one that was best after the
    short training, of the one with the best validation after the long one."""
    best = (max(split, key=lambda e: e.short), max(split, key=lambda e: e.long))
    return (float(np.mean([e.test for e in split])), *(e.test for e in best))


def _lines(data: str, seed: int, count: int, seconds: float, known: set[int]) -> Iterator[Line]:
    with tempfile.TemporaryDirectory(prefix="automl-edge-fidelity-") as folder:
        split = Path(folder) / "split.csv"
        split_for(shared() / "data" / data, seed, split)
        dataset = divided_dataset(shared() / "data" / data, split)
        material = Material(dataset)
        for number, trial in enumerate(_trials(dataset, seed, count)):
            if number not in known:
                short, _ = _scores(trial, material, seconds, seed, False)
                long, test = _scores(trial, material, LONGER * seconds, seed + OTHER_SEED, True)
                space = trial.candidate.space
                yield Line(data, seed, number, seconds, space, short, long, test)


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


def _scores(
    trial: Trial, material: Material, seconds: float, seed: int, long: bool
) -> tuple[float, float]:
    """int8 accuracy on the validation and on the test part after a training of ``seconds``."""
    design = trial.candidate.design
    data: TrainingData = material.training_data(design.features)
    settings = settings_for(trial, EPOCHS, seconds, seed, long)
    start = start_of(design, seed)
    trained = train(design.architecture, design.features, data, settings, start)
    model = corrected_tflite(trained, data)
    test = material.features(Part.TEST, design.features)
    return _score(model, data.validation), _score(model, test)


def _score(model: bytes, windows: Windows) -> float:
    found = probabilities(run_compiled(model, windows.features))
    return round(accuracy(windows.mean_scores(found), windows.labels), 4)


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
