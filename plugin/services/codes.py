"""Coupon codes: one at a time, by an admin or by their owner."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from ..domain.codes import CodeProblem, canonical, own_code_problem, skeleton
from ..domain.coupon import Treatment
from ..domain.eligibility import Bar
from ..models import Code, Contact
from ..models.base import dialect_insert
from . import audit, code_forms, counting
from .coupons import get_coupon
from .eligibility import bar_of
from .mistakes import BadCode, BadTerms, CodeRefused, CodeTaken, LooksAlike, LooksDrawn, Mistake, NotThere

_CODE = Code.__table__
_CONTACT = Contact.__table__
_LONGEST = 64
_BETWEEN = ","
_LARGEST_NUMBER = 1_000_000_000

Dates = tuple[datetime | None, datetime | None]
"""From when, and until when, which is no part of it."""

#: What is said to a partner about a spelling.
PROBLEMS: Mapping[CodeProblem, str] = {
    CodeProblem.EMPTY: "Please type a code.",
    CodeProblem.TOO_SHORT: "A code has at least 3 letters or digits.",
    CodeProblem.TOO_LONG: "A code has at most 40 characters.",
    CodeProblem.CHARACTERS: "A code has letters, digits, dashes, dots and underscores only.",
    CodeProblem.MIXED_SCRIPTS: "A code has letters of one alphabet only.",
    CodeProblem.RESERVED: "This word is reserved by the shop. Please choose another one.",
    CodeProblem.FORBIDDEN: "There is a word in it that cannot be used. Please choose another one.",
}
TAKEN = "This code is taken already. Please choose another one."
ALIKE = "This code looks like one that is taken. Please choose another one."
DRAWN = "Codes of this form are drawn by the shop and end with a check sign. Please choose another one."


def create_code(
    conn: Connection,
    text: str,
    *,
    coupon_id: int,
    owner_id: int | None = None,
    holder_id: int | None = None,
    max_uses: int | None = None,
    credit: int | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    who: str,
    now: datetime,
) -> int:
    """Make a code and give its id. Raises BadCode, CodeTaken, LooksAlike or LooksDrawn, also in parallel.

    A code of store credit holds `credit` in minor units, by default the coupon's amount.
    """
    coupon = get_coupon(conn, coupon_id)
    values = {
        **spelled(text),
        "owner_id": owner_id,
        "holder_id": holder_id,
        "max_uses": check_limit(max_uses),
        "credit": credit_of(coupon, credit),
        **dates_of(valid_from, valid_until),
    }
    check_contacts(conn, owner_id, holder_id)
    if code_forms.of_batches(conn).match(str(values["key"])):
        raise LooksDrawn(DRAWN)
    more = {"credit_left": values["credit"], "used": 0, "active": True, "created_at": now}
    added = {**values, **more, "coupon_id": coupon_id}
    insert = dialect_insert(_CODE, conn.dialect.name).on_conflict_do_nothing().returning(_CODE.c.id)
    code_id = conn.execute(insert, added).scalar()
    if code_id is None:
        raise _clash(conn, values) or CodeTaken(TAKEN)
    logged = {**values, "coupon_id": coupon_id}
    audit.record(
        conn, who=who, act="create", noun="code", subject=str(values["display"]), after=logged, now=now
    )
    return int(code_id)


def create_own_code(
    conn: Connection,
    text: str,
    *,
    coupon_id: int,
    partner_id: int,
    reserved: Collection[str] = (),
    forbidden: Collection[str] = (),
    now: datetime,
) -> int:
    """Make a partner's own code on a coupon that is opened for partners, and give its id."""
    partner = conn.execute(select(_CONTACT).where(_CONTACT.c.id == partner_id)).one_or_none()
    barred = Bar.NO_PARTNER if partner is None else bar_of(partner, now)
    if barred is Bar.SUSPENDED:
        raise Mistake("Your account is suspended; please ask the shop.")
    if partner is None or barred is not None:
        raise Mistake("Only partners make own codes.")
    coupon = get_coupon(conn, coupon_id)
    over = coupon.valid_until is not None and coupon.valid_until <= now
    if over or not coupon.open_to_partners or not coupon.active:
        raise Mistake("No own codes can be made on this coupon.")
    problem = _spelling_problem(text, reserved, forbidden)
    if problem is not None:
        raise problem
    who = f"partner:{partner.ref or partner.id}"
    return create_code(conn, text, coupon_id=coupon_id, owner_id=partner_id, who=who, now=now)


def check_own_code(
    conn: Connection, text: str, *, reserved: Collection[str] = (), forbidden: Collection[str] = ()
) -> CodeRefused | None:
    """Say what is wrong with a partner's own code while it is typed: the error that making it would raise."""
    problem = _spelling_problem(text, reserved, forbidden)
    if problem is not None:
        return problem
    values = spelled(text)
    if code_forms.of_batches(conn).match(str(values["key"])):
        return LooksDrawn(DRAWN)
    return _clash(conn, values)


