"""The search for the best network within a budget. KerasTuner is loaded when trials begin."""

from automl_edge.search.checks import Check, Learning
from automl_edge.search.journal import Journal, open_run, read_journal, write_atomically
from automl_edge.search.proposals import Problem
from automl_edge.search.result import CurvePoint, Model, Point, SearchResult
from automl_edge.search.run import run_search
from automl_edge.search.schedule import Limits
from automl_edge.search.trials import FeaturesFor, RunInt8, Workshop, run_compiled

__all__ = [
    "Check",
    "CurvePoint",
    "FeaturesFor",
    "Journal",
    "Learning",
    "Limits",
    "Model",
    "Point",
    "Problem",
    "RunInt8",
    "SearchResult",
    "Workshop",
    "open_run",
    "read_journal",
    "run_compiled",
    "run_search",
    "write_atomically",
]
