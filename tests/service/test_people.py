"""Who is who: customers, guests, new customers, own codes."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from flask_firstline import Customer, Reason
from flask_firstline.models import AppliedCode, Call, Contact, Document, History, PersonUse, Redemption
from flask_firstline.testing import (
    NOON,
    FakeShop,
    make_cart,
    make_code,
    make_customer,
    make_line,
    make_partner,
    set_sponsor,
    suspend_partner,
)

from .kit import MakeShop, address_type, cart_of, earned, reason, sponsor, states


@pytest.fixture
def new_only(shop: FakeShop) -> FakeShop:
    """A shop with a code for new customers."""
    make_code(shop.app, "neu", amount=5, new_customers_only=True, owner="meier")
    return shop


def guest(email: str | None, **more: Any) -> Customer:
    return Customer(email=email, **more)


# New customers --------------------------------------------------------------------------------------------


def test_a_new_customer_uses_the_code_once(new_only: FakeShop) -> None:
    new_only.place(cart_of("ina"), "o1", codes=["neu"])

    assert reason(new_only, cart_of("ina"), "o2", codes=["neu"]) is Reason.NEW_CUSTOMERS_ONLY


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ina.neu@gmail.com", "inaneu@gmail.com"),
        ("ina@gmail.com", "i.n.a@googlemail.com"),
        ("ina@shop.example", "ina+again@shop.example"),
        ("ina@shop.example", "INA@Shop.Example"),
        ("ina@shop.example", "  ina@shop.example "),
    ],
)
@pytest.mark.parametrize("guests", [True, False], ids=["guests", "accounts"])
def test_another_spelling_of_the_address_is_the_same_person(
    new_only: FakeShop, first: str, second: str, guests: bool
) -> None:
    people = [
        Customer(ref=None if guests else f"c{n}", email=email) for n, email in enumerate((first, second))
    ]
    new_only.place(cart_of(people[0], key="c0"), "o0", codes=["neu"])

    assert reason(new_only, cart_of(people[1], key="c1"), "o1", codes=["neu"]) is Reason.NEW_CUSTOMERS_ONLY


@pytest.mark.parametrize(
    ("first", "second"),
    [("ina.neu@shop.example", "inaneu@shop.example"), ("ina@shop.example", "ina@other.example")],
)
def test_two_mailboxes_are_two_persons(new_only: FakeShop, first: str, second: str) -> None:
    for n, email in enumerate((first, second)):
        assert new_only.place(cart_of(guest(email), key=f"c{n}"), f"o{n}", codes=["neu"]).ok


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"phone": "030 1234567", "country": "DE"}, {"phone": "+49 30 1234567"}),
        (
            {"name": "Ina Neu", "address": "Hauptstraße 5, 10115 Berlin"},
            {"name": "NEU, Ina", "address": "Hauptstr. 5 10115 Berlin"},
        ),
    ],
    ids=["phone", "address"],
)
def test_phone_and_home_tell_a_person_too(
    new_only: FakeShop, first: dict[str, str], second: dict[str, str]
) -> None:
    new_only.place(cart_of(guest("a@shop.example", **first), key="c1"), "o1", codes=["neu"])

    again = cart_of(guest("b@shop.example", **second), key="c2")
    assert reason(new_only, again, "o2", codes=["neu"]) is Reason.NEW_CUSTOMERS_ONLY


def test_who_has_bought_before_the_plugin_is_no_new_customer(new_only: FakeShop) -> None:
    old = Customer(ref="alt", email="alt@shop.example", has_bought=True)

    assert reason(new_only, cart_of(old), codes=["neu"]) is Reason.NEW_CUSTOMERS_ONLY
    assert new_only.place(cart_of(old), "o1", codes=["vonmeier"]).ok
    view = new_only.order("o1")
    assert view is not None
    assert view.address_type_before in {"prospect", "customer"}


def test_who_has_ordered_without_a_code_is_no_new_customer(new_only: FakeShop) -> None:
    new_only.place(cart_of("ina"), "o1")

    assert reason(new_only, cart_of("ina"), "o2", codes=["neu"]) is Reason.NEW_CUSTOMERS_ONLY


def test_a_guest_without_an_address_cannot_use_it(new_only: FakeShop) -> None:
    nobody = make_cart(key="c", customer=Customer())
    assert new_only.apply(nobody, "neu").ok
    assert new_only.quote(nobody).message

    assert reason(new_only, nobody) is Reason.EMAIL_NEEDED


def test_a_guest_who_becomes_known_late_is_checked_then(new_only: FakeShop) -> None:
    new_only.place(cart_of("ina"), "o1")
    unknown = make_cart(key="c", customer=None)
    quote = new_only.apply(unknown, "neu")
    assert (quote.ok, str(quote.discount)) == (True, "5.00")

    known = make_cart(key="c", customer=guest("ina@shop.example"))
    assert reason(new_only, known, "o2", promised_discount=quote.discount) is Reason.NEW_CUSTOMERS_ONLY
    fresh = make_cart(key="c", customer=guest("neu@shop.example"))
    assert new_only.place(fresh, "o2", promised_discount=quote.discount).ok


def test_one_claim_serves_several_codes_of_one_order(shop: FakeShop) -> None:
    for code in ("eins", "zwei"):
        make_code(shop.app, code, amount=5, new_customers_only=True, stackable=True)

    assert shop.place(cart_of("ina"), codes=["eins", "zwei"]).codes == ("eins", "zwei")


# Registered, changed ---------------------------------------------------------------------------------------


def test_a_sign_up_makes_a_prospect(shop: FakeShop) -> None:
    view = shop.register("ina")

    assert (view.ref, view.address_type, view.sponsor_ref, view.partner) == ("ina", "prospect", None, False)
    assert (view.email, view.refusal) == ("ina@shop.example", None)
    assert shop.contact("ina") == view


def test_a_sign_up_with_a_code_joins_the_first_line_at_once(shop: FakeShop) -> None:
    view = shop.register("ina", "VONMEIER")

    assert (view.sponsor_ref, view.address_type, view.refusal) == ("meier", "prospect", None)
    assert shop.rows(Redemption) == []
    assert shop.quote(cart_of("ina", key="any")).codes == ("vonmeier",)


def test_a_sign_up_asks_neither_limits_nor_minimum(shop: FakeShop) -> None:
    make_code(shop.app, "voll", amount=5, max_uses=1, owner="meier", min_order="500", products=["p-x"])
    shop.place(cart_of("otto", *[]), "o1")
    assert shop.register("ina", "voll").sponsor_ref == "meier"


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"valid_until": NOON}, Reason.EXPIRED),
        ({"valid_from": NOON + timedelta(days=1)}, Reason.NOT_YET),
        ({"holder": "schulz"}, Reason.NOT_YOURS),
    ],
)
def test_a_sign_up_says_why_a_code_did_not_attach(
    shop: FakeShop, terms: dict[str, Any], expected: Reason
) -> None:
    make_code(shop.app, "probe", owner="meier", **terms)
    view = shop.register("ina", "probe")

    assert (view.refusal, view.sponsor_ref, view.address_type) == (expected, None, "prospect")


@pytest.mark.parametrize("code", ["nonesuch", "", "\x00" * 9, "x" * 900])
def test_a_sign_up_never_raises_for_a_code(shop: FakeShop, code: str) -> None:
    view = shop.register("ina", code)

    assert view.sponsor_ref is None
    assert view.refusal is (Reason.UNKNOWN if code else None)


def test_the_first_sponsor_wins(shop: FakeShop) -> None:
    make_partner(shop.app, "weber")
    make_code(shop.app, "vonweber", owner="weber", amount=5)
    shop.register("ina", "vonmeier")

    shop.register("ina", "vonweber")
    shop.place(cart_of("ina"), "o1", codes=["vonweber"])
    assert sponsor(shop, "ina") == "meier"
    touches = [row.why for row in shop.rows(History, kind="touch")]
    assert any("sponsor" in why for why in touches)


def test_a_sign_up_told_twice_is_one_contact(shop: FakeShop) -> None:
    for _ in range(3):
        shop.register("ina", "vonmeier")

    assert len(shop.rows(Contact, ref="ina")) == 1
    assert len([h for h in shop.rows(History, kind="sponsor") if h.how == "sign-up"]) == 1


def test_a_guest_who_signs_up_keeps_the_past(shop: FakeShop) -> None:
    shop.place(cart_of(guest("ina@shop.example"), key="c"), "o1", codes=["vonmeier"])
    view = shop.register(make_customer("ina", "Ina@Shop.example"))

    assert (view.address_type, view.sponsor_ref) == ("customer", "meier")
    assert len(shop.rows(Contact, email_folded="ina@shop.example")) == 1


def test_two_accounts_with_one_address_stay_two(shop: FakeShop) -> None:
    shop.register(make_customer("a", "one@shop.example"))
    shop.register(make_customer("b", "one@shop.example"))

    assert len(shop.rows(Contact, email="one@shop.example")) == 2


def test_a_guest_with_money_is_bound_with_proof_only(shop: FakeShop) -> None:
    shop.place(cart_of(guest("gast@shop.example"), key="c"), "o1")
    below = make_customer("unten")
    shop.register(below)
    guest_id = shop.rows(Contact, email="gast@shop.example")[0].id
    with shop.transaction() as session:
        session.execute(Contact.__table__.update().where(Contact.ref == "unten").values(sponsor_id=guest_id))

    unproven = shop.register(make_customer("neu", "gast@shop.example"))
    assert unproven.address_type == "prospect"
    proven = shop.register(Customer(ref="echt", email="gast@shop.example", email_verified=True))
    assert proven.address_type == "customer"


def test_changed_details_are_kept_and_what_is_not_told_stays(shop: FakeShop) -> None:
    shop.register(Customer(ref="ina", email="ina@shop.example", name="Ina Neu", phone="030 1"))
    with shop.transaction():
        view = shop.firstline.customer_changed(Customer(ref="ina", name="Ina Alt"))

    assert (view.name, view.email) == ("Ina Alt", "ina@shop.example")
    assert shop.rows(Contact, ref="ina")[0].phone == "030 1"


def test_a_customer_without_a_name_of_any_kind_is_refused(shop: FakeShop) -> None:
    with pytest.raises(ValueError, match="ref or an e-mail"):
        shop.register(Customer(name="Ina"))


def test_a_contact_is_found_by_ref_by_address_or_not_at_all(shop: FakeShop) -> None:
    shop.place(cart_of(guest("gast@shop.example"), key="c"), "o1")

    assert shop.contact("meier") is not None
    assert shop.contact(guest("GAST@shop.example")) is not None
    assert shop.contact("nobody") is None
    assert shop.contact(guest("nobody@shop.example")) is None
    assert shop.contact(Customer()) is None


def test_a_partner_is_shown_as_one(shop: FakeShop) -> None:
    found = shop.contact("meier")

    assert found is not None
    assert (found.partner, found.address_type, found.sponsor_ref) == (True, "partner", "schulz")


def test_balances_of_somebody_unknown_are_none(shop: FakeShop) -> None:
    with shop.transaction():
        assert shop.firstline.balance("nobody") == {}
        assert shop.firstline.balance(Customer()) == {}


# Erased ----------------------------------------------------------------------------------------------------


def test_erasing_forgets_the_person_and_keeps_the_books(new_only: FakeShop) -> None:
    person = Customer(ref="ina", email="ina@shop.example", name="Ina Neu", phone="030 1234567", country="DE")
    new_only.register(person)
    new_only.place(cart_of(person), "o1", codes=["neu"])
    new_only.pay("o1", customer=person)
    new_only.pay(None, "alone", customer=person, lines=[make_line()])
    new_only.apply(cart_of(person, key="next"), "vonmeier")
    with new_only.transaction():
        new_only.firstline.event("visit", person, {"name": "Ina Neu"})
        new_only.firstline.event("visit", guest("ina@shop.example"))
    new_only.pay("not yet placed", "early", customer=person)
    before = earned(new_only)
    with new_only.transaction():
        new_only.firstline.customer_erased("ina")

    assert new_only.contact("ina") is None
    assert new_only.contact(guest("ina@shop.example")) is None
    assert earned(new_only) == before != ["0", "0", "0"]
    everything = " ".join(
        str(value)
        for table in (Contact, PersonUse, Redemption, Call, Document, History, AppliedCode)
        for row in new_only.rows(table)
        for value in row
    )
    assert "ina@shop.example" not in everything
    assert "Ina Neu" not in everything
    assert "1234567" not in everything


def test_somebody_who_comes_back_can_be_erased_again(shop: FakeShop) -> None:
    make_code(shop.app, "treue", amount=5, max_per_customer=5)
    for n in range(2):
        shop.place(cart_of("ina"), f"o{n}", codes=["treue"])
        with shop.transaction():
            shop.firstline.customer_erased("ina")

    assert {row.used for row in shop.rows(PersonUse)} == {2}


def test_a_claim_outlives_the_person(new_only: FakeShop) -> None:
    new_only.place(cart_of("ina"), "o1", codes=["neu"])
    new_only.pay("o1")
    with new_only.transaction():
        new_only.firstline.customer_erased("ina")

    again = cart_of(guest("ina+2@shop.example"), key="c2")
    assert reason(new_only, again, "o2", codes=["neu"]) is Reason.NEW_CUSTOMERS_ONLY


def test_erasing_twice_or_somebody_unknown_does_nothing(shop: FakeShop) -> None:
    shop.register("ina")
    with shop.transaction():
        for ref in ("ina", "ina", "nobody"):
            shop.firstline.customer_erased(ref)

    assert shop.contact("ina") is None


def test_after_erasing_money_can_still_be_given_back(new_only: FakeShop) -> None:
    new_only.place(cart_of("ina"), "o1", codes=["neu"])
    new_only.pay("o1")
    with new_only.transaction():
        new_only.firstline.customer_erased("ina")
    new_only.refund("o1")

    assert earned(new_only) == ["0.00", "0.00", "0.00"]


# Own codes, first line, credit ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "buyer",
    [
        Customer(ref="meier"),
        Customer(ref="meier", email="other@shop.example"),
        Customer(email="meier@shop.example"),
        Customer(ref="zweitkonto", email="Meier+1@shop.example"),
    ],
)
def test_the_own_code_is_refused(shop: FakeShop, buyer: Customer) -> None:
    cart = make_cart(key="c", customer=buyer)
    quote = shop.apply(cart, "vonmeier")

    assert (quote.reason, quote.ok) == (Reason.OWN_CODE, False)
    assert reason(shop, cart, codes=["vonmeier"]) is Reason.OWN_CODE


@pytest.mark.parametrize(
    ("credit", "expected"), [("sponsor", ["0", "1.68", "0.84"]), ("code", ["0", "0.84", "0.16"])]
)
def test_the_own_code_by_setting_earns_the_buyer_nothing(
    make_shop: MakeShop, credit: str, expected: list[str]
) -> None:
    """By sponsor it is an order like any other; by code, level 1 is the buyer's own and stays empty."""
    shop = make_shop(FIRSTLINE_OWN_CODE="allow", FIRSTLINE_ORDER_CREDIT=credit)
    shop.place(make_cart(key="c", customer=Customer(ref="meier")), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop) == expected
    assert sponsor(shop, "meier") == "schulz"


