"""What would help a model most, each with what the cost model and the planner say it saves."""

from automl_edge.advice.flash import advise_flash
from automl_edge.advice.memory import advise_memory
from automl_edge.advice.rows import advise_rows
from automl_edge.advice.speed import advise_speed
from automl_edge.advice.subject import Subject
from automl_edge.report.profile import Advice

__all__ = ["Subject", "advise"]


def advise(subject: Subject) -> tuple[Advice, ...]:
    """All advice that saves anything worth a sentence, what saves most first."""
    every = (advise_memory, advise_rows, advise_speed, advise_flash)
    found = (advice for advise_one in every for advice in advise_one(subject))
    return tuple(sorted(found, key=lambda advice: -advice.share))
