"""The errors a user can meet, one exit code for each kind.

Every message says what was needed and what was found; ``hint`` says what to do next.
The command line, the page and the batch API turn these into their own form; none of
them lets a traceback through for one of these.
"""

from __future__ import annotations


class AutomlEdgeError(Exception):
    """Base of all errors that automl-edge raises on purpose.

    ``code`` is the process's exit code and ``kind`` the word for it in JSON output.
    """

    code = 1
    kind = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_json(self) -> dict[str, dict[str, str | int]]:
        """The object that ``--json`` prints on failure."""
        return {
            "error": {
                "kind": self.kind,
                "code": self.code,
                "message": self.message,
                "hint": self.hint,
            }
        }


class UsageError(AutomlEdgeError):
    """An option or argument that cannot be meant as given."""

    code = 2
    kind = "usage"


class DataError(AutomlEdgeError):
    """The samples cannot be used: none, one class, too few, unreadable."""

    code = 3
    kind = "data"


class TargetError(AutomlEdgeError):
    """A target or search space that does not exist or contradicts itself."""

    code = 4
    kind = "target"


class NothingFits(AutomlEdgeError):
    """No candidate meets the budget; the nearest one is named (and written)."""

    code = 5
    kind = "nothing-fits"


class ModelFileError(AutomlEdgeError):
    """A ``.tflite`` that is damaged, has a float body or an op we do not have."""

    code = 6
    kind = "model"


class EnvironmentProblem(AutomlEdgeError):
    """The machine lacks something: a compiler, a package, disk space, permission."""

    code = 7
    kind = "environment"


class FirmwareFault(AutomlEdgeError):
    """The firmware did something impossible on the virtual device, or never came to an end."""

    code = 7
    kind = "firmware"


class RunDirectoryError(AutomlEdgeError):
    """A run directory in use, of another dataset, or not one of ours."""

    code = 8
    kind = "run"


class JobsFailed(AutomlEdgeError):
    """Some jobs of a batch gave no model within their budget; the others did."""

    code = 9
    kind = "jobs"


class Interrupted(AutomlEdgeError):
    """The user pressed Ctrl-C; the run directory can be resumed."""

    code = 130
    kind = "interrupted"
