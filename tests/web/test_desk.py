"""The partner's desk: who enters, what stands there, and what a partner does."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from flask import redirect
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline import Customer
from flask_firstline.models import Balance
from flask_firstline.services import codes as codes_service
from flask_firstline.services import desk_people, partners

from .small_shop import World, make_world
from .test_coupon_field import token_of

DESK = "/firstline/desk"


@pytest.fixture
def meier(world: World) -> FlaskClient:
    """Sign in as Partner Meier."""
    return signed_in(world, "meier")


def signed_in(world: World, ref: str) -> FlaskClient:
    """Give a client that is signed in."""
    client = world.app.test_client()
    client.get(f"/sign-in/{ref}")
    return client


def post(client: FlaskClient, path: str, **values: str) -> TestResponse:
    """Post a form of the desk with its token."""
    token = token_of(client.get(f"{DESK}/codes").text)
    return client.post(DESK + path, data={"firstline_token": token, **values})


def rows(answer: TestResponse) -> list[list[str]]:
    """Read a CSV answer."""
    return list(csv.reader(io.StringIO(answer.text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}"))))


def squeezed(page: str) -> str:
    """Give the text of a page without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def tell_story(world: World) -> None:
    """Let two people buy in Meier's first line, and give one purchase back."""
    world.terms({1: 10, 2: 5})
    world.buys("anna", "Anna Fischer", number="1", code="vonmeier")
    world.later(hours=1)
    world.buys("bernd", "Bernd Kolb", number="2", quantity=3, code="vonmeier")
    world.later(hours=1)
    world.returns("2")


# Who enters ------------------------------------------------------------------------------------------


def test_who_is_not_signed_in_is_asked_to(world: World) -> None:
    answer = world.app.test_client().get(f"{DESK}/codes")

    assert answer.status_code == 401
    assert "Please sign in" in answer.text


def test_a_shop_with_a_log_in_page_leads_there_and_back(world: World) -> None:
    world.adapter.login_redirect = lambda next: redirect(f"/log-in?next={next}")  # type: ignore[attr-defined]

    answer = world.app.test_client().get(f"{DESK}/codes?show=1")

    assert (answer.status_code, answer.location) == (302, f"/log-in?next={DESK}/codes?show=1")


def test_a_customer_who_is_no_partner_reads_what_this_page_is_for(world: World) -> None:
    world.adapter.people["anna"] = Customer(ref="anna", email="anna@post.example")

    answers = [
        signed_in(world, "anna").get(DESK + path)
        for path in ("/", "/codes", "/firstline", "/commissions.csv")
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert "This page is for partners" in answers[0].text


def test_a_partner_sees_no_figures_of_others(world: World) -> None:
    tell_story(world)
    world.partner("roth", "Julia Roth")
    roth = signed_in(world, "roth")

    pages = [roth.get(DESK + path).text for path in ("/", "/codes", "/firstline", "/commissions")]

    assert not any("vonmeier" in page or "A. F." in page or "1.48" in page for page in pages)


def test_pages_of_the_desk_are_kept_out_of_caches(meier: FlaskClient) -> None:
    assert meier.get(f"{DESK}/").headers["Cache-Control"] == "no-store"


def test_posts_without_the_desks_token_change_nothing(world: World, meier: FlaskClient) -> None:
    answer = meier.post(f"{DESK}/codes", data={"coupon": "1", "code": "meier-advent"})
    page = meier.get(answer.location).text

    assert answer.status_code == 303
    assert "This page was open for too long. Please try again." in page
    assert "meier-advent" not in page


# Codes -----------------------------------------------------------------------------------------------


def test_a_partner_makes_an_own_code_and_reads_that_it_holds(meier: FlaskClient) -> None:
    answer = post(meier, "/codes", coupon="1", code=" Meier-Advent ")
    page, again = meier.get(answer.location).text, meier.get(answer.location).text

    assert answer.status_code == 303
    assert "The code Meier-Advent can be used now." in page
    assert "can be used now" not in again
    assert '<span class="fl-code">Meier-Advent</span>' in again


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("VON-MEIER", "VON-MEIER is taken."),
        ("v0nmeier", "This looks like a code that is taken."),
        ("ab", "A code has at least 3 letters or digits."),
        ("gratis", "The shop keeps this word for itself."),
        ("von meier!", "Letters, digits, dash, underscore and dot are possible."),
        ("vonmеier2", "Please take all letters from one alphabet."),
        ("", "Please type a code."),
    ],
)
def test_a_code_that_cannot_be_had_is_refused_with_the_reason_at_the_field(
    meier: FlaskClient, wanted: str, said: str
) -> None:
    checked = meier.get(f"{DESK}/codes/check", query_string={"code": wanted}).json
    answer = post(meier, "/codes", coupon="1", code=wanted)
    page = meier.get(answer.location).text

    assert checked is not None
    assert (checked["ok"], said in checked["message"]) == (False, True)
    assert said in squeezed(page)
    assert page.count('<span class="fl-code">') == 2


