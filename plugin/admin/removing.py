"""What is deleted for good: asked for once more, refused while rules need it."""

from __future__ import annotations

from flask import render_template

from ..i18n import gettext as _
from ..services.mistakes import InUse
from .fields import NounForm


def removal(here: str, name: str, sentence: str, action: str, way_back: str) -> str:
    """Ask whether something is deleted, and say what follows."""
    return render_template(
        "firstline/admin/decide.html",
        here=here,
        title=_("Delete"),
        name=name,
        sentence=sentence,
        fields=NounForm(),
        action=action,
        button=_("Delete"),
        danger=True,
        way_back=way_back,
    )


def used_by(used: InUse) -> str:
    """Say which rules need something."""
    return _("Rules use it: %(rules)s. Change these first.", rules=", ".join(used.rules))
