"""Our pages in the menu of the shop's Flask-Admin, where it has one."""

from __future__ import annotations

import sys
from typing import Any

from flask import Flask

from ..i18n import lazy_gettext as _l


def add_links(app: Flask, given: Any) -> None:
    """Put a link to our pages into the Flask-Admin that was given, else into the app's first one."""
    found = given if given is not None else next(iter(app.extensions.get("admin", ())), None)
    # Whoever has a Flask-Admin has imported it; nobody else needs it.
    module = sys.modules.get("flask_admin.menu")
    if found is not None and module is not None:
        found.add_link(module.MenuLink(name=_l("Partner program"), endpoint="firstline_admin.dashboard"))
