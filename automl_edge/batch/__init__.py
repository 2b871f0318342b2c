"""Many fits from one manifest: each in a process of its own, one table over all.

automl_edge.batch.run_batch("jobs.yaml", "out")
"""

from automl_edge.batch.manifest import Job, read_manifest
from automl_edge.batch.rows import Row, State
from automl_edge.batch.run import BatchResult, run_batch

__all__ = ["BatchResult", "Job", "Row", "State", "read_manifest", "run_batch"]
