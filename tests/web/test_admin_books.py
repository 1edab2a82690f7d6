"""The page of the books: the figure, what differs, and the seals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text as sql

from flask_firstline.delivery.worker import work_once
from flask_firstline.services import sealing
from flask_firstline.state import state_of
from flask_firstline.testing import FakeShop

from .office import PREFIX, Office, send, story, text


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        story(shop)
        yield shop


def work(shop: FakeShop) -> None:
    with shop.app.app_context():
        work_once(state_of(shop.app))


def test_the_books_are_checked_on_demand_and_the_overview_shows_the_figure(office: Office) -> None:
    ines = office.ines()
    before = text(ines.get(f"{PREFIX}/books"))

    asked = send(ines, f"{PREFIX}/books/check", {}, form_at=f"{PREFIX}/books")
    waiting = text(ines.get(f"{PREFIX}/books"))
    work(office)
    after = text(ines.get(f"{PREFIX}/books"))

    assert "have not been checked yet" in before
    assert asked.status_code == 303
    assert "A check is asked for" in waiting
    assert "Check now" not in waiting
    assert "The books agree" in after
    assert "Payments are what orders and invoices count as paid" in after
    assert "Difference: €0.00" in text(ines.get(f"{PREFIX}/"))


def test_what_differs_stands_on_the_page_and_in_the_overview(office: Office) -> None:
    with office.app.app_context(), office.db.engine.begin() as conn:
        conn.execute(sql("UPDATE firstline_balance SET amount = amount + 5 WHERE kind = 'on_hold'"))
    ines = office.ines()
    send(ines, f"{PREFIX}/books/check", {}, form_at=f"{PREFIX}/books")
    work(office)

    page = text(ines.get(f"{PREFIX}/books"))

    assert "Postings are the balances" in page
    assert "on hold" in page
    assert "The books do not add up" in text(ines.get(f"{PREFIX}/"))


def test_seals_are_listed_with_their_digests(office: Office) -> None:
    office.clock.advance(days=2)
    with office.app.app_context():
        state = state_of(office.app)
        state.in_own_unit(lambda session: sealing.seal_next(state.context(session.connection())))
    ines = office.ines()

    listed, page = text(ines.get(f"{PREFIX}/seals")), text(ines.get(f"{PREFIX}/books"))

    (digest,) = {word for word in listed.split() if len(word) == 64}
    assert digest in page
    assert digest in ines.get(f"{PREFIX}/seals.csv").text
