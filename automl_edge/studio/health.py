"""What is in a project's data and what is wrong with it, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from automl_edge.domain.dataset import Dataset
from automl_edge.errors import AutomlEdgeError
from automl_edge.ingest import read_dataset
from automl_edge.report.model import DataSummary

_BY_OPTION = "--group-by or a groups.csv"
_BY_FILE = "a groups.csv beside the class folders"


@dataclass(frozen=True, slots=True)
class Health:
    """What was read: the data and their summary, or the ``problem`` that kept them from it."""

    dataset: Dataset | None
    summary: DataSummary | None
    problem: AutomlEdgeError | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What else to know, as sentences; options of the command line put in other words."""
        found = self.summary.notes if self.summary else ()
        return tuple(note.replace(_BY_OPTION, _BY_FILE) for note in found)

    @property
    def left_out(self) -> tuple[tuple[str, str], ...]:
        """Files that cannot be used, each with the reason."""
        found = self.summary.set_aside if self.summary else ()
        return tuple((each.path, each.reason) for each in found)


def examine(data: Path) -> Health:
    """Read the class folders in ``data`` as a search would."""
    try:
        with TemporaryDirectory(prefix="automl-edge-") as workspace:
            dataset = read_dataset(data, workspace=Path(workspace))
    except AutomlEdgeError as problem:
        told = problem.message.replace(str(data), "the project")
        return Health(None, None, type(problem)(told, problem.hint))
    return Health(dataset, DataSummary.of(dataset))
