"""The one form view: what is typed is read by the reader's customs, and nothing is lost on an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from flask_firstline.models import Code, CommissionTerms, Contact, Coupon, Outbox, Product
from flask_firstline.services.mails import MAIL
from flask_firstline.testing import (
    make_cart,
    make_code,
    make_coupon,
    make_customer,
    make_partner,
    make_product,
)

from .office import PREFIX, Office, link, send, text


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(FIRSTLINE_TIMEZONE="Europe/Berlin") as shop:
        yield shop


CHECKS = {"minimum_again", "new_customers_only", "open_to_partners", "stackable", "link_only", "days"}
FIVE = {"name": "5 EUR for new customers", "kind": "amount", "currency": "EUR", "amount": "5.00"}


def test_a_coupon_is_made_with_all_its_terms(office: Office) -> None:
    answer = send(
        office.ines(),
        f"{PREFIX}/coupons/new",
        {
            **FIVE, "min_order": "20", "new_customers_only": "y", "open_to_partners": "y", "max_uses": "100",
            "max_per_customer": "1", "valid_from": ["2026-05-01", ""], "valid_until": ["2026-12-31", ""],
            "products": "tea\n soap \n\ntea", "give_back": "always", "priority": "5",
        },
    )  # fmt: skip

    assert answer.status_code == 303
    [coupon] = office.rows(Coupon)
    assert (coupon.amount, coupon.min_order, coupon.currency) == (500, 2000, "EUR")
    assert (coupon.new_customers_only, coupon.open_to_partners, coupon.stackable) == (True, True, False)
    assert (coupon.max_uses, coupon.max_per_customer, coupon.priority) == (100, 1, 5)
    assert (sorted(coupon.products), coupon.give_back) == (["soap", "tea"], "always")
    assert coupon.valid_from == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert coupon.valid_until == datetime(2026, 12, 31, 23, tzinfo=UTC), "the last day counts to its end"


@pytest.mark.parametrize(
    ("language", "typed", "minor"),
    [("en", "1,250.50", 125050), ("de", "1.250,50", 125050), ("nl", "5,00", 500), ("ru", "1 250,50", 125050)],
)
def test_amounts_are_read_as_people_write_them(office: Office, language: str, typed: str, minor: int) -> None:
    answer = send(office.ines(language), f"{PREFIX}/coupons/new", {**FIVE, "amount": typed})

    assert answer.status_code == 303
    assert office.rows(Coupon)[0].amount == minor


@pytest.mark.parametrize(
    "typed", ["", "0", "-5", "1.2.3", "1,23,4", "NaN", "1e9", "5.001", "five", "9" * 13, "５", "5 USD", "--5"]
)
def test_an_amount_that_cannot_be_is_refused_at_its_field_and_stays_there(office: Office, typed: str) -> None:
    answer = send(office.ines(), f"{PREFIX}/coupons/new", {**FIVE, "amount": typed, "products": "tea\nsoap"})
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    field = re.search(r'<input [^>]*id="amount"[^>]*>', page)
    assert field is not None
    assert f'value="{typed}"' in field[0]
    assert 'aria-invalid="true"' in field[0]
    assert 'aria-describedby="amount-error' in field[0]
    assert 'id="amount-error"' in page
    assert "tea\nsoap</textarea>" in page
    assert office.rows(Coupon) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"name": "x" * 101}, "At most 100 characters"),
        ({"kind": "magic"}, "Please choose one of the list."),
        ({"currency": "XXX"}, "Please choose one of the list."),
        ({"kind": "percent", "percent": "101"}, "above 0 and at most 100"),
        ({"kind": "percent", "percent": "0"}, "above 0 and at most 100"),
        ({"kind": "percent", "percent": "7.12345"}, "This is no per cent"),
        ({"vat_rate": "0.19"}, "give 19, not 0.19"),
        ({"max_uses": "0"}, "1 or more"),
        ({"max_uses": "1.5"}, "a whole number"),
        ({"max_uses": "-1"}, "a whole number"),
        ({"min_order": "30", "max_order": "20"}, "less than the order from which"),
        ({"valid_from": ["2026-05-02", ""], "valid_until": ["2026-05-01", ""]}, "end before it begins"),
        ({"valid_from": ["2026-02-30", ""]}, "This is no date"),
        ({"valid_from": ["2026-02-20", "25:00"]}, "This is no date"),
        ({"products": "p" * 65}, "longer than 64"),
    ],
)
def test_what_cannot_work_is_said_in_words(office: Office, given: dict[str, object], words: str) -> None:
    answer = send(office.ines(), f"{PREFIX}/coupons/new", {**FIVE, **given})

    assert answer.status_code == 422
    assert words in text(answer)
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert office.rows(Coupon) == []


def test_a_name_that_is_taken_is_said_at_the_name(office: Office) -> None:
    make_coupon(office.app, "Spring")

    answer = send(office.ines(), f"{PREFIX}/coupons/new", {**FIVE, "name": "Spring"})

    assert answer.status_code == 422
    assert "There is a coupon of this name already." in text(answer)
    assert 'id="name-error"' in answer.get_data(as_text=True)


def test_a_coupon_is_shown_as_it_can_be_typed_and_saved_unchanged(office: Office) -> None:
    send(office.ines(), f"{PREFIX}/coupons/new", {**FIVE, "max_uses": "7", "valid_until": ["2026-12-31", ""]})
    [before] = office.rows(Coupon)
    browser = office.ines("de")

    page = browser.get(f"{PREFIX}/coupons/{before.id}/edit").get_data(as_text=True)
    fields = dict(re.findall(r'<input [^>]*name="(\w+)" value="([^"]*)"', page))
    ends = re.findall(r'<input [^>]*name="valid_until" value="([^"]*)"', page)
    fields = {name: value for name, value in fields.items() if name not in CHECKS}
    typed = {"kind": "amount", "currency": "EUR", **fields, "valid_from": ["", ""], "valid_until": ends}
    answer = send(browser, f"{PREFIX}/coupons/{before.id}/edit", typed)

    assert (fields["amount"], ends) == ("5,00", ["2026-12-31", ""])
    assert answer.status_code == 303
    assert office.rows(Coupon) == [before]


def test_a_limit_below_what_is_used_is_refused(office: Office) -> None:
    make_code(office.app, "TWICE", max_uses=None)
    for ref in ("one", "two"):
        office.place(make_cart(customer=office.add_customer(ref), key=ref), ref, codes=["TWICE"])
    [coupon] = office.rows(Coupon)

    answer = send(office.ines(), f"{PREFIX}/coupons/{coupon.id}/edit", {**FIVE, "max_uses": "1"})

    assert answer.status_code == 422
    assert "A limit is below what is used already." in text(answer)
    assert office.rows(Coupon)[0].max_uses is None


def test_a_code_is_made_for_a_partner_and_a_customer(office: Office) -> None:
    meier, coupon = make_partner(office.app, "meier", name="Hans Meier"), make_coupon(office.app, "Standing")
    office.register(make_customer("sabine", name="Sabine Krüger"))

    answer = send(
        office.ines(),
        f"{PREFIX}/codes/new",
        {
            "display": "vonMeier",
            "coupon_id": coupon,
            "owner_id": "hans meier",
            "holder_id": "sabine@shop.example",
        },
    )

    assert answer.status_code == 303
    [code] = office.rows(Code)
    assert (code.display, code.owner_id) == ("vonMeier", meier)
    assert code.holder_id == office.rows(Contact, ref="sabine")[0].id


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"display": ""}, "Please fill this in."),
        ({"display": "- - -"}, "needs letters or digits"),
        ({"display": "VON-MEIER"}, "This code is taken"),
        ({"display": "v0nmeier"}, "looks like a code that is taken"),
        ({"display": "x" * 65}, "At most 64 characters"),
        ({"coupon_id": "4711"}, "choose one of the list"),
        ({"owner_id": "nobody"}, "No partner is known under this"),
        ({"owner_id": "sabine"}, "No partner is known under this"),
        ({"holder_id": "nobody"}, "Nobody is known under this"),
        ({"holder_id": "Twin"}, "Several contacts are called so"),
    ],
)
def test_a_code_that_cannot_be_is_refused_in_words(
    office: Office, given: dict[str, object], words: str
) -> None:
    make_partner(office.app, "meier")
    make_code(office.app, "vonmeier", owner="meier")
    office.register(make_customer("sabine"))
    for ref in ("t1", "t2"):
        office.register(make_customer(ref, name="Twin"))
    coupon = office.rows(Coupon)[0].id

    answer = send(office.ines(), f"{PREFIX}/codes/new", {"display": "spring", "coupon_id": coupon, **given})

    assert answer.status_code == 422
    assert words in text(answer)
    assert len(office.rows(Code)) == 1


def test_a_code_keeps_its_spelling_and_coupon_when_it_is_changed(office: Office) -> None:
    make_partner(office.app, "meier")
    code = make_code(office.app, "vonmeier")

    answer = send(
        office.ines(),
        f"{PREFIX}/codes/{code}/edit",
        {"owner_id": "meier", "max_uses": "9", "display": "other", "coupon_id": "77"},
    )

    assert answer.status_code == 303
    [row] = office.rows(Code)
    assert (row.display, row.max_uses, row.owner_id) == (
        "vonmeier",
        9,
        office.rows(Contact, ref="meier")[0].id,
    )


def test_a_customer_becomes_a_partner_below_another_one(office: Office) -> None:
    make_partner(office.app, "meier", name="Hans Meier")
    office.register(make_customer("sabine", name="Sabine Krüger"))
    browser = office.ines()

    answer = send(browser, f"{PREFIX}/partners/new", {"ref": "sabine", "sponsor_id": "Hans Meier"})

    assert "is a partner now" in text(browser.get(answer.location))
    [sabine] = office.rows(Contact, ref="sabine")
    assert sabine.partner_since is not None
    assert sabine.sponsor_id == office.rows(Contact, ref="meier")[0].id
    assert sabine.name == "Sabine Krüger"


def test_a_new_partner_is_mailed_the_link_where_the_admin_wants_it(office: Office) -> None:
    browser, address = office.ines(), f"{PREFIX}/partners/new"
    assert 'name="mail" value="y" checked' in browser.get(address).get_data(as_text=True)

    send(browser, address, {"ref": "ina", "email": "ina@shop.example", "mail": "y"})
    send(browser, address, {"ref": "eva", "email": "eva@shop.example"})

    (mail,) = office.rows(Outbox, topic=MAIL)
    assert mail.payload == {
        "letter": "welcome",
        "contact_id": office.rows(Contact, ref="ina")[0].id,
        "values": {
            "desk": "http://localhost/firstline/desk/",
            "password": "http://localhost/firstline/partners/password/{ticket}",
            "sign_in": "http://localhost/firstline/partners/sign-in",
            "shop": "localhost",
        },
    }


def test_a_new_partner_is_entered_with_all_that_is_known(office: Office) -> None:
    make_partner(office.app, "meier", name="Hans Meier")
    browser = office.ines()
    given = {"ref": "ina", "email": "ina@shop.example", "sponsor_id": "meier", "until": ["2026-12-31", ""]}

    send(
        browser,
        f"{PREFIX}/partners/new",
        {**given, "phone": "+49 731 1234", "site": "https://ina.example/blog", "locale": "nl"},
    )

    [ina] = office.rows(Contact, ref="ina")
    assert (ina.phone, ina.site, ina.locale) == ("+49 731 1234", "https://ina.example/blog", "nl")
    assert ina.parent_commission_until == datetime(2026, 12, 31, 23, tzinfo=UTC)
    page = browser.get(f"{PREFIX}/contacts/{ina.id}")
    assert "The parent partner earns until Dec 31, 2026" in text(page)
    assert link(page, "https://ina.example/blog") == "https://ina.example/blog"


def test_an_end_without_a_parent_and_a_site_that_is_none_are_refused_at_their_fields(office: Office) -> None:
    browser, address = office.ines("de"), f"{PREFIX}/partners/new"

    alone = send(browser, address, {"ref": "ina", "until": ["2026-12-31", ""]})
    wrong = [
        send(browser, address, {"ref": "ina", "site": site})
        for site in ("javascript:alert(1)", "ina.example", "https://", "https://ina.example/a b", "http://[x")
    ]

    assert (alone.status_code, {answer.status_code for answer in wrong}) == (422, {422})
    assert "Nennen Sie auch den übergeordneten Partner." in text(alone)
    assert all("Das ist keine Adresse einer Website" in text(answer) for answer in wrong)
    assert office.rows(Contact, ref="ina") == []


def test_an_app_without_the_desk_offers_no_mail_that_leads_there() -> None:
    with Office(mount=("admin",)) as office:
        page = office.ines().get(f"{PREFIX}/partners/new").get_data(as_text=True)
        send(office.ines(), f"{PREFIX}/partners/new", {"ref": "ina", "email": "ina@shop.example"})

        assert 'name="mail"' not in page
        assert (len(office.rows(Contact)), office.rows(Outbox, topic=MAIL)) == (1, [])


def test_an_address_that_is_none_is_refused(office: Office) -> None:
    answer = send(office.ines(), f"{PREFIX}/partners/new", {"ref": "x", "email": "not an address"})

    assert answer.status_code == 422
    assert "This is no e-mail address." in text(answer)


def test_terms_are_set_and_changed_but_not_moved(office: Office) -> None:
    meier, browser = make_partner(office.app, "meier"), office.ines("de")

    made = send(
        browser,
        f"{PREFIX}/terms/new",
        {
            "level": "1",
            "kind": "percent",
            "percent": "12,5",
            "currency": "EUR",
            "partner_id": "meier",
            "product_ref": "tea",
        },
    )
    assert made.status_code == 303
    [row] = office.rows(CommissionTerms)
    assert (row.level, row.percent, row.partner_id, row.product_ref) == (1, Decimal("12.5"), meier, "tea")

    changed = send(
        browser,
        f"{PREFIX}/terms/{row.id}/edit",
        {"kind": "fixed", "fixed": "1,50", "currency": "EUR", "level": "2"},
    )
    assert changed.status_code == 303
    [_before, row] = office.rows(CommissionTerms)
    assert (row.level, row.percent, row.fixed, row.currency, row.product_ref) == (1, None, 150, "EUR", "tea")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"level": "0"}, "1 or more"),
        ({"percent": ""}, "from 0 to 100"),
        ({"percent": "100.5"}, "from 0 to 100"),
        ({"kind": "fixed", "fixed": "-1"}, "not below 0"),
        ({"category": "Tea", "product_ref": "tea"}, "all partners and products"),
    ],
)
def test_terms_that_cannot_work_are_refused_in_words(
    office: Office, given: dict[str, object], words: str
) -> None:
    fields = {"level": "1", "kind": "percent", "percent": "10", "currency": "EUR", **given}

    answer = send(office.ines(), f"{PREFIX}/terms/new", fields)

    assert answer.status_code == 422
    assert words in text(answer)
    assert office.rows(CommissionTerms) == []


def test_nobody_earning_is_terms_too(office: Office) -> None:
    fields = {"level": "1", "kind": "percent", "percent": "0", "currency": "EUR"}

    assert send(office.ines(), f"{PREFIX}/terms/new", fields).status_code == 303
    assert office.rows(CommissionTerms)[0].percent == 0


def test_a_product_is_switched_also_one_with_a_slash_in_its_number(office: Office) -> None:
    make_product(office.app, "tea/green 100g", title="Tea")
    browser = office.ines()

    address = link(browser.get(f"{PREFIX}/products"), "Tea") or ""
    answer = send(browser, address, {"title": "Green tea", "takes_part": "no"})

    assert answer.status_code == 303
    [tea] = office.rows(Product)
    assert (tea.title, tea.takes_part, tea.absolute_coupons) == ("Green tea", False, False)


def test_a_product_can_be_entered_before_anybody_buys_it(office: Office) -> None:
    fields = {"ref": "new", "title": "New", "takes_part": "", "absolute_coupons": "y"}

    assert send(office.ines(), f"{PREFIX}/products/new", fields).status_code == 303
    [row] = office.rows(Product)
    assert (row.ref, row.title, row.takes_part, row.absolute_coupons) == ("new", "New", None, True)


@pytest.mark.parametrize("address", ["coupons/77/edit", "codes/x/edit", "terms/0/edit", "products/none/edit"])
def test_what_is_not_there_is_not_found(office: Office, address: str) -> None:
    answer = office.ines().get(f"{PREFIX}/{address}")

    assert answer.status_code == 404
    assert "nothing here any more" in text(answer)
