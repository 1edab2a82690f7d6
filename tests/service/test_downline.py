"""The downline as a tree: who stands where, how many below, on both databases; random moves keep it right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, insert, select, update

from flask_firstline.models import AddressType, Contact
from flask_firstline.services import downline, sponsors
from flask_firstline.services.downline_counts import Below, count_below, levels
from flask_firstline.services.mistakes import ClosesCircle
from flask_firstline.services.partners import end_partner, set_sponsor
from flask_firstline.services.sponsors import rebuild_paths, unreachable, wrong_paths

from .program_kit import NOW, WHO, add_partner

PEOPLE = 12
SHORT = 7
"""So few signs of a path let the bound be reached with a handful of contacts."""
Above = Mapping[int, int | None]


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def short_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sponsors, "LONGEST_PATH", SHORT)
    monkeypatch.setattr("flask_firstline.domain.tree.LONGEST_PATH", SHORT)


def seed(conn: Connection, above: Above, **details: object) -> None:
    """Store contacts with these sponsors, every third one a customer and every fourth a partner."""
    for one, sponsor_id in above.items():
        row = {
            "id": one,
            "ref": f"c{one}",
            "name": f"Anna Nummer{one}",
            "sponsor_id": sponsor_id,
            "first_order_ref": f"o{one}" if one % 3 == 0 else None,
            "partner_since": NOW if one % 4 == 0 else None,
            "created_at": NOW,
            **details,
        }
        conn.execute(insert(Contact).values(**row))
    rebuild_paths(conn)


def random_tree(number: int, people: int) -> dict[int, int | None]:
    draw = Random(number)  # noqa: S311 - a tree, no secret
    return {one: draw.choice([None, *range(1, one)]) if one > 1 else None for one in range(1, people + 1)}


def below(above: Above, top: int) -> set[int]:
    """Give who stands below, worked out from the sponsors alone."""
    found: set[int] = set()
    fresh = {top}
    while fresh:
        fresh = {one for one, sponsor_id in above.items() if sponsor_id in fresh} - found
        found |= fresh
    return found


def counted(above: Above, top: int) -> Below:
    people = below(above, top)
    partners = {one for one in people if one % 4 == 0}
    customers = {one for one in people if one % 3 == 0} - partners
    return Below(
        first_line=sum(1 for sponsor_id in above.values() if sponsor_id == top),
        prospects=len(people) - len(partners) - len(customers),
        customers=len(customers),
        partners=len(partners),
    )


def sponsors_of(conn: Connection) -> dict[int, int | None]:
    return {row.id: row.sponsor_id for row in conn.execute(select(Contact.id, Contact.sponsor_id))}


@contextmanager
def statements(conn: Connection) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(conn.engine, "before_cursor_execute", note)
    yield sent
    event.remove(conn.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("number", range(3))
def test_everybody_below_is_counted_by_address_type(conn: Connection, number: int) -> None:
    above = random_tree(number, 60)
    seed(conn, above)

    found = count_below(conn, list(above), now=NOW)

    assert found == {one: counted(above, one) for one in above}


@pytest.mark.usefixtures("short_paths")
@pytest.mark.parametrize("number", range(3))
def test_who_is_beyond_the_bound_of_paths_is_counted_too(conn: Connection, number: int) -> None:
    above = random_tree(number, 40) | {one: one - 1 for one in range(41, 61)}
    seed(conn, above)

    found = count_below(conn, list(above), now=NOW)

    assert conn.scalar(select(Contact.path).where(Contact.id == 60)) is None
    assert found == {one: counted(above, one) for one in above}


def test_the_neighbour_whose_number_begins_alike_is_not_below(conn: Connection) -> None:
    seed(conn, {1: None, 10: None, 11: 10, 12: 1})

    assert count_below(conn, [1], now=NOW)[1].people == 1


def test_the_erased_are_not_counted_and_stay_while_somebody_stands_below(conn: Connection) -> None:
    seed(conn, {1: None, 2: 1, 3: 2, 5: 1})
    conn.execute(update(Contact).where(Contact.id.in_([2, 5])).values(erased_at=NOW, name=None))

    branch = downline.branch(conn, 1, now=NOW)

    assert branch is not None
    assert branch.open is not None
    assert [(node.id, node.erased) for node in branch.rows] == [(2, True)]
    assert branch.open.below == Below(first_line=0, customers=1)


def test_a_branch_names_the_open_contact_those_above_and_the_first_line(conn: Connection) -> None:
    seed(conn, {1: None, 2: 1, 4: 2, 5: 4, 6: 4})

    branch = downline.branch(conn, 4, now=NOW)

    assert branch is not None
    assert branch.open is not None
    assert ([node.id for node in branch.above], branch.open.id) == ([1, 2], 4)
    assert [(node.id, node.initials, node.type) for node in branch.rows] == [
        (6, "A. N.", AddressType.CUSTOMER), (5, "A. N.", AddressType.PROSPECT),
    ]  # fmt: skip
    assert (branch.open.below, branch.after) == (Below(first_line=2, prospects=1, customers=1), None)


def test_a_sponsor_opens_nobody_who_stands_elsewhere(conn: Connection) -> None:
    seed(conn, {1: None, 2: 1, 3: 2, 4: None})

    assert downline.branch(conn, 4, top_id=2, now=NOW) is None
    assert downline.branch(conn, 1, top_id=2, now=NOW) is None
    assert downline.branch(conn, 99, now=NOW) is None
    found = downline.branch(conn, 3, top_id=2, now=NOW)
    assert found is not None
    assert [node.id for node in found.above] == [2]


def test_a_first_line_comes_in_pages_each_once(conn: Connection) -> None:
    seed(conn, {1: None, **dict.fromkeys(range(2, 13), 1)})

    seen: list[int] = []
    after: int | None = None
    for _page in range(3):
        branch = downline.branch(conn, 1, now=NOW, after=after, limit=4)
        assert branch is not None
        seen += [node.id for node in branch.rows]
        after = branch.after

    assert seen == list(range(12, 1, -1))
    assert after is None


def test_a_long_line_above_is_cut_in_its_middle(conn: Connection) -> None:
    seed(conn, {1: None, **{one: one - 1 for one in range(2, 16)}})

    branch = downline.branch(conn, 15, now=NOW)

    assert branch is not None
    assert [node.id for node in branch.above] == [1, *range(8, 15)]
    assert branch.skipped == 6


def test_the_tops_are_those_with_somebody_below(conn: Connection) -> None:
    seed(conn, {1: None, 2: 1, 3: None, 4: None, 5: 4})

    assert [node.id for node in downline.tops(conn, now=NOW).rows] == [4, 1]


def test_a_branch_takes_the_same_statements_for_one_and_for_many(conn: Connection) -> None:
    seed(conn, {1: None, 2: 1, **dict.fromkeys(range(3, 28), 2), **dict.fromkeys(range(28, 40), 27)})

    with statements(conn) as few:
        downline.branch(conn, 1, now=NOW)
    with statements(conn) as many:
        downline.branch(conn, 2, now=NOW)

    assert len(few) == len(many) <= 6


def test_levels_go_as_deep_as_commissions_and_the_rest_is_one_more(conn: Connection) -> None:
    above = {1: None, 2: 1, 3: 1, 4: 2, 5: 4, 6: 5, 7: 6}
    seed(conn, above)

    found = levels(conn, 1, counted(above, 1), now=NOW)

    assert [(level.number, level.below.people) for level in found] == [(1, 2), (2, 1), (3, 1), (None, 2)]
    assert [(level.below.customers, level.below.partners) for level in found] == [
        (1, 0),
        (0, 1),
        (0, 0),
        (1, 0),
    ]


def test_a_partner_who_left_is_counted_as_what_he_was(conn: Connection) -> None:
    top = add_partner(conn, "top")
    left = add_partner(conn, "left", "top")
    end_partner(conn, left, why="retired", who=WHO, now=NOW)

    assert count_below(conn, [top], now=NOW + timedelta(days=1))[top] == Below(first_line=1, prospects=1)


def test_a_downline_larger_than_one_statement_takes_moves_along(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sponsors, "LOCKED_AT_ONCE", 3)
    above = {1: None, 2: None, **dict.fromkeys(range(3, 13), 2)}
    seed(conn, above)

    set_sponsor(conn, 2, 1, why="as agreed", who=WHO, now=NOW)

    assert count_below(conn, [1], now=NOW)[1] == counted({**above, 2: 1}, 1)
    assert wrong_paths(conn) == 0


Moves = st.lists(
    st.tuples(st.integers(1, PEOPLE), st.one_of(st.none(), st.integers(1, PEOPLE))), min_size=1, max_size=20
)


@pytest.mark.parametrize("bound", [2000, SHORT])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=Moves)
def test_random_moves_never_close_a_circle_and_the_paths_follow(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, bound: int, moves: list[tuple[int, int | None]]
) -> None:
    monkeypatch.setattr(sponsors, "LONGEST_PATH", bound)
    monkeypatch.setattr("flask_firstline.domain.tree.LONGEST_PATH", bound)
    above: dict[int, int | None] = dict.fromkeys(range(1, PEOPLE + 1))
    with engine.connect() as conn:
        seed(conn, above)
        for contact_id, sponsor_id in moves:
            circle = sponsor_id is not None and sponsor_id in below(above, contact_id) | {contact_id}
            try:
                set_sponsor(conn, contact_id, sponsor_id, why="a move", who=WHO, now=NOW)
            except ClosesCircle:
                assert circle
                continue
            assert not circle
            above[contact_id] = sponsor_id
        assert sponsors_of(conn) == above
        assert (wrong_paths(conn), unreachable(conn)) == (0, 0)
        assert count_below(conn, list(above), now=NOW) == {one: counted(above, one) for one in above}
        conn.rollback()
