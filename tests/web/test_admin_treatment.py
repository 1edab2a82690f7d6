"""The page that asks which kind a coupon is for VAT, and the form that keeps the answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient

from flask_firstline.models import Coupon
from flask_firstline.testing import make_coupon

from .office import INES, PREFIX, VERA, Office, hidden, link, query, send, text

KIND = f"{PREFIX}/coupons/kind"
FIVE = {"name": "Gift", "kind": "amount", "currency": "EUR", "amount": "50.00"}
CREDIT = {"paid": "yes", "accepted": "payment", "known": "no"}
WRITTEN = "paid:yes,accepted:payment,known:no"


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        yield shop


def answer(browser: FlaskClient, page: str, value: str) -> str:
    """Choose an answer on a page, as a browser without script sends it; give the next page."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    asked = re.search(r'<input type="radio" name="(\w+)"', page)
    assert asked is not None, "a question is asked"
    assert f'name="{asked[1]}" value="{value}"' in page, "the answer is on offer"
    return browser.get(KIND, query_string={**dict(fields), asked[1]: value}).get_data(as_text=True)


def test_the_questions_are_asked_one_by_one_and_lead_to_the_form(office: Office) -> None:
    browser = office.ines()

    page = browser.get(KIND).get_data(as_text=True)
    assert "Is anything paid for it?" in page
    for value in CREDIT.values():
        page = answer(browser, page, value)

    assert "Store credit (multi-purpose voucher)" in page
    assert "its VAT is not known yet" in page
    assert "“Paid with store credit; VAT is unaffected.”" in page
    found = re.search(r'href="([^"]*/coupons/new[^"]*)"', page)
    assert found is not None
    address = unescape(found[1])
    assert query(address) == {"treatment": "multi_purpose", "treatment_answers": WRITTEN}
    form = browser.get(address).get_data(as_text=True)
    assert '<option value="multi_purpose" selected>' in form

    sent = send(browser, f"{PREFIX}/coupons/new", {**FIVE, "treatment": "multi_purpose"}, form_at=address)

    assert sent.status_code == 303
    [coupon] = office.rows(Coupon)
    assert (coupon.treatment, coupon.treatment_answers) == ("multi_purpose", CREDIT)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["no", "price", "no"], "Price cut"),
        (["no", "payment", "no"], "Price cut"),
        (["yes", "price"], "Price cut"),
        (["no", "price", "yes"], "Goodwill"),
        (["yes", "payment", "yes"], "Single-purpose voucher"),
    ],
)
def test_every_way_ends_with_its_kind(office: Office, answers: list[str], kind: str) -> None:
    browser = office.ines()
    page = browser.get(KIND).get_data(as_text=True)
    for value in answers:
        page = answer(browser, page, value)

    assert re.search(r'<h2 [^>]*id="fl-found">([^<]*)<', page)[1] == kind  # type: ignore[index]


def test_no_answer_is_said_at_the_question(office: Office) -> None:
    page = office.ines().get(KIND, query_string={"paid": "yes", "asked": "accepted"})

    assert "Please choose one of them." in text(page)
    assert 'aria-describedby="fl-skipped"' in page.get_data(as_text=True)


def test_an_answer_can_be_given_again(office: Office) -> None:
    browser = office.ines()

    page = browser.get(KIND, query_string=CREDIT)
    again = link(page, "Answer again: What does it do at the till?")

    assert query(again) == {"paid": "yes"}
    assert "What does it do at the till?" in text(browser.get(again or ""))


@pytest.mark.parametrize(
    "asked", [{"paid": "maybe"}, {"known": "no"}, {"answers": "<script>"}, {"paid": "\0"}]
)
def test_nonsense_begins_with_the_first_question(office: Office, asked: dict[str, str]) -> None:
    assert "Is anything paid for it?" in text(office.ines().get(KIND, query_string=asked))


@pytest.mark.parametrize("coupon", ["7", "x", "9" * 30, "-1"])
def test_a_coupon_that_is_not_there_is_not_found(office: Office, coupon: str) -> None:
    assert office.ines().get(KIND, query_string={"coupon": coupon}).status_code == 404


def test_who_only_looks_may_ask_but_not_make(office: Office) -> None:
    page = office.browser(VERA).get(KIND, query_string=CREDIT)

    assert page.status_code == 200
    assert "Make such a coupon" not in text(page)


def test_the_page_is_closed_to_strangers(office: Office) -> None:
    assert office.app.test_client().get(KIND).status_code in {302, 403}


def test_a_coupon_that_is_there_takes_the_answers_over(office: Office) -> None:
    key, browser = make_coupon(office.app, "Gift", amount=50), office.ines()
    edit = f"{PREFIX}/coupons/{key}/edit"
    asked = link(browser.get(edit), "Which kind is it?")
    assert query(asked) == {"coupon": str(key)}

    verdict = browser.get(KIND, query_string={"coupon": key, **CREDIT})
    address = link(verdict, "Use it for this coupon") or ""
    sent = send(browser, edit, {**FIVE, "treatment": "multi_purpose"}, form_at=address)

    assert sent.status_code == 303
    [coupon] = office.rows(Coupon)
    assert (coupon.treatment, coupon.treatment_answers) == ("multi_purpose", CREDIT)
    assert query(link(browser.get(edit), "Which kind is it?")) == {"coupon": str(key), "answers": WRITTEN}


def test_a_kind_that_the_answers_do_not_give_is_refused(office: Office) -> None:
    address = f"{PREFIX}/coupons/new?treatment=price_cut&treatment_answers={WRITTEN}"

    sent = send(office.ines(), f"{PREFIX}/coupons/new", {**FIVE, "treatment": "price_cut"}, form_at=address)

    assert sent.status_code == 422
    assert "The answers that were given say: Store credit" in text(sent)
    assert 'id="treatment-error"' in sent.get_data(as_text=True)
    assert office.rows(Coupon) == []


@pytest.mark.parametrize("answers", ["", "paid:yes", "nonsense", "paid:no,accepted:price,complaint:maybe"])
def test_answers_that_say_nothing_are_not_kept(office: Office, answers: str) -> None:
    browser, new = office.ines(), f"{PREFIX}/coupons/new"
    fields = dict(hidden(browser.get(new).get_data(as_text=True)))

    sent = browser.post(new, data={**fields, **FIVE, "treatment_answers": answers})

    assert sent.status_code == 303
    assert office.rows(Coupon)[0].treatment_answers is None


def test_answers_that_lead_to_the_kind_are_kept_as_they_count(office: Office) -> None:
    browser, new = office.ines(), f"{PREFIX}/coupons/new"
    fields = dict(hidden(browser.get(new).get_data(as_text=True)))
    answers = "complaint:yes,accepted:price,paid:no,known:yes"

    browser.post(new, data={**fields, **FIVE, "treatment": "goodwill", "treatment_answers": answers})

    [coupon] = office.rows(Coupon)
    assert coupon.treatment_answers == {"paid": "no", "accepted": "price", "complaint": "yes"}


def test_the_log_tells_the_answers(office: Office) -> None:
    browser = office.browser(INES)
    address = f"{PREFIX}/coupons/new?treatment=multi_purpose&treatment_answers={WRITTEN}"
    send(browser, f"{PREFIX}/coupons/new", {**FIVE, "treatment": "multi_purpose"}, form_at=address)

    page = text(browser.get(f"{PREFIX}/audit"))

    assert "Kind for VAT: Store credit (multi-purpose voucher)" in page
    assert "Is anything paid for it? Yes, it is sold or stands for money that is owed" in page
