"""Coupons as people write them: made, changed and told by the names of `COUPON_FIELDS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from ..config import Settings
from ..domain.coupon import CouponTerms
from ..models import Code, Coupon, Redemption, RedemptionState
from .candidates import terms_of
from .coupons import change_coupon, create_coupon, find_coupon, get_coupon_by_name
from .given import Given
from .reading import read_coupon
from .writing import Written, overlaid, write_coupon

_COUPON = Coupon.__table__
_CODE = Code.__table__
_REDEMPTION = Redemption.__table__


@dataclass(frozen=True, kw_only=True)
class CouponFacts:
    """A coupon and what came of it. Money in minor units of its currency."""

    id: int
    terms: CouponTerms
    active: bool
    open_to_partners: bool
    give_back: str | None
    answers: Mapping[str, str]
    codes: int
    used: int
    discounts: int

    def written(self, settings: Settings) -> Written:
        """Give the terms as people write them."""
        return write_coupon(
            self.terms,
            zone=settings.zone,
            open_to_partners=self.open_to_partners,
            give_back=self.give_back,
        )


def all_coupons(conn: Connection) -> list[CouponFacts]:
    """Give all coupons by their names."""
    return [_facts(row) for row in conn.execute(_told().order_by(func.lower(_COUPON.c.name)))]


def coupon_called(conn: Connection, name: str) -> CouponFacts:
    """Give the coupon of that name or raise NotThere."""
    coupon_id = get_coupon_by_name(conn, name).id
    return _facts(conn.execute(_told().where(_COUPON.c.id == coupon_id)).one())


def _told() -> Select[Any]:
    codes = select(func.count()).select_from(_CODE).where(_CODE.c.coupon_id == _COUPON.c.id)
    live = (_REDEMPTION.c.coupon_id == _COUPON.c.id, _REDEMPTION.c.state != RedemptionState.RELEASED.value)
    uses = select(func.count()).select_from(_REDEMPTION).where(*live)
    taken = func.coalesce(func.sum(_REDEMPTION.c.discount + _REDEMPTION.c.credit), 0)
    return select(
        _COUPON,
        codes.scalar_subquery().label("codes"),
        uses.scalar_subquery().label("uses"),
        select(taken).where(*live).scalar_subquery().label("discounts"),
    )


def _facts(row: Row[Any]) -> CouponFacts:
    return CouponFacts(
        id=row.id,
        terms=terms_of(row),
        active=row.active,
        open_to_partners=row.open_to_partners,
        give_back=row.give_back,
        answers=row.treatment_answers or {},
        codes=row.codes,
        used=row.uses,
        discounts=int(row.discounts),
    )


def make_written(conn: Connection, given: Given, *, who: str, now: datetime) -> int:
    """Make a coupon and give its id."""
    return create_coupon(conn, read_coupon(given), **_switches(given), who=who, now=now)


def put_written(conn: Connection, given: Given, *, who: str, now: datetime) -> None:
    """Make the coupon of that name, or give it exactly these terms."""
    terms = read_coupon(given)
    row = find_coupon(conn, terms.name)
    if row is None:
        create_coupon(conn, terms, **_switches(given), who=who, now=now)
    else:
        _change(conn, row, terms, given, who=who, now=now)


def change_written(
    conn: Connection, name: str, typed: Mapping[str, object], *, settings: Settings, who: str, now: datetime
) -> bool:
    """Change what is typed and nothing else; an empty text takes a term away. False where nothing changed."""
    found = coupon_called(conn, name)
    given = overlaid(found.written(settings), typed, settings)
    row = get_coupon_by_name(conn, name)
    return _change(conn, row, read_coupon(given), given, who=who, now=now)


def _change(
    conn: Connection, row: Row[Any], terms: CouponTerms, given: Given, *, who: str, now: datetime
) -> bool:
    """Change terms; answers about VAT stay as long as the kind that they led to."""
    stale = row.treatment_answers and terms.treatment.value != row.treatment
    return change_coupon(
        conn,
        row.id,
        terms,
        **_switches(given),
        treatment_answers={} if stale else None,
        zone=given.settings.zone,
        who=who,
        now=now,
    )


def _switches(given: Given) -> dict[str, Any]:
    return {"open_to_partners": given.yes("open_to_partners"), "give_back": given.text("give_back")}
