"""The command line: arguments in, one of the project's functions called, words or JSON out."""

from automl_edge.cli.entry import main

__all__ = ["main"]