def test_the_buyer_never_earns_on_the_own_order(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_ORDER_CREDIT="code")
    shop.place(cart_of("schulz"), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop) == ["1.68", "0", "0.16"]


@pytest.mark.parametrize(("credit", "expected"), [("sponsor", "meier"), ("code", "weber")])
def test_who_is_credited_when_somebody_elses_code_is_used(
    make_shop: MakeShop, credit: str, expected: str
) -> None:
    shop = make_shop(FIRSTLINE_ORDER_CREDIT=credit)
    make_partner(shop.app, "weber")
    make_code(shop.app, "vonweber", owner="weber", amount=5)
    shop.register("ina", "vonmeier")
    shop.place(cart_of("ina"), "o1", codes=["vonweber"])
    shop.pay("o1")

    view = shop.order("o1")
    assert view is not None
    assert view.partner_ref == expected
    assert earned(shop, expected) == ["1.68"]


def test_credit_by_code_falls_back_to_the_sponsor(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_ORDER_CREDIT="code")
    shop.register("ina", "vonmeier")
    shop.place(cart_of("ina"), "o1", codes=())
    shop.pay("o1")

    assert earned(shop, "meier") == ["2.10"]


def test_the_sponsor_earns_on_orders_without_a_code(shop: FakeShop) -> None:
    shop.register("ina", "vonmeier")
    shop.place(cart_of("ina"), "o1", codes=())
    shop.pay("o1")

    assert earned(shop) == ["2.10", "1.06", "0.22"]


