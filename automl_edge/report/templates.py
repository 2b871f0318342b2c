"""The templates of ``page/``: every text is escaped, so that a name like ``<script>`` is shown
and not run."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup


def template(name: str) -> Template:
    """The template ``page/<name>.html.jinja``; ``style`` holds the style sheet."""
    return _environment().get_template(f"{name}.html.jinja")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("automl_edge.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    loader = environment.loader
    assert loader is not None
    style, _, _ = loader.get_source(environment, "report.css")
    environment.globals["style"] = Markup(style)
    return environment
