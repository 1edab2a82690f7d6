from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from flask_firstline.domain.coupon import CouponTerms, Kind
from flask_firstline.models import Audit, Code, Coupon, PersonUse
from flask_firstline.services.coupons import change_coupon, create_coupon, find_coupon, set_active
from flask_firstline.services.mistakes import BadTerms, LimitBelowUse, NameTaken, NotThere

from .program_kit import NOW, WHO, acts, add_code, add_coupon, add_partner, five_euro, redeem, row_of


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def change(conn: Connection, coupon_id: int, terms: CouponTerms) -> bool:
    return change_coupon(conn, coupon_id, terms, who=WHO, now=NOW)


def test_a_coupon_is_stored_with_its_terms_and_logged(conn: Connection) -> None:
    coupon_id = add_coupon(conn, min_order=2000, products=frozenset({"b", "a"}), vat_rate=Decimal(19))

    row = row_of(conn, Coupon, coupon_id)
    assert (row.kind, row.amount, row.currency, row.min_order) == ("amount", 500, "EUR", 2000)
    assert (row.products, row.vat_rate, row.used, row.active) == (["a", "b"], Decimal(19), 0, True)
    assert acts(conn) == [("create", "coupon", "Five euro")]


def test_two_coupons_cannot_share_a_name(conn: Connection) -> None:
    add_coupon(conn)

    with pytest.raises(NameTaken, match="'Five euro'"):
        add_coupon(conn)

    assert len(acts(conn)) == 1


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"currency": None}, "needs a currency"),
        ({"currency": "eur"}, "no currency"),
        ({"name": " "}, "1 to 100 characters"),
        ({"name": "x" * 101}, "1 to 100 characters"),
        ({"percent": Decimal(10)}, "per cent belongs to"),
        ({"cap": 100}, "cap belongs to"),
        ({"max_uses": 3_000_000_000}, "at most 1000000000"),
        ({"priority": -3_000_000_000}, "at most 1000000000"),
        ({"vat_rate": Decimal("19.12345")}, "at most 4 decimals"),
    ],
)
def test_terms_that_cannot_work_are_refused_with_a_sentence(
    conn: Connection, terms: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadTerms, match=sentence):
        add_coupon(conn, **{"name": "Wrong", **terms})

    assert acts(conn) == []


def test_a_per_cent_without_amounts_needs_no_currency(conn: Connection) -> None:
    terms = CouponTerms(name="Ten", kind=Kind.PERCENT, percent=Decimal("12.5"))

    coupon_id = create_coupon(conn, terms, give_back="always", who=WHO, now=NOW)

    row = row_of(conn, Coupon, coupon_id)
    assert (row.percent, row.currency, row.give_back) == (Decimal("12.5"), None, "always")


def test_an_unknown_way_to_give_back_is_refused(conn: Connection) -> None:
    with pytest.raises(BadTerms, match="unpaid, always, never"):
        create_coupon(conn, five_euro(), give_back="sometimes", who=WHO, now=NOW)


def test_the_same_terms_again_change_and_log_nothing(conn: Connection) -> None:
    coupon_id = add_coupon(conn, products=frozenset({"a"}))

    assert change(conn, coupon_id, five_euro(products=frozenset({"a"}))) is False
    assert len(acts(conn)) == 1


def test_a_change_is_logged_with_what_was_and_what_is(conn: Connection) -> None:
    coupon_id = add_coupon(conn)

    assert change(conn, coupon_id, five_euro(amount=700)) is True

    table = Audit.__table__
    logged = conn.execute(select(table).where(table.c.act == "change")).one()
    assert (logged.who, logged.before, logged.after) == (WHO, {"amount": 500}, {"amount": 700})


def test_a_coupon_cannot_take_the_name_of_another(conn: Connection) -> None:
    add_coupon(conn, "One")
    second = add_coupon(conn, "Two")

    with pytest.raises(NameTaken):
        change(conn, second, five_euro("One"))


