"""Count the uses of coupons and codes whose limits are set or changed.

Counters are kept only where a limit is set, so that a new limit begins with a count of the rows; the caller
holds the lock of the coupon or code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from ..domain.coupon import CouponTerms
from ..domain.money import major
from ..domain.person import person_keys
from ..models import Code, Contact, Coupon, PersonUse, Redemption, RedemptionState
from .mistakes import BadTerms, LimitBelowUse
from .person_facts import EVERYBODY, Place, coupon_scope, period_scope

_CODE = Code.__table__
_COUPON = Coupon.__table__
_CONTACT = Contact.__table__
_REDEMPTION = Redemption.__table__
_USE = PersonUse.__table__
LIVE = _REDEMPTION.c.state != RedemptionState.RELEASED.value


def uses_of_coupon(conn: Connection, coupon: Row[Any], limit: int | None) -> int:
    """Give what the coupon's counter must stand at under a limit; 0 without one."""
    if limit is None:
        return 0
    return _fitting(_uses(conn, _REDEMPTION.c.coupon_id == coupon.id), limit, coupon.max_uses)


def uses_of_code(conn: Connection, code: Row[Any], limit: int | None, max_per_code: int | None) -> int:
    """Give what a code's counter must stand at under its own limit and that of its coupon."""
    limits = [number for number in (limit, max_per_code) if number is not None]
    if not limits:
        return 0
    before = [number for number in (code.max_uses, max_per_code) if number is not None]
    return _fitting(_uses(conn, _REDEMPTION.c.code_id == code.id), min(limits), min(before, default=None))


def _uses(conn: Connection, which: ColumnElement[bool]) -> int:
    return conn.execute(select(func.count()).select_from(_REDEMPTION).where(which, LIVE)).scalar_one()


def _fitting(uses: int, limit: int, limit_before: int | None) -> int:
    """Give the uses as counted; flagged ones may stand above a limit that is kept."""
    if limit != limit_before:
        _refuse_below(uses, limit, "It has")
    return uses


def _refuse_below(uses: int, limit: int, subject: str) -> None:
    if uses > limit:
        times = "once" if uses == 1 else f"{uses} times"
        raise LimitBelowUse(f"{subject} been used {times} already; a limit of {limit} is below that.")


def count_codes(conn: Connection, coupon: Row[Any], max_per_code: int | None) -> None:
    """Count every code of a coupon whose limit per code changes."""
    if max_per_code == coupon.max_per_code:
        return
    codes = select(_CODE).where(_CODE.c.coupon_id == coupon.id).order_by(_CODE.c.id).with_for_update()
    per_code = select(_REDEMPTION.c.code_id, func.count().label("uses")).group_by(_REDEMPTION.c.code_id)
    found = conn.execute(per_code.where(_REDEMPTION.c.coupon_id == coupon.id, LIVE))
    uses: dict[int, int] = {row.code_id: row.uses for row in found}
    rows = []
    for code in conn.execute(codes):
        if max_per_code is not None:
            _refuse_below(uses.get(code.id, 0), max_per_code, f"The code {code.display!r} has")
        limits = [number for number in (code.max_uses, max_per_code) if number is not None]
        used = uses.get(code.id, 0) if limits else 0
        if used != code.used:
            rows.append({"of_id": code.id, "counted": used})
    if rows:
        conn.execute(
            update(_CODE).where(_CODE.c.id == bindparam("of_id")).values(used=bindparam("counted")), rows
        )


def count_persons(conn: Connection, coupon: Row[Any], limit: int | None, now: datetime) -> None:
    """Count every person's uses of a coupon whose limit per customer changes."""
    if limit == coupon.max_per_customer:
        return
    scope = coupon_scope(coupon.id)
    conn.execute(delete(_USE).where(_USE.c.scope == scope))
    if limit is None:
        return
    uses = Counter(key for _, keys, _ in _keys_of_uses(conn, coupon.id) for key in keys)
    _refuse_below(max(uses.values(), default=0), limit, "By one customer it has")
    rows = [
        {"scope": scope, "person_key": key, "used": used, "max_uses": limit, "order_ref": None, "at": now}
        for key, used in sorted(uses.items())
    ]
    if rows:
        conn.execute(insert(_USE), rows)


