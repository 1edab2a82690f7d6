"""Statements: every document with its number, its sums, and whether it still has effect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Contact, Statement
from ..services.listing import AnyRow, Query
from ..statements.view import period_text, state_of, title_of
from . import accruals
from .nouns import Column, Filter, Kind, Money, Noun, Scope, State
from .show import contact_link, contact_name, name_of, to_seen

_NEWER = aliased(Statement)
_REPLACED = select(_NEWER.id).where(_NEWER.replaces_id == Statement.id).correlate(Statement).exists()


def _statements() -> Query:
    return select(Statement, Contact, _REPLACED.label("replaced")).join(
        Contact, Contact.id == Statement.partner_id
    )


def statement_state(statement: Statement, *, replaced: bool) -> State:
    """Show where a statement stands."""
    if statement.voided_at is not None and not replaced:
        return State("wait", _("to be issued anew"))
    return State(*state_of(statement))


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    if choice == "issued":
        return Statement.voided_at.is_(None)
    if choice == "again":
        return and_(Statement.voided_at.is_not(None), ~_REPLACED)
    return Statement.voided_at.is_not(None)


def _search(text: str) -> ColumnElement[bool]:
    return or_(
        Statement.number == text.upper(),
        Statement.number == text,
        Contact.ref == text,
        Contact.name.icontains(text, autoescape=True),
        Contact.email == text,
    )


def _money(row: AnyRow, name: str) -> Money:
    return Money(getattr(row.Statement, name), row.Statement.currency)


NOUN = Noun(
    name="statements",
    title=_l("Statements"),
    lead=_l("The invoices for commissions that the shop writes for its partners. Numbers have no gap."),
    icon="note",
    statement=_statements,
    keys=(Statement.id.expression,),
    columns=(
        Column(
            name="number",
            label=_l("Number"),
            value=lambda row: row.Statement.number,
            href=lambda row: to_seen("statement", statement_id=row.Statement.id),
            sub=lambda row: title_of(row.Statement.kind),
        ),
        Column(
            name="partner",
            label=_l("Partner"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
            sort=name_of(Contact.name.expression),
        ),
        Column(name="period", label=_l("Period"), value=lambda row: period_text(row.Statement)),
        Column(name="net", label=_l("Net"), kind=Kind.MONEY, value=lambda row: _money(row, "net")),
        Column(name="vat", label=_l("VAT"), kind=Kind.MONEY, value=lambda row: _money(row, "vat")),
        Column(
            name="gross",
            label=_l("Total"),
            kind=Kind.MONEY,
            value=lambda row: _money(row, "gross"),
            sort=Statement.gross.expression,
        ),
        Column(
            name="at",
            label=_l("Date"),
            kind=Kind.DATE,
            value=lambda row: row.Statement.issued_at,
            sort=Statement.issued_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: statement_state(row.Statement, replaced=row.replaced),
        ),
    ),
    sort="-at",
    search=_search,
    search_hint=_l("Number or partner"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(
                ("issued", _l("issued")),
                ("again", _l("to be issued anew")),
                ("void", _l("without effect")),
            ),
        ),
    ),
    scopes=(
        Scope(
            name="partner", where=lambda wanted: Statement.partner_id == wanted, label=accruals.partner_label
        ),
    ),
    makes=True,
    new_label=_l("Issue statements"),
    tool="firstline/admin/statements_tool.html",
    empty=_l("No statement was issued yet. They are made for a month that is over, or with each payout."),
)
