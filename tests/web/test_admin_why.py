"""Why? finds an order by any of its names and explains each decision with its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from flask_firstline import Invoice, Order
from flask_firstline.hooks import orders
from flask_firstline.models import Accrual, Document
from flask_firstline.testing import (
    make_cart,
    make_code,
    make_customer,
    make_line,
    make_partner,
    make_product,
    make_terms,
    set_sponsor,
    suspend_partner,
)

from .office import PREFIX, Office, story, text


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        story(shop)
        yield shop


def why(office: Office, wanted: str, language: str = "en") -> str:
    answer = office.ines(language).get(f"{PREFIX}/why", query_string={"q": wanted}, follow_redirects=True)
    assert answer.status_code == 200
    return text(answer).replace("\u202f", " ").replace("\xa0", " ")


def part(page: str, number: int) -> str:
    """Give one of the three parts of the page."""
    heads = ("1. Attribution", "2. Coupon", "3. Commission")
    after = page.split(heads[number - 1])[1]
    return after.split(heads[number])[0] if number < 3 else after


@pytest.mark.parametrize("wanted", ["2026-11873", "o1", " o1 "])
def test_an_order_is_found_by_ref_and_by_number(office: Office, wanted: str) -> None:
    assert "Order 2026-11873 paid" in why(office, wanted)


def test_an_order_is_found_by_the_ref_of_its_invoice(office: Office) -> None:
    office.place(make_cart(customer=office.add_customer("uwe"), key="k3"), "o3")
    office.pay("o3", "INV-77")

    assert "Order o3 paid" in why(office, "INV-77")


def test_what_is_not_known_is_said(office: Office) -> None:
    assert "No order or invoice is called 4711." in why(office, "4711")


def test_the_order_that_brings_a_new_customer_belongs_to_the_codes_owner(office: Office) -> None:
    found = part(why(office, "o1"), 1)

    assert "The order belongs to Hans Meier , since the code vonmeier was redeemed." in found
    assert "Named by an admin None for this address." in found
    assert "Sponsor the buyer had Sabine Krüger had none by then." in found
    assert "decides Owner of the coupon code vonmeier belongs to Hans Meier." in found
    assert "address type from Prospect to Customer" in found
    assert "sponsor set to Hans Meier" in found


def test_the_next_order_belongs_to_the_sponsor_whatever_code_is_used(office: Office) -> None:
    make_partner(office.app, "roth", name="Julia Roth")
    make_code(office.app, "vonroth", owner="roth", amount="1.00")
    office.place(make_cart(customer=office.customers["sabine"], key="k9"), "o9", codes=["vonroth"])

    found = part(why(office, "o9"), 1)

    assert "The order belongs to Hans Meier , who was the buyer's sponsor already." in found
    assert "decides Sponsor the buyer had Hans Meier, by the code vonmeier." in found
    assert "vonroth belongs to Julia Roth. It does not decide: there was a sponsor already." in found


def test_an_admins_word_goes_first(office: Office) -> None:
    office.register(make_customer("uwe", name="Uwe Neumann"))
    set_sponsor(office.app, "uwe", "schulz")
    office.clock.advance(hours=1)
    office.place(
        make_cart(customer=office.add_customer("uwe", name="Uwe Neumann"), key="k4"), "o4", codes=["vonmeier"]
    )

    found = part(why(office, "o4"), 1)

    assert "The order belongs to Petra Schulte , whom an admin has named as sponsor." in found
    assert "decides Named by an admin Petra Schulte was named as sponsor." in found


def test_an_order_without_partner_says_so(office: Office) -> None:
    office.place(make_cart(customer=office.add_customer("uwe"), key="k5"), "o5")
    page = why(office, "o5")

    assert "No partner earns on this order: the buyer has no sponsor" in part(page, 1)
    assert "No code was used." in part(page, 2)
    assert "Nobody earns: there is no partner." in part(page, 3)


def test_the_checks_of_the_coupon_stand_in_their_order_with_their_evidence(office: Office) -> None:
    found = part(why(office, "o1"), 2)

    assert "Redeemed: −€5.00 , spread over the lines by their value." in found
    places = [found.index(check) for check in (
        "holds Code known and switched on", "holds In its time", "holds Not the buyer's own code",
        "holds Only for new customers", "holds From an order of €20.00 Goods for €25.00.",
        "holds There are articles it may be used on",
    )]  # fmt: skip
    assert places == sorted(places)
    assert "keys checked and claimed" in found


def test_the_discount_is_shown_line_by_line_and_adds_up(office: Office) -> None:
    found = part(why(office, "o1"), 2)

    assert "1 × Article a 19% €12.50 −€2.50 €10.00 €8.40" in found
    assert "Sum €25.00 −€5.00 €20.00 €16.80" in found


def test_counters_show_which_use_it_was(office: Office) -> None:
    make_code(office.app, "LIMITED", max_uses=3)
    for number in (1, 2):
        buyer = office.add_customer(f"b{number}")
        office.place(make_cart(customer=buyer, key=f"l{number}"), f"l{number}", codes=["LIMITED"])

    assert "Code still free Use 2 of 3. Counter 1 to 2" in part(why(office, "l2"), 2)


def test_the_terms_that_won_are_named_step_by_step(office: Office) -> None:
    found = part(why(office, "o1"), 3)

    assert "3 levels, together €2.68 , payable from" in found
    assert "Which terms held for Article a" in found
    assert "does not apply Partner and product Nothing is agreed there." in found
    assert "decides In general 10% on level 1, 5% on level 2, 1% on level 3." in found


def test_more_specific_terms_win_and_the_rest_is_not_asked(office: Office) -> None:
    for level, percent in ((1, 20), (2, 8), (3, 4)):
        make_terms(office.app, percent, level=level, product="p-a")
    office.place(make_cart(customer=office.customers["sabine"], key="k6"), "o6")
    office.pay("o6")

    found = part(why(office, "o6"), 3).split("Which terms held for Article b")

    assert "decides Product 20% on level 1, 8% on level 2, 4% on level 3." in found[0]
    assert "does not apply In general Not asked any more." in found[0]
    assert "decides In general 10% on level 1" in found[1]


def test_a_product_outside_the_program_and_a_suspended_partner_are_named(office: Office) -> None:
    make_product(office.app, "p-a", takes_part=False)
    suspend_partner(office.app, "schulz")
    office.place(make_cart(customer=office.customers["sabine"], key="k7"), "o7")
    office.pay("o7")

    found = part(why(office, "o7"), 3)

    assert "Nobody earns on it This product takes no part in the partner program." in found
    assert "Level 2, Petra Schulte, gets nothing: suspended." in found


def test_the_postings_and_the_books_add_up(office: Office) -> None:
    found = part(why(office, "o1"), 3)

    assert "Hans Meier Article a 1 €8.40 10%" in found
    assert "The books add up" in found
    assert (
        "commission expense −€2.68, Hans Meier €1.68, Petra Schulte €0.84, Karl Brenner €0.16. Sum €0.00."
        in found
    )


def test_what_went_back_is_posted_back_to_the_cent(office: Office) -> None:
    found = part(why(office, "o2"), 3)

    assert "3 levels, all taken back: €0.00" in found
    assert "Hans Meier Reversal Article a" in found
    assert "−€0.84" in found
    assert "The books add up" in found


def test_books_that_were_tampered_with_do_not_add_up(office: Office) -> None:
    with office.transaction() as session:
        session.execute(update(Document).where(Document.ref == "o1").values(kept={"1|a": 84}))

    assert "The books do not add up" in part(why(office, "o1"), 3)


def test_before_the_payment_nothing_is_earned_yet(office: Office) -> None:
    office.place(make_cart(customer=office.customers["sabine"], key="k8"), "o8")

    assert "Nothing is earned yet. Commissions are posted when the order is paid." in part(
        why(office, "o8"), 3
    )


def test_prices_without_vat_and_lines_without_a_rate_are_explained_too(office: Office) -> None:
    lines = (make_line("a"), replace(make_line("b"), vat_rate=None))
    cart = make_cart(*lines, customer=office.add_customer("net"), key="kn", prices_include_vat=False)
    office.place(cart, "on", codes=["vonmeier"])
    office.pay("on")

    found = part(why(office, "on"), 2)

    assert "1 × Article a 19% €12.50 −€2.50 €10.00 €10.00" in found
    assert "1 × Article b €12.50 −€2.50 €10.00 €10.00" in found


def test_a_sale_that_was_a_fact_says_which_check_did_not_hold(office: Office) -> None:
    make_code(office.app, "EXPENSIVE", min_order="1000.00")
    with office.app.app_context():
        order = Order.from_cart(make_cart(key="kf"), ref="f1", codes=("EXPENSIVE",), promised_discount="5")
        orders.placed(office.state, order, commit=True, as_fact=True)

    found = part(why(office, "f1"), 2)

    assert "although the code did not hold" in found
    assert "does not hold From an order of €1,000.00 Goods for €25.00." in found
    assert "holds Code known and switched on" in found


def test_an_invoice_without_an_order_is_explained(office: Office) -> None:
    with office.transaction():
        lines = (make_line("a", "50.00"),)
        customer = office.customers["sabine"]
        office.firstline.invoice_paid(
            Invoice(ref="I-1", number="R-1", currency="EUR", lines=lines, customer=customer)
        )

    page = why(office, "R-1")

    assert "Invoice R-1 paid" in page
    assert "The books add up" in page


def test_the_page_links_to_the_shops_own_order(office: Office) -> None:
    answer = office.ines().get(f"{PREFIX}/why?q=o1", follow_redirects=True)

    assert 'href="/orders/o1"' in answer.get_data(as_text=True)


def test_an_explanation_reads_only(office: Office) -> None:
    before = office.rows(Accrual), office.rows(Document)

    why(office, "o1")

    assert (office.rows(Accrual), office.rows(Document)) == before


def test_store_credit_that_went_back_is_said(office: Office) -> None:
    make_code(office.app, "card", amount="50.00", treatment="multi_purpose")
    cart = make_cart(make_line("soap", "30.00"), make_line("oil", "40.00"), key="k7")
    office.place(cart, "o7", codes=["card"])
    assert "Paid with store credit: €50.00 . VAT is not touched by it." in part(why(office, "o7"), 2)

    for ref, key, said in (("b1", "soap", "€10.00"), ("b2", "oil", "€50.00")):
        office.refund("o7", ref, lines={key: 1})
        sentence = f"Paid with store credit: €50.00 , of which {said} went back to the code."
        assert sentence in part(why(office, "o7"), 2)
