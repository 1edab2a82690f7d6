"""Stylesheet, script and templates of all our pages, and what stands in a page's head."""

from __future__ import annotations

from flask import Blueprint, Flask, g, url_for
from markupsafe import Markup

TO_CARRY = "_firstline_to_carry"
"""Where a request keeps what its page has to carry on and its address does not name."""

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
    """Give the stylesheet and the script module, for the head of a page; and what the page carries on."""
    carried = g.get(TO_CARRY, "")
    meta = Markup('<meta name="firstline-carried" content="{}">\n').format(carried) if carried else Markup()
    return meta + Markup(
        '<link rel="stylesheet" href="{}">\n<script type="module" src="{}"></script>'
    ).format(
        url_for("firstline.static", filename="firstline.css"),
        url_for("firstline.static", filename="firstline.js"),
    )