def sums_of_coupon(conn: Connection, coupon: Row[Any], terms: CouponTerms) -> dict[str, int]:
    """Give what the coupon's sums must stand at under new budgets; 0 without one.

    A budget counts one currency: where there are uses in another one, it cannot be set.
    """
    if terms.budget is not None or terms.order_budget is not None:
        _refuse_other_currencies(conn, coupon, terms)
    found = conn.execute(
        select(
            func.coalesce(func.sum(_REDEMPTION.c.discount), 0).label("spent"),
            func.coalesce(func.sum(_REDEMPTION.c.goods), 0).label("ordered"),
        ).where(_REDEMPTION.c.coupon_id == coupon.id, LIVE)
    ).one()
    budgets = {"spent": ("budget", terms.budget), "ordered": ("order_budget", terms.order_budget)}
    sums: dict[str, int] = {}
    for name, (limit_name, limit) in budgets.items():
        sums[name] = 0 if limit is None else int(getattr(found, name))
        if limit is not None and limit != getattr(coupon, limit_name) and sums[name] > limit:
            spent = f"{major(sums[name], terms.currency or '')} {terms.currency}"
            raise LimitBelowUse(f"It has come to {spent} already; a budget below that cannot be set.")
    return sums


def _refuse_other_currencies(conn: Connection, coupon: Row[Any], terms: CouponTerms) -> None:
    other = select(_REDEMPTION.c.currency).where(
        _REDEMPTION.c.coupon_id == coupon.id, LIVE, _REDEMPTION.c.currency != terms.currency
    )
    found = conn.execute(other.limit(1)).scalar()
    if found is not None:
        raise BadTerms(
            f"It has been used in {found} already, which a budget in {terms.currency} cannot count; "
            "make another coupon."
        )


def count_periods(
    conn: Connection, coupon: Row[Any], terms: CouponTerms, *, zone: tzinfo, now: datetime
) -> None:
    """Count the uses of the period that runs now, where the period or its limits change."""
    limits = ("period", "max_in_period", "max_per_customer_in_period")
    if all(getattr(coupon, name) == getattr(terms, name) for name in limits):
        return
    conn.execute(delete(_USE).where(_USE.c.scope.startswith(f"{coupon_scope(coupon.id)}:")))
    places: dict[int, list[Place]] = {}
    if terms.period is not None:
        scope = period_scope(coupon.id, terms.period, now, zone)
        for use_id, keys, at in _keys_of_uses(conn, coupon.id):
            current = period_scope(coupon.id, terms.period, at, zone) == scope
            everybody = [EVERYBODY] if terms.max_in_period is not None else []
            persons = keys if terms.max_per_customer_in_period is not None else ()
            places[use_id] = [(scope, key) for key in (*everybody, *persons)] if current else []
    _store_periods(conn, coupon.id, places)
    uses = Counter(place for found in places.values() for place in found)
    rows = []
    for (scope, key), used in sorted(uses.items()):
        limit = terms.max_per_customer_in_period if key else terms.max_in_period
        _refuse_below(used, limit or 0, "By one customer it has" if key else "In this period it has")
        rows.append(
            {"scope": scope, "person_key": key, "used": used, "max_uses": limit, "order_ref": None, "at": now}
        )
    if rows:
        conn.execute(insert(_USE), rows)


def _store_periods(conn: Connection, coupon_id: int, places: Mapping[int, Sequence[Place]]) -> None:
    conn.execute(update(_REDEMPTION).where(_REDEMPTION.c.coupon_id == coupon_id).values(periods=[]))
    rows = [{"of_id": use_id, "places": [list(place) for place in found]} for use_id, found in places.items()]
    if rows:
        keep = update(_REDEMPTION).where(_REDEMPTION.c.id == bindparam("of_id"))
        conn.execute(keep.values(periods=bindparam("places")), rows)


def _keys_of_uses(conn: Connection, coupon_id: int) -> list[tuple[int, Sequence[str], datetime]]:
    """Give id, person keys and time of each use; from before there was any limit, keys of ref and e-mail."""
    query = (
        select(
            _REDEMPTION.c.id,
            _REDEMPTION.c.person_keys,
            _REDEMPTION.c.created_at,
            _CONTACT.c.ref,
            _CONTACT.c.email,
        )
        .select_from(_REDEMPTION.outerjoin(_CONTACT, _CONTACT.c.id == _REDEMPTION.c.contact_id))
        .where(
            _REDEMPTION.c.coupon_id == coupon_id, LIVE, _REDEMPTION.c.state != RedemptionState.FLAGGED.value
        )
        .order_by(_REDEMPTION.c.id)
    )
    found: list[tuple[int, Sequence[str], datetime]] = []
    added = []
    for row in conn.execute(query):
        keys = row.person_keys or _plain_keys(row.ref, row.email)
        if keys and not row.person_keys:
            added.append({"of_id": row.id, "keys": list(keys)})
        found.append((row.id, keys, row.created_at))
    if added:
        remember = update(_REDEMPTION).where(_REDEMPTION.c.id == bindparam("of_id"))
        conn.execute(remember.values(person_keys=bindparam("keys")), added)
    return found


def _plain_keys(ref: str | None, email: str | None) -> Sequence[str]:
    return person_keys(ref, email, None, None, None, None, key_id="", key=b"")
