"""The documentation as a site, built by `make docs` from the pages that are read on their own as well."""

from __future__ import annotations

import re
import shutil
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Flask-Firstline"
author = "the authors of Flask-Firstline"
release = version = version_of("Flask-Firstline")
extensions = ["myst_parser"]
root_doc = "README"
exclude_patterns = ["_build"]
nitpicky = True
myst_heading_anchors = 3
html_theme = "furo"
html_title = project
html_copy_source = False
html_show_sphinx = False
#: A section of the first page is a part of the navigation; each link at the start of a row is a page in it.
_PART = re.compile(r"^## (.+)$", re.MULTILINE)
_PAGE = re.compile(r"^\| \[[^\]]+\]\(([\w-]+)\.md\)", re.MULTILINE)


def navigate(_app: Sphinx, name: str, source: list[str]) -> None:
    """Make the navigation from what the first page lists, so that nothing is listed twice."""
    if name != root_doc:
        return
    _head, *parts = _PART.split(source[0])
    for caption, rows in zip(parts[::2], parts[1::2], strict=True):
        pages = "\n".join(_PAGE.findall(rows))
        source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{pages}\n```\n"


def open_at_the_top(app: Sphinx, error: Exception | None) -> None:
    """Let the folder itself open the first page."""
    if error is None and app.builder.name == "html":
        shutil.copy(Path(app.outdir) / f"{root_doc}.html", Path(app.outdir) / "index.html")


def setup(app: Sphinx) -> None:
    """Take part in the build."""
    app.connect("source-read", navigate)
    app.connect("build-finished", open_at_the_top)
