"""automl-edge: labelled photos, sounds or motion in; proven C for a microcontroller out."""

from importlib import metadata

__version__ = metadata.version("automl-edge")
