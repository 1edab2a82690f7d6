"""Bodies of webhooks: kept as they came, the same one once, and worked off by the worker after that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, delete, func, or_, select, update
from sqlalchemy.exc import DBAPIError

from ..domain.foreign import BadBody, Told
from ..models import Body, BodyState, Document, Source
from ..models.base import dialect_insert
from ..shop import ref_text
from . import audit, foreign_orders, foreign_sales, outbox, sources
from .context import Context, Moment
from .mistakes import NotThere
from .unit import ends_transaction

WORK = "source_body"
"""The topic of bodies in the outbox."""
MOST_BYTES = 5_000_000
_BODY = Body.__table__
_SOURCE = Source.__table__
FAILED = select(func.count()).select_from(_BODY).where(_BODY.c.state == BodyState.FAILED.value)
"""How many bodies failed."""
FLAGGED = select(func.count()).select_from(_BODY).where(_BODY.c.flagged)
"""Of how many somebody should look at what they brought."""
_LONGEST_REASON = 500
_LONGEST_TOPIC = 64


@dataclass(frozen=True, kw_only=True)
class Came:
    """A body as it came: `by` webhook, file or pull."""

    topic: str
    content: str
    by: str = "webhook"


def take(ctx: Moment, source_id: int, came: Came) -> tuple[int, bool]:
    """Keep a body and let it be worked off; give its id, and whether it is new.

    One that failed and comes again is worked off again.
    """
    topic = came.topic[:_LONGEST_TOPIC]
    once = hashlib.sha256(f"{topic}\n{came.content}".encode()).hexdigest()
    row = {
        "source_id": source_id, "once": once, "topic": topic, "content": came.content, "came_by": came.by,
        "times": 1, "state": BodyState.WAITING.value, "reason": "", "facts": [], "flagged": False, "tries": 0,
        "at": ctx.now,
    }  # fmt: skip
    again = dialect_insert(_BODY, ctx.conn.dialect.name).on_conflict_do_update(
        index_elements=[_BODY.c.source_id, _BODY.c.once], set_={"times": _BODY.c.times + 1}
    )
    made = ctx.conn.execute(again.returning(_BODY.c.id, _BODY.c.times, _BODY.c.state), row).one()
    failed = made.state == BodyState.FAILED.value
    if failed:
        _let_wait(ctx, made.id)
    if made.times == 1 or failed:
        outbox.put(ctx.conn, WORK, {"body_id": made.id}, now=ctx.now)
    return int(made.id), made.times == 1


def work(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Work off the body of a row of the outbox."""
    work_off(ctx, int(payload["body_id"]))


def work_off(ctx: Context, body_id: int) -> None:
    """Work off a body that waits, in a savepoint: what fails is kept with its reason and changes nothing.

    What ends the transaction goes up, so that it is done again.
    """
    row = ctx.conn.execute(select(_BODY).where(_BODY.c.id == body_id).with_for_update()).first()
    if row is None or row.state != BodyState.WAITING.value:
        return
    source = sources.get(ctx.conn, row.source_id)
    try:
        with ctx.conn.begin_nested():
            values = _worked(ctx, source, row)
    except Exception as error:
        if isinstance(error, DBAPIError) and ends_transaction(error):
            raise
        values = {"state": BodyState.FAILED.value, "reason": _said(error), "flagged": False}
    ended = {**values, "tries": row.tries + 1, "worked_at": ctx.now}
    ctx.conn.execute(update(_BODY).where(_BODY.c.id == body_id).values(**ended))


def _worked(ctx: Context, source: Row[Any], row: Row[Any]) -> dict[str, object]:
    told = read(source, row.topic, row.content)
    ref = None if told.ref is None else ref_text(foreign_sales.named(source.name, told.ref), "id")
    if told.ignored:
        return {"state": BodyState.IGNORED.value, "reason": told.ignored[:_LONGEST_REASON], "order_ref": ref}
    inner = replace(ctx, source=source.name, as_fact=True)
    done = foreign_orders.work(inner, source, told, is_current=row.came_by == "pull")
    return {
        "state": BodyState.DONE.value, "reason": "", "facts": done.facts, "flagged": done.flagged,
        "order_ref": ref,
    }  # fmt: skip


