"""Stored rates between currencies, and in which currency a partner is paid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, Row, select, update

from ..domain.exchange import Rate
from ..domain.money import currency_code
from ..models import Contact, ExchangeRate
from ..models.base import dialect_insert
from ..models.rate import RATE_DIGITS
from . import audit
from .context import Context
from .mistakes import NoPartner, NotThere, PostingRefused

_RATE = ExchangeRate.__table__
_CONTACT = Contact.__table__
_LONGEST_SOURCE = 100
_HIGHEST = Decimal(10**8)
_NAMES = ("base", "quote", "rate", "day", "source")


def set_rates(conn: Connection, rates: Sequence[Rate], *, who: str, now: datetime) -> int:
    """Store rates, one per pair and day; give how many were new or changed. Raises PostingRefused."""
    for rate in rates:
        _check(rate)
    changed = 0
    for rate in sorted(rates, key=lambda one: (one.base, one.quote, one.day)):
        changed += _set(conn, rate, who, now)
    return changed


def _check(rate: Rate) -> None:
    if rate.base == rate.quote:
        raise PostingRefused("same_currency", "A rate is between two currencies.")
    if (
        not rate.rate.is_finite()
        or not 0 < rate.rate < _HIGHEST
        or rate.rate != round(rate.rate, RATE_DIGITS)
    ):
        raise PostingRefused("rate", f"{rate.rate} is no rate: above 0, with at most {RATE_DIGITS} decimals.")
    if len(rate.source) > _LONGEST_SOURCE:
        raise PostingRefused("source_long", f"The source has at most {_LONGEST_SOURCE} characters.")


def _set(conn: Connection, rate: Rate, who: str, now: datetime) -> bool:
    same = (_RATE.c.base == rate.base, _RATE.c.quote == rate.quote, _RATE.c.day == rate.day)
    before = conn.execute(select(_RATE).where(*same).with_for_update()).one_or_none()
    if before is not None and (before.rate, before.source) == (rate.rate, rate.source):
        return False
    values = {name: getattr(rate, name) for name in _NAMES} | {"made_by": who[:100], "changed_at": now}
    statement = dialect_insert(_RATE, conn.dialect.name).values(**values)
    new = {name: values[name] for name in ("rate", "source", "made_by", "changed_at")}
    conn.execute(statement.on_conflict_do_update(index_elements=["base", "quote", "day"], set_=new))
    audit.record(
        conn,
        who=who,
        act="set",
        noun="rate",
        subject=f"{rate.base} {rate.quote} {rate.day.isoformat()}",
        before=None if before is None else {"rate": before.rate, "source": before.source},
        after={"rate": rate.rate, "source": rate.source},
        now=now,
    )
    return True


def read_rates(rows: Iterable[dict[str, str]], *, today: date) -> list[Rate]:
    """Read rows of a file with `from`, `to`, `rate` and perhaps `day` and `source`. Raises PostingRefused."""
    return [_read(row, number, today) for number, row in enumerate(rows, start=1)]


def _read(row: dict[str, str], number: int, today: date) -> Rate:
    try:
        day = (row.get("day") or "").strip()
        return Rate(
            base=currency_code((row.get("from") or "").strip().upper()),
            quote=currency_code((row.get("to") or "").strip().upper()),
            rate=_number((row.get("rate") or "").strip()),
            day=date.fromisoformat(day) if day else today,
            source=(row.get("source") or "").strip(),
        )
    except ValueError as error:
        raise PostingRefused("rate_file", f"Row {number} is no rate: {error}") from error


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no number such as 1.0834") from error


def list_rates(conn: Connection, limit: int = 1000) -> Sequence[Row[Any]]:
    """Give the rates, by pair, the newest day first."""
    order = (_RATE.c.base, _RATE.c.quote, _RATE.c.day.desc())
    return conn.execute(select(_RATE).order_by(*order).limit(limit)).all()


def in_force(ctx: Context, base: str, quotes: Iterable[str]) -> dict[str, Rate]:
    """Give the rates that hold today from one currency into others, by those."""
    today = ctx.now.astimezone(ctx.settings.zone).date()
    query = select(_RATE).where(_RATE.c.base == base, _RATE.c.quote.in_(sorted(quotes)), _RATE.c.day <= today)
    return {row.quote: _rate(row) for row in ctx.conn.execute(query.order_by(_RATE.c.day))}


def _rate(row: Row[Any]) -> Rate:
    return Rate(**{name: getattr(row, name) for name in _NAMES})


def set_payout_currency(
    conn: Connection, contact_id: int, currency: str | None, *, who: str, now: datetime
) -> bool:
    """Say in which currency a partner is paid, None: in that of each sale; False where it is so already.

    What is sold from now on is posted so; orders that have earned before keep theirs.
    """
    row = conn.execute(select(_CONTACT).where(_CONTACT.c.id == contact_id).with_for_update()).one_or_none()
    if row is None:
        raise NotThere(f"There is no contact with the number {contact_id}.")
    if row.partner_since is None:
        raise NoPartner("Only partners are paid.")
    if row.payout_currency == currency:
        return False
    conn.execute(update(_CONTACT).where(_CONTACT.c.id == contact_id).values(payout_currency=currency))
    audit.record(
        conn,
        who=who,
        act="payout currency",
        noun="partner",
        subject=row.ref or f"#{contact_id}",
        before={"payout_currency": row.payout_currency},
        after={"payout_currency": currency},
        now=now,
    )
    return True
