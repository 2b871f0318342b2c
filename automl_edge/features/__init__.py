"""The Python face of the C front ends: what training sees is what the chip computes.

``FrontEnd`` calls the C of ``csrc/frontend`` compiled for this machine,
``front_end_sizes`` says what it costs and ``front_end_bundle`` gives the files that ship.

The C that ships (``<symbol>_frontend.h``; the runtime below it is named through
``AE_NAME`` of the library's ``ae_prefix.h``):

- sound and motion: a struct ``<symbol>_frontend`` that the caller keeps, and
  ``<symbol>_frontend_reset(&state)``;
  ``taken = <symbol>_frontend_feed(&state, scratch, samples, count)``, in samples or rows,
  which stops early when a window is complete; ``<symbol>_frontend_ready(&state)``, true
  right after that; ``<symbol>_frontend_features(&state)``, what the network reads in place.
  ``scratch`` is ``<SYMBOL>_FRONTEND_SCRATCH_BYTES`` that nothing needs between calls: the
  network's arena, if it is as large.
- images: ``<symbol>_frontend_image(&frame, features)`` writes
  ``<SYMBOL>_FRONTEND_FEATURE_BYTES`` to the network's input and returns 0, or 1 for a frame
  that cannot be. No state, no scratch.

A whole clip is reset and one call of feed. Log-mel features: see ``ae_logmel.h`` for their
scale in decibels, ``ae_image.h`` for crop and resize, ``ae_motion.h`` for the arithmetic.
"""

from automl_edge.features.bundle import front_end_bundle
from automl_edge.features.host import FrontEnd
from automl_edge.features.sizes import FrontEndSizes, front_end_sizes

__all__ = ["FrontEnd", "FrontEndSizes", "front_end_bundle", "front_end_sizes"]
