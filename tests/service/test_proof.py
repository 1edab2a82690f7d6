"""Seals over the postings of each day, and the checks of the books that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from flask_firstline import Invoice
from flask_firstline.admin.books import CHECKS
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import BookCheck, Seal
from flask_firstline.services import book_checks, sealing
from flask_firstline.services.checking import Checked
from tests.small_shop import SmallShop, build

from .test_checking import place

DIGESTS = ["114cedb9867e", "7e7b26c0ffc6"]
DIGESTS_BEFORE_PORTIONS = ["2389099c788c", "eca45e0c4a74"]
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    shop.time = NOON
    with shop.app.app_context():
        shop.chain(2)
        shop.terms("10", "5")
        shop.coupon(codes=["vonmeier"], owner="meier")
        yield shop
        shop.session.close()
        shop.engine.dispose()


def sell(shop: SmallShop, ref: str) -> None:
    place(shop, ref, f"buyer-{ref}")
    shop.firstline.invoice_paid(Invoice(ref=f"i{ref}", currency="EUR", order_ref=ref))
    shop.session.commit()


def seal_all(shop: SmallShop) -> int:
    sealed = 0
    while shop.state.in_own_unit(lambda s: sealing.seal_next(shop.state.context(s.connection()))):
        sealed += 1
    return sealed


def seals(shop: SmallShop) -> list[Seal]:
    shop.session.rollback()
    return list(shop.session.scalars(select(Seal).order_by(Seal.day)))


def checked(shop: SmallShop) -> Checked:
    shop.session.rollback()
    with shop.engine.connect() as conn:
        return sealing.check_seals(shop.state.context(conn))


@pytest.fixture
def sealed(shop: SmallShop) -> SmallShop:
    """A shop that sold on three days, with a day of rest; all but the last are sealed."""
    for ref, days in (("a", 0), ("b", 1), ("c", 2)):
        shop.advance(days=days)
        sell(shop, ref)
    assert seal_all(shop) == 2
    return shop


def behind_our_back(shop: SmallShop, statement: str) -> None:
    """Change postings as somebody could who owns the database."""
    with shop.engine.begin() as conn:
        if conn.dialect.name == "sqlite":
            conn.execute(text("DROP TRIGGER firstline_posting_update_refused"))
            conn.execute(text("DROP TRIGGER firstline_posting_delete_refused"))
            conn.execute(text("PRAGMA defer_foreign_keys = ON"))
        else:
            conn.execute(text("SET session_replication_role = replica"))
        conn.execute(text(statement))
        if conn.dialect.name == "postgresql":
            conn.execute(text("SET session_replication_role = DEFAULT"))


def test_each_day_with_postings_is_sealed_when_it_is_over_and_every_seal_holds_the_one_before(
    sealed: SmallShop,
) -> None:
    first, second = seals(sealed)

    assert [first.day, second.day] == [date(2026, 11, 2), date(2026, 11, 3)]
    assert (first.before, second.before) == ("", first.digest)
    assert first.postings == second.postings == 4
    assert checked(sealed).ok
    assert seal_all(sealed) == 0


def test_a_day_is_sealed_some_hours_after_its_end(shop: SmallShop) -> None:
    sell(shop, "a")
    shop.time = datetime(2026, 11, 3, 5, 59, tzinfo=UTC)
    assert seal_all(shop) == 0

    shop.advance(minutes=1)

    assert seal_all(shop) == 1


@pytest.mark.parametrize(
    ("statement", "subject"),
    [
        ("UPDATE firstline_posting SET amount = amount + 1 WHERE at < '2026-11-03'", "seal of 2026-11-02"),
        (
            "UPDATE firstline_posting SET at = '2026-11-02 12:00:01' WHERE at < '2026-11-03'",
            "seal of 2026-11-02",
        ),
        (
            "UPDATE firstline_posting SET at = '2026-11-01 09:00:00' WHERE at < '2026-11-03'",
            "seal of 2026-11-02",
        ),
        (
            "UPDATE firstline_posting SET at = '2026-11-03 09:00:00' WHERE at > '2026-11-04'",
            "seal of 2026-11-03",
        ),
        ("DELETE FROM firstline_seal WHERE day = '2026-11-02'", "seal of 2026-11-03, the one before"),
        (
            "UPDATE firstline_seal SET digest = 'made up' WHERE day = '2026-11-02'",
            "seal of 2026-11-03, the one before",
        ),
    ],
)
def test_what_is_changed_behind_our_back_breaks_the_chain(
    sealed: SmallShop, statement: str, subject: str
) -> None:
    behind_our_back(sealed, statement)

    found = checked(sealed)

    assert not found.ok
    assert subject in [finding.subject for finding in found.findings]


def test_a_posting_put_in_on_a_day_that_had_none_shows(sealed: SmallShop) -> None:
    behind_our_back(sealed, "UPDATE firstline_posting SET at = '2026-10-09 09:00:00' WHERE at > '2026-11-04'")

    (finding,) = checked(sealed).findings

    assert (finding.subject, finding.computed, finding.kept) == ("postings up to the last seal", "12", "8")


def night(shop: SmallShop) -> list[BookCheck]:
    shop.session.rollback()
    return list(shop.session.scalars(select(BookCheck).order_by(BookCheck.id)))


def test_the_worker_checks_the_books_once_a_night_after_three_in_the_zone_of_the_shop(
    shop: SmallShop,
) -> None:
    sell(shop, "a")
    shop.time = datetime(2026, 11, 3, 2, 59, tzinfo=UTC)
    work_once(shop.state)
    seen = [len(night(shop))]
    for hours in (1, 1, 23, 1):
        shop.advance(hours=hours)
        work_once(shop.state)
        seen.append(len(night(shop)))

    assert seen == [0, 1, 1, 2, 2]
    assert all(check.ok for check in night(shop))
    with shop.engine.connect() as conn:
        last = book_checks.last(conn)
    assert last is not None
    assert (last.difference, last.differ) == ({"EUR": Decimal("0.00")}, 0)
    assert last.compared > 10
    assert {part.name for part in last.parts} <= set(CHECKS)


def test_a_check_that_is_asked_for_is_made_by_the_worker_and_says_what_differs(
    shop: SmallShop, caplog: pytest.LogCaptureFixture
) -> None:
    sell(shop, "a")
    work_once(shop.state)
    with shop.engine.begin() as conn:
        conn.execute(text("UPDATE firstline_balance SET amount = amount + 5 WHERE kind = 'on_hold'"))

    def ask() -> bool:
        return bool(
            shop.state.in_own_unit(lambda s: book_checks.ask(shop.state.context(s.connection()), "ines"))
        )

    asked = ask(), ask()
    work_once(shop.state)

    assert asked == (True, False)
    with shop.engine.connect() as conn:
        last = book_checks.last(conn)
    assert last is not None
    assert (last.ok, last.asked_by, last.differ) == (False, "ines", 4)
    assert last.difference == {"EUR": Decimal("0.20")}
    assert "the books do not agree" in caplog.text


def test_a_check_that_was_begun_and_never_ended_is_made_again(shop: SmallShop) -> None:
    def claim() -> object:
        return shop.state.in_own_unit(lambda s: book_checks.claim(shop.state.context(s.connection())))

    first, second = claim(), claim()
    shop.advance(hours=7)

    assert first == claim()
    assert second is None


def test_the_seals_are_the_same_on_every_database(sealed: SmallShop) -> None:
    """The digest is of what postings say, not of how a database keeps it."""
    assert [seal.digest[:12] for seal in seals(sealed)] == DIGESTS


def test_days_that_were_sealed_before_portions_came_hold_as_they_were_sealed(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(sealing, "_FORM", 2)
        for ref, days in (("a", 0), ("b", 1), ("c", 2)):
            shop.advance(days=days)
            sell(shop, ref)
        seal_all(shop)
    shop.advance(days=2)
    seal_all(shop)

    assert [(seal.form, seal.digest[:12]) for seal in seals(shop)[:2]] == [
        (2, digest) for digest in DIGESTS_BEFORE_PORTIONS
    ]
    assert [seal.form for seal in seals(shop)] == [2, 2, 3]
    assert checked(shop).ok
