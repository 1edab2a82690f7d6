"""The counter on landing pages elsewhere, and addresses that say by whom visitors without a cookie came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from flask_firstline.models import CounterHost, Touch
from flask_firstline.testing import make_cart, make_code, make_partner, suspend_partner

from .office import PREFIX, rows, send, text
from .test_links import HOSTS, Asking, cookies, make

SPRING = "https://spring.example"
ELSEWHERE = {"Origin": SPRING, "Sec-Fetch-Site": "cross-site"}
BESIDE = {"Origin": SPRING, "Sec-Fetch-Site": "same-site"}


@pytest.fixture
def shop() -> Iterator[Asking]:
    with Asking(FIRSTLINE_PARTNER_HOSTS=HOSTS) as made:
        make_partner(made.app, "meier", name="Hans Meier")
        make_partner(made.app, "schulz", name="Petra Schulz")
        send(made.ines(), f"{PREFIX}/counter_hosts/new", {"origin": SPRING, "active": "y"})
        yield made


def ask(
    shop: Asking, link: str, headers: dict[str, str] | None = None, *, before: str = "", **said: str
) -> TestResponse:
    page = {"partner": link, "page": f"{SPRING}/offer?secret=1#top", "from": before, **said}
    return shop.guest().get("/firstline/counter", query_string=page, headers=headers or ELSEWHERE)


def value_of(answer: TestResponse) -> str:
    return parse_qs(urlsplit(answer.location).query).get("fl", [""])[0]


def carried(shop: Asking, link: str) -> str:
    """Follow a link without consent and give what the address says."""
    return value_of(shop.guest().get(f"/firstline/r/{link}"))


def sponsor_of(shop: Asking, ref: str) -> str | None:
    view = shop.contact(ref)
    return view.sponsor_ref if view is not None else None


# The counter -------------------------------------------------------------------------------------------


def test_a_visit_of_a_landing_page_elsewhere_is_counted_with_its_campaign_and_no_cookie(shop: Asking) -> None:
    answer = ask(shop, shop.link(), utm_source="flyer", before="blog.example")

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SPRING
    assert cookies(answer) == []
    assert shop.clicks() == 1
    [row] = shop.rows(Touch)
    assert (row.source, row.path, row.utm) == ("counter", f"{SPRING}/offer", {"utm_source": "flyer"})
    assert (row.visitor, row.network, row.referrer_host) == (None, "127.0.0.0/24", "blog.example")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://spring.example"},
        {"Origin": "https://spring.example:8443"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_host_that_is_not_listed_cannot_call_it(shop: Asking, headers: dict[str, str]) -> None:
    answer = ask(shop, shop.link(), headers)

    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert shop.rows(Touch) == []


def test_a_host_taken_off_the_list_counts_no_more(shop: Asking) -> None:
    [host] = shop.rows(CounterHost)
    send(shop.ines(), f"{PREFIX}/counter_hosts/{host.id}/edit", {"note": "over"})

    assert ask(shop, shop.link()).status_code == 403


@pytest.mark.parametrize("agent", ["Googlebot/2.1", "WhatsApp/2.23", ""])
def test_robots_and_previews_are_not_counted(shop: Asking, agent: str) -> None:
    answer = ask(shop, shop.link(), {**ELSEWHERE, "User-Agent": agent})

    assert answer.json == {}
    assert shop.rows(Touch) == []


def test_a_repeat_is_not_counted_and_an_unknown_link_neither(shop: Asking) -> None:
    link = shop.link()
    for _time in range(3):
        ask(shop, link)
    ask(shop, "k7m2pq9xw4")

    assert shop.clicks() == 1


def test_who_agreed_on_a_page_beside_the_shop_gets_our_cookie_and_one_elsewhere_a_value(shop: Asking) -> None:
    link = shop.link()

    elsewhere, beside = ask(shop, link, consent="yes"), ask(shop, link, BESIDE, consent="yes")

    assert (cookies(elsewhere), list(elsewhere.json or {})) == ([], ["fl"])
    assert (len(cookies(beside)), beside.json) == (1, {})
    assert beside.headers["Access-Control-Allow-Credentials"] == "true"


def test_consent_given_later_ties_the_visit_and_counts_it_once(shop: Asking) -> None:
    link = shop.link()
    value = (ask(shop, link, BESIDE).json or {})["fl"]

    ask(shop, link, BESIDE, consent="yes", fl=value)

    assert shop.clicks() == 1
    assert [row.visitor is not None for row in shop.rows(Touch)] == [False, True]


def test_a_page_of_the_shop_itself_may_carry_the_counter(shop: Asking) -> None:
    link = shop.link()
    answer = shop.guest().get(
        "/firstline/counter",
        query_string={"partner": link, "page": "http://localhost/offer?x=1"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert answer.status_code == 200
    assert [row.path for row in shop.rows(Touch)] == ["/offer"]


def test_the_page_that_is_told_cannot_be_one_of_another_host(shop: Asking) -> None:
    ask(shop, shop.link(), page="https://evil.example/offer")

    assert [row.path for row in shop.rows(Touch)] == [SPRING]


@pytest.mark.parametrize("name", ["counter", "carry"])
def test_the_script_is_sent_to_any_host_and_may_be_kept_a_while(shop: Asking, name: str) -> None:
    with shop.guest().get(f"/firstline/{name}.js") as answer:
        assert answer.mimetype == "text/javascript"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "max-age=3600" in answer.headers["Cache-Control"]


# Without a cookie --------------------------------------------------------------------------------------


def test_without_consent_the_address_says_by_which_link_somebody_came_and_the_sign_up_uses_it(
    shop: Asking,
) -> None:
    answer = shop.guest().get(f"/firstline/r/{shop.link('/cart?a=1#top')}")
    assert cookies(answer) == []
    assert re.fullmatch(r"/cart\?a=1&fl=[\w.-]+#top", answer.location)

    browser = shop.guest()
    with browser:
        assert cookies(browser.get(answer.location)) == []
        shop.firstline.customer_registered(shop.add_customer("ina"), commit=True)

    assert sponsor_of(shop, "ina") == "meier"
    assert shop.clicks() == 1


def test_the_page_before_tells_it_too_but_only_one_of_this_host(shop: Asking) -> None:
    value = carried(shop, shop.link())
    for ref, host in (("ina", "localhost"), ("jan", "evil.example")):
        browser = shop.guest()
        with browser:
            browser.get("/cart", headers={"Referer": f"http://{host}/balm?fl={value}"})
            shop.firstline.customer_registered(shop.add_customer(ref), commit=True)

    assert (sponsor_of(shop, "ina"), sponsor_of(shop, "jan")) == ("meier", None)


def test_an_order_placed_by_a_webhook_names_what_was_carried_as_its_visitor(shop: Asking) -> None:
    browser = shop.guest()
    with browser:
        browser.get(f"/cart?fl={carried(shop, shop.link())}")
        visitor = shop.firstline.visitor()
    assert visitor is not None
    assert len(visitor) <= 64

    shop.place(make_cart(customer=shop.add_customer("ina")), "o1", visitor=visitor)

    assert sponsor_of(shop, "ina") == "meier"
    placed = shop.order("o1")
    assert placed is not None
    assert placed.partner_ref == "meier"


def test_a_value_ends_with_the_days_of_attribution(shop: Asking) -> None:
    value = carried(shop, shop.link())
    shop.clock.now += timedelta(days=31)

    browser = shop.guest()
    with browser:
        browser.get(f"/cart?fl={value}")
        shop.firstline.customer_registered(shop.add_customer("ina"), commit=True)

    assert sponsor_of(shop, "ina") is None


@pytest.mark.parametrize("change", ["x", "", "WzEsMV0.AAAA", "%00"])
def test_a_value_that_is_not_ours_is_nobodys(shop: Asking, change: str) -> None:
    browser = shop.guest()
    with browser:
        assert browser.get(f"/cart?fl={change}").status_code == 200
        shop.firstline.customer_registered(shop.add_customer("ina"), commit=True)

    assert sponsor_of(shop, "ina") is None


def test_a_partner_suspended_since_gains_nobody_by_it_and_nobody_gains_themselves(shop: Asking) -> None:
    mine, theirs = carried(shop, shop.link()), carried(shop, shop.link(ref="schulz"))
    suspend_partner(shop.app, "schulz")
    for ref, value in (("meier", mine), ("ina", theirs)):
        browser = shop.guest()
        with browser:
            browser.get(f"/cart?fl={value}")
            shop.firstline.customer_registered(shop.add_customer(ref), commit=True)

    assert (sponsor_of(shop, "meier"), sponsor_of(shop, "ina")) == (None, None)


def test_consent_given_on_a_later_page_ties_the_link_to_the_visitor(shop: Asking) -> None:
    value = carried(shop, shop.link())
    shop.agreed = True
    browser = shop.guest()

    assert len(cookies(browser.get(f"/cart?fl={value}"))) == 1
    browser.get(f"/cart?fl={value}")

    assert shop.clicks() == 1
    assert [row.visitor is not None for row in shop.rows(Touch)] == [False, True]


def test_a_page_that_names_the_link_gives_its_script_what_to_carry(shop: Asking) -> None:
    with shop.guest() as browser:
        browser.get(f"/cart?partner={shop.link()}")
        head = str(shop.app.jinja_env.globals["firstline_head"]())  # type: ignore[operator]

    assert re.search(r'<meta name="firstline-carried" content="[\w.-]+">', head)


def test_on_a_partners_host_an_order_without_cookie_is_the_partners(shop: Asking) -> None:
    browser = shop.guest()
    with browser:
        browser.get("/cart", base_url="http://meier.example", headers={"Accept": "text/html"})
        shop.firstline.customer_registered(shop.add_customer("ina"), commit=True)

    assert sponsor_of(shop, "ina") == "meier"


def test_a_code_beats_what_is_carried_and_a_sponsor_who_stands_beats_both(shop: Asking) -> None:
    make_code(shop.app, "vonschulz", owner="schulz", amount="5.00")
    value = carried(shop, shop.link())
    browser = shop.guest()
    with browser:
        browser.get(f"/cart?fl={value}")
        shop.firstline.customer_registered(shop.add_customer("ina"), "vonschulz", commit=True)
        shop.firstline.customer_registered(shop.add_customer("jan"), commit=True)
        shop.firstline.customer_registered(shop.add_customer("jan"), "vonschulz", commit=True)

    assert (sponsor_of(shop, "ina"), sponsor_of(shop, "jan")) == ("schulz", "meier")


# Landing pages elsewhere -------------------------------------------------------------------------------


def test_a_link_leads_to_a_landing_page_on_a_listed_host_whose_counter_counts_no_second_time(
    shop: Asking,
) -> None:
    link = shop.link(f"{SPRING}/offer")
    answer = shop.guest().get(f"/firstline/r/{link}?utm_source=mail")

    assert answer.location.startswith(f"{SPRING}/offer?utm_source=mail&partner={link}&fl=")
    ask(shop, link, fl=value_of(answer))
    assert shop.clicks() == 1


def test_no_link_leads_to_a_host_that_is_not_listed(shop: Asking) -> None:
    meier = shop.browser("meier")

    refused = make(meier, other="https://evil.example/offer")
    made = make(meier, other=f"{SPRING}/offer")

    assert "A link leads to a page of this shop" in refused.text
    assert "The link is ready" in made.text


# The pages ---------------------------------------------------------------------------------------------


def test_admin_and_partner_copy_the_line(shop: Asking) -> None:
    link, meier = shop.link(), shop.browser("meier")
    script = '<script type="module" src="http://localhost/firstline/counter.js"'

    assert f"{script}></script>" in text(shop.ines().get(f"{PREFIX}/counter"))
    assert f'{script} data-partner="{link}">' in text(shop.ines().get(f"{PREFIX}/counter?partner={link}"))
    assert f'{script} data-partner="{link}">' in text(meier.get("/firstline/desk/links"))
    assert "This is no tracking id" in text(shop.ines().get(f"{PREFIX}/counter?partner=x"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://May.Example/", "https://may.example"),
        ("https://may.example:443", "https://may.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_host_is_kept_as_browsers_name_it(shop: Asking, typed: str, kept: str) -> None:
    send(shop.ines(), f"{PREFIX}/counter_hosts/new", {"origin": typed, "active": "y"})

    assert kept in rows(shop.ines().get(f"{PREFIX}/counter_hosts"))


@pytest.mark.parametrize(
    "typed", ["may.example", "https://may.example/offer", "ftp://may.example", "https://u:p@may.example", "*"]
)
def test_what_is_no_host_is_said(shop: Asking, typed: str) -> None:
    answer = send(shop.ines(), f"{PREFIX}/counter_hosts/new", {"origin": typed, "active": "y"})

    assert answer.status_code == 422
    assert "the host alone" in text(answer)


def test_a_host_stands_once_on_the_list(shop: Asking) -> None:
    answer = send(shop.ines(), f"{PREFIX}/counter_hosts/new", {"origin": SPRING, "active": "y"})

    assert "on the list already" in text(answer)
    assert [act for act in shop.acts() if act[2] == "counter host"] == [
        ("Ines Walter", "create", "counter host")
    ]


def test_admins_see_by_what_a_visit_was_counted(shop: Asking) -> None:
    ask(shop, shop.link())

    assert f"{SPRING}/offer" in text(shop.ines().get(f"{PREFIX}/touches?source=counter"))
    assert f"{SPRING}/offer" not in text(shop.ines().get(f"{PREFIX}/touches?source=link"))
