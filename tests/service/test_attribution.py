"""Whose first line a buyer joins and who is credited: each source against each other, as a truth table."""

from __future__ import annotations

from itertools import combinations

import pytest
from sqlalchemy import delete

from flask_firstline.models import Contact, Document, History, Touch
from flask_firstline.services import links, touches
from flask_firstline.services.partners import set_sponsor as set_sponsor_by_admin
from flask_firstline.testing import FakeShop, make_cart, make_code, make_partner, suspend_partner

from .kit import MakeShop, counted, earned, sponsor

VISITOR = "ann's browser"
SOURCES = ("admin", "sponsor", "code", "link", "host")
"""The first of two decides."""


def contact_id(shop: FakeShop, ref: str) -> int:
    return int(shop.rows(Contact, ref=ref)[0].id)


def click(shop: FakeShop, ref: str, *, host: bool = False, visitor: str = VISITOR) -> None:
    """Come by the link, or on the host, of a partner."""
    with shop.transaction() as session:
        conn, now = session.connection(), shop.clock.now
        if host:
            way = links.by_host(conn, f"{ref}.example", {f"{ref}.example": ref}, now=now)
        else:
            made = links.make_link(conn, contact_id(shop, ref), path="/balm", who="test", now=now)
            way = links.Way(link_id=made, partner_id=contact_id(shop, ref), path="/balm")
        assert way is not None
        visit = touches.Visit(
            way=way, path="/balm", visitor=visitor, network=None, referrer_host=None, utm={}
        )
        touches.record(shop.state.context(conn), visit)


def come_by(shop: FakeShop, source: str, ref: str) -> None:
    """Let the buyer come to the shop through a partner by one source; codes come with the order."""
    if source == "admin":
        with shop.transaction() as session:
            set_sponsor_by_admin(
                session.connection(), contact_id(shop, "ann"), contact_id(shop, ref), why="told so",
                who="admin", now=shop.clock.now,
            )  # fmt: skip
    elif source == "sponsor":
        shop.register(shop.customers["ann"], f"code-{ref}")
    elif source in {"link", "host"}:
        click(shop, ref, host=source == "host")


def order(shop: FakeShop, code: str | None = None, ref: str = "o1") -> None:
    cart = make_cart(customer=shop.customers["ann"], key="ann's cart")
    shop.place(cart, ref, codes=[code] if code else [], visitor=VISITOR)


@pytest.fixture
def story(shop: FakeShop) -> FakeShop:
    return begin(shop)


def begin(shop: FakeShop) -> FakeShop:
    """Let ann be known to the shop, and two partners have codes."""
    for ref in ("one", "two"):
        make_partner(shop.app, ref, email=f"{ref}@post.example")
        make_code(shop.app, f"code-{ref}", owner=ref, amount="1.00")
    shop.add_customer("ann")
    return shop


# Each source against each other ------------------------------------------------------------------------


@pytest.mark.parametrize("later", [False, True], ids=["stronger first", "weaker first"])
@pytest.mark.parametrize(("stronger", "weaker"), list(combinations(SOURCES, 2)))
def test_of_two_sources_the_stronger_one_decides_whichever_came_first(
    story: FakeShop, stronger: str, weaker: str, later: bool
) -> None:
    story.register(story.customers["ann"])
    by = [(stronger, "one"), (weaker, "two")]
    for source, ref in reversed(by) if later else by:
        come_by(story, source, ref)
        story.clock.advance(minutes=1)
    code = next((f"code-{ref}" for source, ref in by if source == "code"), None)

    order(story, code)

    assert sponsor(story, "ann") == "one"
    assert story.order().partner_ref == "one"  # type: ignore[union-attr]


@pytest.mark.parametrize("source", SOURCES)
def test_each_source_alone_decides(story: FakeShop, source: str) -> None:
    story.register(story.customers["ann"])
    come_by(story, source, "one")

    order(story, "code-one" if source == "code" else None)
    story.pay()

    assert sponsor(story, "ann") == "one"
    assert earned(story, "one") != ["0.00"]


def test_without_any_touch_nobody_is_credited(story: FakeShop) -> None:
    order(story)

    assert sponsor(story, "ann") is None
    assert story.order().partner_ref is None  # type: ignore[union-attr]


# Several clicks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("setting", "winner"), [("last", "two"), ("first", "one")])
def test_of_several_clicks_the_last_or_the_first_counts(
    make_shop: MakeShop, setting: str, winner: str
) -> None:
    shop = begin(make_shop(FIRSTLINE_ATTRIBUTION_CLICK=setting))
    for ref in ("one", "two"):
        click(shop, ref)
        shop.clock.advance(hours=1)

    order(shop)

    assert sponsor(shop, "ann") == winner


