"""Where coupons and codes stand today, as a word in their rows and as a condition for the filters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, not_, or_

from ..i18n import gettext as _
from ..models import Code, Coupon
from .nouns import State


def coupon_state(coupon: Coupon, now: datetime) -> State:
    """Show why a coupon cannot be used at all, else that it is on."""
    if not coupon.active:
        return State("off", _("off"))
    return _out_of_time(coupon, now) or (_used_up() if _coupon_spent(coupon) else State("ok", _("on")))


def code_state(code: Code, coupon: Coupon, now: datetime) -> State:
    """Show why a code cannot be used by anybody, else how it counts."""
    if not code.active:
        return State("off", _("off"))
    if not coupon.active:
        return State("off", _("coupon is off"))
    late = _out_of_time(code, now) or _out_of_time(coupon, now)
    if late is not None:
        return late
    if _code_spent(code, coupon):
        return _used_up()
    return (
        State("wait", _("with its link only")) if code.link_only or coupon.link_only else State("ok", _("on"))
    )


def _out_of_time(what: Coupon | Code, now: datetime) -> State | None:
    if what.valid_until is not None and what.valid_until <= now:
        return State("off", _("ended"))
    if what.valid_from is not None and what.valid_from > now:
        return State("now", _("begins later"))
    return None


def _used_up() -> State:
    return State("off", _("used up"))


def _coupon_spent(coupon: Coupon) -> bool:
    reached = (
        (coupon.used, coupon.max_uses),
        (coupon.spent, coupon.budget),
        (coupon.ordered, coupon.order_budget),
    )
    return any(limit is not None and count >= limit for count, limit in reached)


def _code_spent(code: Code, coupon: Coupon) -> bool:
    limits = [limit for limit in (code.max_uses, coupon.max_per_code) if limit is not None]
    return _coupon_spent(coupon) or code.credit_left == 0 or any(code.used >= limit for limit in limits)


def coupon_is(choice: str, now: datetime) -> ColumnElement[bool]:
    """Ask for coupons that stand so."""
    ended, later, spent = (
        _surely(Coupon.valid_until <= now),
        _surely(Coupon.valid_from > now),
        _coupons_spent(),
    )
    return {
        "on": and_(Coupon.active, not_(ended), not_(later), not_(spent)),
        "later": and_(Coupon.active, not_(ended), later),
        "ended": and_(Coupon.active, ended),
        "used_up": and_(Coupon.active, spent),
        "off": Coupon.active.is_(False),
    }[choice]


def code_is(choice: str, now: datetime) -> ColumnElement[bool]:
    """Ask for codes that stand so."""
    ended = or_(_surely(Code.valid_until <= now), _surely(Coupon.valid_until <= now))
    later = or_(_surely(Code.valid_from > now), _surely(Coupon.valid_from > now))
    spent = or_(
        _coupons_spent(),
        _surely(Code.credit_left == 0),
        _surely(Code.used >= Code.max_uses),
        _surely(Code.used >= Coupon.max_per_code),
    )
    return {
        "on": and_(Code.active, Coupon.active, not_(ended), not_(later), not_(spent)),
        "link": and_(Code.active, or_(Code.link_only, Coupon.link_only)),
        "later": and_(Code.active, not_(ended), later),
        "ended": and_(Code.active, ended),
        "used_up": and_(Code.active, spent),
        "off": or_(Code.active.is_(False), Coupon.active.is_(False)),
    }[choice]


def _coupons_spent() -> ColumnElement[bool]:
    return or_(
        _surely(Coupon.used >= Coupon.max_uses),
        _surely(Coupon.spent >= Coupon.budget),
        _surely(Coupon.ordered >= Coupon.order_budget),
    )


def _surely(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Take what is not known, such as a limit that is not set, for no."""
    return func.coalesce(condition, false())
