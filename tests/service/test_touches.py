"""Links and touches: made once, counted once, tied to people, forgotten, purged; on either database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import ClickDay, Contact, Link, Touch
from flask_firstline.services import landing_pages, links, touches
from flask_firstline.services.mistakes import BadLink, NoPartner, NotThere, PageTaken, TooManyLinks
from flask_firstline.testing import FakeShop, make_product, suspend_partner

from .kit import MakeShop

WHO = "test"


def contact_id(shop: FakeShop, ref: str) -> int:
    return int(shop.rows(Contact, ref=ref)[0].id)


def link_of(shop: FakeShop, ref: str = "meier", path: str = "/balm", label: str = "") -> int:
    partner_id = contact_id(shop, ref)
    with shop.transaction() as session:
        conn, now = session.connection(), shop.clock.now
        return links.make_link(conn, partner_id, path=path, label=label, who=WHO, now=now)


def click(
    shop: FakeShop, link_id: int, *, visitor: str | None = None, network: str | None = "203.0.113.0/24"
) -> bool:
    [link] = shop.rows(Link, id=link_id)
    way = links.Way(link_id=link_id, partner_id=link.partner_id, path=link.path)
    visit = touches.Visit(
        way=way, path=link.path, visitor=visitor, network=network, referrer_host=None, utm={}
    )
    with shop.transaction() as session:
        return touches.record(shop.state.context(session.connection()), visit)


def figures(shop: FakeShop) -> list[tuple[int, int]]:
    return [(row.clicks, row.visitors) for row in sorted(shop.rows(ClickDay), key=lambda row: row.day)]


# Links -------------------------------------------------------------------------------------------------


def test_the_same_page_and_note_give_the_same_link_and_another_note_another_one(shop: FakeShop) -> None:
    first = link_of(shop)

    assert link_of(shop) == first
    assert link_of(shop, label="newsletter") != first
    assert link_of(shop, "schulz") != first


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "balm", "/\\evil.example", "/a\nb"]
)
def test_a_link_leads_nowhere_but_into_the_shop(shop: FakeShop, path: str) -> None:
    with pytest.raises(BadLink):
        link_of(shop, path=path)


def test_a_suspended_partner_makes_no_links_and_old_ones_are_nobodys(shop: FakeShop) -> None:
    [link] = shop.rows(Link, id=link_of(shop))
    suspend_partner(shop.app, "meier")

    with pytest.raises(NoPartner):
        link_of(shop, path="/soap")
    with shop.transaction() as session:
        assert links.by_tracking_id(session.connection(), link.tracking_id, now=shop.clock.now) is None


def test_a_partner_has_so_many_links_at_most(shop: FakeShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST_LINKS", 2)
    link_of(shop, path="/a")
    link_of(shop, path="/b")

    with pytest.raises(TooManyLinks):
        link_of(shop, path="/c")
    link_of(shop, path="/b")


# Clicks ------------------------------------------------------------------------------------------------


def test_a_repeat_within_half_an_hour_does_not_count_and_a_later_one_does(shop: FakeShop) -> None:
    link_id = link_of(shop)

    assert [click(shop, link_id), click(shop, link_id)] == [True, False]
    shop.clock.advance(minutes=30)
    assert click(shop, link_id)
    assert figures(shop) == [(2, 1)]


def test_two_people_are_two_visitors_and_the_next_day_both_are_visitors_again(shop: FakeShop) -> None:
    link_id = link_of(shop)
    for _day in range(2):
        click(shop, link_id, visitor="ann")
        click(shop, link_id, visitor="bob")
        click(shop, link_id)
        shop.clock.advance(days=1)

    assert figures(shop) == [(3, 3), (3, 3)]


def test_who_comes_back_by_the_first_link_leaves_a_last_touch_that_does_not_count(shop: FakeShop) -> None:
    meiers, schulzes = link_of(shop), link_of(shop, "schulz")
    for link_id in (meiers, schulzes, meiers, meiers):
        click(shop, link_id, visitor="ann")

    found = sorted(shop.rows(Touch), key=lambda row: row.id)
    assert [(row.link_id, row.once is not None) for row in found] == [
        (meiers, True),
        (schulzes, True),
        (meiers, False),
    ]
    assert sum(clicks for clicks, _visitors in figures(shop)) == 2


def test_the_day_is_that_of_the_shops_time_zone(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_TIMEZONE="Pacific/Auckland")
    local = shop.clock.now.astimezone(shop.state.settings.zone)
    link_id = link_of(shop)
    click(shop, link_id)

    assert [row.day for row in shop.rows(ClickDay)] == [local.date()]


def test_clicks_are_purged_by_the_worker_and_their_figures_stay(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_CLICK_DAYS=90)
    link_id = link_of(shop)
    click(shop, link_id)
    shop.clock.advance(days=60)
    click(shop, link_id)
    shop.clock.advance(days=31)

    with shop.app.app_context():
        work_once(shop.state)

    assert [shop.clock.now - row.at for row in shop.rows(Touch)] == [timedelta(days=31)]
    assert figures(shop) == [(1, 1), (1, 1)]


def test_an_erased_person_is_cut_off_the_clicks(shop: FakeShop) -> None:
    click(shop, link_of(shop), visitor="ann")
    shop.register(shop.add_customer("ann"))
    with shop.transaction() as session:
        ctx = shop.state.context(session.connection())
        touches.tie(ctx, "ann", contact_id(shop, "ann"))

    with shop.app.app_context():
        shop.firstline.customer_erased("ann", commit=True)

    [row] = shop.rows(Touch)
    assert (row.contact_id, row.visitor, row.network) == (None, None, None)
    assert figures(shop) == [(1, 1)]


# Landing pages -----------------------------------------------------------------------------------------


def add_page(shop: FakeShop, path: str, title: str, product: str | None = None) -> int:
    with shop.transaction() as session:
        return landing_pages.add_page(
            session.connection(), path=path, title=title, product_ref=product, who=WHO, now=shop.clock.now
        )


def test_pages_of_products_are_offered_once_the_product_is_shown_in_the_desk(shop: FakeShop) -> None:
    make_product(shop.app, "balm", title="Balm")
    make_product(shop.app, "soap", title="Soap", shown_in_desk=True)
    add_page(shop, "/spring", "Spring offers")
    add_page(shop, "/balm", "All about balm", "balm")
    add_page(shop, "/soap", "All about soap", "soap")

    with shop.transaction() as session:
        found = links.pages(session.connection())

    assert {(page.path, page.product) for page in found} == {("/spring", ""), ("/soap", "Soap")}


def test_a_page_stands_on_the_list_once_and_its_product_must_be_known(shop: FakeShop) -> None:
    add_page(shop, "/spring", "Spring")

    with pytest.raises(PageTaken):
        add_page(shop, "/spring", "Spring again")
    with pytest.raises(NotThere):
        add_page(shop, "/none", "None", "no such product")
