"""The version of this program, as installed."""

from importlib import metadata

__version__ = metadata.version("automl-edge")
