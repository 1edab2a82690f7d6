"""The checks of a code that an order was placed with, gone through again with what is known of that time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.basket import Basket, BasketLine
from ..domain.coupon import CouponTerms
from ..domain.judging import Buyer, Check, CodeState, Effect, Judgement, checks
from ..domain.window import Period, period_name
from ..errors import Reason
from ..models import CameBy, Code, Document, Redemption, RedemptionState


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One check: `ok` is None where it was not asked after an earlier one did not hold."""

    name: str
    ok: bool | None
    data: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A code of an order, as far as can be said of the moment when it was placed."""

    document: Document
    terms: CouponTerms
    link_only: bool
    code: Code | None
    redemption: Redemption | None
    beside: tuple[CouponTerms, ...]
    zone: tzinfo

    def state(self, session: Session) -> CodeState:
        """Give what counters and dates were; what has passed for certain is left at its default."""
        code, redemption = self.code, self.redemption
        return CodeState(
            code=code.display if code is not None else "",
            code_max=code.max_uses if code is not None else None,
            coupon_used=_place_in(session, redemption, Redemption.coupon_id),
            code_used=_place_in(session, redemption, Redemption.code_id),
            used_in_period=_place_in_period(session, redemption, self.terms.period, self.zone),
            credit_left=redemption.credit if redemption is not None and self.terms.pays else None,
            valid_from=code.valid_from if code is not None else None,
            valid_until=code.valid_until if code is not None else None,
            link_only=self.by_link_only,
            came_by_link=self.came_by_link,
            holder=code is not None and code.holder_id is not None,
            holder_is_buyer=True,
        )

    @property
    def refused(self) -> str:
        """Why the code did not hold, where the shop charged it all the same."""
        return self.redemption.note if self.redemption is not None else ""

    @property
    def came_by_link(self) -> bool:
        """Whether the code came to the order's cart by its link."""
        return self.redemption is not None and self.redemption.came_by == CameBy.LINK.value

    @property
    def by_link_only(self) -> bool:
        """Whether it was asked how the code came; today's switches say nothing of orders before them."""
        asked = self.came_by_link or self.refused == Reason.INACTIVE.value
        return asked and (self.link_only or (self.code is not None and self.code.link_only))

    @property
    def effect(self) -> Effect:
        """What the order came to with its codes."""
        left = sum(line["total"] - line["discount"] for line in self.document.sale["lines"])
        goods = self.redemption.goods if self.redemption is not None else 0
        discount = self.redemption.discount if self.redemption is not None else 0
        return Effect(discount=discount, goods=goods or left)


def proofs_of(session: Session, judged: Judged) -> Iterator[Proof]:
    """Go through the checks as when the order was placed; a code that was used had passed them all."""
    code, redemption = judged.code, judged.redemption
    judgement = Judgement(
        terms=judged.terms,
        state=judged.state(session),
        buyer=Buyer(),
        basket=_basket(judged.document),
        currency=judged.document.currency,
        now=judged.document.placed_at,
        zone=judged.zone,
        placing=True,
        beside=judged.beside,
        effect=judged.effect,
    )
    keys = len(redemption.person_keys) if redemption is not None else 0
    asked = list(checks(judgement))
    culprit = _culprit(asked, judged.refused)
    failed = False
    for check in asked:
        here = check is culprit
        data = {**check.data, "keys": keys, "owner": code is not None and code.owner_id is not None}
        yield Proof(name=check.name, ok=None if failed else not here, data=data)
        failed = failed or here


def _culprit(asked: Sequence[Check], refused: str) -> Check | None:
    """Give the check that refused: of those with that reason the first that does not hold now either."""
    possible = [check for check in asked if refused and check.name in _CHECKS_OF.get(refused, ())]
    return next((check for check in possible if not check.ok), possible[0] if possible else None)


_CHECKS_OF: Mapping[str, Sequence[str]] = {
    "inactive": ("active", "link"),
    "not_yet": ("from", "hours"),
    "expired": ("until",),
    "not_yours": ("holder",),
    "own_code": ("own code",),
    "new_customers_only": ("new customer",),
    "email_needed": ("e-mail",),
    "used_up": (
        "uses of the coupon",
        "uses of the code",
        "uses by this customer",
        "uses in this period",
        "uses by this customer in this period",
        "credit",
        "budget",
        "budget of orders",
    ),
    "currency": ("currency",),
    "not_stackable": ("alone", "number of codes"),
    "minimum": ("minimum",),
    "maximum": ("maximum",),
    "products": ("products", "discount"),
}


def _place_in(session: Session, redemption: Redemption | None, column: Any) -> int:  # noqa: ANN401 - a mapped column
    """Count the uses before this one that still count."""
    if redemption is None:
        return 0
    same = column == getattr(redemption, column.key)
    counted = Redemption.state != RedemptionState.RELEASED.value
    query = select(func.count()).select_from(Redemption).where(same, counted, Redemption.id < redemption.id)
    return session.scalar(query) or 0


def _place_in_period(
    session: Session, redemption: Redemption | None, period: Period | None, zone: tzinfo
) -> int:
    """Count the uses of the coupon before this one in the same calendar period."""
    if redemption is None or period is None:
        return 0
    at = redemption.created_at.astimezone(zone)
    rows = session.scalars(
        select(Redemption.created_at).where(
            Redemption.coupon_id == redemption.coupon_id,
            Redemption.state != RedemptionState.RELEASED.value,
            Redemption.id < redemption.id,
            Redemption.created_at > redemption.created_at - _LONGEST_PERIOD,
        )
    )
    name = period_name(period, at)
    return sum(1 for before in rows if period_name(period, before.astimezone(zone)) == name)


_LONGEST_PERIOD = timedelta(days=366)


def _basket(document: Document) -> Basket:
    """Give the sale as it was judged."""
    sale = document.sale
    rate = sale["shipping_rate"]
    return Basket(
        currency=document.currency,
        lines=tuple(
            BasketLine(
                key=line["key"],
                product_ref=line["product"],
                quantity=Decimal(line["quantity"]),
                total=line["total"],
                vat_rate=None if line["rate"] is None else Decimal(line["rate"]),
                coupon_allowed=line.get("coupon", True),
                absolute_allowed=line.get("absolute", True),
                categories=tuple(line["categories"]),
            )
            for line in sale["lines"]
        ),
        shipping=sale["shipping"],
        shipping_vat_rate=None if rate is None else Decimal(rate),
        prices_include_vat=sale["include_vat"],
    )
