"""Consents on both databases: what holds, what ends them, what is let see, and what is noted under them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.exc import IntegrityError

from flask_firstline.domain.consent import Grant, months_later
from flask_firstline.models import Consent, ConsentView, Contact, EndedBy, FollowUp, FollowUpState
from flask_firstline.services import consents, prospects
from flask_firstline.services.consents import SponsorChanged, Wording
from flask_firstline.services.mistakes import Mistake
from flask_firstline.services.partners import set_sponsor
from flask_firstline.services.unit import begin_writing

from .program_kit import NOW, WHO, add_partner
from .test_downline import seed

READ = Wording(text="Hans may see my e-mail.", version="1", locale="en")
BOTH = Grant(email=True, phone=True)
LATER = NOW + timedelta(days=1)
MEIER, ANNA, BERND, KUNDE, OTHER = 4, 5, 7, 6, 8


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    """Give Meier with Anna, Bernd and a customer below, and another partner."""
    with engine.connect() as connection:
        seed(connection, {MEIER: None, ANNA: MEIER, KUNDE: MEIER, BERND: MEIER, OTHER: None})
        data = {"email": "anna@post.example", "phone": "0731 1", "name": "Anna Fischer"}
        connection.execute(update(Contact).where(Contact.id == ANNA).values(**data))
        yield connection


def give(conn: Connection, contact_id: int = ANNA, grant: Grant = BOTH, now: datetime = NOW) -> int:
    return consents.give(conn, contact_id, MEIER, grant, wording=READ, now=now)


def note(conn: Connection, contact_id: int = ANNA, text: str = "Asks for balsam", **more: object) -> None:
    values: dict[str, object] = {"state": FollowUpState.CONTACTED, "remind_on": None, "now": NOW, **more}
    prospects.follow_up(conn, MEIER, contact_id, note=text, **values)  # type: ignore[arg-type]


def seen(conn: Connection, now: datetime = NOW) -> dict[int, tuple[str | None, str | None] | None]:
    page = prospects.prospects(conn, MEIER, now=now)
    return {one.id: (one.released.email, one.released.phone) if one.released else None for one in page.rows}


def ended(conn: Connection) -> list[str | None]:
    return list(conn.execute(select(Consent.ended_by).order_by(Consent.id)).scalars())


def notes(conn: Connection) -> list[str]:
    return list(conn.execute(select(FollowUp.note)).scalars())


def test_without_consent_there_is_nothing_but_initials(conn: Connection) -> None:
    assert seen(conn) == {BERND: None, ANNA: None}
    found = prospects.person(conn, MEIER, ANNA, now=NOW)
    assert found is not None
    assert (found.initials, found.released) == ("A. F.", None)


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (Grant(email=True, phone=False), ("anna@post.example", None)),
        (Grant(email=False, phone=True), (None, "0731 1")),
        (BOTH, ("anna@post.example", "0731 1")),
    ],
)
def test_a_sponsor_sees_what_was_agreed_to_and_nothing_more(
    conn: Connection, grant: Grant, expected: tuple[str | None, str | None]
) -> None:
    give(conn, grant=grant)

    assert seen(conn) == {BERND: None, ANNA: expected}


def test_nobody_else_sees_it(conn: Connection) -> None:
    give(conn)

    assert prospects.person(conn, OTHER, ANNA, now=NOW) is None


def test_a_consent_ends_at_its_moment(conn: Connection) -> None:
    give(conn, grant=Grant(email=True, phone=False, until=LATER))

    assert seen(conn, now=LATER - timedelta(seconds=1))[ANNA] is not None
    assert seen(conn, now=LATER)[ANNA] is None


def test_one_click_ends_it_with_the_notes(conn: Connection) -> None:
    give(conn)
    note(conn)

    assert [consents.take_back(conn, ANNA, now=LATER) for _ in range(2)] == [True, False]

    assert (seen(conn)[ANNA], ended(conn), notes(conn)) == (None, [EndedBy.CONTACT], [])


def test_another_sponsor_sees_nothing_and_the_old_one_no_more(conn: Connection) -> None:
    give(conn)
    note(conn)

    set_sponsor(conn, ANNA, OTHER, why="as agreed", who=WHO, now=LATER)

    found = prospects.person(conn, OTHER, ANNA, now=LATER)
    assert found is not None
    assert found.released is None
    assert (ended(conn), notes(conn)) == ([EndedBy.SPONSOR], [])


def test_who_read_of_another_sponsor_is_asked_again(conn: Connection) -> None:
    with pytest.raises(SponsorChanged):
        consents.give(conn, ANNA, OTHER, BOTH, wording=READ, now=NOW)

    assert ended(conn) == []


def test_a_new_consent_replaces_the_old_one_and_keeps_the_notes(conn: Connection) -> None:
    give(conn)
    note(conn)
    give(conn, grant=Grant(email=True, phone=False), now=LATER)

    assert (ended(conn), notes(conn)) == ([EndedBy.REPLACED, None], ["Asks for balsam"])
    assert seen(conn)[ANNA] == ("anna@post.example", None)


def test_what_was_read_is_kept(conn: Connection) -> None:
    give(conn)

    standing = consents.standing(conn, ANNA, now=NOW)

    assert standing is not None
    assert standing.given is not None
    assert (standing.sponsor_id, standing.given.wording) == (MEIER, READ.text)


def test_each_look_is_counted(conn: Connection) -> None:
    give(conn)
    page = prospects.prospects(conn, MEIER, now=NOW)
    prospects.note_looks(conn, page.rows, place="list", now=NOW)
    prospects.note_looks(conn, page.rows, place="person", now=LATER)

    standing = consents.standing(conn, ANNA, now=LATER)

    assert standing is not None
    assert standing.given is not None
    assert (standing.given.views, standing.given.last_view) == (2, LATER)
    assert conn.scalar(select(func.count()).select_from(ConsentView)) == 2


def test_the_database_refuses_two_live_consents_and_one_to_nothing(conn: Connection) -> None:
    give(conn)
    row = {
        "contact_id": ANNA,
        "sponsor_id": MEIER,
        "email": True,
        "phone": False,
        "wording": "",
        "locale": "en",
    }
    row |= {"version": "1", "given_at": NOW}

    for wrong in ({}, {"contact_id": BERND, "email": False}, {"contact_id": BERND, "until": NOW}):
        with pytest.raises(IntegrityError), conn.begin_nested():
            conn.execute(Consent.__table__.insert().values(**{**row, **wrong}))


def test_erasing_a_person_ends_the_consent_and_erasing_a_sponsor_all_given_to_it(conn: Connection) -> None:
    give(conn, ANNA)
    give(conn, BERND)

    consents.forget(conn, ANNA, now=LATER)
    assert ended(conn) == [EndedBy.ERASED, None]
    consents.forget(conn, MEIER, now=LATER)

    assert ended(conn) == [EndedBy.ERASED] * 2
    assert set(conn.execute(select(Consent.wording)).scalars()) == {""}


def test_follow_up_is_kept_while_the_consent_holds(conn: Connection) -> None:
    give(conn, grant=Grant(email=True, phone=False, until=LATER))
    note(conn, remind_on=date(2026, 5, 5))
    note(conn, text="Called", state=FollowUpState.INTERESTED, remind_on=date(2026, 5, 6))

    [found] = prospects.due(conn, MEIER, today=date(2026, 5, 6), now=NOW)

    assert found.released is not None
    assert (found.released.state, found.released.note) == (FollowUpState.INTERESTED, "Called")
    assert prospects.due(conn, MEIER, today=date(2026, 5, 5), now=NOW) == []
    assert prospects.due(conn, MEIER, today=date(2026, 5, 6), now=LATER) == []
    with pytest.raises(Mistake):
        note(conn, now=LATER)


def test_what_is_done_is_due_no_more(conn: Connection) -> None:
    give(conn)
    note(conn, state=FollowUpState.DONE, remind_on=date(2026, 5, 1))

    assert prospects.due(conn, MEIER, today=date(2026, 5, 6), now=NOW) == []


def test_nothing_is_noted_of_who_released_nothing(conn: Connection) -> None:
    with pytest.raises(Mistake):
        note(conn, BERND)


def test_prospects_come_in_pages_and_by_what_they_released(conn: Connection) -> None:
    give(conn)
    note(conn)

    first = prospects.prospects(conn, MEIER, now=NOW, limit=1)
    second = prospects.prospects(conn, MEIER, now=NOW, limit=1, after=first.after)

    assert [one.id for one in (*first.rows, *second.rows)] == [BERND, ANNA]
    assert second.after is None
    assert [one.id for one in prospects.prospects(conn, MEIER, now=NOW, released=True).rows] == [ANNA]
    assert [one.id for one in prospects.prospects(conn, MEIER, now=NOW, released=False).rows] == [BERND]
    assert prospects.counts(conn, MEIER, now=NOW) == (2, 1)
    assert [one.id for one in prospects.every(conn, MEIER, now=NOW)] == [BERND, ANNA]


def test_parallel_consents_of_one_contact_leave_one(engine: Engine) -> None:
    with engine.begin() as conn:
        meier, anna = add_partner(conn, "meier"), add_partner(conn, "anna", "meier")
    barrier = Barrier(4)

    def agree(_number: int) -> None:
        barrier.wait()
        with engine.connect() as conn:
            begin_writing(conn)
            consents.give(conn, anna, meier, BOTH, wording=READ, now=NOW)
            conn.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(agree, range(4)))

    with engine.connect() as conn:
        assert sorted(str(one) for one in ended(conn)) == ["None", "replaced", "replaced", "replaced"]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 22), 3, date(2027, 2, 22)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_a_shorter_month(
    day: date, months: int, expected: date
) -> None:
    assert months_later(day, months) == expected
