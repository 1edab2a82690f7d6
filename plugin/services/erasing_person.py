"""Erase a person whom the staff names: what keeps it from being done, what it would mean, and the act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_, select, tuple_

from ..models import (
    AccountKind,
    Accrual,
    Application,
    ApplicationState,
    Balance,
    Dispute,
    DisputeState,
    Document,
    Merged,
    Payout,
    PayoutState,
)
from . import audit, erasing
from .address_book import get_contact
from .context import Context
from .mistakes import CannotErase, NotThere
from .person_export import person_of
from .person_parts import PARTS, Part, Person

_DISPUTE = Dispute.__table__
_DOCUMENT = Document.__table__
_PAYOUT = Payout.__table__
_BALANCE = Balance.__table__
_AT_ONCE = 400


class Open(StrEnum):
    """What keeps a person from being erased until somebody has ended it."""

    MERGED = "merged"
    """The person goes on as another contact: that one is erased, with all its doubles."""
    PARTNER = "partner"
    BALANCE = "balance"
    PAYOUT = "payout"
    DISPUTE = "dispute"
    APPLICATION = "application"
    ACCOUNT = "account"
    """The shop has an account; who erases without ending it there says so."""


class Group(StrEnum):
    """What is kept about a person, in the few sorts that a preview tells apart."""

    WHO = "who"
    STAFF = "staff"
    WAYS = "ways"
    ORDERS = "orders"
    PROGRAM = "program"
    MESSAGES = "messages"
    MONEY = "money"
    PAPERS = "papers"
    LOG = "log"


_PARTS: Mapping[Group, str] = {
    Group.WHO: "contact login application terms_acceptance consent consent_view follow_up mail_choice "
    "legacy_ref mail_opt_out notice_off merged trait",
    Group.STAFF: "contact_tag contact_note task",
    Group.WAYS: "history imported_row sponsor_change touch link click_day",
    Group.ORDERS: "orders dispute call redemption person_use cap_claim code sale_return credit_move "
    "source_order applied_code",
    Group.PROGRAM: "referral reward promoter share share_act event rule_run rule_run_beside rule_count",
    Group.MESSAGES: "mailing_receiver mailing templated_mail sms webhook_delivery source_body outbox "
    "postback",
    Group.MONEY: "terms payout_details payout_block payout payout_skip accrual waiting posting balance",
    Group.PAPERS: "tax_record statement",
    Group.LOG: "audit suspicion allowed_pair",
}
GROUPS: Mapping[str, Group] = {name: group for group, names in _PARTS.items() for name in names.split()}
COUNTED = frozenset({"accrual", "waiting", "posting", "balance", "click_day", "cap_claim", "credit_move"})
"""Parts that an erasure leaves as they are and that may be long: they are only counted."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """How many entries of a sort go, stay without the person, and stay as they are."""

    group: Group
    deleted: int
    nameless: int
    kept: int


def what_is_open(ctx: Context, contact_id: int) -> list[Open]:
    """Give what keeps a person from being erased. Raises NotThere where nobody is there any more."""
    row = get_contact(ctx.conn, contact_id)
    if row.erased_at is not None:
        raise NotThere("This person was erased.")
    person = person_of(ctx, contact_id)
    asked = {
        Open.MERGED: select(Merged.winner_id).where(Merged.loser_id == contact_id),
        Open.BALANCE: _owed(person),
        Open.PAYOUT: select(_PAYOUT.c.id).where(
            _PAYOUT.c.partner_id.in_(person.ids),
            _PAYOUT.c.state.in_(
                (PayoutState.DRAFT.value, PayoutState.RELEASED.value, PayoutState.SENT.value)
            ),
        ),
        Open.DISPUTE: _disputed(person),
        Open.APPLICATION: select(Application.id).where(
            Application.contact_id.in_(person.ids), Application.state == ApplicationState.WAITING.value
        ),
    }
    found = {what for what, query in asked.items() if ctx.conn.execute(query.limit(1)).first() is not None}
    at_work = row.partner_since is not None and (row.partner_until is None or row.partner_until > ctx.now)
    found |= {Open.PARTNER} if at_work else set()
    found |= {Open.ACCOUNT} if person.refs else set()
    return [what for what in Open if what in found]


def _owed(person: Person) -> Any:  # noqa: ANN401 - a query
    kinds = (AccountKind.ON_HOLD.value, AccountKind.PAYABLE.value)
    return (
        select(_BALANCE.c.currency)
        .where(_BALANCE.c.partner_id.in_(person.ids), _BALANCE.c.kind.in_(kinds))
        .group_by(_BALANCE.c.currency, _BALANCE.c.kind)
        .having(func.sum(_BALANCE.c.amount) != 0)
    )


def _disputed(person: Person) -> Any:  # noqa: ANN401 - a query
    earned = select(Accrual.document_id).where(Accrual.partner_id.in_(person.ids))
    return (
        select(_DISPUTE.c.id)
        .join(_DOCUMENT, _DOCUMENT.c.id == _DISPUTE.c.document_id)
        .where(_DISPUTE.c.state == DisputeState.OPEN.value)
        .where(or_(_DOCUMENT.c.contact_id.in_(person.ids), _DOCUMENT.c.id.in_(earned)))
    )


def preview(ctx: Context, contact_id: int) -> list[Line]:
    """Erase the person, see what became of each row, and take it back."""
    person = person_of(ctx, contact_id)
    before = {part.name: _rows(ctx, part, person) for part in PARTS if part.name not in COUNTED}
    counted = {part.name: _count(ctx, part, person) for part in PARTS if part.name in COUNTED}
    gone: Counter[Group] = Counter()
    changed: Counter[Group] = Counter()
    kept: Counter[Group] = Counter()
    with ctx.conn.begin_nested() as rehearsal:
        erasing.erase_contact(ctx, contact_id)
        for part in PARTS:
            group = GROUPS[part.name]
            if part.name in COUNTED:
                kept[group] += counted[part.name]
                continue
            after = _same_rows(ctx, part, list(before[part.name]))
            for key, row in before[part.name].items():
                now = after.get(key)
                (gone if now is None else kept if now == row else changed)[group] += 1
        rehearsal.rollback()
    return [Line(group=one, deleted=gone[one], nameless=changed[one], kept=kept[one]) for one in Group]


Rows = dict[tuple[Any, ...], tuple[Any, ...]]


def _rows(ctx: Context, part: Part, person: Person) -> Rows:
    keys = [part.table.c[column.name] for column in part.table.primary_key.columns]
    found = ctx.conn.execute(select(*keys, part.table).where(part.rows(person))).all()
    return {tuple(row[: len(keys)]): tuple(row[len(keys) :]) for row in found}


def _count(ctx: Context, part: Part, person: Person) -> int:
    query = select(func.count()).select_from(part.table).where(part.rows(person))
    return int(ctx.conn.execute(query).scalar_one())


def _same_rows(ctx: Context, part: Part, wanted: Sequence[tuple[Any, ...]]) -> Rows:
    """Read rows again by their keys, some at a time."""
    return {key: row for some in _some(wanted) for key, row in _read(ctx, part, some)}


def _some(wanted: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    return (wanted[begin : begin + _AT_ONCE] for begin in range(0, len(wanted), _AT_ONCE))


def _read(
    ctx: Context, part: Part, some: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    keys = list(part.table.primary_key.columns)
    named = tuple_(*keys).in_(some) if keys[1:] else keys[0].in_([key[0] for key in some])
    for row in ctx.conn.execute(select(*keys, part.table).where(named)):
        yield tuple(row[: len(keys)]), tuple(row[len(keys) :])


def erase(ctx: Context, contact_id: int, *, who: str, with_account: bool = False) -> None:
    """Erase a person and log that it was done. Raises NotThere, and CannotErase for the first open matter.

    `with_account`: also where the shop has an account, which stays there.
    """
    get_contact(ctx.conn, contact_id, lock=True)
    for what in what_is_open(ctx, contact_id):
        if what is not Open.ACCOUNT or not with_account:
            raise CannotErase(what.value, _REFUSALS[what])
    erasing.erase_contact(ctx, contact_id)
    audit.record(ctx.conn, who=who, act="erase", noun="contact", subject=f"#{contact_id}", now=ctx.now)


_REFUSALS: Mapping[Open, str] = {
    Open.MERGED: "This person goes on as another contact: erase that one.",
    Open.PARTNER: "This person is a partner: end the partnership first.",
    Open.BALANCE: "Something is owed: pay it out, or post it away, first.",
    Open.PAYOUT: "A payout is under way: wait until it has arrived.",
    Open.DISPUTE: "A dispute is open about an order: decide it first.",
    Open.APPLICATION: "An application waits: decide it first.",
    Open.ACCOUNT: "This person has an account in the shop: erase it there.",
}
