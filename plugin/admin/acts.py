"""Acts on many rows of a list; each gives how many rows it changed, and which it could not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ..models import Contact, Product
from ..places import places
from ..services import coupons, partners, products, program
from ..services.code_acts import Tally
from ..services.mistakes import NoPartner
from .acting import Acting
from .edge import session
from .fields import NounForm
from .show import contact_name

_PRODUCT = Product.__table__
NOT_REACHED = "not reached"
Act = Callable[[Acting, Sequence[str], NounForm | None], Tally]


def ids_of(keys: Sequence[str]) -> list[int]:
    """Give the ids in their order, so that parallel acts lock rows alike."""
    return sorted(int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 18)


def switch_coupons(active: bool) -> Act:
    """Switch coupons on or off."""

    def act(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
        conn, who, now = acting.conn, acting.who, acting.now
        changed = (coupons.set_active(conn, key, active, who=who, now=now) for key in ids_of(keys))
        return Tally(changed=sum(changed))

    return act


def suspend_partners(suspended: bool) -> Act:
    """Suspend partners or let them earn again."""

    def act(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
        conn, who, now = acting.conn, acting.who, acting.now
        change = partners.suspend if suspended else partners.resume
        changed = (change(conn, key, why="", who=who, now=now) for key in ids_of(keys))
        return Tally(changed=sum(changed))

    return act


def invite_partners(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    """Send partners the mail with the ways in once more; who has no address, or has left, gets none."""
    ways, sent, refused = places().of_partner, 0, []
    for contact_id in ids_of(keys):
        if _invited(acting, contact_id, ways):
            sent += 1
        else:
            refused.append((contact_name(session().get(Contact, contact_id)), NOT_REACHED))
    return Tally(changed=sent, refused=tuple(refused))


def _invited(acting: Acting, contact_id: int, ways: Mapping[str, str]) -> bool:
    try:
        return partners.invite(acting.conn, contact_id, places=ways, now=acting.now)
    except NoPartner:
        return False


def switch_products(**wanted: bool) -> Act:
    """Change some of the switches of products; the others stay."""

    def act(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
        return Tally(changed=sum(set_product(acting, ref, **wanted) for ref in sorted(keys)))

    return act


def set_product(acting: Acting, ref: str, **wanted: object) -> bool:
    """Set what is wanted of a product; what is not named stays as it is."""
    names = ("takes_part", "absolute_coupons", "shown_in_desk")
    row = acting.conn.execute(select(_PRODUCT).where(_PRODUCT.c.ref == ref).with_for_update()).one_or_none()
    before = {} if row is None else {name: getattr(row, name) for name in names}
    values: dict[str, Any] = {"takes_part": None, **before, **wanted}
    return products.set_product(acting.conn, ref, **values, who=acting.who, now=acting.now)


def remove_terms(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    """Remove commission terms."""
    ids = ids_of(keys)
    for terms_id in ids:
        program.remove_terms(acting.conn, terms_id, who=acting.who, now=acting.now)
    return Tally(changed=len(ids))
