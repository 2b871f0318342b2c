"""What each part of the training is worth: one network a set, one change at a time.

    python benchmarks/ablation.py [--sets ...] [--seeds ...] [--changes ...] [--results FILE]
        [--table | --readme]

A fixed network is trained for a fixed number of epochs on the splits of ``search.py``, as ``fit``
trains and with each change. The int8 model's answers on the test part are noted, one line a
training in ``results/ablation.jsonl``; what is there is not trained again. The splits' test
parts share no sample, but the benchmark of the search uses the same ones: what was decided by
these tables was decided with its data in view.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from ablating.changes import CHANGES, Change
from ablating.distilling import Begun, distilled
from ablating.networks import EPOCHS, network, teacher
from ablating.pruning import trained_and_pruned
from ablating.tables import Line, read, table
from searching.lines import append_line
from searching.pretrained import start_of, task_of
from searching.readme import write_between
from searching.runs import SEEDS, SETS, shared
from searching.splits import divided_dataset, group_numbers, split_for

from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Dataset, Part
from automl_edge.material import Material
from automl_edge.scores import answers, probabilities
from automl_edge.search import run_compiled
from automl_edge.training import Settings, Trained, TrainingData, train

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "ablation.jsonl"
README = HERE / "README.md"


def main() -> None:
    options = _options()
    done = read(options.results)
    if options.table or options.readme:
        text = table(done, options.sets)
        if options.readme:
            write_between(README, "ablation", text)
        else:
            print(text, end="")
        return
    known = {(line.data, line.seed, line.change) for line in done}
    for seed in options.seeds:
        for data in options.sets:
            left = [name for name in options.changes if (data, seed, name) not in known]
            if left:
                _run(data, seed, left, options.results)


def _run(data: str, seed: int, changes: list[str], results: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="automl-edge-ablation-") as folder:
        split = Path(folder) / "split.csv"
        split_for(shared() / "data" / data, seed, split)
        dataset = divided_dataset(shared() / "data" / data, split)
        material = Material(dataset)
        for name in (name for name in changes if dataset.modality in CHANGES[name].of):
            line = _line(dataset, material, data, seed, name)
            append_line(results, line.record)
            print(f"{data} {seed} {name}: {line.accuracy:.1%}", flush=True)


def _line(dataset: Dataset, material: Material, data: str, seed: int, name: str) -> Line:
    change, task = CHANGES[name], task_of(dataset)
    design = network(task)
    settings = change.settings(Settings(EPOCHS[data], seed=seed), design)
    seen = change.data(material.training_data(design.features))
    trained = _trained(change, task, seen, settings)
    model = change.convert(trained, seen)
    test = material.features(Part.TEST, design.features)
    scores = test.mean_scores(probabilities(run_compiled(model, test.features)))
    right = answers(scores) == test.labels
    return Line(
        data,
        seed,
        name,
        "".join("1" if each else "0" for each in np.asarray(right)),
        group_numbers(dataset, Part.TEST),
        round(trained.accuracy, 4),
    )


def _trained(change: Change, task: Task, seen: TrainingData, settings: Settings) -> Trained:
    design, seed = network(task), settings.seed
    if change.wider > 1:
        return trained_and_pruned(design, change.wider, seen, settings)
    start = start_of(design, seed) if change.pretrained else None
    if change.taught:
        larger = teacher(task)
        begun = Begun(larger, start_of(larger, seed))
        return distilled(Begun(design, start), begun, seen, settings)
    return train(design.architecture, design.features, seen, settings, start)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--changes", nargs="+", choices=list(CHANGES), default=list(CHANGES))
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the tables and leave")
    parser.add_argument("--readme", action="store_true", help="write them into README.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
