"""Which pretrained weights a search may start from: the user's file, or ImageNet's."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from automl_edge.catalog import load_space, pretrained_family
from automl_edge.domain.candidate import Backbone, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.pretrained import FAMILIES, SIZES
from automl_edge.domain.run import FitSpec, Note, OnEvent
from automl_edge.errors import EnvironmentProblem, ModelFileError, UsageError
from automl_edge.search import read_journal
from automl_edge.training.backbone import BackboneWeights
from automl_edge.training.backbone_file import load_backbone, load_backbones
from automl_edge.training.imagenet import cached_file, imagenet_backbones, imagenet_file

VARIABLE = "AUTOML_EDGE_BACKBONE"
"""The environment variable that stands in for ``--backbone``."""

IMAGENET = "imagenet"
NONE = "none"

IDENTITY = "backbone"
"""The key of the journal's identity that holds ``identity``."""

_DIGITS = 16


def check_backbone(spec: FitSpec) -> None:
    """Raise ModelFileError if ``spec`` names a file that is not there: soon, not after reading."""
    wanted = wish_of(spec)
    if wanted not in (None, NONE, IMAGENET) and not Path(wanted).expanduser().exists():
        raise ModelFileError(
            f"there is no file {wanted}, which --backbone or {VARIABLE} names",
            "Name a Keras .h5 file or a folder of such files, imagenet or none.",
        )


def find_backbones(
    spec: FitSpec, task: Task, flash_bytes: int, on_event: OnEvent
) -> tuple[BackboneWeights, ...]:
    """The weights for ``task`` and the families that ``spec`` lets compete, maybe none.

    What was asked for and cannot be had is an error: UsageError, ModelFileError or
    EnvironmentProblem. Where nothing was asked for, ImageNet's weights are tried, unless the
    photos are tiny, and a note tells if they cannot be had.
    """
    families = _families(spec)
    wanted = wish_of(spec)
    if task.modality is not Modality.IMAGE or not families:
        if spec.backbone not in (None, NONE):
            raise UsageError(
                f"--backbone {spec.backbone} is of no use: "
                f"{spec.space or task.modality.value + ' data'} cannot start from it",
                "Leave it out; pretrained weights are for photos.",
            )
        return ()
    too_small = spec.space is None and min(task.image_size) < SIZES[0]
    if (wanted is None and too_small) or (spec.backbone is None and _began_without(spec)):
        wanted = NONE
    found = _as_before(spec, _found(wanted, families, flash_bytes, on_event))
    if spec.space is not None and not found:
        raise UsageError(
            f"the search space {spec.space} starts from weights of {families[0]}, and none "
            "are at hand",
            f"Name a file with --backbone or {VARIABLE}, or choose another --space.",
        )
    return found


def identity(backbones: Sequence[BackboneWeights]) -> str:
    """What a resumed run must start from, too."""
    return "+".join(weights.digest[:_DIGITS] for weights in backbones) or NONE


def wish_of(spec: FitSpec) -> str | None:
    """What the option says, or else the variable; None where neither does."""
    if spec.backbone is not None:
        return str(spec.backbone)
    return os.environ.get(VARIABLE) or None


def _families(spec: FitSpec) -> tuple[str, ...]:
    """The families of weights that the search spaces of ``spec`` can start from."""
    if spec.space is None:
        return FAMILIES
    family = pretrained_family(load_space(spec.space))
    return (family,) if family else ()


def _began_without(spec: FitSpec) -> bool:
    """Whether ``spec`` resumes a run that had none: being online now must not change it."""
    return _before(spec) == NONE


def _as_before(spec: FitSpec, found: tuple[BackboneWeights, ...]) -> tuple[BackboneWeights, ...]:
    """``found``; if ``spec`` resumes a run, those that it began with, as far as they are there.

    More may be at hand than then: others were downloaded, or files put into the folder.
    """
    before = _before(spec)
    own = tuple(each for each in found if each.digest[:_DIGITS] in (before or "").split("+"))
    return own if own and identity(own) == before else found


def _before(spec: FitSpec) -> str | None:
    """The ``identity`` of the weights that the run began with which ``spec`` resumes."""
    records = read_journal(spec.out) if spec.resume else ()
    return str(records[0]["identity"].get(IDENTITY, NONE)) if records else None


def _found(
    wanted: str | None, families: Collection[str], flash_bytes: int, on_event: OnEvent
) -> tuple[BackboneWeights, ...]:
    if wanted == NONE:
        return ()
    if wanted not in (None, IMAGENET):
        loaded = load_backbones(Path(wanted).expanduser())
        return tuple(w for w in loaded if w.backbone.family in families)
    found, problems = _imagenets(imagenet_backbones(families, flash_bytes))
    if problems and wanted == IMAGENET:
        raise problems[0]
    if problems:
        rest = "others are used" if found else "networks are trained from scratch"
        on_event(Note(f"pretrained weights are missing, {rest}: {problems[0].message}"))
    return found


def _imagenets(
    wanted: Iterable[Backbone],
) -> tuple[tuple[BackboneWeights, ...], list[EnvironmentProblem]]:
    """Those that can be had, and why others cannot. A host that gave one up is not asked again."""
    found: list[BackboneWeights] = []
    problems: list[EnvironmentProblem] = []
    in_reach = True
    for backbone in wanted:
        file = cached_file(backbone)
        try:
            if file is None and in_reach:
                in_reach = False
                file = imagenet_file(backbone)
                in_reach = True
            if file is not None:
                found.append(_of_imagenet(file))
        except EnvironmentProblem as problem:
            problems.append(problem)
    return tuple(found), problems


def _of_imagenet(file: Path) -> BackboneWeights:
    try:
        return load_backbone(file)
    except ModelFileError as problem:
        raise EnvironmentProblem(
            problem.message, f"Delete {file}, so that it is downloaded again."
        ) from problem
