"""What is kept about a person, table by table: which rows are its own, and what of them stays out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, Text, or_, select, type_coerce

from .. import models as m
from ..models.base import Base
from . import bodies, webhook_calls
from .payout_details import read


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person under all its names: contacts that were merged, with what they are called by."""

    ids: Sequence[int]
    refs: Sequence[str] = ()
    emails: Sequence[str] = ()
    keys: Sequence[str] = ()
    """Person keys in plain words, by which uses of codes are counted."""

    @property
    def names(self) -> list[str]:
        """Give the customer numbers and the addresses."""
        return [*self.refs, *self.emails]


Rows = Callable[[Person], ColumnElement[bool]]
Shown = Callable[[Mapping[str, Any]], object]


@dataclass(frozen=True, kw_only=True)
class Part:
    """The rows of one table that are about a person."""

    name: str
    says: str
    table: Table
    rows: Rows
    left_out: frozenset[str] = frozenset()
    shown: Mapping[str, Shown] = field(default_factory=dict)
    """Columns that are shown another way, each from the whole row."""
    for_staff: bool = False
    """Whether it is the staff's own: it stands in the shop's file, not in what a partner fetches alone."""


def part(
    model: type[Base], rows: Rows, says: str, *, name: str = "", without: Collection[str] = (), **more: Any
) -> Part:
    """Describe a part; its name is the table's where none is given."""
    table: Table = model.__table__
    return Part(
        name=name or table.name.removeprefix("firstline_"),
        says=says,
        table=table,
        rows=rows,
        left_out=frozenset(without),
        **more,
    )


def by(*columns: Any) -> Rows:
    """Take the rows in which one of these columns names a contact of the person."""
    return lambda person: or_(*(column.in_(person.ids) for column in columns))


def through(column: Any, key: Any, *owners: Any) -> Rows:
    """Take the rows whose column leads to a row that names a contact of the person."""
    return lambda person: column.in_(select(key).where(by(*owners)(person)))


def _hint(row: Mapping[str, Any], column: str) -> str:
    return read(row["method"], row[column] or {}).hint


def _naming(column: Any, person: Person) -> ColumnElement[bool]:
    """Say whether a text of JSON names the contact by its number."""
    told = type_coerce(column, Text)
    ends = (",", "}")
    marks = [f'"contact_id":{contact_id}{end}' for contact_id in person.ids for end in ends]
    return or_(*(told.contains(mark) for mark in marks))


def _calls(person: Person) -> ColumnElement[bool]:
    own = select(m.Document.id).where(m.Document.contact_id.in_(person.ids))
    return or_(
        m.Call.document_id.in_(own),
        m.Call.subject_ref.in_([name[:64] for name in person.names])
        & m.Call.kind.in_(("customer_registered", "customer_changed", "event")),
    )


def _codes(person: Person) -> ColumnElement[bool]:
    packed = type_coerce(m.Code.portions, Text)
    portions = [packed.contains(f"[{int(contact_id)},") for contact_id in person.ids]
    return or_(by(m.Code.owner_id, m.Code.holder_id)(person), *portions)


def _applied(person: Person) -> ColumnElement[bool]:
    holders = [f"customer:{ref}" for ref in person.refs]
    return or_(m.AppliedCode.customer_ref.in_(person.refs), m.AppliedCode.holder.in_(holders))


def _applications(person: Person) -> ColumnElement[bool]:
    return or_(
        m.Application.contact_id.in_(person.ids),
        m.Application.customer_ref.in_(person.refs),
        m.Application.email.in_(person.emails),
    )


def _audit(person: Person) -> ColumnElement[bool]:
    subjects = [*person.names, *(f"#{contact_id}" for contact_id in person.ids)]
    numbers = [str(contact_id) for contact_id in person.ids]
    return or_(
        m.Audit.noun.in_(("partner", "contact", "note")) & m.Audit.subject.in_(subjects),
        (m.Audit.noun == "contact") & m.Audit.subject.in_(numbers),
    )


def _webhooks(person: Person) -> ColumnElement[bool]:
    own = through(m.WebhookDelivery.endpoint_id, m.WebhookEndpoint.id, m.WebhookEndpoint.partner_id)
    return or_(own(person), *(webhook_calls.naming(name) for name in person.names))


