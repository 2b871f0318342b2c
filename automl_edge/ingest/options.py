"""What a user may say about a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from automl_edge.domain.dataset import Modality


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How to read a dataset, where the user knows better than detection.

    ``group_by`` is a regular expression on the relative path whose first capture group
    (or whole match) names the group; ``split`` is a CSV ``sample,group,part``; ``test``
    is a folder of class folders whose samples are the test part.
    """

    modality: Modality | None = None
    group_by: str | None = None
    split: Path | None = None
    test: Path | None = None