@pytest.mark.parametrize(
    ("wanted", "said"), [("Hofladen", "keeps this word"), ("h0f-BRAND", "does not allow")]
)
def test_a_shop_has_words_of_its_own_that_no_code_may_be_or_have(
    tmp_path: Path, wanted: str, said: str
) -> None:
    words: dict[str, Any] = {"FIRSTLINE_RESERVED_WORDS": ["hofladen"], "FIRSTLINE_FORBIDDEN_WORDS": "brand"}
    world = make_world(tmp_path, **words)
    world.partner("meier", "Hans Meier")
    world.coupon()
    meier = signed_in(world, "meier")

    checked = meier.get(f"{DESK}/codes/check", query_string={"code": wanted}).json
    page = meier.get(post(meier, "/codes", coupon="1", code=wanted).location).text
    world.close()

    assert checked is not None
    assert (checked["ok"], said in checked["message"], said in squeezed(page)) == (False, True, True)


def test_the_live_check_names_a_free_code_near_to_a_taken_one(meier: FlaskClient) -> None:
    taken = meier.get(f"{DESK}/codes/check?code=vonmeier").json
    free = meier.get(f"{DESK}/codes/check?code=meier-advent").json

    assert taken is not None
    assert (taken["ok"], taken["suggestion"]) == (False, "vonmeier-26")
    assert free == {"ok": True, "message": "meier-advent is free."}


def test_without_script_the_page_itself_checks_a_wanted_code(meier: FlaskClient) -> None:
    page = meier.get(f"{DESK}/codes?code=vonmeier&coupon=1").text

    assert 'value="vonmeier"' in page
    assert 'aria-invalid="true"' in page
    assert "code=vonmeier-26&amp;coupon=1" in page


def test_own_codes_stand_only_on_coupons_that_are_open_to_partners(world: World, meier: FlaskClient) -> None:
    over = world.coupon("Over", valid_until=world.now.replace(year=2025), new_customers_only=False)

    for chosen in (str(over), "99", "", "1 or 1=1"):
        answer = post(meier, "/codes", coupon=chosen, code="meier-advent")
        assert "No own codes can be made on this coupon." in meier.get(answer.location).text
    assert "meier-advent" not in meier.get(f"{DESK}/codes").text


def test_a_suspended_partner_looks_but_makes_no_codes(world: World, meier: FlaskClient) -> None:
    world.in_books(lambda conn: partners.suspend(conn, 1, why="asked", who="admin", now=world.now))

    page = meier.get(f"{DESK}/codes").text
    answer = post(meier, "/codes", coupon="1", code="meier-advent")

    assert "vonmeier" in page
    assert 'name="coupon"' not in page
    assert "No own codes can be made" in meier.get(answer.location).text