def _orders(person: Person) -> Select[str]:
    return select(m.Document.ref).where(m.Document.contact_id.in_(person.ids))


def _bodies(person: Person) -> ColumnElement[bool]:
    named = (bodies.naming(email) for email in person.emails)
    return or_(m.Body.order_ref.in_(_orders(person)), *named)


_RUN_PEOPLE = (m.RuleRun.sharer_id, m.RuleRun.friend_id)

PARTS: tuple[Part, ...] = (
    part(m.Contact, by(m.Contact.id), "Who the person is: names, addresses, address type, sponsor.",
         name="contact", without=("email_key", "email_folded", "guest_key", "path")),
    part(m.Merged, by(m.Merged.loser_id, m.Merged.winner_id), "Contacts that turned out to be this person."),
    part(m.LegacyRef, by(m.LegacyRef.contact_id), "Under which numbers other systems knew the person."),
    part(m.ImportedRow, by(m.ImportedRow.contact_id), "Lines of files from other systems."),
    part(m.History, by(m.History.contact_id), "How address type, sponsor and details came to be.",
         name="history"),
    part(m.SponsorChange, by(m.SponsorChange.contact_id), "Changes of the sponsor that were planned."),
    part(m.Login, by(m.Login.contact_id), "The log-in of the partner desk; never the password.",
         without=("password", "email_key", "serial", "generation")),
    part(m.Application, _applications, "Applications to be a partner, as typed."),
    part(m.TermsAcceptance, by(m.TermsAcceptance.contact_id), "Versions of the partner terms accepted."),
    part(m.Consent, by(m.Consent.contact_id), "What the sponsor was allowed to see, with the words read."),
    part(m.ConsentView, through(m.ConsentView.consent_id, m.Consent.id, m.Consent.contact_id),
         "Each time that the sponsor was shown these contact data."),
    part(m.FollowUp, through(m.FollowUp.consent_id, m.Consent.id, m.Consent.contact_id),
         "What the sponsor noted under such a consent."),
    part(m.MailChoice, by(m.MailChoice.contact_id), "Which sorts of mail were wanted no more, and again."),
    part(m.MailOptOut, by(m.MailOptOut.contact_id), "That no mails to many are wanted."),
    part(m.NoticeOff, by(m.NoticeOff.contact_id), "Notices that are not wanted."),
    part(m.ContactTag, by(m.ContactTag.contact_id), "Labels.", for_staff=True),
    part(m.ContactNote, by(m.ContactNote.contact_id), "What the staff, or a rule, noted.", for_staff=True),
    part(m.Task, by(m.Task.contact_id), "What the staff has to do about the person.", for_staff=True),
    part(m.Audit, _audit, "Acts of the staff, of programs and of the person that the log keeps.",
         for_staff=True),
    part(m.Touch, by(m.Touch.contact_id), "Clicks on partners' links by which the person came."),
    part(m.AppliedCode, _applied, "Codes that wait in a cart."),
    part(m.Document, by(m.Document.contact_id), "Orders and invoices of the person.", name="orders"),
    part(m.Dispute, through(m.Dispute.document_id, m.Document.id, m.Document.contact_id),
         "Chargebacks of these orders."),
    part(m.Suspicion, by(m.Suspicion.partner_id, m.Suspicion.other_id),
         "What was looked at: who bought and who earned, or two partners, seemed to be one.", for_staff=True),
    part(m.AllowedPair, by(m.AllowedPair.low_id, m.AllowedPair.high_id),
         "Who was found to belong together with the person.", for_staff=True),
    part(m.Call, _calls, "What the shop told of the person and of these orders."),
    part(m.Redemption, by(m.Redemption.contact_id), "Codes that were redeemed."),
    part(m.PersonUse, lambda person: m.PersonUse.person_key.in_(person.keys),
         "How often limits per customer were used up; an e-mail, phone or home stands as a key."),
    part(m.Trait, by(m.Trait.contact_id),
         "That something of the person is known to be told apart by, and until when; only as keyed hashes.",
         for_staff=True, without=("hash",)),
    part(m.CapClaim, by(m.CapClaim.contact_id, m.CapClaim.partner_id), "What counts towards caps."),
    part(m.Code, _codes, "Codes that the person owns, has a portion of, or that are kept for it."),
    part(m.SaleReturn, through(m.SaleReturn.document_id, m.Document.id, m.Document.contact_id),
         "What went back of these orders, and when."),
    part(m.CreditMove, through(m.CreditMove.code_id, m.Code.id, m.Code.owner_id, m.Code.holder_id),
         "How store credit on these codes came and went."),
    part(m.Referral, by(m.Referral.sharer_id, m.Referral.friend_id), "Who recommended the shop to whom."),
    part(m.Reward, by(m.Reward.contact_id), "Rewards for recommending."),
    part(m.Promoter, by(m.Promoter.contact_id), "Campaigns in which the person takes part."),
    part(m.Share, through(m.Share.promoter_id, m.Promoter.id, m.Promoter.contact_id),
         "Codes to pass on that an order brought."),
    part(m.ShareAct, through(m.ShareAct.promoter_id, m.Promoter.id, m.Promoter.contact_id),
         "By which ways they were passed on, counted."),
    part(m.Event, by(m.Event.contact_id), "Facts that rules follow."),
    part(m.RuleRun, by(m.RuleRun.contact_id), "Rules that were judged for the person, and why so."),
    part(m.RuleRun, by(*_RUN_PEOPLE), "Rules in which the person was the recommender or the friend.",
         name="rule_run_beside", without=("trace", "done")),
    part(m.RuleCount, by(m.RuleCount.contact_id), "How often rules were met."),
    part(m.MailingReceiver, by(m.MailingReceiver.contact_id), "Mails to many that were sent to the person."),
    part(m.Mailing, through(m.Mailing.id, m.MailingReceiver.mailing_id, m.MailingReceiver.contact_id),
         "What these mails said.", without=("once", "receivers")),
    part(m.TemplatedMail, by(m.TemplatedMail.contact_id), "Mails that rules sent."),
    part(m.Sms, by(m.Sms.contact_id), "Short messages."),
    part(m.WebhookEndpoint, by(m.WebhookEndpoint.partner_id), "The partner's postbacks; never their secrets.",
         name="postback", without=("key_id", "nonce", "old_key_id", "old_nonce")),
    part(m.WebhookDelivery, _webhooks, "Calls of other programs that name the person, and of its postbacks."),
    part(m.Body, _bodies, "What other shops sent about the person and these orders."),
    part(m.SourceOrder, lambda person: m.SourceOrder.ref.in_(_orders(person)),
         "What is known of orders in other shops."),
    part(m.Outbox, lambda person: _naming(m.Outbox.payload, person), "Work and mails that wait or were done.",
         without=("leased_until", "leased_by")),
    part(m.Link, by(m.Link.partner_id), "The partner's links."),
    part(m.ClickDay, through(m.ClickDay.link_id, m.Link.id, m.Link.partner_id), "Clicks on them per day."),
    part(m.CommissionTerms, by(m.CommissionTerms.partner_id), "Commission terms of the partner's own."),
    part(m.TaxRecord, by(m.TaxRecord.contact_id), "Tax data."),
    part(m.PayoutDetails, by(m.PayoutDetails.contact_id), "How the partner is paid; accounts are masked.",
         shown={"data": lambda row: _hint(row, "data")}),
    part(m.PayoutBlock, by(m.PayoutBlock.contact_id), "Why nothing is paid out."),
    part(m.Payout, by(m.Payout.partner_id), "Payouts; accounts are masked.",
         shown={"details": lambda row: _hint(row, "details")}),
    part(m.PayoutSkip, by(m.PayoutSkip.partner_id), "Payout runs that skipped the partner, and why."),
    part(m.Statement, by(m.Statement.partner_id), "Statements, to be fetched as PDF.", without=("data",)),
    part(m.Accrual, by(m.Accrual.partner_id), "Commissions, each with the sentence that explains it.",
         without=("trace",)),
    part(m.Waiting, by(m.Waiting.partner_id), "Commissions that wait for something."),
    part(m.Posting, by(m.Posting.partner_id), "The partner's bookings."),
    part(m.Balance, by(m.Balance.partner_id), "The partner's balances."),
)  # fmt: skip