def change_code(
    conn: Connection,
    code_id: int,
    *,
    owner_id: int | None,
    holder_id: int | None,
    max_uses: int | None,
    dates: Dates | None = None,
    who: str,
    now: datetime,
) -> bool:
    """Change whose a code is, its limit and, where they are given, its dates; False where nothing differs."""
    found = get_code(conn, code_id)
    coupon = get_coupon(conn, found.coupon_id, lock=True)
    row = get_code(conn, code_id, lock=True)
    values: dict[str, object] = {
        "owner_id": owner_id,
        "holder_id": holder_id,
        "max_uses": check_limit(max_uses),
        **({} if dates is None else dates_of(*dates)),
    }
    if owner_id != row.owner_id:
        values["portions"] = None
    before = {name: getattr(row, name) for name in values}
    if not audit.changed(before, values):
        return False
    check_contacts(conn, owner_id, holder_id)
    used = counting.uses_of_code(conn, row, max_uses, coupon.max_per_code)
    conn.execute(update(_CODE).where(_CODE.c.id == code_id).values(**values, used=used))
    audit.record(
        conn, who=who, act="change", noun="code", subject=row.display, before=before, after=values, now=now
    )
    return True


def set_code_active(conn: Connection, code_id: int, active: bool, *, who: str, now: datetime) -> bool:
    """Switch a code on or off; False where it was so already. A code that is off stays taken."""
    row = get_code(conn, code_id, lock=True)
    if row.active == active:
        return False
    conn.execute(update(_CODE).where(_CODE.c.id == code_id).values(active=active))
    act = "switch on" if active else "switch off"
    audit.record(conn, who=who, act=act, noun="code", subject=row.display, now=now)
    return True


def get_code(conn: Connection, code_id: int, *, lock: bool = False) -> Row[Any]:
    """Give a code's row or raise NotThere."""
    query = select(_CODE).where(_CODE.c.id == code_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotThere(f"There is no code with the id {code_id}.")
    return row


def find_code(conn: Connection, text: str) -> Row[Any] | None:
    """Give the code of that spelling, or None."""
    return conn.execute(select(_CODE).where(_CODE.c.key == canonical(text))).one_or_none()


def spelled(text: str) -> dict[str, str]:
    """Give display, key and skeleton of a code, or raise BadCode."""
    display = text.strip() if text.isascii() else _seen(text)
    key = canonical(display)
    looks = skeleton(key)
    if not key.isalnum() and not any(char.isalnum() for char in key):
        raise BadCode("A code needs letters or digits.", CodeProblem.EMPTY.value)
    if not display.isprintable():
        raise BadCode("A code has no control characters.", CodeProblem.CHARACTERS.value)
    if max(len(display), len(key), len(looks)) > _LONGEST:
        raise BadCode(f"A code has at most {_LONGEST} characters.", CodeProblem.TOO_LONG.value)
    return {"display": display, "key": key, "skeleton": looks}


def plainly_spelled(texts: Sequence[str]) -> list[tuple[str, str, str] | None]:
    """Give display, key and skeleton of many codes at once; None for one that `spelled` has to look at."""
    joined = _BETWEEN.join(texts)
    plain = joined.isascii() and joined.isprintable() and " " not in joined
    if not plain or joined.count(_BETWEEN) != len(texts) - 1:
        return [None] * len(texts)
    keys = canonical(joined)
    spellings = zip(texts, keys.split(_BETWEEN), skeleton(keys).split(_BETWEEN), strict=True)
    return [one if one[1].isalnum() and len(one[0]) <= _LONGEST else None for one in spellings]


def _seen(text: str) -> str:
    """Leave out what cannot be seen."""
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFC", seen.strip())


def _spelling_problem(text: str, reserved: Collection[str], forbidden: Collection[str]) -> BadCode | None:
    problem = own_code_problem(text, reserved=reserved, forbidden=forbidden)
    return None if problem is None else BadCode(PROBLEMS[problem], problem.value)


def _clash(conn: Connection, values: Mapping[str, object]) -> CodeRefused | None:
    alike = or_(_CODE.c.key == values["key"], _CODE.c.skeleton == values["skeleton"])
    keys = set(conn.execute(select(_CODE.c.key).where(alike)).scalars())
    if values["key"] in keys:
        return CodeTaken(TAKEN)
    return LooksAlike(ALIKE) if keys else None


def check_contacts(conn: Connection, *ids: int | None) -> None:
    """Raise NotThere where one of the contacts does not exist."""
    for contact_id in (found for found in ids if found is not None):
        if conn.execute(select(_CONTACT.c.id).where(_CONTACT.c.id == contact_id)).first() is None:
            raise NotThere(f"There is no contact with the id {contact_id}.")


def credit_of(coupon: Row[Any], credit: int | None) -> int | None:
    """Give what a new code of the coupon holds as store credit; None where the coupon is none."""
    if coupon.treatment != Treatment.MULTI_PURPOSE.value:
        if credit is not None:
            raise BadTerms(
                "Only codes of store credit (a multi-purpose voucher) hold an amount of their own."
            )
        return None
    if credit is not None and credit <= 0:
        raise BadTerms("Store credit is above 0; leave it out for the coupon's amount.")
    return int(coupon.amount) if credit is None else credit


def dates_of(valid_from: datetime | None, valid_until: datetime | None) -> dict[str, datetime | None]:
    """Give the dates of a code as its columns, or raise BadTerms."""
    if valid_from and valid_until and valid_from >= valid_until:
        raise BadTerms("The code ends before it begins.")
    return {"valid_from": valid_from, "valid_until": valid_until}


def check_limit(max_uses: int | None) -> int | None:
    """Give a limit of uses, or raise BadTerms."""
    if max_uses is not None and not 1 <= max_uses <= _LARGEST_NUMBER:
        raise BadTerms("A limit is a whole number from 1 to 1000000000; leave it out for none.")
    return max_uses
