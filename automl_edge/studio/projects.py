"""Where the studio keeps what people make: a folder of projects, each with samples and runs."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from platformdirs import user_data_path

from automl_edge.catalog import load_target
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.run import FitSpec
from automl_edge.domain.target import Target
from automl_edge.errors import RunDirectoryError, UsageError
from automl_edge.examples import write_example
from automl_edge.report.codec import from_json, to_json
from automl_edge.studio.names import folder_name

FOLDER_VARIABLE = "AUTOML_EDGE_STUDIO"
"""The environment variable that names the folder of all projects."""

DEFAULT_TARGET = "cortex-m4"
DEFAULT_MINUTES = 10
_WISHES = "project.json"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a project is made for: the chip, what the rest of the program needs of it, the
    deadline, and how long may be searched.

    ``own_flash`` and ``own_ram`` are bytes, None what is usual on this chip; ``latency_ms`` is
    None for the chip's own deadline.
    """

    target: str = DEFAULT_TARGET
    own_flash: int | None = None
    own_ram: int | None = None
    latency_ms: float | None = None
    minutes: int = DEFAULT_MINUTES
    optimize: Optimize = Optimize.BALANCED

    @property
    def chip(self) -> Target:
        """The target; raises TargetError if it is none any more."""
        return load_target(self.target)

    def spec(self, data: Path, out: Path) -> FitSpec:
        """The fit that these wishes ask for."""
        chip = self.chip
        return FitSpec(
            data=data,
            target=self.target,
            out=out,
            flash=_left(chip.flash_bytes, self.own_flash),
            ram=_left(chip.ram_bytes, self.own_ram),
            latency_ms=self.latency_ms,
            time_limit=60.0 * self.minutes,
            optimize=self.optimize,
        )


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with the studio's own copies of samples, and one folder for each run; its
    ``project.json`` says that it is one."""

    root: Path

    @property
    def name(self) -> str:
        """As people call it."""
        return self.root.name

    @property
    def data(self) -> Path:
        """The class folders."""
        return self.root / "data"

    @property
    def runs(self) -> Path:
        """The folder that has a folder for each run."""
        return self.root / "runs"

    def wishes(self) -> Wishes:
        """What was last asked for; the usual where that is missing or cannot be read."""
        try:
            return from_json(Wishes, json.loads((self.root / _WISHES).read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return Wishes()

    def wish(self, wishes: Wishes) -> None:
        """Note ``wishes``."""
        draft = self.root / f".{_WISHES}.{uuid4().hex}"
        draft.write_text(json.dumps(to_json(wishes), indent=2) + "\n", "utf-8")
        draft.replace(self.root / _WISHES)


def studio_folder() -> Path:
    """Where all projects are: $AUTOML_EDGE_STUDIO, or the user's folder for programs' data."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else user_data_path("automl-edge") / "studio"


def list_projects(folder: Path) -> tuple[Project, ...]:
    """The projects in ``folder``, by name; whatever else is in it is none of ours."""
    if not folder.is_dir():
        return ()
    found = (path for path in folder.iterdir() if (path / _WISHES).is_file())
    return tuple(Project(path) for path in sorted(found, key=lambda path: path.name.casefold()))


def make_project(folder: Path, name: str) -> Project:
    """A new project; raises UsageError if there is one of that name."""
    root = folder / folder_name(name, "project")
    if root.exists():
        raise UsageError(f"There is a project {root.name} already.", "Choose another name.")
    project = Project(root)
    project.data.mkdir(parents=True)
    project.runs.mkdir()
    project.wish(Wishes())
    return project


def find_project(folder: Path, name: str) -> Project:
    """The project ``name``; raises RunDirectoryError if there is none."""
    for project in list_projects(folder):
        if project.name == name:
            return project
    raise RunDirectoryError(f"There is no project {name} any more.", "Choose another one.")


def take_example(project: Project, name: str) -> int:
    """Put the example ``name`` in the place of the project's samples, of which it must have none;
    how many there are. Raises what ``write_example`` does."""
    with tempfile.TemporaryDirectory(prefix=".example-", dir=project.root) as place:
        fresh = Path(place) / "data"
        count = write_example(name, fresh)
        project.data.rename(Path(place) / "before")
        fresh.rename(project.data)
    return count


def delete_project(project: Project) -> None:
    """Delete its samples and its runs for good."""
    shutil.rmtree(project.root)


def _left(whole: int, own: int | None) -> int | None:
    return None if own is None else max(1, whole - own)