def test_a_sponsor_who_is_no_partner_leaves_it_to_the_owner(shop: FakeShop) -> None:
    shop.register("privat")
    shop.register("ina")
    set_sponsor(shop.app, "ina", "privat")
    shop.place(cart_of("ina"), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop) == ["1.68", "0.84", "0.16"]
    assert sponsor(shop, "ina") == "privat"


def test_with_several_codes_the_first_one_with_an_owner_counts(shop: FakeShop) -> None:
    make_partner(shop.app, "weber")
    make_code(shop.app, "haus", amount=1, stackable=True)
    make_code(shop.app, "vonweber", owner="weber", amount=1, stackable=True)
    make_code(shop.app, "auch meier", owner="meier", amount=1, stackable=True)
    shop.place(cart_of("ina"), "o1", codes=["haus", "vonweber", "auch meier"])

    assert sponsor(shop, "ina") == "weber"


def test_contacts_that_are_no_partner_use_up_no_level(shop: FakeShop) -> None:
    shop.register("privat")
    set_sponsor(shop.app, "privat", "schulz")
    set_sponsor(shop.app, "meier", "privat")
    shop.place(cart_of("ina"), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop) == ["1.68", "0.84", "0.16"]


def test_a_suspended_partner_uses_up_the_level(shop: FakeShop) -> None:
    suspend_partner(shop.app, "schulz")
    shop.place(cart_of("ina"), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop) == ["1.68", "0", "0.16"]


