"""The process of one run of the studio: ``python -m automl_edge.studio.fitting FOLDER``.

It notes its course in FOLDER, looks there for a wish to stop, and ends with a report or with a
sentence about what went wrong.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from automl_edge.domain.run import Enough, Event, Progress, TrialEnded
from automl_edge.errors import AutomlEdgeError
from automl_edge.studio.course import CourseWriter
from automl_edge.studio.runs import Run, hold


def main(folder: Path) -> int:
    """Do the run in ``folder``; the exit code."""
    run = Run(folder)
    with hold(run):
        writer = CourseWriter(folder)
        try:
            _fit(run, writer)
        except AutomlEdgeError as problem:
            writer.failed(problem)
            return problem.code
        except Exception as problem:
            traceback.print_exc()
            told = (str(problem).splitlines() or [""])[0][:200]
            writer.failed(
                AutomlEdgeError(
                    f"Stopped by {type(problem).__name__}: {told}",
                    "This is a fault of ours. The run's log has the details; please report it.",
                )
            )
            return 1
        writer.finished()
    return 0


def _fit(run: Run, writer: CourseWriter) -> None:
    from automl_edge import pipeline

    picked = run.picked
    if picked is not None:
        writer.began()
        pipeline.pick(picked, writer.tell)
        return
    asked = run.asked
    writer.began(asked.time_limit)
    stopped = False

    def tell(event: Event) -> None:
        nonlocal stopped
        writer.tell(event)
        if isinstance(event, TrialEnded | Progress) and run.wants_to_stop and not stopped:
            stopped = True
            raise Enough

    pipeline.run(asked, tell)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
