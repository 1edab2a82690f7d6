"""Which codes get a card, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from flask_firstline.domain.coupon import CouponTerms, Kind, Treatment
from flask_firstline.models import Code, CodeBatch, Coupon
from flask_firstline.services.cards import CardFacts, Counts, Selection, card_facts, count, named_selection
from flask_firstline.services.coupons import create_coupon
from flask_firstline.services.mistakes import NotThere
from flask_firstline.testing import make_code, make_coupon, make_partner, switch_code
from flask_firstline.testing.clock import NOON


def printed(conn: Connection, selection: Selection, **more: int) -> list[str]:
    found = card_facts(conn, selection, now=NOON, **{"most": 100, **more})
    return [facts.display for facts in found]


def only(conn: Connection, code: str) -> CardFacts:
    selection = named_selection(conn, "Fair", codes=[code])
    (facts,) = card_facts(conn, selection, now=NOON, most=9)
    return facts


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    """Give a connection to a database with a coupon "Fair", its codes A1 to A5, and a partner's code."""
    with engine.connect() as connection:
        make_coupon(connection, "Fair", amount="5.00", min_order="20.00")
        for n in range(1, 6):
            make_code(connection, f"A{n}", coupon="Fair")
        make_partner(connection, "meier", name="Hans Meier")
        make_code(connection, "vonmeier", owner="meier")
        yield connection


def change(conn: Connection, code: str, **values: object) -> None:
    conn.execute(update(Code).where(Code.display == code).values(**values))


def batch(conn: Connection, coupon: str, **values: object) -> int:
    coupon_id = named_selection(conn, coupon).coupon_id
    made = {"coupon_id": coupon_id, "how": "generated", "count": 2, "made_by": "ines", "created_at": NOON}
    result = conn.execute(insert(CodeBatch).values({**made, **values}).returning(CodeBatch.id))
    return int(result.scalar_one())


def test_all_codes_of_a_coupon_come_in_the_order_in_which_they_were_made(conn: Connection) -> None:
    selection = named_selection(conn, "Fair")

    assert printed(conn, selection) == ["A1", "A2", "A3", "A4", "A5"]
    assert printed(conn, selection, skip=2, most=2) == ["A3", "A4"]
    assert printed(conn, selection, skip=4, most=2) == ["A5"]
    assert printed(conn, selection, skip=5) == []


def test_nothing_chosen_prints_nothing(conn: Connection) -> None:
    assert printed(conn, Selection()) == []
    assert count(conn, Selection(), now=NOON) == Counts(selected=0, printed=0)


def test_codes_are_named_by_any_spelling_and_belong_to_the_coupon(conn: Connection) -> None:
    assert printed(conn, named_selection(conn, "Fair", codes=[" a-4", "a1"])) == ["A1", "A4"]
    for missing in ("A9", "vonmeier"):
        with pytest.raises(NotThere, match="has no code"):
            named_selection(conn, "Fair", codes=[missing])


def test_a_batch_prints_its_own_codes_only(conn: Connection) -> None:
    fair = batch(conn, "Fair")
    change(conn, "A2", batch_id=fair)
    change(conn, "A3", batch_id=fair)

    assert printed(conn, named_selection(conn, "Fair", batch_id=fair)) == ["A2", "A3"]
    with pytest.raises(NotThere, match="has no batch"):
        named_selection(conn, "Coupon vonmeier", batch_id=fair)


def test_a_partner_prints_no_code_of_others(conn: Connection) -> None:
    own, other = (
        conn.execute(select(Code.id, Code.owner_id).where(Code.display == code)).one()
        for code in ("vonmeier", "A1")
    )

    assert printed(conn, Selection(owner_id=own.owner_id, code_ids=(own.id,))) == ["vonmeier"]
    assert printed(conn, Selection(owner_id=own.owner_id, code_ids=(other.id,))) == []