def test_no_circle_is_closed_by_an_order(shop: FakeShop) -> None:
    """Opa buys with the code of somebody below: the discount holds, no sponsor is set, the touch says why."""
    shop.place(cart_of("opa"), "o1", codes=["vonmeier"])

    assert sponsor(shop, "opa") is None
    (touch,) = [row for row in shop.rows(History, kind="touch") if row.order_ref == "o1"]
    assert "circle" in touch.why
    assert states(shop) == ["redeemed"]


def test_no_circle_is_closed_by_a_sign_up(shop: FakeShop) -> None:
    shop.register(Customer(ref="opa"), "vonmeier")

    assert sponsor(shop, "opa") is None
    assert "circle" in " ".join(row.why for row in shop.rows(History, kind="touch"))


def test_a_partner_who_buys_joins_the_first_line_and_stays_a_partner(shop: FakeShop) -> None:
    make_partner(shop.app, "weber")
    shop.place(cart_of("weber"), "o1", codes=["vonmeier"])

    assert (sponsor(shop, "weber"), address_type(shop, "weber")) == ("meier", "partner")


def test_a_cap_over_all_levels_cuts_the_highest_first(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_LEVELS_CAP="12")
    shop.place(cart_of("ina"), "o1", codes=["vonmeier"])
    shop.pay("o1")

    # 12 per cent of 8.40 is 1.01 per line: 0.84 for level 1, 0.17 for level 2, nothing for level 3.
    assert earned(shop) == ["1.68", "0.34", "0"]


# Events -----------------------------------------------------------------------------------------------------


def test_an_event_is_kept_once_by_its_ref_and_each_time_without_one(shop: FakeShop) -> None:
    with shop.transaction():
        for _ in range(2):
            shop.firstline.event("newsletter", "ina", {"list": "news"}, ref="n1")
            shop.firstline.event("visit", make_customer("ina"), {"page": "/"})
        shop.firstline.event("visit", Customer(email="gast@shop.example"))

    calls = [
        (row.key if row.payload["name"] == "newsletter" else "", row.payload["name"])
        for row in shop.rows(Call)
    ]
    assert sorted(calls) == [("", "visit"), ("", "visit"), ("", "visit"), ("n1", "newsletter")]


def test_a_repeated_event_with_other_content_is_warned_of(
    shop: FakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="flask_firstline"), shop.transaction():
        shop.firstline.event("newsletter", "ina", {"list": "news"}, ref="n1")
        assert caplog.records == []
        shop.firstline.event("newsletter", "ina", {"list": "other"}, ref="n1")

    assert "n1" in caplog.text
    assert [row.payload["data"] for row in shop.rows(Call)] == [{"list": "news"}]
