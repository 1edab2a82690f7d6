"""The audit log: who changed what, and what it was before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from ..i18n import lazy_gettext as _l
from ..models import Audit
from ..services.listing import AnyRow, Query
from .audit_words import act_name, differences
from .nouns import Column, Filter, Kind, Noun
from .show import who_text

NOUNS = (
    ("coupon", _l("Coupon")),
    ("code", _l("Code")),
    ("redemption", _l("Redemption")),
    ("partner", _l("Partner")),
    ("contact", _l("Contact")),
    ("product", _l("Product")),
    ("landing page", _l("Landing page")),
    ("application", _l("Application")),
    ("setting", _l("Setting")),
    ("approval", _l("Approval")),
    ("approval rule", _l("What needs approval")),
    ("approval mail", _l("Mails about approvals")),
    ("partner terms", _l("Partner terms")),
    ("link", _l("Link")),
    ("terms", _l("Commission terms")),
    ("call", _l("Call")),
    ("api key", _l("API key")),
    ("payout run", _l("Payout run")),
    ("posting", _l("Posting")),
    ("order", _l("Order")),
    ("rate", _l("Rate")),
    ("task", _l("Task")),
    ("mail_template", _l("Own mail")),
    ("mail_text", _l("Text of a mail")),
    ("outbox", _l("Outbox")),
    ("webhook_endpoint", _l("Webhook")),
    ("source", _l("Other shop")),
    ("body", _l("Received")),
    ("webhook_delivery", _l("Call of a webhook")),
    ("note", _l("Note")),
    ("payout settings", _l("Settings of payouts")),
    ("statement", _l("Statement")),
    ("statement settings", _l("Settings of statements")),
    ("material", _l("Material")),
    ("mailing", _l("Mail to many")),
    ("counter host", _l("Host with the counter")),
    ("campaign", _l("Campaign")),
    ("reward", _l("Reward")),
    ("program", _l("Program")),
    ("rule", _l("Rule")),
    ("user", _l("Log-in of an admin")),
    ("retention", _l("Retention")),
    ("suspicion", _l("Suspicion")),
    ("suspicion policy", _l("Rules for suspicions")),
    ("saved filter", _l("Saved filter")),
    ("legacy file", _l("File from another system")),
    ("saved mapping", _l("Saved mapping")),
)


def _statement() -> Query:
    return select(Audit)


def _what(row: AnyRow) -> str:
    noun = dict(NOUNS).get(row.Audit.noun, row.Audit.noun)
    return f"{noun} {row.Audit.subject}"


def _changes(row: AnyRow) -> str:
    return "; ".join(differences(row.Audit.before, row.Audit.after))


def _by_noun(choice: str, now: datetime) -> ColumnElement[bool]:
    return Audit.noun == choice


NOUN = Noun(
    name="audit",
    title=_l("Audit log"),
    lead=_l("Every act of an admin, of the command line and of partners, with what it changed."),
    icon="note",
    statement=_statement,
    keys=(Audit.id.expression,),
    columns=(
        Column(name="what", label=_l("What"), value=_what, sub=lambda row: act_name(row.Audit.act)),
        Column(name="changes", label=_l("Change"), value=_changes, place="full"),
        Column(
            name="who", label=_l("Who"), value=lambda row: who_text(row.Audit.who), sort=Audit.who.expression
        ),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.Audit.at,
            sort=Audit.at.expression,
        ),
    ),
    sort="-at",
    search=lambda text: or_(Audit.who.icontains(text, autoescape=True), Audit.subject == text),
    search_hint=_l("Who, or the number of the row"),
    filters=(Filter(name="noun", label=_l("What"), where=_by_noun, choices=NOUNS),),
    empty=_l("Here stands every change that is made on these pages, by the command line or in the desk."),
)
