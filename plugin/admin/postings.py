"""Postings: the journal of the books, which is never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select

from ..i18n import lazy_gettext as _l
from ..models import AccountKind, Call, Contact, Document, Posting, PostingKind
from ..services.listing import Query
from . import accruals
from .nouns import Column, Filter, Kind, Money, Noun, Scope
from .show import contact_link, contact_name, document_name, why_link


def account_name(kind: str) -> str:
    """Name an account of the books."""
    return str(
        {
            AccountKind.EXPENSE.value: _l("commission expense"),
            AccountKind.ON_HOLD.value: _l("on hold"),
            AccountKind.PAYABLE.value: _l("payable"),
            AccountKind.PAID.value: _l("paid"),
        }.get(kind, kind)
    )


def posting_name(kind: str) -> str:
    """Name what a posting does."""
    return str(
        {
            PostingKind.COMMISSION.value: _l("Commission"),
            PostingKind.REVERSAL.value: _l("Reversal"),
            PostingKind.RELEASE.value: _l("Hold is over"),
            PostingKind.PAYOUT.value: _l("Payout"),
            PostingKind.PAYOUT_BACK.value: _l("Payout failed"),
            PostingKind.MANUAL.value: _l("By hand"),
            PostingKind.HOLD_BACK.value: _l("Held by a dispute"),
        }.get(kind, kind)
    )


def _statement() -> Query:
    return (
        select(Posting, Contact, Document, Call)
        .join(Contact, Contact.id == Posting.partner_id)
        .join(Call, Call.id == Posting.call_id)
        .join(Document, Document.id == Posting.document_id, isouter=True)
    )


def _by_posting_kind(choice: str, now: datetime) -> ColumnElement[bool]:
    return Posting.kind == choice


NOUN = Noun(
    name="postings",
    title=_l("Postings"),
    lead=_l("The journal: each amount leaves one account and reaches another. Postings are never changed."),
    icon="note",
    statement=_statement,
    keys=(Posting.call_id.expression, Posting.seq.expression),
    columns=(
        Column(
            name="number",
            label=_l("Posting"),
            value=lambda row: f"{row.Posting.call_id}-{row.Posting.seq}",
            sub=lambda row: posting_name(row.Posting.kind),
        ),
        Column(
            name="partner",
            label=_l("Partner"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
        ),
        Column(
            name="order",
            label=_l("Order"),
            value=lambda row: document_name(row.Document) if row.Document is not None else "",
            href=lambda row: why_link(row.Document),
        ),
        Column(name="origin", label=_l("From account"), value=lambda row: account_name(row.Posting.origin)),
        Column(
            name="destination",
            label=_l("To account"),
            value=lambda row: account_name(row.Posting.destination),
        ),
        Column(
            name="amount",
            label=_l("Amount"),
            kind=Kind.MONEY,
            sort=Posting.amount.expression,
            place="corner",
            value=lambda row: Money(row.Posting.amount, row.Posting.currency),
        ),
        Column(
            name="at",
            label=_l("Posted"),
            kind=Kind.MOMENT,
            value=lambda row: row.Posting.at,
            sort=Posting.at.expression,
        ),
    ),
    sort="-at",
    search=accruals.NOUN.search,
    search_hint=_l("Partner or order"),
    filters=(
        Filter(
            name="kind",
            label=_l("What"),
            where=_by_posting_kind,
            choices=(
                (PostingKind.COMMISSION.value, _l("Commission")),
                (PostingKind.REVERSAL.value, _l("Reversal")),
                (PostingKind.RELEASE.value, _l("Hold is over")),
                (PostingKind.PAYOUT.value, _l("Payout")),
                (PostingKind.PAYOUT_BACK.value, _l("Payout failed")),
                (PostingKind.MANUAL.value, _l("By hand")),
                (PostingKind.HOLD_BACK.value, _l("Held by a dispute")),
            ),
        ),
    ),
    scopes=(
        Scope(
            name="partner", where=lambda wanted: Posting.partner_id == wanted, label=accruals.partner_label
        ),
        Scope(name="order", where=lambda wanted: Posting.document_id == wanted, label=accruals.order_label),
    ),
    empty=_l("Here stands every movement of the books, as soon as the first order of a partner is paid."),
)
