"""The search for the best network within a budget. KerasTuner is loaded when trials begin."""

from automl_edge.search.asked import check_asked, note_asked, read_asked
from automl_edge.search.checks import Check, Learning
from automl_edge.search.crew import Alone, Crew
from automl_edge.search.journal import Journal, open_run, read_journal, reopen_run
from automl_edge.search.problem import Problem
from automl_edge.search.result import CurvePoint, Model, Point, SearchResult, Unlimited
from automl_edge.search.run import run_search, take_training
from automl_edge.search.schedule import Limits
from automl_edge.search.scoring import RunInt8, run_compiled
from automl_edge.search.session import Terms
from automl_edge.search.trials import FeaturesFor, Workshop
from automl_edge.search.workers import Pool, check_workers

__all__ = [
    "Alone",
    "Check",
    "Crew",
    "CurvePoint",
    "FeaturesFor",
    "Journal",
    "Learning",
    "Limits",
    "Model",
    "Point",
    "Pool",
    "Problem",
    "RunInt8",
    "SearchResult",
    "Terms",
    "Unlimited",
    "Workshop",
    "check_asked",
    "check_workers",
    "note_asked",
    "open_run",
    "read_asked",
    "read_journal",
    "reopen_run",
    "run_compiled",
    "run_search",
    "take_training",
]
