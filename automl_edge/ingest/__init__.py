"""Ingest: a folder of class folders (or a zip of one, or a labelled CSV) to a Dataset.

Every file is decoded once to learn its content hash, size and fingerprint; signals are
decoded again, on demand, by load_signal. Nothing of the user's is changed, and neither
TensorFlow nor librosa is imported.
"""

from automl_edge.ingest.check import dataset_json, dataset_warnings, describe_dataset
from automl_edge.ingest.dataset import read_dataset
from automl_edge.ingest.labelled import read_samples
from automl_edge.ingest.options import IngestOptions
from automl_edge.ingest.require import MIN_PER_CLASS
from automl_edge.ingest.signals import load_file, load_signal
from automl_edge.ingest.split import SPLIT_NAME, read_split, write_split
from automl_edge.ingest.task import make_task
from automl_edge.ingest.windows import count_windows, cut_windows

__all__ = [
    "MIN_PER_CLASS",
    "SPLIT_NAME",
    "IngestOptions",
    "count_windows",
    "cut_windows",
    "dataset_json",
    "dataset_warnings",
    "describe_dataset",
    "load_file",
    "load_signal",
    "make_task",
    "read_dataset",
    "read_samples",
    "read_split",
    "write_split",
]
