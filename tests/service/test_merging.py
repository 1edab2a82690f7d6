"""Doubles on either database: what moves, what stays, and that both identities mean one person afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from flask_firstline import Customer, Refused
from flask_firstline.domain.consent import Grant
from flask_firstline.models import (
    Audit,
    Code,
    Consent,
    Contact,
    Document,
    History,
    Link,
    MailChoice,
    Merged,
    Posting,
    Redemption,
)
from flask_firstline.services import (
    consents,
    desk_people,
    links,
    lookup,
    merging,
    notices,
    partners,
    preferences,
    sponsors,
)
from flask_firstline.services.consents import Wording
from flask_firstline.services.mistakes import HasMoney, SamePerson, WinnerBelow
from flask_firstline.services.notices import NoticeKind
from flask_firstline.services.preferences import MailSort
from flask_firstline.testing import FakeShop, make_cart, make_code, make_partner

WHO = "test"


def contact(shop: FakeShop, ref: str | None = None, **more: object) -> Any:
    [found] = shop.rows(Contact, **({"ref": ref} if ref else {}), **more)
    return found


def merge(shop: FakeShop, loser: int, winner: int) -> merging.Preview:
    with shop.transaction() as session:
        now = shop.clock.now
        return merging.merge(session.connection(), loser, winner, why="the same", who=WHO, now=now)


def register(shop: FakeShop, customer: Customer, code: str | None = None) -> None:
    with shop.app.app_context():
        shop.firstline.customer_registered(customer, code, commit=True)


def test_a_guest_and_a_customer_become_one_whom_both_identities_mean(shop: FakeShop) -> None:
    guest = Customer(email="ina.private@post.example", name="Ina")
    shop.place(make_cart(customer=guest, key="g"), "o1", codes=["vonmeier"])
    shop.place(make_cart(customer=shop.add_customer("ina", "ina@work.example")), "o2")
    loser, winner = contact(shop, email="ina.private@post.example").id, contact(shop, "ina").id

    merge(shop, loser, winner)
    shop.place(make_cart(customer=guest, key="g2"), "o3")

    assert contact(shop, "ina").sponsor_id == contact(shop, "meier").id
    placed = {row.ref: row.contact_id for row in shop.rows(Document)}
    assert placed == {"o1": loser, "o2": winner, "o3": winner}
    assert contact(shop, id=winner).email == "ina@work.example"
    assert [(row.loser_id, row.winner_id) for row in shop.rows(Merged)] == [(loser, winner)]


def test_who_bought_under_one_identity_is_no_new_customer_under_the_other(shop: FakeShop) -> None:
    make_code(shop.app, "fresh", owner="meier", amount="3.00", new_customers_only=True)
    guest = Customer(email="ina.private@post.example")
    shop.place(make_cart(customer=guest, key="g"), "o1")
    ina = shop.add_customer("ina", "ina@work.example")
    register(shop, ina)
    merge(shop, contact(shop, email="ina.private@post.example").id, contact(shop, "ina").id)

    for customer in (ina, guest):
        with pytest.raises(Refused):
            shop.place(make_cart(customer=customer, key="new"), "o2", codes=["fresh"])


def test_limits_per_customer_count_what_both_have_used(shop: FakeShop) -> None:
    make_code(shop.app, "twice", amount="3.00", max_per_customer=1)
    guest = Customer(email="ina.private@post.example")
    shop.place(make_cart(customer=guest, key="g"), "o1", codes=["twice"])
    ina = shop.add_customer("ina", "ina@work.example")
    register(shop, ina)
    merge(shop, contact(shop, email="ina.private@post.example").id, contact(shop, "ina").id)

    with pytest.raises(Refused):
        shop.place(make_cart(customer=ina), "o2", codes=["twice"])


def test_first_line_codes_and_links_go_over_and_the_books_stay(shop: FakeShop) -> None:
    make_partner(shop.app, "double", sponsor="opa")
    make_code(shop.app, "vondouble", owner="double", amount="3.00")
    double, meier = contact(shop, "double").id, contact(shop, "meier").id
    ina = shop.add_customer("ina")
    register(shop, ina, "vondouble")
    register(shop, shop.add_customer("jan"), "vondouble")
    with shop.transaction() as session:
        conn, now = session.connection(), shop.clock.now
        for owner in (double, meier):
            links.make_link(conn, owner, path="/balm", who=WHO, now=now)
    shop.place(make_cart(customer=ina), "o1", codes=["vondouble"])
    before = [(row.id, row.contact_id) for row in shop.rows(Redemption)]

    found = merge(shop, double, meier)

    assert (found.first_line, found.codes, found.links, found.open_orders) == (2, 1, 1, 1)
    assert {contact(shop, ref).sponsor_id for ref in ("ina", "jan")} == {meier}
    assert shop.rows(Code, display="vondouble")[0].owner_id == meier
    assert {row.partner_id for row in shop.rows(Link)} == {meier}
    assert len({row.label for row in shop.rows(Link)}) == 2
    assert shop.rows(Document, ref="o1")[0].partner_id == meier
    assert [(row.id, row.contact_id) for row in shop.rows(Redemption)] == before
    with shop.transaction() as session:
        assert sponsors.wrong_paths(session.connection()) == 0


def test_an_order_of_before_earns_for_the_one_that_goes_on(shop: FakeShop) -> None:
    make_partner(shop.app, "double")
    make_code(shop.app, "vondouble", owner="double", amount="3.00")
    shop.place(make_cart(customer=shop.add_customer("ina")), "o1", codes=["vondouble"])
    merge(shop, contact(shop, "double").id, contact(shop, "meier").id)

    shop.pay("o1")

    earned = {row.partner_id for row in shop.rows(Posting)}
    assert contact(shop, "meier").id in earned
    assert contact(shop, "double").id not in earned


def test_the_desk_and_admins_find_the_one_that_goes_on_under_the_other_ref(shop: FakeShop) -> None:
    make_partner(shop.app, "double", name="Hans M.")
    meier = contact(shop, "meier").id
    merge(shop, contact(shop, "double").id, meier)

    with shop.transaction() as session:
        found = desk_people.find_partner(session.connection(), "double", now=shop.clock.now)
        assert found is not None
        assert found.id == meier
        assert [row.id for row in lookup.contacts(session, "Hans M.")] == [meier]
    view = shop.contact("double")
    assert view is not None
    assert view.ref == "meier"


def test_a_second_merger_leads_all_the_way(shop: FakeShop) -> None:
    for ref in ("a", "b", "c"):
        register(shop, shop.add_customer(ref))
    a, b, c = (contact(shop, ref).id for ref in "abc")
    merge(shop, a, b)
    merge(shop, b, c)

    assert {(row.loser_id, row.winner_id) for row in shop.rows(Merged)} == {(a, c), (b, c)}
    view = shop.contact("a")
    assert view is not None
    assert view.ref == "c"
    with pytest.raises(SamePerson):
        merge(shop, a, c)


def test_who_has_earned_goes_on_and_cannot_end(shop: FakeShop) -> None:
    shop.place(make_cart(customer=shop.add_customer("ina")), "o1", codes=["vonmeier"])
    shop.pay("o1")
    make_partner(shop.app, "double")
    double, meier = contact(shop, "double").id, contact(shop, "meier").id

    with pytest.raises(HasMoney):
        merge(shop, meier, double)
    merge(shop, double, meier)


def test_nobody_is_merged_into_somebody_below_or_into_oneself(shop: FakeShop) -> None:
    opa, meier = contact(shop, "opa").id, contact(shop, "meier").id

    with pytest.raises(WinnerBelow):
        merge(shop, opa, meier)
    with pytest.raises(SamePerson):
        merge(shop, opa, opa)
    assert shop.rows(Merged) == []


def test_a_contact_without_an_account_gets_that_of_its_double(shop: FakeShop) -> None:
    guest = Customer(email="ina@post.example", name="Ina Neu")
    shop.place(make_cart(customer=guest, key="g"), "o1", codes=["vonmeier"])
    register(shop, shop.add_customer("ina", "ina@work.example"))
    winner, loser = contact(shop, email="ina@post.example").id, contact(shop, "ina").id

    merge(shop, loser, winner)

    assert contact(shop, "ina").id == winner
    assert contact(shop, "ina").name == "Ina Neu"


def test_a_stranger_with_the_guests_address_gets_no_ones_account(shop: FakeShop) -> None:
    guest = Customer(email="meier.private@post.example")
    shop.place(make_cart(customer=guest, key="g"), "o1")
    meier = contact(shop, "meier").id
    merge(shop, contact(shop, email="meier.private@post.example").id, meier)

    register(shop, Customer(ref="stranger", email="meier.private@post.example"))

    assert contact(shop, "stranger").id != meier
    assert contact(shop, id=meier).ref == "meier"


def test_it_is_logged_and_stands_in_the_history_of_both(shop: FakeShop) -> None:
    for ref in ("a", "b"):
        register(shop, shop.add_customer(ref))
    a, b = contact(shop, "a").id, contact(shop, "b").id
    merge(shop, a, b)

    [act] = shop.rows(Audit, act="merge")
    assert (act.subject, act.after["double"], act.after["why"]) == ("b", "a", "the same")
    assert {(row.contact_id, row.why) for row in shop.rows(History, how="merge")} == {
        (a, "the same"),
        (b, "the same"),
    }


def test_who_is_forgotten_is_forgotten_with_the_guest_that_was_merged_in(shop: FakeShop) -> None:
    guest = Customer(email="ina.private@post.example", name="Ina Neu")
    shop.place(make_cart(customer=guest, key="g"), "o1")
    register(shop, shop.add_customer("ina", "ina@work.example"))
    loser, winner = contact(shop, email="ina.private@post.example").id, contact(shop, "ina").id
    merge(shop, loser, winner)

    with shop.app.app_context():
        shop.firstline.customer_erased("ina", commit=True)

    for one in (loser, winner):
        row = contact(shop, id=one)
        assert (row.email, row.name, row.erased_at is not None) == (None, None, True)


def off(shop: FakeShop, contact_id: int, *sorts: MailSort) -> None:
    """Let somebody want everything but these sorts of mail."""
    with shop.transaction() as session:
        wanted = set(MailSort) - set(sorts)
        preferences.choose(session.connection(), contact_id, wanted, now=shop.clock.now)


def unwanted(shop: FakeShop, contact_id: int) -> set[MailSort]:
    with shop.transaction() as session:
        return set(preferences.unwanted(session.connection(), contact_id))


def two(shop: FakeShop) -> tuple[int, int]:
    """Give a guest and a customer who are one person: the double, and the one that goes on."""
    shop.place(make_cart(customer=Customer(email="ina.private@post.example"), key="g"), "o1")
    shop.place(make_cart(customer=shop.add_customer("ina", "ina@work.example")), "o2")
    return contact(shop, email="ina.private@post.example").id, contact(shop, "ina").id


def test_which_mails_a_double_does_not_want_stays_unless_the_other_asked_for_them_later(
    shop: FakeShop,
) -> None:
    loser, winner = two(shop)
    off(shop, winner, MailSort.PROGRAM)
    off(shop, loser, MailSort.MANY, MailSort.PROGRAM, MailSort.REMINDER)
    shop.clock.advance(days=1)
    off(shop, winner)

    merge(shop, loser, winner)

    assert unwanted(shop, winner) == {MailSort.MANY, MailSort.REMINDER}
    told = [(row.sort, row.wanted, row.place) for row in shop.rows(MailChoice, contact_id=winner)]
    assert set(told[2:]) == {("mailing", False, "double"), ("reminder", False, "double")}


def test_choices_outlive_a_new_address_and_what_the_shop_tells_anew(shop: FakeShop) -> None:
    _loser, winner = two(shop)
    off(shop, winner, MailSort.MANY)

    register(shop, Customer(ref="ina", email="ina@new.example", locale="nl"))

    assert contact(shop, "ina").email == "ina@new.example"
    assert unwanted(shop, winner) == {MailSort.MANY}


def test_the_notices_of_a_partner_that_are_off_and_the_consents_given_to_it_go_over(shop: FakeShop) -> None:
    make_partner(shop.app, "double")
    register(shop, Customer(ref="eva", email="eva@post.example"))
    loser, winner, eva = (contact(shop, ref).id for ref in ("double", "meier", "eva"))
    with shop.transaction() as session:
        conn, now = session.connection(), shop.clock.now
        notices.choose(conn, loser, set(NoticeKind) - {NoticeKind.PAID}, now=now)
        partners.set_sponsor(conn, eva, loser, why="as agreed", who=WHO, now=now)
        read = Wording(text="The double may see my e-mail.", version="1", locale="en")
        consents.give(conn, eva, loser, Grant(email=True, phone=False), wording=read, now=now)

    merge(shop, loser, winner)

    with shop.transaction() as session:
        assert notices.switched_off(session.connection(), winner) == {NoticeKind.PAID}
    assert [(row.sponsor_id, row.ended_at) for row in shop.rows(Consent)] == [(winner, None)]
