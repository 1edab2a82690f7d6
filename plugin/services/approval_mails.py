"""Tell the staff by mail what waits for approval, and who proposed it what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, String, cast, delete, select

from ..domain.mail import mailbox
from ..domain.roles import Permission, who_may
from ..models import Approval, ApprovalState, StaffMail, StandaloneUser
from ..models.base import dialect_insert
from . import audit, outbox
from .approvals import Who
from .context import Moment
from .mails import MAIL, Letter, Receiver
from .mistakes import NotThere

_APPROVAL = Approval.__table__
_MAIL = StaffMail.__table__
_USER = StandaloneUser.__table__
_USER_ID = "admin:"
_DECIDED = frozenset({ApprovalState.APPROVED.value, ApprovalState.REJECTED.value, ApprovalState.STALE.value})


def listed(conn: Connection) -> Sequence[Row[Any]]:
    """Give who is told: those of the staff who gave an address, by name."""
    return conn.execute(select(_MAIL).where(_MAIL.c.email != "").order_by(_MAIL.c.name)).all()


def address_of(conn: Connection, admin_id: str) -> str:
    """Give where somebody of the staff reads; empty: nowhere."""
    found = _reader(conn, admin_id)
    return "" if found is None else found.email


def choose(ctx: Moment, who: Who, email: str, *, locale: str, decides: bool) -> bool:
    """Keep where somebody of the staff reads; an empty address ends it. ValueError for one that is none."""
    address = mailbox(email).address if email.strip() else ""
    values = {
        "name": who.name[:100],
        "email": address,
        "locale": locale,
        "decides": decides,
        "changed_at": ctx.now,
    }
    before = address_of(ctx.conn, who.id)
    insert = dialect_insert(_MAIL, ctx.conn.dialect.name).values(admin_id=who.id[:100], **values)
    ctx.conn.execute(insert.on_conflict_do_update(index_elements=["admin_id"], set_=values))
    if before != address:
        _log(ctx, "set", who.name, who, {"email": before}, {"email": address})
    return before != address


def end(ctx: Moment, admin_id: str, who: Who) -> None:
    """Tell somebody of the staff no more, such as one who has left. Raises NotThere."""
    there = (_MAIL.c.admin_id == admin_id, _MAIL.c.email != "")
    row = ctx.conn.execute(select(_MAIL).where(*there).with_for_update()).first()
    if row is None:
        raise NotThere("Nobody of that name is told by mail.")
    ctx.conn.execute(delete(_MAIL).where(_MAIL.c.admin_id == admin_id))
    _log(ctx, "remove", row.name, who, {"email": row.email}, {"email": ""})


def _log(
    ctx: Moment, act: str, subject: str, who: Who, before: Mapping[str, object], after: Mapping[str, object]
) -> None:
    audit.record(
        ctx.conn, who=who.name, act=act, noun="approval mail", subject=subject,
        before=before, after=after, now=ctx.now,
    )  # fmt: skip


def tell_waiting(ctx: Moment, approval_id: int, asker: Who, *, link: str) -> None:
    """Write a mail down to everybody else who may approve."""
    for admin_id in sorted(_deciders(ctx.conn) - {asker.id[:100]}):
        _put(ctx, Letter.APPROVAL_WAITS, approval_id, admin_id, link)


def tell_decided(ctx: Moment, approval_id: int, asker_id: str, *, link: str) -> None:
    """Write a mail down to who proposed it."""
    if address_of(ctx.conn, asker_id):
        _put(ctx, Letter.APPROVAL_DECIDED, approval_id, asker_id, link)


def _put(ctx: Moment, letter: Letter, approval_id: int, admin_id: str, link: str) -> None:
    payload = {
        "letter": letter.value,
        "approval_id": approval_id,
        "admin_id": admin_id,
        "values": {"link": link},
    }
    outbox.put(ctx.conn, MAIL, payload, now=ctx.now)


def _deciders(conn: Connection) -> set[str]:
    """Give who may approve and reads mails; with log-ins of the standalone app these say who."""
    chosen = {row.admin_id: row for row in conn.execute(select(_MAIL))}
    found = {admin_id for admin_id, row in chosen.items() if row.decides and row.email}
    roles = [role.value for role in who_may(Permission.APPROVE)]
    users = select(_USER.c.id).where(_USER.c.role.in_(roles), _USER.c.disabled_at.is_(None))
    return found | {f"{_USER_ID}{one}" for one in conn.scalars(users)} - set(chosen)


def receiver(conn: Connection, payload: Mapping[str, Any]) -> Receiver | None:
    """Give who gets a mail; None where nobody is there any more, or there is nothing to tell any more."""
    state = conn.execute(select(_APPROVAL.c.state).where(_APPROVAL.c.id == payload["approval_id"])).scalar()
    waits = payload["letter"] == Letter.APPROVAL_WAITS.value
    if state not in ({ApprovalState.WAITING.value} if waits else _DECIDED):
        return None
    return _reader(conn, payload["admin_id"])


def _reader(conn: Connection, admin_id: str) -> Receiver | None:
    row = conn.execute(select(_MAIL).where(_MAIL.c.admin_id == admin_id[:100])).first()
    if row is not None:
        return Receiver(email=row.email, name=row.name, locale=row.locale) if row.email else None
    user = conn.execute(select(_USER.c.email, _USER.c.name).where(*_is_user(admin_id))).first()
    return None if user is None else Receiver(email=user.email, name=user.name)


def _is_user(admin_id: str) -> tuple[ColumnElement[bool], ...]:
    return (_USER_ID + cast(_USER.c.id, String) == admin_id, _USER.c.disabled_at.is_(None))


def facts(conn: Connection, approval_id: int) -> Mapping[str, str]:
    """Give what is told of a proposed change."""
    row = conn.execute(select(_APPROVAL).where(_APPROVAL.c.id == approval_id)).one()
    return {
        "kind": row.kind,
        "asker": row.proposed_by,
        "reason": row.reason,
        "state": row.state,
        "decider": row.decided_by,
        "answer": row.outcome,
    }
