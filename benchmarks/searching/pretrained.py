"""The pretrained weights of the shared folder, which all three methods may start from."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from searching.runs import backbone_folder

from automl_edge.catalog import spaces_for
from automl_edge.domain.candidate import Design, SearchSpace, Task
from automl_edge.domain.dataset import Dataset, Modality
from automl_edge.ingest import make_task
from automl_edge.training import BackboneWeights, Weights, load_backbones, starting_weights


@lru_cache(maxsize=1)
def backbones() -> tuple[BackboneWeights, ...]:
    """All weights that are at hand."""
    return load_backbones(backbone_folder())


def task_of(dataset: Dataset) -> Task:
    """The task of ``dataset``, which tells of the weights if it has photos."""
    task = make_task(dataset)
    if task.modality is not Modality.IMAGE:
        return task
    return replace(task, backbones=tuple(weights.backbone for weights in backbones()))


def spaces_of(task: Task) -> tuple[SearchSpace, ...]:
    """The search spaces for ``task``, those too that start from its weights."""
    return spaces_for(task.modality, {backbone.family for backbone in task.backbones})


def start_of(design: Design, seed: int) -> Weights | None:
    """The weights that ``design`` starts from; None: from scratch."""
    if design.pretrained is None:
        return None
    (weights,) = (each for each in backbones() if each.backbone == design.pretrained)
    return starting_weights(design, weights, seed)
