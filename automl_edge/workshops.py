"""The workshop of a run, in its own process and in those of its workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from automl_edge.deliver import Goal, measure_candidate
from automl_edge.domain.dataset import Dataset
from automl_edge.domain.run import OnEvent
from automl_edge.material import Material
from automl_edge.search import Alone, Crew, Journal, Pool, Workshop, run_compiled
from automl_edge.training import BackboneWeights, load_tensorflow


@dataclass(frozen=True, slots=True)
class Equipment:
    """Makes a worker's workshop, in the worker: meets ``MakeWorkshop``.

    ``folder`` is the run directory.
    """

    goal: Goal
    dataset: Dataset
    backbones: tuple[BackboneWeights, ...]
    folder: Path

    def __call__(self) -> Workshop:
        """A workshop with caches of its own, and TensorFlow loaded."""
        load_tensorflow()
        journal = Journal(self.folder, ())
        return make_workshop(self.goal, Material(self.dataset), journal, self.backbones)


def make_workshop(
    goal: Goal, material: Material, journal: Journal, backbones: tuple[BackboneWeights, ...]
) -> Workshop:
    """What every training of the run that ``goal`` asks for shares."""
    return Workshop(
        material.training_data,
        run_compiled,
        journal,
        lambda candidate, model: measure_candidate(goal, material.dataset, candidate, model),
        backbones,
    )


@contextmanager
def crew_of(equipment: Equipment, workshop: Workshop, on_event: OnEvent) -> Iterator[Crew]:
    """Who does the trainings: this process in ``workshop``, or the workers that were asked for."""
    workers = equipment.goal.spec.workers
    if workers == 1:
        yield Alone(workshop)
        return
    with Pool(equipment, workers, on_event) as pool:
        yield pool
