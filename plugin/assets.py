"""Stylesheet, script and templates of all our pages, and what stands in a page's head."""

from __future__ import annotations

from flask import Blueprint, Flask, url_for
from markupsafe import Markup

blueprint = Blueprint(
    "firstline",
    __name__,
    static_folder="static/firstline",
    static_url_path="/static",
    template_folder="templates",
)


def install(app: Flask) -> None:
    """Let every template, also the shop's, print `firstline_head()`."""
    app.jinja_env.globals["firstline_head"] = head


def head() -> Markup:
    """Give the stylesheet and the script module, for the head of a page."""
    return Markup('<link rel="stylesheet" href="{}">\n<script type="module" src="{}"></script>').format(
        url_for("firstline.static", filename="firstline.css"),
        url_for("firstline.static", filename="firstline.js"),
    )
