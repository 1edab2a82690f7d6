"""Lists page by keyset on both databases: every row once, in order, forwards and backwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from flask_firstline.models import CommissionTerms, Contact, Product
from flask_firstline.services import listing
from flask_firstline.services.listing import Sorting

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NAMES = ["anna", "Anna", "bert", None, "ärger", "zoe", "Bert", "", "ёлка", "carl"]


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        blank = {"email_verified": False, "has_bought": False, "data": {}, "tags": []}
        rows = [
            {**blank, "ref": f"c{n}", "name": NAMES[n % 10], "created_at": NOON + timedelta(hours=n // 7)}
            for n in range(60)
        ]
        session.execute(insert(Contact), rows)
        yield session


BY_NAME = func.lower(func.coalesce(Contact.name, ""))
SORTS = [
    Sorting(by=BY_NAME, keys=(Contact.id.expression,)),
    Sorting(by=BY_NAME, keys=(Contact.id.expression,), descending=True),
    Sorting(by=Contact.created_at.expression, keys=(Contact.id.expression,), descending=True),
    Sorting(by=Contact.id.expression, keys=(Contact.id.expression,)),
]


def refs(rows: object) -> list[str]:
    return [row.Contact.ref for row in rows]  # type: ignore[attr-defined]


@pytest.mark.parametrize("sorting", SORTS, ids=["name", "-name", "-created", "id"])
def test_all_pages_together_are_all_rows_in_their_order(session: Session, sorting: Sorting) -> None:
    order = [column.desc() if sorting.descending else column.asc() for column in sorting.columns]
    expected = [contact.ref for contact in session.scalars(select(Contact).order_by(*order))]
    seen, pages, at = [], [], None
    while True:
        page = listing.page(session, select(Contact), sorting, at=at, size=7)
        seen += refs(page.rows)
        pages.append(refs(page.rows))
        at = page.after
        if at is None:
            break
    assert seen == expected

    back, at = [pages[-1]], page.before
    while at is not None:
        page = listing.page(session, select(Contact), sorting, at=at, size=7)
        back.append(refs(page.rows))
        at = page.before
    assert back == pages[::-1]


def test_a_row_that_comes_in_between_moves_nothing(session: Session) -> None:
    sorting = Sorting(by=Contact.id.expression, keys=(Contact.id.expression,))
    first = listing.page(session, select(Contact), sorting, size=5)
    session.delete(first.rows[0].Contact)

    second = listing.page(session, select(Contact), sorting, at=first.after, size=5)

    assert refs(second.rows) == ["c5", "c6", "c7", "c8", "c9"]


def test_every_gives_all_rows_some_at_a_time(session: Session) -> None:
    sorting = SORTS[0]

    assert len(set(refs(listing.every(session, select(Contact), sorting)))) == 60


def test_keys_may_be_texts_and_values_per_cents(session: Session) -> None:
    session.execute(
        insert(Product),
        [
            {
                "ref": f"p{n}",
                "title": "same",
                "absolute_coupons": True,
                "shown_in_desk": False,
                "created_at": NOON,
            }
            for n in range(9)
        ],
    )
    session.execute(
        insert(CommissionTerms),
        [{"place": str(n), "level": 1, "percent": Decimal(f"{n}.5"), "changed_at": NOON} for n in range(9)],
    )
    by_title = Sorting(by=Product.title.expression, keys=(Product.ref.expression,))
    by_percent = Sorting(
        by=CommissionTerms.percent.expression, keys=(CommissionTerms.id.expression,), descending=True
    )

    first = listing.page(session, select(Product), by_title, size=4)
    second = listing.page(session, select(Product), by_title, at=first.after, size=4)
    high = listing.page(session, select(CommissionTerms), by_percent, size=4)
    low = listing.page(session, select(CommissionTerms), by_percent, at=high.after, size=4)

    assert [row.Product.ref for row in second.rows] == ["p4", "p5", "p6", "p7"]
    assert [row.CommissionTerms.percent for row in low.rows] == [
        Decimal("4.5"),
        Decimal("3.5"),
        Decimal("2.5"),
        Decimal("1.5"),
    ]


@pytest.mark.parametrize(
    "at", ["x", "WzBd", "WzAsMV0", "WzAsMSwyLDNd", "WzAsImEiLDFd", "bnVsbA", "\N{SNOWMAN}"]
)
def test_a_place_of_another_list_or_none_is_the_beginning(session: Session, at: str) -> None:
    page = listing.page(session, select(Contact), SORTS[2], at=at, size=3)

    assert (len(page.rows), page.before) == (3, None)


def test_a_place_with_a_number_beyond_all_ids_is_the_beginning(session: Session) -> None:
    sorting = Sorting(by=Contact.id.expression, keys=(Contact.id.expression,))

    page = listing.page(session, select(Contact), sorting, at="WzAsIDFlOTksIDFd", size=3)

    assert refs(page.rows) == ["c0", "c1", "c2"]


def test_rows_are_counted_up_to_a_bound(session: Session) -> None:
    assert listing.count(session, select(Contact)) == 60
    assert listing.count(session, select(Contact).where(Contact.name == "zoe")) == 6
    assert listing.count(session, select(Contact, Contact.id.label("more")).order_by(Contact.id)) == 60
