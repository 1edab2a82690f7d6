"""Applications, tickets and log-ins in the services, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import (
    Application,
    ApplicationState,
    Contact,
    History,
    Login,
    Outbox,
    TermsAcceptance,
)
from flask_firstline.services import (
    application_acts,
    applications,
    logins,
    mails,
    merging,
    partner_terms,
    partners,
    tickets,
)
from flask_firstline.services.application_acts import Places
from flask_firstline.services.applications import Wanted
from flask_firstline.services.attempted import attempted
from flask_firstline.services.attribution import Owner
from flask_firstline.services.carts import Holders
from flask_firstline.services.context import Context, Keyring
from flask_firstline.services.joined_by import Signs, owner_of
from flask_firstline.services.mistakes import BadApplication, NoLogin, TooManyTries
from flask_firstline.services.tickets import Purpose, Ticket
from flask_firstline.services.unit import unit
from flask_firstline.testing import FakeShop, make_cart, make_code

from .kit import MakeShop, sponsor

PLACES = Places(
    shop="shop.example",
    confirm="https://shop.example/{ticket}",
    desk="https://shop.example/desk/",
    password="https://shop.example/password/{ticket}",  # noqa: S106 - an address
    sign_in="https://shop.example/sign-in",
    link="https://shop.example/by/{ticket}",
)
TOM = Wanted(name="Tom Neu", email="tom@post.example", phone="0731 2")
WAITING, APPROVED = ApplicationState.WAITING, ApplicationState.APPROVED


def do(shop: FakeShop, work: Callable[[Context], Any]) -> Any:
    """Work as the pages do."""
    with shop.app.app_context():
        return attempted(lambda: unit(shop.state.session()), shop.state.context, work)


def apply(shop: FakeShop, wanted: Wanted = TOM, owner: Owner | None = None) -> Any:
    return do(shop, lambda ctx: applications.apply(ctx, wanted, owner, None, PLACES))


def confirm(shop: FakeShop, application_id: int = 1) -> Any:
    return do(shop, lambda ctx: applications.confirm(ctx, application_id, PLACES))


def by_code(shop: FakeShop, code: str, email: str = TOM.email) -> Owner:
    found = do(shop, lambda ctx: owner_of(ctx, Customer(email=email), Signs(holders=Holders(), code=code)))
    assert isinstance(found, Owner)
    return found


def tom(shop: FakeShop) -> Any:
    [row] = shop.rows(Contact, email=TOM.email)
    return row


# From applying to deciding -----------------------------------------------------------------------------


def test_nothing_is_known_of_a_person_before_the_address_is_proven(shop: FakeShop) -> None:
    before = len(shop.rows(Contact))

    assert apply(shop) is ApplicationState.UNCONFIRMED
    assert len(shop.rows(Contact)) == before

    assert confirm(shop) is WAITING
    assert (tom(shop).ref, tom(shop).guest_key, tom(shop).phone) == (None, "tom@post.example", "0731 2")


def test_confirming_again_changes_nothing(shop: FakeShop) -> None:
    apply(shop, owner=by_code(shop, "vonmeier"))
    confirm(shop)
    before = shop.rows(History), shop.rows(Contact)

    assert confirm(shop) is WAITING

    assert (shop.rows(History), shop.rows(Contact)) == before


def test_a_guest_who_has_bought_keeps_history_and_sponsor(shop: FakeShop) -> None:
    make_code(shop.app, "vonopa", owner="opa", amount="5.00")
    guest = Customer(email=TOM.email, name="T. Neu")
    shop.place(make_cart(customer=guest, key="g"), "o1", codes=["vonopa"])

    apply(shop, owner=by_code(shop, "vonmeier"))
    confirm(shop)

    refs = {row.id: row.ref for row in shop.rows(Contact)}
    assert (tom(shop).name, tom(shop).first_order_ref, refs[tom(shop).sponsor_id]) == ("T. Neu", "o1", "opa")


def test_who_has_people_below_does_not_come_under_one_of_them(shop: FakeShop) -> None:
    guest = Customer(email=TOM.email)
    shop.place(make_cart(customer=guest, key="g"), "o1", codes=[])
    with shop.transaction() as session:
        opa = shop.rows(Contact, ref="opa")[0].id
        partners.set_sponsor(
            session.connection(), opa, tom(shop).id, why="so", who="test", now=shop.clock.now
        )

    apply(shop, owner=by_code(shop, "vonmeier"))
    confirm(shop)

    assert tom(shop).sponsor_id is None
    touches = shop.rows(History, contact_id=tom(shop).id, kind="touch")
    assert [row.why for row in touches] == ["would close a circle"]


def test_a_customer_who_is_approved_gets_no_log_in_of_ours(shop: FakeShop) -> None:
    shop.register(shop.add_customer("ina"))
    wanted = Wanted(name="Ina", email="ina@shop.example", customer_ref="ina", proven=True)

    assert apply(shop, wanted) is WAITING
    assert do(shop, lambda ctx: application_acts.approve(ctx, 1, PLACES, who="admin"))

    assert shop.contact("ina").partner  # type: ignore[union-attr]
    assert shop.rows(Login) == []


def test_an_approved_partner_has_the_sponsor_and_a_log_in(shop: FakeShop) -> None:
    apply(shop, owner=by_code(shop, "vonmeier"))
    confirm(shop)
    do(shop, lambda ctx: application_acts.approve(ctx, 1, PLACES, who="admin"))

    [login] = shop.rows(Login)
    assert (login.contact_id, login.password) == (tom(shop).id, None)
    assert {row.after for row in shop.rows(History, contact_id=tom(shop).id, kind="address_type")} == {
        "partner"
    }
    assert sponsor(shop, Customer(email=TOM.email)) == "meier"


def test_a_partner_who_applies_again_is_told_by_mail_only(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_PARTNER_APPROVAL=False)
    apply(shop)
    assert confirm(shop) is APPROVED

    assert apply(shop) is ApplicationState.UNCONFIRMED

    letters = [row.payload["letter"] for row in shop.rows(Outbox, topic=mails.MAIL)]
    assert letters == ["confirm", "welcome", "partner_already"]
    assert len(shop.rows(Application)) == 1


def test_an_older_application_of_who_is_a_partner_meanwhile_goes(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_PARTNER_APPROVAL=False)
    apply(shop)
    apply(shop)
    confirm(shop, 1)

    assert confirm(shop, 2) is None
    assert [row.id for row in shop.rows(Application)] == [1]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(name="", email="t@post.example"), "name"),
        (Wanted(name="T", email="no address"), "email"),
        (Wanted(name="T", email="t@post.example", site="javascript:alert(1)"), "site"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_field(shop: FakeShop, wanted: Wanted, field: str) -> None:
    with pytest.raises(BadApplication) as caught:
        apply(shop, wanted)

    assert caught.value.field == field


def test_an_eleventh_application_from_one_place_is_refused(shop: FakeShop) -> None:
    for number in range(10):
        apply(shop, Wanted(name="T", email=f"t{number}@post.example"))

    with pytest.raises(TooManyTries):
        apply(shop, Wanted(name="T", email="t@post.example"))


def test_only_unconfirmed_applications_are_purged(shop: FakeShop) -> None:
    apply(shop)
    confirm(shop)
    apply(shop, Wanted(name="Eva", email="eva@post.example"))
    shop.clock.advance(days=8)

    with shop.app.app_context():
        work_once(shop.state)

    assert [row.email for row in shop.rows(Application)] == ["tom@post.example"]


# Tickets -----------------------------------------------------------------------------------------------


def test_a_ticket_holds_for_its_purpose_until_its_end_under_every_key(shop: FakeShop) -> None:
    now = shop.clock.now
    old, new = Keyring({"1": "one"}), Keyring({"1": "one", "2": "two"})
    ticket = Ticket(purpose=Purpose.LOG_IN, row_id=7, serial=3, until=now + timedelta(minutes=30))
    text = tickets.sign(old, ticket)

    assert tickets.read(new, text, Purpose.LOG_IN, now) == ticket
    assert tickets.read(new, text, Purpose.PASSWORD, now) is None
    assert tickets.read(new, text, Purpose.LOG_IN, ticket.until) is None
    assert tickets.read(Keyring({"9": "nine"}), text, Purpose.LOG_IN, now) is None
    assert tickets.read(new, text[:-1], Purpose.LOG_IN, now) is None
    assert tickets.read(new, "", Purpose.LOG_IN, now) is None


def test_no_ticket_is_stored(shop: FakeShop) -> None:
    apply(shop)
    confirm(shop)
    do(shop, lambda ctx: application_acts.approve(ctx, 1, PLACES, who="admin"))

    payloads = [row.payload for row in shop.rows(Outbox, topic=mails.MAIL)]

    assert [payload["letter"] for payload in payloads] == ["confirm", "welcome"]
    assert payloads[0]["values"]["confirm"] == PLACES.confirm
    assert payloads[1]["values"]["password"] == PLACES.password
    assert TOM.email not in str(payloads)


# Log-ins -----------------------------------------------------------------------------------------------


@pytest.fixture
def login(shop: FakeShop) -> int:
    """Give Tom, a partner with a log-in of ours."""
    with shop.transaction() as session:
        return partners.add_partner(
            session.connection(), ref=None, email=TOM.email, who="test", now=shop.clock.now
        )


def test_a_link_is_used_once_and_ends_those_before(shop: FakeShop, login: int) -> None:
    ticket = Ticket(purpose=Purpose.LOG_IN, row_id=login, serial=1, until=shop.clock.now)

    assert do(shop, lambda ctx: logins.is_fresh(ctx, ticket))
    assert do(shop, lambda ctx: logins.redeem(ctx, ticket)).contact_id == login
    assert do(shop, lambda ctx: logins.redeem(ctx, ticket)) is None
    assert not do(shop, lambda ctx: logins.is_fresh(ctx, ticket))


def test_a_new_password_and_the_end_of_sessions_raise_the_generation(shop: FakeShop, login: int) -> None:
    assert do(shop, lambda ctx: logins.set_password(ctx, login, "hash", who="test")) == 2
    assert do(shop, lambda ctx: logins.end_sessions(ctx, login)) == 3
    account = do(shop, lambda ctx: logins.by_email(ctx, " TOM@post.example "))

    assert (account.password, account.generation) == ("hash", 3)


def test_who_uses_the_account_in_the_shop_has_none(shop: FakeShop) -> None:
    [meier] = shop.rows(Contact, ref="meier")

    assert do(shop, lambda ctx: logins.by_email(ctx, meier.email)) is None
    with pytest.raises(NoLogin):
        do(shop, lambda ctx: logins.end_sessions(ctx, meier.id))


def test_who_is_bound_to_an_account_later_keeps_the_log_in(shop: FakeShop, login: int) -> None:
    shop.register(Customer(ref="tom", email=TOM.email, email_verified=True))

    assert shop.rows(Contact, id=login)[0].ref == "tom"
    assert do(shop, lambda ctx: logins.by_email(ctx, TOM.email)).contact_id == login


def test_an_address_has_one_log_in(shop: FakeShop, login: int) -> None:
    shop.register(Customer(ref="tom", email=TOM.email, email_verified=True))
    with shop.transaction() as session:
        other = partners.add_partner(
            session.connection(), ref=None, email=TOM.email, who="test", now=shop.clock.now
        )

    assert other != login
    assert [row.contact_id for row in shop.rows(Login)] == [login]


def test_erasing_takes_the_log_in_along(shop: FakeShop, login: int) -> None:
    shop.register(Customer(ref="tom", email=TOM.email, email_verified=True))

    with shop.transaction():
        shop.firstline.customer_erased("tom")

    assert shop.rows(Login) == []


# Doubles -----------------------------------------------------------------------------------------------


def merge(shop: FakeShop, loser: int, winner: int) -> None:
    with shop.transaction() as session:
        merging.merge(session.connection(), loser, winner, why="one person", who="test", now=shop.clock.now)


def test_the_log_in_of_a_double_opens_the_desk_of_the_one_that_goes_on(shop: FakeShop, login: int) -> None:
    [meier] = shop.rows(Contact, ref="meier")

    merge(shop, login, meier.id)

    account = do(shop, lambda ctx: logins.by_email(ctx, TOM.email))
    assert (account.contact_id, account.generation) == (meier.id, 2)


def test_what_a_double_applied_for_and_accepted_goes_on(shop: FakeShop) -> None:
    with shop.transaction() as session:
        partner_terms.write(session.connection(), {"en": "Be fair."}, who="test", now=shop.clock.now)
        read = partner_terms.read(session.connection(), "en")
    do(shop, lambda ctx: applications.apply(ctx, TOM, None, read, PLACES))
    confirm(shop)
    shop.register(shop.add_customer("ina"))
    [ina] = shop.rows(Contact, ref="ina")

    merge(shop, tom(shop).id, ina.id)

    assert [row.contact_id for row in shop.rows(Application)] == [ina.id]
    assert [row.contact_id for row in shop.rows(TermsAcceptance)] == [ina.id]
    assert do(shop, lambda ctx: application_acts.approve(ctx, 1, PLACES, who="admin"))
    assert shop.contact("ina").partner  # type: ignore[union-attr]


def test_of_two_applications_of_one_person_one_goes_on(shop: FakeShop) -> None:
    apply(shop)
    confirm(shop)
    apply(shop, Wanted(name="Tom", email="tom@work.example"))
    confirm(shop, 2)
    [other] = shop.rows(Contact, email="tom@work.example")

    merge(shop, other.id, tom(shop).id)

    assert [(row.id, row.contact_id) for row in shop.rows(Application)] == [(1, tom(shop).id)]
