"""What the processes do with a partner's link: click it, and make it."""

from __future__ import annotations

from flask_firstline.services import links, touches
from tests.small_shop import WHO, SmallShop


def _click(shop: SmallShop, visitor: str) -> str:
    partner_id = shop.session.connection().exec_driver_sql(
        "SELECT id FROM firstline_contact WHERE ref = 'meier'"
    ).scalar_one()  # fmt: skip
    shop.session.rollback()

    def work(session: object) -> bool:
        conn = session.connection()  # type: ignore[attr-defined]
        link_id = links.make_link(conn, partner_id, path="/balm", who=WHO, now=shop.time)
        way = links.Way(link_id=link_id, partner_id=partner_id, path="/balm")
        visit = touches.Visit(
            way=way, path="/balm", visitor=visitor, network=None, referrer_host=None, utm={}
        )
        return touches.record(shop.state.context(conn), visit)

    return "counted" if shop.state.in_own_unit(work) else "repeat"


def same_click(shop: SmallShop, number: int) -> str:
    """Click as one and the same visitor."""
    return _click(shop, "ann")


def click_of_each(shop: SmallShop, number: int) -> str:
    """Click as one of fifty visitors."""
    return _click(shop, f"v{number % 50}")
