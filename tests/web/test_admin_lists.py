"""The one list view: pages, sort, filters, search, acts on ticked rows, files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import flask_firstline
from flask_firstline import Order
from flask_firstline.admin.audit import NOUNS
from flask_firstline.hooks import orders
from flask_firstline.models import Code, CommissionTerms, Contact, Coupon, Product
from flask_firstline.testing import (
    make_cart,
    make_code,
    make_coupon,
    make_customer,
    make_partner,
    make_product,
)

from .office import PREFIX, Office, hidden, link, multi, query, rows, send, story, text


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        yield shop


def many_codes(office: Office, number: int = 60) -> list[str]:
    make_coupon(office.app, "Standing")
    names = [f"CODE-{n:03}X" for n in range(number)]
    for name in names:
        make_code(office.app, name, coupon="Standing")
    return names


def test_pages_show_every_row_once_in_order_and_lead_back(office: Office) -> None:
    names, browser = many_codes(office), office.ines()
    seen: list[list[str]] = []
    address: str | None = f"{PREFIX}/codes?sort=code"
    while address:
        page = browser.get(address)
        seen.append(rows(page))
        address, back = link(page, "More"), link(page, "Back")
    assert [name for some in seen for name in some] == names
    assert [len(some) for some in seen] == [25, 25, 10]

    assert rows(browser.get(back or "")) == seen[1]
    assert rows(browser.get(link(browser.get(back or ""), "Back") or "")) == seen[0]


def test_rows_with_the_same_sort_value_are_not_lost_between_pages(office: Office) -> None:
    names, browser = many_codes(office), office.ines()
    seen: list[str] = []
    address: str | None = f"{PREFIX}/codes?sort=-created"
    while address:
        page = browser.get(address)
        seen += rows(page)
        address = link(page, "More")
    assert sorted(seen) == names


def test_a_column_is_sorted_both_ways_and_the_sort_stays_with_the_filter(office: Office) -> None:
    many_codes(office, 3)
    browser = office.ines()

    upwards = browser.get(f"{PREFIX}/codes?sort=code&state=on")
    turned = link(upwards, "Code")

    assert rows(upwards) == ["CODE-000X", "CODE-001X", "CODE-002X"]
    assert query(turned) == {"sort": "-code", "state": "on"}
    assert rows(browser.get(turned or "")) == ["CODE-002X", "CODE-001X", "CODE-000X"]


@pytest.mark.parametrize("at", ["nonsense", "WzFd", "eyJhIjoxfQ", "WzAsICJhYmMiLCAieCJd", "%00", "[" * 300])
def test_a_place_that_cannot_be_read_is_the_beginning(office: Office, at: str) -> None:
    many_codes(office, 2)

    answer = office.ines().get(f"{PREFIX}/codes", query_string={"sort": "code", "at": at})

    assert rows(answer) == ["CODE-000X", "CODE-001X"]


@pytest.mark.parametrize(
    "given",
    [
        {"sort": "id;drop"},
        {"state": "maybe"},
        {"coupon": "x"},
        {"owner": "99999999999999999999"},
        {"q": "\0"},
    ],
)
def test_what_the_address_should_not_ask_is_left_out(office: Office, given: dict[str, str]) -> None:
    many_codes(office, 2)

    assert len(rows(office.ines().get(f"{PREFIX}/codes", query_string=given))) == 2


def test_a_code_is_found_in_any_spelling(office: Office) -> None:
    many_codes(office, 3)

    assert rows(office.ines().get(f"{PREFIX}/codes?q=code 002x")) == ["CODE-002X"]


def test_a_search_for_signs_that_mean_something_to_the_database_finds_only_them(office: Office) -> None:
    for name in ("100 % off", "10 off", "a_b", "axb"):
        make_coupon(office.app, name)
    browser = office.ines()

    assert rows(browser.get(f"{PREFIX}/coupons", query_string={"q": "%"})) == ["100 % off"]
    assert rows(browser.get(f"{PREFIX}/coupons", query_string={"q": "a_b"})) == ["a_b"]


def test_filters_narrow_contacts_by_address_type(office: Office) -> None:
    story(office)
    office.register(make_customer("petra", name="Petra Lang"))
    browser = office.ines()

    def named(kind: str) -> list[str]:
        return sorted(rows(browser.get(f"{PREFIX}/contacts?type={kind}")))

    assert named("partner") == ["Hans Meier", "Karl Brenner", "Petra Schulte"]
    assert named("customer") == ["Sabine Krüger", "Thomas Wolf"]
    assert named("prospect") == ["Petra Lang"]


def test_a_first_line_is_a_list_that_says_whose_it_is(office: Office) -> None:
    story(office)
    meier = office.rows(Contact, ref="meier")[0]

    page = office.ines().get(f"{PREFIX}/contacts?sponsor={meier.id}")

    assert sorted(rows(page)) == ["Sabine Krüger", "Thomas Wolf"]
    assert "Only: Hans Meier" in text(page)


def test_an_unknown_first_line_is_not_found(office: Office) -> None:
    assert office.ines().get(f"{PREFIX}/contacts?sponsor=77").status_code == 404


def test_flagged_redemptions_have_a_filter_and_a_count_in_the_menu(office: Office) -> None:
    make_code(office.app, "EXPENSIVE", min_order="1000.00")
    with office.app.app_context():
        order = Order.from_cart(make_cart(), ref="f1", codes=("EXPENSIVE",), promised_discount="5")
        orders.placed(office.state, order, commit=True, as_fact=True)
    browser = office.ines()

    page = browser.get(f"{PREFIX}/redemptions?state=flagged")

    assert rows(page) == ["f1"]
    assert "to be checked" in text(page)
    assert "Redemptions 1 open" in text(page)
    assert rows(browser.get(f"{PREFIX}/redemptions?state=redeemed")) == []


def test_the_star_marks_orders_on_which_a_partner_earns(office: Office) -> None:
    story(office)
    office.place(make_cart(customer=office.add_customer("uwe")), "o3")
    browser = office.ines()

    assert rows(browser.get(f"{PREFIX}/orders?star=yes")) == ["o2", "2026-11873"]
    assert rows(browser.get(f"{PREFIX}/orders?star=no")) == ["o3"]
    assert text(browser.get(f"{PREFIX}/orders")).count("partner invoice:") == 2


def test_accruals_say_why_in_the_readers_language(office: Office) -> None:
    story(office)

    page = text(office.ines("de").get(f"{PREFIX}/accruals?level=1"))

    assert "10 % von 8,40 € netto (Allgemein)" in page
    assert "0,84 €" in page


def test_the_journal_shows_both_accounts(office: Office) -> None:
    story(office)

    page = text(office.ines().get(f"{PREFIX}/postings?kind=reversal"))

    assert "on hold commission expense €0.84" in page


def cells(body: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))


def test_a_file_holds_all_rows_as_filtered_and_no_formula(office: Office) -> None:
    many_codes(office, 30)
    office.register(make_customer("evil", name="=HYPERLINK(1)", email="+1@shop.example"))
    browser = office.ines()

    answer = browser.get(f"{PREFIX}/contacts.csv")
    codes = browser.get(f"{PREFIX}/codes.csv?sort=code").get_data(as_text=True)

    assert answer.mimetype == "text/csv"
    assert cells(answer.get_data(as_text=True))[1][:2] == ["'=HYPERLINK(1)", "evil"]
    assert [line[0] for line in cells(codes)] == ["Code", *(f"CODE-{n:03}X" for n in range(30))]


def test_amounts_in_a_file_are_plain_numbers_with_their_currency_beside(office: Office) -> None:
    story(office)

    head, *found = cells(office.ines().get(f"{PREFIX}/accruals.csv?level=1").get_data(as_text=True))
    lines = [dict(zip(head, line, strict=True)) for line in found]

    assert {line["Commission"] for line in lines} == {"0.84"}
    assert [line["Taken back"] for line in lines] == ["-0.84", "-0.84", "", ""]
    assert lines[0]["Currency"] == "EUR"


def switched(office: Office, address: str, act: str, keys: list[object], sure: bool) -> str:
    browser = office.ines()
    given: dict[str, object] = {"act": act, "key": keys}
    preview = send(browser, f"{address}/act", given, form_at=address)
    if sure:
        answer = browser.post(f"{address}/act", data=_fields(preview.get_data(as_text=True)))
        return text(browser.get(answer.location))
    return text(preview)


def _fields(page: str) -> dict[str, list[object]]:
    return multi([*hidden(page)])


def test_an_act_on_ticked_rows_says_first_what_it_will_do(office: Office) -> None:
    ids: list[object] = [make_coupon(office.app, name) for name in ("One", "Two", "Three")]

    preview = switched(office, f"{PREFIX}/coupons", "off", ids[:2], sure=False)

    assert "2 coupons are switched off. None of their codes can be redeemed." in preview
    assert [row.active for row in office.rows(Coupon)] == [True, True, True]


def test_an_act_on_ticked_rows_is_done_after_a_second_word(office: Office) -> None:
    ids: list[object] = [make_coupon(office.app, name) for name in ("One", "Two", "Three")]

    page = switched(office, f"{PREFIX}/coupons", "off", ids[:2], sure=True)

    assert "2 coupons are switched off." in page
    assert [row.active for row in office.rows(Coupon)] == [False, False, True]
    assert office.acts()[-2:] == [("Ines Walter", "switch off", "coupon")] * 2


def test_codes_terms_partners_and_products_have_acts_too(office: Office) -> None:
    story(office)
    make_product(office.app, "tea", title="Tea")
    code, terms = office.rows(Code)[0], office.rows(CommissionTerms)
    meier = office.rows(Contact, ref="meier")[0]

    assert "1 code is switched off." in switched(office, f"{PREFIX}/codes", "off", [code.id], sure=True)
    assert "1 row is removed." in switched(office, f"{PREFIX}/terms", "remove", [terms[2].id], sure=True)
    assert "1 partner is suspended." in switched(
        office, f"{PREFIX}/partners", "suspend", [meier.id], sure=True
    )
    assert "takes part no more" in switched(office, f"{PREFIX}/products", "out", ["tea"], sure=True)
    assert "1 product is changed." in switched(office, f"{PREFIX}/products", "percent", ["tea"], sure=True)

    assert not office.rows(Code)[0].active
    assert [row.ended for row in office.rows(CommissionTerms)] == [False, False, False, True]
    assert office.rows(Contact, ref="meier")[0].partner_suspended_at is not None
    tea = office.rows(Product, ref="tea")[0]
    assert (tea.takes_part, tea.absolute_coupons, tea.title) == (False, False, "Tea")


def test_nothing_ticked_says_so(office: Office) -> None:
    make_coupon(office.app, "One")
    browser = office.ines()

    answer = send(browser, f"{PREFIX}/coupons/act", {"act": "off"}, form_at=f"{PREFIX}/coupons")

    assert "Nothing was ticked" in text(browser.get(answer.location))


def test_an_act_on_a_row_that_is_gone_changes_nothing_at_all(office: Office) -> None:
    one = make_coupon(office.app, "One")

    browser, address = office.ines(), f"{PREFIX}/coupons"
    answer = send(browser, f"{address}/act", {"act": "off", "key": [one, 4711]}, form_at=address)

    assert "Somebody has removed this" in text(browser.get(answer.location))
    assert office.rows(Coupon)[0].active


def test_an_empty_list_says_what_would_be_here_and_gives_one_button(office: Office) -> None:
    page = office.ines().get(f"{PREFIX}/coupons")

    assert "Here stand the coupons" in text(page)
    assert link(page, "New coupon") == f"{PREFIX}/coupons/new"
    assert "CSV" not in text(page)


def test_a_list_that_a_filter_has_emptied_leads_back_to_all(office: Office) -> None:
    make_partner(office.app, "meier")

    page = office.ines().get(f"{PREFIX}/partners?state=suspended")

    assert "Nothing matches." in text(page)
    assert link(page, "Show all") == f"{PREFIX}/partners"


def test_the_audit_log_says_who_changed_what(office: Office) -> None:
    make_coupon(office.app, "One")
    key = office.rows(Coupon)[0].id
    browser = office.ines()

    send(
        browser,
        f"{PREFIX}/coupons/{key}/edit",
        {"name": "Uno", "kind": "amount", "amount": "7.00", "currency": "EUR"},
    )
    page = text(browser.get(f"{PREFIX}/audit?q=Ines"))

    assert "Coupon Uno changed" in page
    assert "Amount: €5.00 → €7.00" in page


def test_the_audit_log_has_no_code_words(office: Office) -> None:
    make_partner(office.app, "meier", name="Hans Meier")
    make_coupon(office.app, "Standing", amount="5.00", new_customers_only=True)
    make_code(office.app, "vonmeier", coupon="Standing", owner="meier")

    page = text(office.ines().get(f"{PREFIX}/audit"))

    assert "Code vonmeier made Code: vonmeier; Coupon: Standing; From partner: Hans Meier" in page
    assert "Takes off: an amount of money; Amount: €5.00; Currency: EUR; Only for new customers: yes" in page
    for word in ("skeleton", "coupon_id", "new_customers_only", "email_key", "False", "None"):
        assert word not in page


def test_everything_that_the_log_keeps_acts_of_has_a_name() -> None:
    sources = Path(flask_firstline.__file__).parent.rglob("*.py")
    kept = {noun for file in sources for noun in re.findall(r'noun="([a-z ]+)"', file.read_text("utf-8"))}

    assert kept - set(dict(NOUNS)) == set()
