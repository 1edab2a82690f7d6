"""The menu of the admin pages, and what every page of them is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, g
from sqlalchemy.orm import Session

from .. import forms, i18n, outcome
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..layout import frame, way_out
from . import api_keys
from .edge import PURPOSE, blueprint, can, can_see, may_write, now, session
from .registry import NOUNS
from .show import to, who_text
from .waits import counts


@dataclass(frozen=True, kw_only=True)
class Link:
    """An entry of the menu; `count` is what waits there."""

    key: str
    icon: str
    text: str
    href: str
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Group:
    """Some entries of the menu under a label; one that folds is shut while none of its pages is open."""

    label: str
    links: tuple[Link, ...]
    folds: bool


_PAGES: Mapping[str, tuple[str, str, str]] = {
    "dashboard": ("home", _l("Overview"), "dashboard"),
    "why": ("question", _l("Why?"), "find"),
    "downline": ("tree", _l("Downline"), "downline"),
    "books": ("check", _l("Books"), "books"),
    "letters": ("mail", _l("Standard mails"), "letters"),
    "reports": ("chart", _l("Reports"), "reports"),
    "bookkeeping": ("note", _l("Bookkeeping"), "bookkeeping"),
    "program_settings": ("gear", _l("Settings"), "program_settings"),
    "radar": ("shield", _l("Leak radar"), "leak_radar"),
    "retention": ("clock", _l("Retention"), "retention"),
}
"""Pages that list no noun: icon, text and endpoint."""
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_l("Work"), ("dashboard", "reports", "why", "tasks", "approvals", "payout_runs", "imports")),
    (_l("People"), ("partners", "applications", "contacts", "downline", "sponsor_changes", "consent_log")),
    (_l("Coupons"), ("coupons", "codes", "batches", "redemptions")),
    (_l("Friends"), ("campaigns", "promoters", "conversions", "consumers", "rewards")),
    (
        _l("Links and material"),
        ("links", "touches", "products", "landing_pages", "materials", "counter_hosts"),
    ),
    (_l("Money"), ("orders", "accruals", "disputes", "payouts", "statements", "bookkeeping", "rates")),
    (_l("Rules"), ("programs", "rules", "rule_runs", "rule_events")),
    (_l("Terms"), ("terms", "terms_history", "partner_terms")),
    (_l("Oversight"), ("books", "radar", "suspicions", "postings", "seals", "calls", "audit")),
    (_l("Other shops"), ("sources", "bodies")),
    (_l("Messages"), ("mailings", "letters", "mail_templates", "outbox", "webhooks", "webhook_deliveries")),
    (_l("Settings"), ("program_settings", "retention", "api_keys")),
)


def menu(current: Session) -> tuple[Group, ...]:
    """Give the menu with the numbers of what waits."""
    waits = counts(current, now())
    hidden = set() if has_desk() else {"applications", "partner_terms"}
    hidden |= set() if api_keys.is_offered() else {"api_keys"}
    return tuple(
        Group(
            label=str(label),
            links=tuple(_link(name, waits) for name in names if name not in hidden),
            folds=names[0] != "dashboard",
        )
        for label, names in _GROUPS
    )


def _link(name: str, waits: Mapping[str, int]) -> Link:
    if name in _PAGES:
        icon, text, endpoint = _PAGES[name]
        return Link(key=name, icon=icon, text=str(text), href=to(endpoint))
    noun = NOUNS[name]
    return Link(
        key=name, icon=noun.icon, text=str(noun.short or noun.title), href=to(name), count=waits.get(name, 0)
    )


def has_desk() -> bool:
    """Say whether the desk, and the pages before it, are part of this app."""
    return "firstline_desk" in current_app.blueprints


@blueprint.context_processor
def words() -> dict[str, Any]:
    """Give what every page needs."""
    known = g.get("firstline_admin")
    return {
        **i18n.template_words(),
        **frame("admin"),
        "area": _("Administration"),
        "who_text": who_text,
        "brand_href": to("dashboard"),
        "nav": menu(session()) if known else (),
        "here": "",
        "way_out": way_out("admin"),
        "who": known.name if known else "",
        "said": outcome.heard("admin"),
        "form": forms,
        "purpose": PURPOSE,
        "may_write": may_write() if known else False,
        "can": can,
        "can_see": can_see,
    }