def test_a_new_limit_begins_with_a_count_of_the_live_rows(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    code_id = add_code(conn, "vonmeier", coupon_id)
    for number in range(3):
        redeem(conn, code_id, coupon_id, f"o{number}")
    redeem(conn, code_id, coupon_id, "o9", state="released")

    change(conn, coupon_id, five_euro(max_uses=3))

    assert row_of(conn, Coupon, coupon_id).used == 3


def test_a_limit_below_what_is_used_is_refused(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    code_id = add_code(conn, "vonmeier", coupon_id)
    for number in range(3):
        redeem(conn, code_id, coupon_id, f"o{number}")

    with pytest.raises(LimitBelowUse, match="used 3 times already; a limit of 2 is below"):
        change(conn, coupon_id, five_euro(max_uses=2))


def test_flagged_uses_above_a_kept_limit_do_not_stand_in_the_way_of_other_changes(conn: Connection) -> None:
    coupon_id = add_coupon(conn, max_uses=1)
    code_id = add_code(conn, "vonmeier", coupon_id)
    redeem(conn, code_id, coupon_id, "o1")
    redeem(conn, code_id, coupon_id, "o2", state="flagged")

    change(conn, coupon_id, five_euro(max_uses=1, amount=600))

    assert row_of(conn, Coupon, coupon_id).used == 2


def test_a_new_limit_per_code_counts_each_code(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    one, other = add_code(conn, "aaa1", coupon_id), add_code(conn, "bbb1", coupon_id)
    redeem(conn, one, coupon_id, "o1")
    redeem(conn, one, coupon_id, "o2")
    redeem(conn, other, coupon_id, "o3")

    change(conn, coupon_id, five_euro(max_per_code=2))

    assert (row_of(conn, Code, one).used, row_of(conn, Code, other).used) == (2, 1)


def test_a_limit_per_code_below_the_uses_of_one_code_names_that_code(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    code_id = add_code(conn, "aaa1", coupon_id)
    redeem(conn, code_id, coupon_id, "o1")
    redeem(conn, code_id, coupon_id, "o2")

    with pytest.raises(LimitBelowUse, match="'aaa1' has been used 2 times"):
        change(conn, coupon_id, five_euro(max_per_code=1))


def test_a_new_limit_per_customer_counts_persons_by_ref_and_e_mail(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    code_id = add_code(conn, "vonmeier", coupon_id)
    buyer = add_partner(conn, "c1", email="Ina+shop@gmail.com")
    redeem(conn, code_id, coupon_id, "o1", contact_id=buyer)
    redeem(conn, code_id, coupon_id, "o2", contact_id=buyer)

    change(conn, coupon_id, five_euro(max_per_customer=3))

    table = PersonUse.__table__
    uses = {row.person_key: (row.scope, row.used, row.max_uses) for row in conn.execute(select(table))}
    scope = f"coupon:{coupon_id}"
    assert uses == {"email:ina@gmail.com": (scope, 2, 3), "ref:c1": (scope, 2, 3)}


def test_a_limit_per_customer_below_what_one_of_them_used_is_refused(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    code_id = add_code(conn, "vonmeier", coupon_id)
    buyer = add_partner(conn, "c1")
    redeem(conn, code_id, coupon_id, "o1", contact_id=buyer)
    redeem(conn, code_id, coupon_id, "o2", contact_id=buyer)

    with pytest.raises(LimitBelowUse, match="By one customer"):
        change(conn, coupon_id, five_euro(max_per_customer=1))


def test_without_a_limit_per_customer_nothing_is_kept_of_persons(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    code_id = add_code(conn, "vonmeier", coupon_id)
    redeem(conn, code_id, coupon_id, "o1", contact_id=add_partner(conn, "c1"))
    change(conn, coupon_id, five_euro(max_per_customer=3))

    change(conn, coupon_id, five_euro())

    assert conn.execute(select(PersonUse.__table__)).all() == []


def test_switching_off_and_on_is_logged_once_each(conn: Connection) -> None:
    coupon_id = add_coupon(conn)

    done = [set_active(conn, coupon_id, active, who=WHO, now=NOW) for active in (False, False, True)]

    assert done == [True, False, True]
    assert [act for act, _, _ in acts(conn)] == ["create", "switch off", "switch on"]


def test_a_coupon_that_is_not_there_is_said_to_be(conn: Connection) -> None:
    assert find_coupon(conn, "Nothing") is None
    with pytest.raises(NotThere, match="id 77"):
        change(conn, 77, five_euro())
