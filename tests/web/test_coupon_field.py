"""The coupon field: by form, by script, inside a shop's form, and by link."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline.cards.wording import code_link
from flask_firstline.checkout import field
from flask_firstline.shop import CouponItem, CreditItem, Customer, Quote
from flask_firstline.testing import make_code

from .small_shop import World

NAMES_A_STYLE = re.compile(r"<[^>]*\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=")


def token_of(page: str) -> str:
    """Find our token in a page."""
    found = re.search(r'name="firstline_token" value="([^"]+)"', page)
    assert found
    return found.group(1)


def post(client: FlaskClient, headers: dict[str, str] | None = None, **values: str) -> TestResponse:
    """Post the coupon form with the token of the cart page."""
    values.setdefault("firstline_token", token_of(client.get("/").text))
    return client.post("/firstline/coupon", data={"next": "/", **values}, headers=headers)


JSON = {"Accept": "application/json"}


def test_an_empty_field_has_a_label_tied_to_its_input_and_a_hint(world: World) -> None:
    page = world.app.test_client().get("/").text

    assert '<label class="fl-label" for="fl-coupon">Coupon code</label>' in page
    assert 'id="fl-coupon" name="code"' in page
    assert 'aria-describedby="fl-coupon-says"' in page
    assert 'id="fl-coupon-says">Upper and lower case make no difference.' in page


def test_pages_of_ours_hold_no_inline_style_or_script(world: World) -> None:
    client = world.app.test_client()
    client.get("/sign-in/meier")

    pages = [client.get(path) for path in ("/", "/firstline/desk/", "/firstline/desk/codes")]

    assert all(page.status_code == 200 for page in pages)
    assert not any(NAMES_A_STYLE.search(page.text) for page in pages)


def test_a_code_is_applied_by_a_plain_form_and_shown_as_a_chip_with_its_amount(world: World) -> None:
    client = world.app.test_client()

    answer = post(client, code="  VonMeier ")
    page = client.get("/").text

    assert (answer.status_code, answer.location) == (303, "/")
    assert '<span class="fl-code">vonmeier</span>' in page
    assert "5 EUR for new customers" in page
    assert "\N{MINUS SIGN}€5.00" in page
    assert 'aria-label="Remove coupon vonmeier"' in page
    assert '<output id="to-pay">29.70</output>' in page


def test_a_code_is_removed_again(world: World) -> None:
    client = world.app.test_client()
    post(client, code="vonmeier")

    answer = post(client, remove="vonmeier")
    page = client.get("/").text

    assert answer.status_code == 303
    assert "The coupon is removed." in page
    assert "fl-chip" not in page
    assert '<output id="to-pay">34.70</output>' in page


def test_a_refusal_stands_under_the_field_once_with_the_code_and_what_to_do(world: World) -> None:
    world.adapter.quantity = 1
    client = world.app.test_client()

    post(client, code="vonmeier")
    first, second = client.get("/").text, client.get("/").text

    assert "This code needs goods for at least €20.00. €5.10 are missing." in first
    assert 'value="vonmeier" aria-invalid="true" aria-describedby="fl-coupon-says"' in first
    assert 'id="fl-coupon-says" role="alert"' in first
    assert "are missing" not in second


def test_unknown_and_switched_off_codes_look_alike(world: World) -> None:
    coupon = world.coupon("Old", valid_until=world.now.replace(year=2025))
    world.code("old-one", coupon)
    client = world.app.test_client()

    answers = [post(client, JSON, code=code).json for code in ("never-made", "old-one")]

    assert [(a["ok"], a["reason"], a["message"]) for a in answers if a] == [
        (False, "unknown", "This code cannot be used here. Please check the spelling.")
    ] * 2


def test_a_script_gets_the_quote_with_amounts_as_text_and_the_field_anew(world: World) -> None:
    client = world.app.test_client()

    answer = post(client, JSON, code="vonmeier")

    assert answer.status_code == 200
    assert answer.json is not None
    wanted = {
        "ok": True, "pending": False, "currency": "EUR", "codes": ["vonmeier"], "discount": "5.00",
        "allocation": {"1": "5.00"}, "by_rate": {"19": "5.00"}, "total": "29.70", "to_pay": "29.70",
        "reason": None,
    }  # fmt: skip
    assert {name: answer.json[name] for name in wanted} == wanted
    assert answer.json["items"][0]["vat"] == {"19": "0.80"}
    assert "\N{MINUS SIGN}€5.00" in answer.json["field"]
    assert 'data-firstline="coupon"' in answer.json["field"]


def test_a_script_that_types_nothing_is_asked_for_a_code(world: World) -> None:
    answer = post(world.app.test_client(), JSON, code="  ")

    assert answer.json is not None
    assert (answer.status_code, answer.json["ok"]) == (200, False)
    assert answer.json["message"] == "Please type a code."


def test_a_post_without_our_token_is_refused_and_changes_nothing(world: World) -> None:
    client = world.app.test_client()

    answers = [post(client, firstline_token=token, code="vonmeier") for token in ("", "made-up")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert "This page was open for too long." in answers[0].text
    assert "fl-chip" not in client.get("/").text


def test_a_token_of_another_visitor_or_page_is_refused(world: World) -> None:
    client, other = world.app.test_client(), world.app.test_client()
    post(client, code="vonmeier")
    strange = token_of(client.get("/").text)
    other.get("/sign-in/meier")
    desk = token_of(other.get("/firstline/desk/codes").text)

    answers = [post(other, firstline_token=token, code="vonmeier") for token in (strange, desk)]

    assert [answer.status_code for answer in answers] == [400, 400]


def test_a_script_with_an_old_token_gets_a_fresh_one_that_works(world: World) -> None:
    client = world.app.test_client()

    old = post(client, JSON, firstline_token="old", code="vonmeier")
    assert old.json is not None
    again = post(client, JSON, firstline_token=old.json["token"], code="vonmeier")

    assert (old.status_code, again.status_code) == (400, 200)
    assert "fl-coupon" in old.json["field"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 400),
        ({"Sec-Fetch-Site": "same-site"}, 400),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "https://evil.example"}, 400),
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "null"}, 303),
    ],
)
def test_posts_of_other_origins_are_refused_though_the_token_holds(
    world: World, headers: dict[str, str], status: int
) -> None:
    answer = post(world.app.test_client(), headers, code="vonmeier")

    assert answer.status_code == status


def test_too_many_tries_are_refused_with_429(world: World) -> None:
    client = world.app.test_client()

    answers = [post(client, JSON, code=f"guess-{n}") for n in range(40)]

    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert answers[-1].json is not None
    assert answers[-1].json["reason"] == "too_many_tries"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "cart", ""])
def test_the_way_back_never_leaves_the_shop(world: World, wanted: str) -> None:
    client = world.app.test_client()

    posted = post(client, code="vonmeier", next=wanted)
    linked = client.get("/firstline/c/vonmeier", query_string={"next": wanted})

    assert (posted.location, linked.location) == ("/", "/")


def test_the_way_back_keeps_the_page_with_its_query(world: World) -> None:
    page = world.app.test_client().get("/?step=2&x=a%20b").text

    assert 'name="next" value="/?step=2&amp;x=a%20b"' in page


def test_a_link_brings_its_code_into_the_cart_and_unknown_ones_answer_the_same(world: World) -> None:
    client, other = world.app.test_client(), world.app.test_client()

    known = client.get("/firstline/c/vonmeier?next=/")
    unknown = other.get("/firstline/c/never-made?next=/")

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location) == (303, "/")
    assert list(known.headers.keys()) == list(unknown.headers.keys())
    assert "fl-chip" in client.get("/").text
    assert "fl-chip" not in other.get("/").text


def test_a_code_survives_signing_in(world: World) -> None:
    world.adapter.people["new"] = Customer(ref="new", email="new@post.example")
    client = world.app.test_client()
    post(client, code="vonmeier")

    client.get("/sign-in/new")

    assert "fl-chip" in client.get("/").text


def test_the_inputs_can_stand_in_a_form_of_the_shop(world: World) -> None:
    client = world.app.test_client()

    page = client.get("/one-form").text
    own, after = page.split("</form>", 1)
    answer = post(client, firstline_token=token_of(after), code="vonmeier", form_id="coupon")

    assert "<form" not in own.split('<form id="own"', 1)[1]
    assert own.count('form="coupon"') == 2
    assert '<form class="fl-root" id="coupon" data-firstline="coupon" method="post"' in after
    assert answer.status_code == 303


def test_a_strange_form_id_is_not_printed(world: World) -> None:
    answer = post(world.app.test_client(), JSON, code="vonmeier", form_id='"><script>alert(1)</script>')

    assert answer.json is not None
    assert "alert" not in answer.json["field"]


def test_what_is_typed_is_escaped(world: World) -> None:
    client = world.app.test_client()

    post(client, code='"><script>alert(1)</script>')

    assert "<script>alert" not in client.get("/").text


@pytest.mark.parametrize(
    ("language", "label"),
    [("de-AT", "Gutscheincode"), ("nl", "Kortingscode"), ("ru", "Код купона"), ("fr", "Coupon code")],
)
def test_the_field_speaks_the_readers_language(world: World, language: str, label: str) -> None:
    page = world.app.test_client().get("/", headers={"Accept-Language": language}).text

    assert f">{label}</label>" in page


def test_pages_with_the_field_are_not_shared_between_visitors(world: World) -> None:
    assert "Cookie" in world.app.test_client().get("/").headers["Vary"]


def test_reading_a_cart_sets_no_cookie_of_ours(world: World) -> None:
    answer = world.app.test_client().get("/")

    assert not any("firstline" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_where_prices_are_net_the_chip_shows_what_is_taken_off_them(world: World) -> None:
    item = CouponItem(
        code="vonmeier",
        label="",
        net=Decimal("5.00"),
        vat={Decimal("19"): Decimal("0.95")},
        gross=Decimal("5.95"),
    )
    quote = Quote(currency="EUR", codes=("vonmeier",), items=(item,), discount=Decimal("5.00"))

    with world.app.test_request_context("/"):
        shown = field.coupon_field(quote, None, form_id="", come_back="/")

    assert [chip.amount for chip in shown.chips] == ["\N{MINUS SIGN}€5.00"]


def test_a_cart_whose_lines_are_not_known_yet_keeps_the_code_and_says_so(world: World) -> None:
    world.adapter.lines_known = False
    client = world.app.test_client()

    client.get("/firstline/c/vonmeier")
    page = client.get("/").text

    assert '<span class="fl-code">vonmeier</span>' in page
    assert "The discount is worked out as soon as your articles are known." in page


@pytest.mark.parametrize("code", ["Tea/2026", "/a//b/", "tea/../50% off?"])
def test_the_link_of_a_code_with_slashes_puts_it_into_the_cart(world: World, code: str) -> None:
    make_code(world.app, code)
    client = world.app.test_client()

    link = code_link(code, address="http://localhost", prefix="/firstline")
    followed = client.get(link)

    assert followed.status_code == 303
    assert not {"", ".", ".."} & set(link.removeprefix("http://").split("/"))
    assert f'<span class="fl-code">{code.replace("&", "&amp;")}</span>' in client.get("/").text


def test_the_first_button_which_enter_presses_removes_no_code(world: World) -> None:
    client = world.app.test_client()
    post(client, code="VonMeier")

    page = client.get("/").text
    first = re.search(r'data-firstline="coupon".*?(<button[^>]*>)', page, re.DOTALL)

    assert first is not None
    assert 'name="remove"' in page
    assert 'name="remove"' not in first.group(1)


def test_a_coupon_and_store_credit_are_both_explained_under_the_chips(world: World) -> None:
    item = CouponItem(code="a", label="A", net=Decimal(4), vat={}, gross=Decimal(5))
    credit = CreditItem(code="b", label="B", amount=Decimal(7))

    def note(items: tuple[CouponItem, ...], credits: tuple[CreditItem, ...]) -> str:
        quote = Quote(currency="EUR", codes=("a", "b"), items=items, credits=credits)
        return field.coupon_field(quote, None, form_id="", come_back="/").note

    included = "The coupon is included, also in the VAT."
    paid = "The store credit is taken off what is to pay; VAT stays as it is."
    with world.app.test_request_context("/"):
        assert note((item,), ()) == included
        assert note((), (credit,)) == paid
        assert note((item,), (credit,)) == f"{included} {paid}"