def test_a_click_counts_for_so_many_days(make_shop: MakeShop) -> None:
    shop = begin(make_shop(FIRSTLINE_ATTRIBUTION_DAYS=30))
    click(shop, "one")
    shop.clock.advance(days=30, seconds=1)

    order(shop)

    assert sponsor(shop, "ann") is None


@pytest.mark.parametrize(("gone", "winner"), [("one", "two"), ("two", "one")])
def test_without_one_touch_the_other_one_stays_and_counts(story: FakeShop, gone: str, winner: str) -> None:
    click(story, "one")
    click(story, "two")
    with story.transaction() as session:
        session.execute(delete(Touch).where(Touch.partner_id == contact_id(story, gone)))

    order(story)

    assert sponsor(story, "ann") == winner


def test_a_later_order_by_another_link_changes_no_first_line(story: FakeShop) -> None:
    click(story, "one")
    order(story)
    click(story, "two")

    order(story, ref="o2")

    assert sponsor(story, "ann") == "one"
    assert story.order("o2").partner_ref == "one"  # type: ignore[union-attr]


# Who may be credited -----------------------------------------------------------------------------------


def test_a_suspended_partner_gets_nobody_by_an_earlier_click_and_the_next_one_counts(story: FakeShop) -> None:
    click(story, "one")
    click(story, "two")
    suspend_partner(story.app, "two")

    order(story)

    assert sponsor(story, "ann") == "one"


@pytest.mark.parametrize("email", ["ann@shop.example", "one@post.example"])
def test_a_partner_gains_nothing_by_the_own_link(story: FakeShop, email: str) -> None:
    make_partner(story.app, "ann", email="ann@shop.example") if email.startswith("ann") else None
    ref = "ann" if email.startswith("ann") else "one"
    story.add_customer("ann", email=email)
    click(story, ref)

    order(story)

    assert sponsor(story, "ann") is None
    assert story.order().partner_ref is None  # type: ignore[union-attr]


def test_a_link_that_would_close_a_circle_leaves_the_order_as_it_is_and_says_so(shop: FakeShop) -> None:
    shop.add_customer("opa", email="opa@shop.example")
    click(shop, "meier")
    cart = make_cart(customer=shop.customers["opa"], key="opa's cart")

    shop.place(cart, "o1", codes=[], visitor=VISITOR)

    assert sponsor(shop, "opa") is None
    [touch] = shop.rows(History, kind="touch", how="link")
    assert (touch.how, touch.why) == ("link", "would close a circle")


def test_by_setting_the_owner_of_the_code_is_credited_and_a_link_never_beats_the_sponsor(
    make_shop: MakeShop,
) -> None:
    shop = begin(make_shop(FIRSTLINE_ORDER_CREDIT="code"))
    shop.register(shop.customers["ann"], "code-one")
    click(shop, "two")
    order(shop)
    order(shop, "code-two", ref="o2")

    assert [row.credit for row in shop.rows(Document)] == ["sponsor", "code"]
    assert shop.order("o1").partner_ref == "one"  # type: ignore[union-attr]
    assert shop.order("o2").partner_ref == "two"  # type: ignore[union-attr]


# When it happens ---------------------------------------------------------------------------------------


def test_the_first_line_is_joined_when_the_order_is_completed_where_the_shop_wants_it_so(
    make_shop: MakeShop,
) -> None:
    shop = begin(make_shop(FIRSTLINE_FLIP_ON="paid"))
    click(shop, "one")
    order(shop)
    assert sponsor(shop, "ann") is None

    shop.pay()

    assert sponsor(shop, "ann") == "one"
    [joined] = shop.rows(History, kind="sponsor", how="link")
    assert joined.order_ref == "o1"


def test_the_evidence_names_the_link_and_the_touch_is_tied_to_the_buyer(story: FakeShop) -> None:
    click(story, "one")
    order(story)

    [touch], [entry] = story.rows(Touch), story.rows(History, kind="touch", how="link")
    assert touch.contact_id == contact_id(story, "ann")
    assert (entry.how, len(entry.after), entry.order_ref) == ("link", 10, "o1")


def test_an_order_of_a_buyer_without_a_visitor_costs_no_statement_for_touches(story: FakeShop) -> None:
    cart = make_cart(customer=story.customers["ann"], key="ann's cart")

    with story.app.app_context(), counted(story) as sent:
        story.place(cart, "o1", codes=[])

    assert [statement for statement in sent if "firstline_touch" in statement] == []
