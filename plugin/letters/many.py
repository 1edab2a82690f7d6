"""Mails whose words are an admin's own: to many, of a rule, of a template of the shop."""

from __future__ import annotations

from ..i18n import gettext as _
from .wording import Told, Wording, greeting


def mailing(told: Told) -> Wording:
    """Say what an admin wrote to many, with the way to get no more of such mails."""
    return _said(told, _("Get no more of these mails"))


def of_the_program(told: Told) -> Wording:
    """Say what a rule or a template says, with the way to choose which mails come."""
    return _said(told, _("Choose which mails you get"))


def _said(told: Told, label: str) -> Wording:
    lines = (line.strip() for line in told.values["text"].splitlines())
    leave = told.values.get("leave")
    return Wording(
        subject=told.values["subject"],
        heading=greeting(told),
        paragraphs=tuple(line for line in lines if line),
        reason=_("You get this mail because %(shop)s knows you.", shop=told.shop)
        if leave
        else _("You get this mail because it serves what you have agreed with %(shop)s.", shop=told.shop),
        leave=(label, leave) if leave else None,
    )