@pytest.mark.parametrize(
    ("values", "left_out"),
    [
        ({"valid_until": NOON}, True),
        ({"valid_until": NOON + timedelta(microseconds=1)}, False),
        ({"max_uses": 3, "used": 2}, False),
        ({"max_uses": 3, "used": 3}, True),
        ({"credit": 5000, "credit_left": 1}, False),
        ({"credit": 5000, "credit_left": 0}, True),
        ({"active": False}, True),
        ({"valid_from": NOON + timedelta(days=9)}, False),
    ],
)
def test_codes_that_nobody_can_redeem_any_more_get_no_card(
    conn: Connection, values: dict[str, object], left_out: bool
) -> None:
    change(conn, "A3", **values)
    selection = named_selection(conn, "Fair")

    assert ("A3" not in printed(conn, selection)) == left_out
    assert count(conn, selection, now=NOON).left_out == left_out


def test_the_limit_per_code_of_the_coupon_counts_too(conn: Connection) -> None:
    conn.execute(update(Coupon).where(Coupon.name == "Fair").values(max_per_code=2))
    change(conn, "A1", used=2)
    change(conn, "A2", used=1)

    assert printed(conn, named_selection(conn, "Fair")) == ["A2", "A3", "A4", "A5"]


def test_the_narrower_of_code_and_coupon_stands_on_the_card(conn: Connection) -> None:
    day = timedelta(days=1)
    conn.execute(
        update(Coupon)
        .where(Coupon.name == "Fair")
        .values(valid_from=NOON - day, valid_until=NOON + 9 * day, max_per_code=5, link_only=True)
    )
    change(conn, "A1", valid_from=NOON + day, valid_until=NOON + 20 * day, max_uses=1)
    change(conn, "A2", valid_from=NOON - 5 * day, valid_until=NOON + 2 * day, max_uses=9)
    first, second = only(conn, "A1"), only(conn, "A2")

    assert (first.valid_from, first.valid_until, first.max_uses) == (NOON + day, NOON + 9 * day, 1)
    assert (second.valid_from, second.valid_until, second.max_uses) == (NOON - day, NOON + 2 * day, 5)
    assert first.link_only


def test_a_drawn_code_knows_its_form_and_its_occasion(conn: Connection) -> None:
    fair = batch(conn, "Fair", prefix="FAIR-", length=10, check_signs=True, occasion="Fair in Cologne")
    change(conn, "A2", batch_id=fair)
    drawn, chosen = only(conn, "A2"), only(conn, "A1")

    assert (drawn.prefix, drawn.signs, drawn.occasion) == ("FAIR-", 11, "Fair in Cologne")
    assert (chosen.prefix, chosen.signs, chosen.occasion) == ("", None, "")


def test_a_code_that_is_switched_off_is_counted_as_left_out(conn: Connection) -> None:
    switch_code(conn, "A5", active=False)

    counts = count(conn, named_selection(conn, "Fair"), now=NOON)

    assert (counts.selected, counts.printed, counts.left_out) == (5, 4, 1)


def test_all_terms_of_a_coupon_come_to_the_card(conn: Connection) -> None:
    terms = CouponTerms(
        name="Credit", kind=Kind.AMOUNT, treatment=Treatment.MULTI_PURPOSE, amount=5000, currency="EUR",
        max_order=90000, not_products=frozenset({"BOOK"}), days=frozenset({6, 5}), opens=1080, closes=120,
        max_per_customer=2, link_only=True,
    )  # fmt: skip
    create_coupon(conn, terms, who="tests", now=NOON)
    make_code(conn, "C1", coupon="Credit")
    (facts,) = card_facts(conn, named_selection(conn, "Credit"), now=NOON, most=1)

    assert (facts.kind, facts.treatment, facts.amount, facts.currency) == (
        "amount", "multi_purpose", 5000, "EUR",
    )  # fmt: skip
    assert (facts.days, facts.opens, facts.closes) == ((5, 6), 1080, 120)
    assert (facts.max_order, facts.max_per_customer, facts.some_products) == (90000, 2, True)
    assert facts.link_only
