"""Links of partners as browsers meet them: followed, on pages of the shop, on hosts; in desk and admin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from flask_firstline.models import ClickDay, Contact, Document, LandingPage, Link, Product, Touch
from flask_firstline.services import links
from flask_firstline.testing import make_cart, make_code, make_partner, make_product, suspend_partner

from .office import PREFIX, Office, rows, send, text

DESK = "/firstline/desk"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOSTS = {"meier.example": "meier", "{code}.shop.example": "{code}"}


class Asking(Office):
    """A shop that asks its visitors whether they may be known again."""

    agreed = False

    def tracking_consent(self) -> bool:
        """Say what the visitor has answered."""
        return self.agreed

    def link(self, path: str = "/cart", ref: str = "meier") -> str:
        """Make a link of a partner and give its tracking id as it is passed on."""
        [contact] = self.rows(Contact, ref=ref)
        with self.transaction() as session:
            made = links.make_link(
                session.connection(), contact.id, path=path, who="test", now=self.clock.now
            )
        return str(self.rows(Link, id=made)[0].tracking_id).lower()

    def clicks(self) -> int:
        """Give how many clicks were counted."""
        return sum(row.clicks for row in self.rows(ClickDay))

    def guest(self) -> FlaskClient:
        """Give the browser of somebody who is not known."""
        browser = self.browser()
        browser.environ_base["HTTP_USER_AGENT"] = FIREFOX
        return browser


@pytest.fixture
def shop() -> Iterator[Asking]:
    with Asking(FIRSTLINE_PARTNER_HOSTS=HOSTS) as made:
        make_partner(made.app, "meier", name="Hans Meier")
        make_partner(made.app, "schulz", name="Petra Schulz")
        yield made


def page_of(answer: Any) -> str:
    """Give where an answer leads, without what it carries for somebody who is not known again."""
    return re.sub(r"[?&]fl=[\w.-]+", "", answer.location)


def cookies(answer: Any) -> list[str]:
    return [cookie for cookie in answer.headers.getlist("Set-Cookie") if "firstline_visitor" in cookie]


# Followed ----------------------------------------------------------------------------------------------


def test_a_link_leads_to_its_page_and_is_counted_without_any_cookie(shop: Asking) -> None:
    answer = shop.guest().get(f"/firstline/r/{shop.link('/cart?from=us#top')}")

    assert (answer.status_code, page_of(answer)) == (303, "/cart?from=us#top")
    assert answer.headers["Cache-Control"] == "no-store"
    assert cookies(answer) == []
    [row] = shop.rows(Touch)
    assert (row.visitor, row.network, row.path) == (None, "127.0.0.0/24", "/cart?from=us#top")
    assert shop.clicks() == 1


def test_who_agreed_is_known_again_by_a_cookie_and_tied_to_the_account_at_sign_up(shop: Asking) -> None:
    shop.agreed = True
    browser = shop.guest()
    answer = browser.get(f"/firstline/r/{shop.link()}", headers={"Referer": "https://blog.example/tips?x=1"})
    assert len(cookies(answer)) == 1

    with browser:
        browser.get("/")
        shop.firstline.customer_registered(shop.add_customer("ina"), commit=True)

    [row], [ina] = shop.rows(Touch), shop.rows(Contact, ref="ina")
    assert row.visitor is not None
    assert (row.contact_id, row.referrer_host) == (ina.id, "blog.example")


def test_another_page_of_the_shop_can_be_named_but_none_elsewhere(shop: Asking) -> None:
    link, browser = shop.link("/cart"), shop.guest()

    assert page_of(browser.get(f"/firstline/r/{link}?to=/balm")) == "/balm"
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert page_of(browser.get(f"/firstline/r/{link}", query_string={"to": elsewhere})) == "/cart"


@pytest.mark.parametrize("text", ["admin", "partner", "k7m2pq9xw4", "x" * 500, "%00"])
def test_an_unknown_id_leads_into_the_shop_and_is_not_counted(shop: Asking, text: str) -> None:
    answer = shop.guest().get(f"/firstline/r/{text}")

    assert (answer.status_code, answer.location) == (303, "/")
    assert shop.rows(Touch) == []


def test_the_campaign_is_kept_and_goes_on_to_the_shops_page(shop: Asking) -> None:
    link = shop.link("/cart?a=1#top")
    answer = shop.guest().get(f"/firstline/r/{link}?utm_source=mail&utm_campaign=may&x=1")

    assert page_of(answer) == "/cart?a=1&utm_source=mail&utm_campaign=may#top"
    assert shop.rows(Touch)[0].utm == {"utm_source": "mail", "utm_campaign": "may"}


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"User-Agent": "WhatsApp/2.23"},
        {"User-Agent": ""},
        {"Sec-Purpose": "prefetch"},
        {"Purpose": "prefetch"},
    ],
)
def test_robots_and_pages_loaded_ahead_follow_a_link_uncounted(shop: Asking, headers: dict[str, str]) -> None:
    answer = shop.guest().get(f"/firstline/r/{shop.link()}", headers=headers)

    assert answer.location == "/cart"
    assert shop.rows(Touch) == []


def test_a_request_for_the_head_alone_is_answered_uncounted(shop: Asking) -> None:
    assert shop.guest().head(f"/firstline/r/{shop.link()}").location == "/cart"
    assert shop.rows(Touch) == []


def test_a_repeated_click_leads_on_uncounted(shop: Asking) -> None:
    link, browser = shop.link(), shop.guest()

    assert [page_of(browser.get(f"/firstline/r/{link}")) for _time in range(3)] == ["/cart"] * 3
    assert shop.clicks() == 1


def test_the_link_of_a_suspended_partner_leads_into_the_shop_uncounted(shop: Asking) -> None:
    link = shop.link()
    suspend_partner(shop.app, "meier")

    assert shop.guest().get(f"/firstline/r/{link}").location == "/"
    assert shop.rows(Touch) == []


# On pages of the shop ----------------------------------------------------------------------------------


def test_any_page_of_the_shop_can_name_the_link(shop: Asking) -> None:
    link = shop.link()
    assert shop.guest().get(f"/cart?partner={link}&utm_source=flyer").status_code == 200

    [row] = shop.rows(Touch)
    assert (row.path, row.source, row.utm) == ("/cart", "link", {"utm_source": "flyer"})


def test_a_page_of_the_shop_is_shown_also_when_the_click_cannot_be_kept(shop: Asking) -> None:
    link = shop.link()
    with shop.transaction() as session:
        session.connection().exec_driver_sql("DROP TABLE firstline_touch")

    assert shop.guest().get(f"/cart?partner={link}").status_code == 200
    assert shop.guest().get(f"/firstline/r/{link}").location == "/cart"


@pytest.mark.parametrize("host", ["meier.example", "vonmeier.shop.example", "MEIER.example:8080"])
def test_a_host_of_a_partner_is_a_touch_when_somebody_comes_there(shop: Asking, host: str) -> None:
    make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
    browser = shop.guest()
    come = {"Accept": "text/html", "Referer": "https://blog.example/"}
    browser.get("/cart", base_url=f"http://{host}", headers=come)
    browser.get(
        "/cart", base_url=f"http://{host}", headers={"Accept": "text/html", "Referer": f"http://{host}/"}
    )

    [row] = shop.rows(Touch)
    assert (row.source, row.referrer_host) == ("host", "blog.example")


@pytest.mark.parametrize("host", ["www.shop.example", "unknown.shop.example", "localhost"])
def test_other_hosts_are_nobodys(shop: Asking, host: str) -> None:
    shop.guest().get("/cart", base_url=f"http://{host}", headers={"Accept": "text/html"})

    assert shop.rows(Touch) == []
    assert shop.rows(Link) == []


# The desk ----------------------------------------------------------------------------------------------


def make(browser: FlaskClient, **fields: str) -> Any:
    token = re.search(r'name="firstline_token" value="([^"]+)"', browser.get(f"{DESK}/links").text)
    assert token is not None
    return browser.post(f"{DESK}/links", data={"firstline_token": token[1], **fields}, follow_redirects=True)


def test_a_partner_makes_links_to_landing_pages_and_sees_what_they_bring(shop: Asking) -> None:
    make_product(shop.app, "balm", title="Balm", shown_in_desk=True)
    boss = shop.ines()
    fields = {"path": "/cart", "title": "All about balm", "product_ref": "balm", "listed": "y"}
    assert send(boss, f"{PREFIX}/landing_pages/new", fields).status_code == 303
    meier = shop.browser("meier")
    assert "Balm: All about balm" in meier.get(f"{DESK}/links").text

    page = make(meier, path="/cart", label="newsletter")
    [link] = shop.rows(Link)
    address = f"http://localhost/firstline/r/{link.tracking_id.lower()}"
    assert "The link is ready" in page.text
    assert address in page.text
    shop.guest().get(address)

    assert meier.get(f"{DESK}/links.csv").text.splitlines()[1:] == [
        f"All about balm,newsletter,{address},1,1,1,0,0,"
    ]
    assert meier.get(f"{DESK}/links/{link.id}/qr.png").data.startswith(b"\x89PNG")


def test_the_whole_address_of_a_page_of_the_shop_can_be_pasted(shop: Asking) -> None:
    meier = shop.browser("meier")

    make(meier, path="/cart", other="http://localhost/balm?size=2")
    refused = make(meier, other="https://elsewhere.example/balm")

    assert [row.path for row in shop.rows(Link)] == ["/balm?size=2"]
    assert "A link leads to a page of this shop" in refused.text
    assert "https://elsewhere.example/balm" in refused.text


def test_a_partner_sees_no_links_of_others(shop: Asking) -> None:
    shop.link("/secret", "schulz")
    [theirs] = shop.rows(Link)
    meier = shop.browser("meier")

    assert theirs.tracking_id.lower() not in meier.get(f"{DESK}/links").text
    assert meier.get(f"{DESK}/links/{theirs.id}/qr.svg").status_code == 404


def test_a_suspended_partner_looks_at_links_and_makes_none(shop: Asking) -> None:
    shop.link()
    suspend_partner(shop.app, "meier")

    page = shop.browser("meier").get(f"{DESK}/links").text

    assert "No new links" in page
    assert "Make the link" not in page


# Admin -------------------------------------------------------------------------------------------------


def test_admins_see_each_touch_with_its_evidence(shop: Asking) -> None:
    link = shop.link()
    shop.guest().get(f"/firstline/r/{link}?utm_source=mail", headers={"Referer": "https://blog.example/"})

    page = text(shop.ines().get(f"{PREFIX}/touches?q={link}"))

    for said in ("Hans Meier", "blog.example", "mail", "somebody", "127.0.0.0/24", "counted"):
        assert said in page


def test_a_landing_page_is_changed_and_taken_off_the_list(shop: Asking) -> None:
    boss = shop.ines()
    fields = {"path": "/spring", "title": "Spring", "listed": "y"}
    send(boss, f"{PREFIX}/landing_pages/new", fields)
    [page] = shop.rows(LandingPage)

    again = send(boss, f"{PREFIX}/landing_pages/new", fields)
    assert "on the list already" in text(again)
    assert send(boss, f"{PREFIX}/landing_pages/{page.id}/edit", {"title": "May"}).status_code == 303

    [changed] = shop.rows(LandingPage)
    assert (changed.path, changed.title, changed.listed) == ("/spring", "May", False)
    assert rows(boss.get(f"{PREFIX}/landing_pages?listed=no")) == ["May"]
    assert [act for act in shop.acts() if act[2] == "landing page"] == [
        ("Ines Walter", "create", "landing page"),
        ("Ines Walter", "change", "landing page"),
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"path": "https://elsewhere.example", "title": "T"}, "the path of a page of this shop"),
        ({"path": "/a", "title": "T", "product_ref": "none"}, "No product has this number"),
        ({"path": "/a"}, "Please fill this in"),
    ],
)
def test_what_is_wrong_with_a_landing_page_is_said(shop: Asking, fields: dict[str, str], words: str) -> None:
    answer = send(shop.ines(), f"{PREFIX}/landing_pages/new", fields)

    assert answer.status_code == 422
    assert words in text(answer)


def test_an_admin_shows_a_product_in_the_desk(shop: Asking) -> None:
    make_product(shop.app, "balm", title="Balm")

    send(
        shop.ines(), f"{PREFIX}/products/balm/edit", {"title": "Balm", "takes_part": "", "shown_in_desk": "y"}
    )

    assert shop.rows(Product)[0].shown_in_desk


def test_the_page_that_explains_an_order_names_the_link_that_decided(shop: Asking) -> None:
    link = shop.link()
    shop.agreed = True
    shop.guest().get(f"/firstline/r/{link}")
    [touch] = shop.rows(Touch)
    shop.place(make_cart(customer=shop.add_customer("ina")), "o1", visitor=touch.visitor)
    [order] = shop.rows(Document)

    page = text(shop.ines().get(f"{PREFIX}/why/{order.id}"))

    assert "The order belongs to Hans Meier , by whose link the buyer came." in page
    assert f"Hans Meier, by the link {link}." in page


def test_who_joined_by_a_link_is_counted_with_it_and_said_in_the_first_line(shop: Asking) -> None:
    link = shop.link()
    shop.agreed = True
    browser = shop.guest()
    browser.get(f"/firstline/r/{link}")
    with browser:
        browser.get("/")
        shop.firstline.customer_registered(shop.add_customer("ina"), commit=True)
    meier = shop.browser("meier")

    assert meier.get(f"{DESK}/links.csv").text.strip().endswith(",1,1,1,1,0,")
    assert "by one of your links" in meier.get(f"{DESK}/firstline").text


def test_a_link_tells_its_way_from_clicks_to_sales_to_its_partner_and_to_admins(shop: Asking) -> None:
    link = shop.link()
    shop.agreed = True
    shop.guest().get(f"/firstline/r/{link}")
    [touch] = shop.rows(Touch)
    ina = shop.add_customer("ina")
    shop.place(make_cart(customer=ina), "o1", visitor=touch.visitor)
    shop.place(make_cart(customer=ina), "o2")
    shop.place(make_cart(customer=ina), "o3")
    with shop.app.app_context():
        shop.firstline.order_cancelled("o3", commit=True)
    total = sum(order.total for order in shop.rows(Document, kind="order", state="open"))

    told = shop.browser("meier").get(f"{DESK}/links.csv").text.strip()
    listed = text(shop.ines().get(f"{PREFIX}/links"))

    assert total > 0
    assert told.endswith(f",1,1,1,1,2,{total // 100}.{total % 100:02} EUR")
    assert f"1 1 1 2 €{total // 100}.{total % 100:02}" in listed


def test_admins_see_how_each_came_by_code_by_sign_up_and_by_an_admins_act(shop: Asking) -> None:
    make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
    shop.place(make_cart(customer=shop.add_customer("ina")), "o1", codes=["vonmeier"])
    with shop.app.app_context():
        shop.firstline.customer_registered(shop.add_customer("jan"), "vonmeier", commit=True)
    make_partner(shop.app, "klaus", sponsor="schulz")
    boss = shop.ines()

    by_code = text(boss.get(f"{PREFIX}/touches?source=code"))
    by_sign_up = text(boss.get(f"{PREFIX}/touches?source=sign-up"))
    by_admin = text(boss.get(f"{PREFIX}/touches?source=admin"))
    link = shop.link()
    shop.guest().get(f"/firstline/r/{link}")

    assert "vonmeier" in by_code
    assert "order o1" in by_code
    assert "Hans Meier" in by_sign_up
    assert "o1" not in by_sign_up
    assert "Petra Schulz" in by_admin
    assert sorted(rows(boss.get(f"{PREFIX}/touches"))) == [*["Hans Meier"] * 3, "Petra Schulz"]
    assert rows(boss.get(f"{PREFIX}/touches?counted=yes")) == ["Hans Meier"]


def test_a_code_that_came_too_late_is_kept_with_the_reason(shop: Asking) -> None:
    make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
    make_code(shop.app, "vonschulz", owner="schulz", amount="5.00")
    ina = shop.add_customer("ina")
    shop.place(make_cart(customer=ina), "o1", codes=["vonmeier"])
    shop.place(make_cart(customer=ina), "o2", codes=["vonschulz"])

    assert "there was a sponsor already" in text(shop.ines().get(f"{PREFIX}/touches?q=vonschulz"))
