"""automl-edge: labelled photos, sounds or motion in; proven C for a microcontroller out.

import automl_edge
result = automl_edge.fit("recordings/", target="cortex-m4")
print(result.report.accuracy.test.c_model)
"""

from automl_edge.api import Fitted, fit
from automl_edge.domain.run import Enough
from automl_edge.tasks import image_classification, keyword_spotting, motion_classification
from automl_edge.version import __version__

__all__ = [
    "Enough",
    "Fitted",
    "__version__",
    "fit",
    "image_classification",
    "keyword_spotting",
    "motion_classification",
]