def read(source: Row[Any], topic: str, content: str) -> Told:
    """Read what a body says. Raises BadBody."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadBody("it is no JSON") from error
    platform = sources.platform_of(source.platform)
    return platform.read(said, topic, usual_currency=source.currency, zone=ZoneInfo(source.zone))


def _said(error: Exception) -> str:
    text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    return "".join(sign for sign in text.partition("\n")[0] if sign.isprintable())[:_LONGEST_REASON]


def again(ctx: Moment, body_id: int, *, who: str) -> bool:
    """Let a body that failed or was ignored be worked off again; False where there is nothing to do."""
    row = get(ctx.conn, body_id)
    if not _let_wait(ctx, body_id):
        return False
    outbox.put(ctx.conn, WORK, {"body_id": body_id}, now=ctx.now)
    subject = f"{sources.get(ctx.conn, row.source_id).name} {body_id}"
    audit.record(ctx.conn, who=who, act="replay", noun="body", subject=subject, now=ctx.now)
    return True


def _let_wait(ctx: Moment, body_id: int) -> bool:
    over = (BodyState.FAILED.value, BodyState.IGNORED.value)
    mine = (_BODY.c.id == body_id, _BODY.c.state.in_(over))
    fresh = {"state": BodyState.WAITING.value, "reason": ""}
    return ctx.conn.execute(update(_BODY).where(*mine).values(**fresh)).rowcount == 1


def looked_at(ctx: Moment, body_id: int, *, who: str) -> bool:
    """Note that somebody has looked at what was flagged; False where nothing is."""
    mine = (_BODY.c.id == body_id, _BODY.c.flagged.is_(True))
    if ctx.conn.execute(update(_BODY).where(*mine).values(flagged=False)).rowcount != 1:
        return False
    audit.record(ctx.conn, who=who, act="looked at", noun="body", subject=str(body_id), now=ctx.now)
    return True


def get(conn: Connection, body_id: int) -> Row[Any]:
    """Give a body, or raise NotThere."""
    row = conn.execute(select(_BODY).where(_BODY.c.id == body_id)).first()
    if row is None:
        raise NotThere("There is no such body.")
    return row


@dataclass(frozen=True, kw_only=True)
class ToSee:
    """How many bodies failed, and of how many somebody should look at what they brought."""

    failed: int
    flagged: int


def to_see(conn: Connection) -> ToSee:
    """Count what somebody should see."""
    row = conn.execute(select(FAILED.scalar_subquery(), FLAGGED.scalar_subquery())).one()
    return ToSee(failed=row[0], flagged=row[1])


def forget(conn: Connection, contact_id: int, ref: str | None, email: str | None) -> None:
    """Delete the bodies about a person who is erased and the orders; what they brought stays in the books."""
    orders = select(Document.ref).where(Document.contact_id == contact_id)
    conn.execute(delete(_BODY).where(_BODY.c.order_ref.in_(orders)))
    if email:
        conn.execute(delete(_BODY).where(naming(email)))
    if ref and ":" in ref:
        _forget_customer(conn, *ref.split(":", 1))


def naming(email: str) -> ColumnElement[bool]:
    """Say whether the content of a body has an address in it."""
    content = func.lower(_BODY.c.content)
    spelled = (email.lower(), json.dumps(email.lower())[1:-1])
    return or_(*(content.contains(text, autoescape=True) for text in spelled))


def _forget_customer(conn: Connection, name: str, id_: str) -> None:
    """Delete the bodies in which a customer stands by the number of the shop."""
    source = select(_SOURCE).where(_SOURCE.c.name == name)
    row = conn.execute(source).first()
    if row is None:
        return
    for body in conn.execute(select(_BODY).where(_BODY.c.source_id == row.id)).all():
        try:
            told = read(row, body.topic, body.content)
        except BadBody:
            continue
        people = [told.person, None if told.sold is None else told.sold.person]
        if any(person is not None and person.id == id_ for person in people):
            conn.execute(delete(_BODY).where(_BODY.c.id == body.id))
