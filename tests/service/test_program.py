from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from flask_firstline.domain.terms import Terms, TermsBook
from flask_firstline.models import Audit, Product
from flask_firstline.services.mistakes import BadTerms, NotThere
from flask_firstline.services.products import set_product
from flask_firstline.services.program import list_history, list_terms, remove_terms, set_terms

from .program_kit import NOW, WHO, acts, add_guest, add_partner


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def terms(conn: Connection, level: int = 1, **values: Any) -> int:
    return set_terms(conn, level=level, **values, who=WHO, now=NOW)


def listed(conn: Connection) -> list[tuple[object, ...]]:
    return [
        (row.partner_ref, row.product_ref, row.category, row.level, row.percent, row.fixed, row.currency)
        for row in list_terms(conn, at=NOW)
    ]


def test_the_log_of_replaced_terms_tells_from_when_the_new_ones_hold(conn: Connection) -> None:
    later = NOW + timedelta(days=30)
    terms(conn, percent=Decimal(10))

    terms(conn, percent=Decimal("7.5"), begins=later)

    [_first, row] = conn.execute(select(Audit.before, Audit.after).order_by(Audit.id)).all()
    assert (row.before, row.after) == ({"percent": "10"}, {"percent": "7.5", "valid_from": later.isoformat()})


def test_terms_stand_once_per_place_and_are_replaced_there(conn: Connection) -> None:
    first = terms(conn, percent=Decimal(10))

    second = terms(conn, percent=Decimal("7.5"))

    assert first != second
    assert listed(conn) == [(None, None, None, 1, Decimal("7.5"), None, None)]
    assert acts(conn) == [("set", "terms", "general, level 1")] * 2


def test_what_was_replaced_stays_as_history(conn: Connection) -> None:
    for percent in (10, 7, 10):
        terms(conn, percent=Decimal(percent))

    assert [row.percent for row in list_history(conn)] == [10, 7, 10]


def test_the_same_terms_again_are_not_logged(conn: Connection) -> None:
    assert terms(conn, percent=Decimal(10)) == terms(conn, percent=Decimal("10.00"))
    assert len(acts(conn)) == 1


def test_a_per_cent_and_fixed_amounts_of_one_place_replace_each_other(conn: Connection) -> None:
    terms(conn, percent=Decimal(10))
    terms(conn, fixed=150, currency="EUR")
    terms(conn, fixed=170, currency="CHF")
    fixed = listed(conn)

    terms(conn, percent=Decimal(5), currency="EUR")

    assert [(row[5], row[6]) for row in fixed] == [(170, "CHF"), (150, "EUR")]
    assert listed(conn) == [(None, None, None, 1, Decimal(5), None, None)]


def test_every_place_has_terms_of_its_own(conn: Connection) -> None:
    meier = add_partner(conn, "meier")
    places: list[dict[str, Any]] = [
        {}, {"category": "tea"}, {"product_ref": "p1"}, {"partner_id": meier},
        {"partner_id": meier, "product_ref": "p1"}, {"product_ref": 'p"1|'},
    ]  # fmt: skip
    for number, place in enumerate(places, 1):
        terms(conn, percent=Decimal(number), **place)

    book = TermsBook((_read(row) for row in list_terms(conn, at=NOW)), currency="EUR")

    found = book.find(level=1, partner_id=meier, product_ref="p1", categories=("tea",))
    assert len(listed(conn)) == 6
    assert found is not None and found.percent == Decimal(5)


def _read(row: Any) -> Terms:
    return Terms(
        level=row.level, percent=row.percent, fixed=row.fixed, currency=row.currency,
        partner_id=row.partner_id, product_ref=row.product_ref, category=row.category,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "either a per cent or a fixed"),
        ({"percent": Decimal(10), "fixed": 5}, "either a per cent or a fixed"),
        ({"percent": Decimal(101)}, "from 0 to 100"),
        ({"percent": Decimal("0.12345")}, "at most 4 decimals"),
        ({"fixed": -1, "currency": "EUR"}, "not below 0"),
        ({"fixed": 1}, "has a currency"),
        ({"level": 0, "percent": Decimal(1)}, "1 or more"),
        ({"level": 101, "percent": Decimal(1)}, "at most 100"),
        ({"percent": Decimal(1), "category": "tea", "product_ref": "p"}, "all partners and products"),
        ({"percent": Decimal(1), "product_ref": "x" * 65}, "at most 64"),
    ],
)
def test_terms_that_cannot_work_are_refused(conn: Connection, wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadTerms, match=sentence):
        terms(conn, **wrong)


def test_terms_are_for_partners(conn: Connection) -> None:
    with pytest.raises(NotThere, match="no partner"):
        terms(conn, percent=Decimal(1), partner_id=add_guest(conn, "ina@example.com"))


def test_removed_terms_are_gone_and_logged(conn: Connection) -> None:
    terms_id = terms(conn, percent=Decimal(10))

    remove_terms(conn, terms_id, who=WHO, now=NOW)

    assert listed(conn) == []
    assert acts(conn)[-1] == ("remove", "terms", "general, level 1")
    with pytest.raises(NotThere):
        remove_terms(conn, terms_id, who=WHO, now=NOW)


def test_switches_of_a_product_are_set_once_and_logged(conn: Connection) -> None:
    done = [
        set_product(conn, "p1", takes_part=part, absolute_coupons=False, who=WHO, now=NOW)
        for part in (None, None, False)
    ]

    row = conn.execute(select(Product.__table__)).one()
    assert done == [True, False, True]
    assert (row.takes_part, row.absolute_coupons, row.shown_in_desk, row.title) == (False, False, False, "")
    assert [act for act, _, _ in acts(conn)] == ["create", "change"]
