"""Our pages in the menu of the shop's Flask-Admin, where it has one."""

from __future__ import annotations

import sys
from typing import Any

from flask import Flask, url_for

from ..i18n import lazy_gettext as _l

LINKS = (("dashboard", _l("Partner program")),)


def add_links(app: Flask, given: Any) -> None:  # noqa: ANN401 - Flask-Admin is no dependency of ours
    """Put links to our pages into the Flask-Admin that was given, else into the app's first one."""
    found = given if given is not None else next(iter(app.extensions.get("admin", ())), None)
    module = sys.modules.get("flask_admin.menu")
    if found is None or module is None:
        return

    class Link(module.MenuLink):  # type: ignore[name-defined]  # Flask-Admin ships no types
        """A link that finds its address when it is shown."""

        def get_url(self) -> str:
            return url_for(f"firstline_admin.{self.endpoint}")

    for endpoint, text in LINKS:
        found.add_link(Link(name=text, endpoint=endpoint, category=None))