def test_a_code_is_paused_and_goes_on(world: World, meier: FlaskClient) -> None:
    buyer = world.app.test_client()

    post(meier, "/codes/1/pause")
    paused = meier.get(f"{DESK}/codes").text
    buyer.get("/firstline/c/vonmeier")
    refused = "fl-chip" not in buyer.get("/").text
    post(meier, "/codes/1/resume")
    buyer.get("/firstline/c/vonmeier")

    assert "The code vonmeier is paused." in paused
    assert "fl-state--off" in paused
    assert refused
    assert "fl-chip" in buyer.get("/").text


def test_a_partner_pauses_no_code_of_others(world: World, meier: FlaskClient) -> None:
    world.code("vonroth", 1, world.partner("roth", "Julia Roth"))

    answer = post(meier, "/codes/2/pause")

    assert "This is none of your codes." in meier.get(answer.location).text
    assert "active" in squeezed(signed_in(world, "roth").get(f"{DESK}/codes").text)


def test_what_the_shop_has_switched_off_stays_off(world: World, meier: FlaskClient) -> None:
    world.in_books(lambda conn: codes_service.set_code_active(conn, 1, False, who="admin", now=world.now))

    answer = post(meier, "/codes/1/resume")
    page = meier.get(answer.location).text

    assert "The shop has switched this code off." in page
    assert "paused" in squeezed(page)


def test_the_list_of_codes_shows_what_they_brought_and_the_sum(world: World, meier: FlaskClient) -> None:
    tell_story(world)
    world.code("zweiter", 1, 1)

    page = squeezed(meier.get(f"{DESK}/codes").text)

    assert "vonmeier 5 EUR for new customers, no end date 2 2 €10.00 €2.08 active" in page
    assert "zweiter 5 EUR for new customers, no end date 0 0 – – active" in page
    assert "Sum 2 2 €10.00 €2.08" in page


def test_the_link_of_a_code_stands_there_as_text_and_as_qr_code(meier: FlaskClient) -> None:
    page = meier.get(f"{DESK}/codes").text

    assert '<span class="fl-code fl-small">http://localhost/firstline/c/vonmeier</span>' in page
    assert '<svg role="img" aria-label="QR code for vonmeier"' in page


def test_the_first_visit_shows_what_will_be_here_and_the_one_button_that_starts_it(world: World) -> None:
    world.partner("roth", "Julia Roth")
    roth = signed_in(world, "roth")

    start, codes, people, accruals = (
        roth.get(DESK + path).text for path in ("/", "/codes", "/firstline", "/commissions")
    )

    assert "Make your first code" in start
    assert "Make your first code" in codes
    assert "Here stand all who came by one of your codes" in people
    assert "Here stands every commission with its reason" in accruals


# First line ------------------------------------------------------------------------------------------


def test_the_first_line_shows_initials_type_and_by_what_somebody_came(
    world: World, meier: FlaskClient
) -> None:
    tell_story(world)
    with world.app.app_context():
        new = Customer(ref="carl", email="carl@post.example", name="Carl Öst")
        world.firstline.customer_registered(new, code="vonmeier", commit=True)

    page = meier.get(f"{DESK}/firstline").text
    text = squeezed(page)

    assert "All 3 Prospects 1 Customers 2 Partners 0" in text
    assert "C. Ö. contact data not released Prospect Nov 20, 2026 signed up with vonmeier" in text
    assert "A. F. contact data not released Customer Nov 20, 2026 by the code vonmeier" in text
    assert not any(secret in page for secret in ("Anna", "Fischer", "anna@", "Bernd", "Carl"))


def test_the_first_line_is_filtered_by_address_type(world: World, meier: FlaskClient) -> None:
    tell_story(world)

    customers = meier.get(f"{DESK}/firstline?type=customer").text
    prospects = meier.get(f"{DESK}/firstline?type=prospect").text
    nonsense = meier.get(f"{DESK}/firstline?type=<b>").text

    assert "A. F." in customers
    assert "Nobody of this address type yet." in prospects
    assert "A. F." in nonsense


