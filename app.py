"""The studio's page: ``automl-edge gui``, or ``streamlit run app.py --server.address localhost``.

What it shows is in ``automl_edge.studio``.
"""

from automl_edge.studio.views.house import show

show()
