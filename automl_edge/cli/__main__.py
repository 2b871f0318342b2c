"""``python -m automl_edge.cli``: the same as the ``automl-edge`` command."""

import sys

from automl_edge.cli.entry import main

sys.exit(main())