def test_a_long_first_line_is_paged_without_gaps_or_repeats(world: World, meier: FlaskClient) -> None:
    with world.app.app_context():
        for n in range(desk_people.PAGE + 5):
            new = Customer(ref=f"c{n}", name=f"{chr(65 + n % 26)} {chr(65 + n // 26)}")
            world.firstline.customer_registered(new, code="vonmeier", commit=True)

    first = meier.get(f"{DESK}/firstline").text
    following = re.search(r'href="([^"]+after=[^"]+)"', first)
    assert following
    second = meier.get(following.group(1).replace("&amp;", "&")).text
    shown = re.findall(r'role="rowheader">([^<]+)<', first) + re.findall(r'role="rowheader">([^<]+)<', second)

    assert len(shown) == len(set(shown)) == desk_people.PAGE + 5
    assert meier.get(f"{DESK}/firstline?after=nonsense").status_code == 200


def test_the_first_line_goes_into_a_file_that_no_spreadsheet_takes_for_formulas(
    world: World, meier: FlaskClient
) -> None:
    tell_story(world)
    world.code("=cmd", 1, 1)
    world.buys("dora", "Dora Ek", number="3", code="=cmd")

    people, codes = meier.get(f"{DESK}/firstline.csv"), meier.get(f"{DESK}/codes.csv")

    assert people.mimetype == "text/csv"
    assert rows(people)[0] == ["Person", "Address type", "Since", "Came by"]
    assert ["A. F.", "Customer", "2026-11-20", "by the code vonmeier"] in rows(people)
    assert any(row[0] == "'=cmd" for row in rows(codes))


# Commissions -----------------------------------------------------------------------------------------


def test_every_commission_says_why_how_much_and_when_it_can_be_paid(world: World, meier: FlaskClient) -> None:
    tell_story(world)

    text = squeezed(meier.get(f"{DESK}/commissions").text)

    assert (
        "2 × Balsam First order of A. F., with the code vonmeier. General terms, level 1. "
        "Nov 20, 2026 R-1 €20.84 10% €2.08 Dec 20, 2026"
    ) in text
    assert (
        "Reversal: Balsam Goods or money went back to B. K.: the commission of Nov 20, 2026 is reversed. "
        "Nov 20, 2026 R-2 \N{MINUS SIGN}€33.36 10% \N{MINUS SIGN}€3.34 taken off what is on hold"
    ) in text
    assert "This page €20.84 €2.08" in text


def test_the_upline_earns_by_its_level_and_reads_so(world: World) -> None:
    world.terms({1: 10, 2: 5})
    roth = world.partner("roth", "Julia Roth", sponsor="meier")
    world.code("vonroth", 1, roth)
    world.buys("anna", "Anna Fischer", number="1", code="vonroth")

    text = squeezed(signed_in(world, "meier").get(f"{DESK}/commissions").text)

    assert "Bought by A. F. from your downline. General terms, level 2." in text
    assert "5% €1.04" in text


def test_what_is_due_counts_as_payable_without_a_worker(world: World, meier: FlaskClient) -> None:
    tell_story(world)

    before = squeezed(meier.get(f"{DESK}/").text)
    world.later(days=31)
    after = squeezed(meier.get(f"{DESK}/").text)

    assert "Payable €0.00 comes with the next payout On hold €2.08" in before
    assert "Payable €2.08 comes with the next payout On hold €0.00" in after
    assert "payable" in squeezed(meier.get(f"{DESK}/commissions?state=payable").text)


def test_commissions_are_filtered_by_month_state_and_level(world: World, meier: FlaskClient) -> None:
    tell_story(world)

    def found(query: str) -> bool:
        return "First order of A. F." in meier.get(f"{DESK}/commissions?{query}").text

    assert found("month=2026-11&state=on_hold&level=1")
    assert not found("month=2026-10")
    assert not found("state=payable")
    assert not found("level=2")
    assert found("month=nonsense&state=nonsense&level=-1")
    assert "Nothing matches this filter." in meier.get(f"{DESK}/commissions?level=2").text


