"""What each part of the training is worth: one network a set, one change at a time.

    python benchmarks/ablation.py --tag NAME [--sets ...] [--seeds ...] [--changes ...]
        [--epochs ...] [--results FILE] [--table | --readme]

A fixed network is trained for fixed numbers of epochs on the splits of ``search.py``, as ``fit``
trains and with each change. The int8 model's answers on the test part are noted, one line a
training in ``results/ablation.jsonl``; what is there is not trained again. ``--tag`` tells
versions of the package apart. The splits' test
parts share no sample, but the benchmark of the search uses the same ones: what was decided by
these tables was decided with its data in view.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ablating.changes import CHANGES, Change
from ablating.distilling import Begun, distilled
from ablating.networks import EPOCHS, network, teacher
from ablating.pruning import trained_and_pruned
from ablating.tables import Line, Training, read, table
from searching.lines import append_line
from searching.pretrained import start_of, task_of
from searching.readme import write_between
from searching.runs import FIRST_SEEDS, SETS, shared
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
        text = table([line for line in done if line.training.tag == options.tag], options.sets)
        if options.readme:
            write_between(README, "ablation", text)
        else:
            print(text, end="")
        return
    known = {line.training for line in done}
    for seed in options.seeds:
        for data in options.sets:
            wanted = [
                Training(data, seed, name, options.tag, epochs)
                for epochs in options.epochs or EPOCHS[data]
                for name in options.changes
            ]
            _run([training for training in wanted if training not in known], options.results)


def _run(left: Sequence[Training], results: Path) -> None:
    """Trainings of one set and split."""
    if not left:
        return
    data, seed = left[0].data, left[0].seed
    with tempfile.TemporaryDirectory(prefix="automl-edge-ablation-") as folder:
        split = Path(folder) / "split.csv"
        split_for(shared() / "data" / data, seed, split)
        dataset = divided_dataset(shared() / "data" / data, split)
        material = Material(dataset)
        for training in left:
            if dataset.modality in CHANGES[training.change].of:
                line = _line(dataset, material, training)
                append_line(results, line.record)
                print(f"{training}: {line.accuracy:.1%}", flush=True)


def _line(dataset: Dataset, material: Material, training: Training) -> Line:
    change, task = CHANGES[training.change], task_of(dataset)
    design = network(task)
    settings = change.settings(Settings(training.epochs, seed=training.seed), design)
    seen = change.data(material.training_data(design.features))
    trained = _trained(change, task, seen, settings)
    model = change.convert(trained, seen)
    test = material.features(Part.TEST, design.features)
    scores = test.mean_scores(probabilities(run_compiled(model, test.features)))
    right = answers(scores) == test.labels
    return Line(
        training,
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
    parser.add_argument("--tag", required=True, help="the version that is measured")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(FIRST_SEEDS))
    parser.add_argument("--changes", nargs="+", choices=list(CHANGES), default=list(CHANGES))
    parser.add_argument("--epochs", nargs="+", type=int, help="(default: the table's)")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the tables and leave")
    parser.add_argument("--readme", action="store_true", help="write them into README.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
