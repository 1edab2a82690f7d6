"""The one rule of eligibility on every path: what a partner in each state can do and gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from flask_firstline.models import Accrual, ApplicationState, Contact, Document, History, Link
from flask_firstline.services import (
    applications,
    codes,
    customers,
    desk_people,
    holds,
    links,
    partners,
    payout_claims,
)
from flask_firstline.services.applications import Wanted
from flask_firstline.services.carts import Holders
from flask_firstline.services.context import Context
from flask_firstline.services.mistakes import Mistake
from flask_firstline.testing import FakeShop, make_cart, make_coupon

from .kit import sponsor
from .test_attribution import click, contact_id
from .test_joining import PLACES

VISITOR = "ann's browser"
STATES = ("active", "suspended", "left", "none", "awaiting")


def put_into(shop: FakeShop, ref: str, state: str) -> None:
    """Bring a partner into a state."""
    mine, now = contact_id(shop, ref), shop.clock.now
    with shop.transaction() as session:
        conn = session.connection()
        if state == "suspended":
            partners.suspend(conn, mine, why="check", who="test", now=now)
        elif state == "left":
            partners.end_partner(conn, mine, why="retired", who="test", now=now)
        elif state in {"none", "awaiting"}:
            conn.execute(update(Contact).where(Contact.id == mine).values(partner_since=None))
        if state == "awaiting":
            applies(shop.state.context(conn), ref)


def applies(ctx: Context, ref: str) -> None:
    """Let a customer apply, who waits for an admin then."""
    wanted = Wanted(name=ref, email=f"{ref}@shop.example", customer_ref=ref, proven=True)
    assert applications.apply(ctx, wanted, None, None, PLACES) is ApplicationState.WAITING


def buys(shop: FakeShop, *, code: str | None = None) -> Any:
    shop.place(make_cart(customer=shop.add_customer("ann"), key="k"), "o1", codes=[code] if code else [],
               visitor=VISITOR)  # fmt: skip
    [order] = shop.rows(Document)
    return order


@pytest.mark.parametrize(
    ("state", "joins", "credited"),
    [("active", "meier", True), ("suspended", None, False), ("left", None, False), ("none", "meier", False)],
)
def test_an_order_with_a_code(shop: FakeShop, state: str, joins: str | None, credited: bool) -> None:
    put_into(shop, "meier", state)

    order = buys(shop, code="vonmeier")

    assert (sponsor(shop, "ann"), order.partner_id is not None) == (joins, credited)


@pytest.mark.parametrize(
    ("state", "joins"), [("active", "meier"), ("suspended", None), ("left", None), ("none", "meier")]
)
def test_a_sign_up_with_a_code(shop: FakeShop, state: str, joins: str | None) -> None:
    put_into(shop, "meier", state)

    shop.register(shop.add_customer("ann"), "vonmeier")

    assert sponsor(shop, "ann") == joins


@pytest.mark.parametrize("host", [False, True], ids=["link", "host"])
@pytest.mark.parametrize("how", ["order", "sign-up"])
@pytest.mark.parametrize("state", STATES)
def test_a_click_before(shop: FakeShop, state: str, how: str, host: bool) -> None:
    click(shop, "meier", host=host)
    put_into(shop, "meier", state)

    if how == "order":
        credited = buys(shop).partner_id is not None
        assert credited is (state == "active")
    else:
        with shop.transaction() as session:
            ctx = shop.state.context(session.connection())
            customers.register(ctx, shop.add_customer("ann"), None, Holders(visitor=VISITOR))

    assert sponsor(shop, "ann") == ("meier" if state == "active" else None)


def test_the_touch_of_a_barred_partners_code_is_kept_with_the_reason(shop: FakeShop) -> None:
    put_into(shop, "meier", "suspended")

    order = buys(shop, code="vonmeier")

    touch = [row for row in shop.rows(History, kind="touch") if row.contact_id == order.contact_id]
    assert [(row.how, row.why) for row in touch] == [("code", "suspended")]


def test_where_the_codes_owner_is_barred_an_earlier_click_counts(shop: FakeShop) -> None:
    click(shop, "schulz")
    put_into(shop, "meier", "suspended")

    buys(shop, code="vonmeier")

    assert sponsor(shop, "ann") == "schulz"


def levels(shop: FakeShop) -> dict[str, int]:
    """Give who earns on which level."""
    refs = {row.id: row.ref for row in shop.rows(Contact)}
    return {refs[row.partner_id]: row.level for row in shop.rows(Accrual)}


@pytest.mark.parametrize(
    ("state", "earns"),
    [
        ("active", {"meier": 1, "schulz": 2, "opa": 3}),
        ("suspended", {"schulz": 2, "opa": 3}),
        ("left", {}),
        ("none", {}),
    ],
)
def test_an_order_of_somebody_in_the_first_line(shop: FakeShop, state: str, earns: dict[str, int]) -> None:
    shop.register(shop.add_customer("ann"), "vonmeier")
    put_into(shop, "meier", state)

    buys(shop)
    shop.pay("o1")

    assert levels(shop) == earns


@pytest.mark.parametrize(
    ("state", "earns"),
    [
        ("active", {"meier": 1, "schulz": 2, "opa": 3}),
        ("suspended", {"meier": 1, "opa": 3}),
        ("left", {"meier": 1, "opa": 3}),
        ("none", {"meier": 1, "opa": 2}),
        ("parent ended", {"meier": 1, "opa": 3}),
    ],
)
def test_the_level_above(shop: FakeShop, state: str, earns: dict[str, int]) -> None:
    shop.register(shop.add_customer("ann"), "vonmeier")
    if state == "parent ended":
        with shop.transaction() as session:
            partners.set_parent_end(
                session.connection(), contact_id(shop, "meier"), shop.clock.now - timedelta(days=1),
                why="agreed", who="test", now=shop.clock.now,
            )  # fmt: skip
    else:
        put_into(shop, "schulz", state)

    buys(shop)
    shop.pay("o1")

    assert levels(shop) == earns


@pytest.mark.parametrize("state", STATES)
def test_making_links_and_codes(shop: FakeShop, state: str) -> None:
    mine, now = contact_id(shop, "meier"), shop.clock.now
    coupon = make_coupon(shop.app, "open", percent=5, open_to_partners=True)
    put_into(shop, "meier", state)

    def makes(work: Callable[[Connection], Any]) -> bool:
        with shop.transaction() as session:
            try:
                work(session.connection())
            except Mistake:
                return False
            return True

    link = makes(lambda conn: links.make_link(conn, mine, path="/balm", who="test", now=now))
    code = makes(
        lambda conn: codes.create_own_code(conn, "meier5", coupon_id=coupon, partner_id=mine, now=now)
    )

    assert (link, code) == (state == "active", state == "active")


@pytest.mark.parametrize("state", STATES)
def test_old_links_and_hosts_lead_to_a_partner_only_while_eligible(shop: FakeShop, state: str) -> None:
    mine, now = contact_id(shop, "meier"), shop.clock.now
    with shop.transaction() as session:
        links.make_link(session.connection(), mine, path="/balm", who="test", now=now)
    [made] = shop.rows(Link)
    put_into(shop, "meier", state)

    with shop.transaction() as session:
        conn = session.connection()
        by_id = links.by_tracking_id(conn, made.tracking_id, now=now)
        by_host = links.by_host(conn, "m.example", {"m.example": "meier"}, now=now)

    assert (by_id is not None, by_host is not None) == (state == "active", state == "active")


@pytest.mark.parametrize(
    ("state", "enters", "acts"),
    [
        ("active", True, True),
        ("suspended", True, False),
        ("left", True, False),
        ("none", False, False),
        ("awaiting", False, False),
    ],
)
def test_the_desk(shop: FakeShop, state: str, enters: bool, acts: bool) -> None:
    put_into(shop, "meier", state)

    with shop.transaction() as session:
        found = desk_people.find_partner(session.connection(), "meier", now=shop.clock.now)

    assert (found is not None, found is not None and found.active) == (enters, acts)


@pytest.mark.parametrize(
    ("state", "skip"), [("active", "no_method"), ("suspended", "suspended"), ("left", "no_method")]
)
def test_a_payout_run(shop: FakeShop, state: str, skip: str) -> None:
    shop.register(shop.add_customer("ann"), "vonmeier")
    buys(shop)
    shop.pay("o1")
    shop.clock.advance(days=40)
    with shop.transaction() as session:
        holds.release_all_due(shop.state.context(session.connection()), partner_id=contact_id(shop, "meier"))
    put_into(shop, "meier", state)

    with shop.transaction() as session:
        found = payout_claims.claims(
            shop.state.context(session.connection()), among=[contact_id(shop, "meier")]
        )

    assert [claim.verdict.skip for claim in found] == [skip]