def test_commissions_are_paged_and_go_into_a_file(world: World, meier: FlaskClient) -> None:
    world.terms({1: 10})
    world.buys("anna", "Anna Fischer", number="0", code="vonmeier")
    for number in range(1, 30):
        world.buys("anna", "Anna Fischer", number=str(number))

    first = meier.get(f"{DESK}/commissions").text
    following = re.search(r'href="([^"]+after=[^"]+)"', first)
    assert following
    second = meier.get(following.group(1).replace("&amp;", "&")).text
    shown = re.findall(r'fl-table-sub">R-(\d+)<', first) + re.findall(r'fl-table-sub">R-(\d+)<', second)
    table = rows(meier.get(f"{DESK}/commissions.csv"))

    assert shown == [str(number) for number in reversed(range(30))]
    assert len(table) == 31
    assert table[1][:3] == ["2026-11-20", "R-29", "Balsam"]
    assert table[1][5:10] == ["25.04", "10%", "2.50", "EUR", "2026-12-20"]


# Start -----------------------------------------------------------------------------------------------


def test_the_start_shows_the_months_sales_as_chart_and_as_table_with_the_same_figures(
    world: World, meier: FlaskClient
) -> None:
    tell_story(world)

    page = meier.get(f"{DESK}/").text
    text = squeezed(page)

    assert "Sales in November 2026" in text
    assert "<title>11/20: €20.84</title>" in page
    assert "11/16–11/20 2 €20.84 €2.08" in text
    assert "Sum 2 €20.84 €2.08" in text
    assert "Nov 20, 2026 2 €20.84 €2.08" in text


def test_the_start_says_what_to_do_next(world: World, meier: FlaskClient) -> None:
    ending = world.coupon(
        "Autumn", new_customers_only=False, valid_until=world.now.replace(month=12, day=1, hour=23, minute=0)
    )
    world.code("meier-herbst", ending, 1)
    with world.app.app_context():
        world.firstline.customer_registered(Customer(ref="carl", name="Carl"), code="vonmeier", commit=True)

    text = squeezed(meier.get(f"{DESK}/").text)

    assert "1 prospect without an order" in text
    assert "meier-herbst ends on Dec 1, 2026" in text


def test_money_that_is_owed_back_is_said_to_be_set_off(world: World, meier: FlaskClient) -> None:
    world.terms({1: 10})
    world.buys("anna", "Anna Fischer", number="1", code="vonmeier")
    world.later(days=31)
    meier.get(f"{DESK}/")
    world.in_books(lambda conn: conn.execute(Balance.__table__.update().values(amount=0)).rowcount)
    world.returns("1")

    text = squeezed(meier.get(f"{DESK}/").text)

    assert "Payable \N{MINUS SIGN}€2.08 will be set off against your next commissions" in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "de",
            ("Guten Tag, Hans Meier", "2,08\N{NO-BREAK SPACE}€", "Freitag, 20. November 2026", "Provisionen"),
        ),
        (
            "nl",
            ("Goedendag, Hans Meier", "€\N{NO-BREAK SPACE}2,08", "vrijdag 20 november 2026", "Commissies"),
        ),
        (
            "ru",
            ("Здравствуйте, Hans Meier", "2,08\N{NO-BREAK SPACE}€", "пятница, 20 ноября 2026", "Начисления"),
        ),
    ],
)
def test_the_desk_speaks_the_partners_language(world: World, language: str, words: tuple[str, ...]) -> None:
    tell_story(world)
    world.adapter.people["meier"] = Customer(ref="meier", email="meier@post.example", locale=language)

    page = signed_in(world, "meier").get(f"{DESK}/", headers={"Accept-Language": "en"}).text

    assert f'<html lang="{language}">' in page
    assert all(word in page for word in words)
