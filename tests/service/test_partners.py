from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from flask_firstline.models import Contact, History, Outbox
from flask_firstline.services import sponsors
from flask_firstline.services.mistakes import ClosesCircle, Mistake, NoParent, NoPartner, NotThere
from flask_firstline.services.partners import end_partner, resume, set_parent_end, set_sponsor, suspend
from flask_firstline.services.sponsors import rebuild_paths, upline_ids, wrong_paths
from flask_firstline.services.unit import begin_writing

from .program_kit import NOW, WHO, acts, add_guest, add_partner, contact, history

LATER = NOW + timedelta(days=1)


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def sponsor(conn: Connection, contact_id: int, sponsor_id: int | None, why: str = "as agreed") -> bool:
    return set_sponsor(conn, contact_id, sponsor_id, why=why, who=WHO, now=LATER)


def paths(conn: Connection) -> dict[str, str | None]:
    table = Contact.__table__
    return {row.ref: row.path for row in conn.execute(select(table.c.ref, table.c.path))}


def told(conn: Connection) -> list[str]:
    return list(conn.execute(select(Outbox.__table__.c.topic).order_by(Outbox.__table__.c.id)).scalars())


def test_a_new_contact_becomes_a_partner_in_the_first_line_of_the_sponsor(conn: Connection) -> None:
    opa = add_partner(conn, "opa")

    meier = add_partner(conn, "meier", sponsor="opa", email="Meier@Example.com", name="Meier")

    row = contact(conn, meier)
    assert (row.sponsor_id, row.path, row.partner_since) == (opa, f"{opa}/", NOW)
    assert (row.email, row.email_key, row.name) == ("Meier@Example.com", "meier@example.com", "Meier")
    assert told(conn) == ["address_type_changed", "address_type_changed", "firstline_joined"]


def test_adding_a_partner_twice_changes_nothing(conn: Connection) -> None:
    add_partner(conn, "opa")
    first = add_partner(conn, "meier", sponsor="opa", name="Meier")
    logged = acts(conn)

    second = add_partner(conn, "meier", sponsor="opa", name="Meier")

    assert first == second
    assert acts(conn) == logged


def test_a_customer_who_becomes_a_partner_stays_the_same_contact(
    conn: Connection,
) -> None:
    row = {"ref": "7", "path": "", "email_verified": False, "has_bought": True, "created_at": NOW}
    conn.execute(insert(Contact), row)

    partner = add_partner(conn, "7")

    assert contact(conn, partner).has_bought
    (entry,) = history(conn, partner)
    assert (entry.kind, entry.how, entry.before, entry.after) == (
        "address_type",
        "admin",
        "customer",
        "partner",
    )
    assert (entry.why, entry.by) == ("made a partner", WHO)


def test_a_guest_with_that_e_mail_becomes_the_partner(conn: Connection) -> None:
    guest = add_guest(conn, "ina@example.com")

    partner = add_partner(conn, "7", email="Ina@example.com")

    assert partner == guest
    assert (contact(conn, guest).ref, contact(conn, guest).guest_key) == ("7", None)


def test_a_guest_with_people_below_is_not_taken_over(conn: Connection) -> None:
    guest = add_guest(conn, "ina@example.com")
    sponsor(conn, add_partner(conn, "below"), guest)

    assert add_partner(conn, "7", email="ina@example.com") != guest


def test_an_unknown_sponsor_is_named(conn: Connection) -> None:
    with pytest.raises(NotThere, match="'nobody'"):
        add_partner(conn, "meier", sponsor="nobody")


def test_a_partner_who_leaves_is_a_prospect_again_and_may_come_back(conn: Connection) -> None:
    meier = add_partner(conn, "meier")

    left = [end_partner(conn, meier, why="retired", who=WHO, now=NOW) for _ in range(2)]
    add_partner(conn, "meier")

    assert left == [True, False]
    assert [(e.before, e.after) for e in history(conn, meier)] == [
        ("prospect", "partner"), ("partner", "prospect"), ("prospect", "partner"),
    ]  # fmt: skip
    assert contact(conn, meier).partner_until is None


def test_a_suspended_partner_stays_one_and_can_be_resumed(conn: Connection) -> None:
    meier = add_partner(conn, "meier")

    done = [suspend(conn, meier, why="check", who=WHO, now=LATER) for _ in range(2)]
    was = contact(conn, meier).partner_suspended_at
    done += [resume(conn, meier, why="fine", who=WHO, now=LATER) for _ in range(2)]

    assert done == [True, False, True, False]
    assert (was, contact(conn, meier).partner_suspended_at) == (LATER, None)
    assert [act for act, _, _ in acts(conn)] == ["add", "suspend", "resume"]


def test_only_partners_can_be_suspended(conn: Connection) -> None:
    meier = add_partner(conn, "meier")
    end_partner(conn, meier, why="left", who=WHO, now=NOW)

    with pytest.raises(Mistake, match="no partner"):
        suspend(conn, meier, why="check", who=WHO, now=LATER)


def test_a_new_sponsor_takes_the_whole_subtree_along(conn: Connection) -> None:
    a, b, c = add_partner(conn, "a"), add_partner(conn, "b", "a"), add_partner(conn, "c", "b")
    d = add_partner(conn, "d")
    add_partner(conn, "e", "c")

    assert sponsor(conn, b, d) is True

    assert paths(conn) == {"a": "", "d": "", "b": f"{d}/", "c": f"{d}/{b}/", "e": f"{d}/{b}/{c}/"}
    assert upline_ids(conn, c) == [c, b, d]
    assert a not in upline_ids(conn, c)
    assert wrong_paths(conn) == 0


def test_a_sponsor_change_is_recorded_with_its_touch_and_logged(conn: Connection) -> None:
    add_partner(conn, "a")
    b, c = add_partner(conn, "b", "a"), add_partner(conn, "c")

    sponsor(conn, b, c, why="mother told us")

    change, touch = history(conn, b)[-2:]
    assert (change.kind, change.before, change.after, change.partner_id) == ("sponsor", "a", "c", c)
    assert (change.why, change.by, change.how) == ("mother told us", WHO, "admin")
    assert (touch.kind, touch.partner_id) == ("touch", c)
    assert acts(conn)[-1] == ("sponsor", "contact", "b")


def test_the_same_sponsor_again_and_no_sponsor(conn: Connection) -> None:
    a = add_partner(conn, "a")
    b = add_partner(conn, "b", "a")

    assert sponsor(conn, b, a) is False
    assert sponsor(conn, b, None) is True
    assert (contact(conn, b).sponsor_id, contact(conn, b).path) == (None, "")


def test_circles_of_any_length_are_refused(conn: Connection) -> None:
    a = add_partner(conn, "a")
    add_partner(conn, "b", "a")
    c = add_partner(conn, "c", "b")

    for wrong in (a, c):
        with pytest.raises(ClosesCircle):
            sponsor(conn, a, wrong)
    with pytest.raises(NotThere):
        sponsor(conn, a, 4711)


def test_paths_end_at_their_bound_and_come_back_above_it(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sponsors, "LONGEST_PATH", 7)
    monkeypatch.setattr("flask_firstline.domain.tree.LONGEST_PATH", 7)
    ids = [add_partner(conn, "0")]
    for number in range(1, 7):
        ids.append(add_partner(conn, str(number), str(number - 1)))

    deep = paths(conn)
    sponsor(conn, ids[4], None)
    after = paths(conn)

    assert [deep[str(n)] is None for n in range(7)] == [False] * 4 + [True] * 3
    assert (after["4"], after["5"], after["6"]) == ("", f"{ids[4]}/", f"{ids[4]}/{ids[5]}/")
    sponsor(conn, ids[4], ids[3])
    assert [paths(conn)[str(n)] for n in (4, 5, 6)] == [None] * 3
    assert wrong_paths(conn) == 0


def test_rebuilding_mends_wrong_paths(conn: Connection) -> None:
    add_partner(conn, "a")
    add_partner(conn, "b", "a")
    add_partner(conn, "c", "b")
    right = paths(conn)
    conn.execute(update(Contact).values(path="9/9/"))

    assert wrong_paths(conn) == 3
    assert rebuild_paths(conn) == 3
    assert paths(conn) == right


def test_parallel_moves_never_close_a_circle(engine: Engine) -> None:
    for attempt in range(5):
        with engine.begin() as conn:
            a, d = add_partner(conn, f"a{attempt}"), add_partner(conn, f"d{attempt}")
            b, c = add_partner(conn, f"b{attempt}"), add_partner(conn, f"c{attempt}")
            sponsor(conn, b, c)
            sponsor(conn, d, a)
        barrier = Barrier(2)

        def move(pair: tuple[int, int], barrier: Barrier = barrier) -> str:
            barrier.wait()
            with engine.connect() as conn:
                begin_writing(conn)
                try:
                    sponsor(conn, *pair)
                except ClosesCircle:
                    return "refused"
                conn.commit()
                return "moved"

        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(move, [(a, b), (c, d)]))

        assert outcomes == ["moved", "refused"]
        with engine.connect() as conn:
            assert wrong_paths(conn) == 0


def test_the_end_of_a_parents_commission_is_set_changed_and_taken_back_with_its_history(
    conn: Connection,
) -> None:
    opa, meier = add_partner(conn, "opa"), add_partner(conn, "meier")
    sponsor(conn, meier, opa)

    changed = [parent_end(conn, meier, until) for until in (LATER, LATER, None, None)]

    assert changed == [True, False, True, False]
    assert contact(conn, meier).parent_commission_until is None
    assert reasons(conn, meier) == ["agreed", "agreed"]


def test_a_parents_commission_ends_only_where_a_partner_has_a_parent(conn: Connection) -> None:
    alone, guest = add_partner(conn, "alone"), add_guest(conn, "ina@shop.example")

    with pytest.raises(NoParent):
        parent_end(conn, alone, LATER)
    with pytest.raises(NoPartner):
        parent_end(conn, guest, LATER)


def parent_end(conn: Connection, contact_id: int, until: datetime | None) -> bool:
    return set_parent_end(conn, contact_id, until, why="agreed", who=WHO, now=LATER)


def reasons(conn: Connection, contact_id: int) -> list[str]:
    """Give why details were changed, as the contact's history says."""
    table = History.__table__
    query = select(table.c.why).where(table.c.contact_id == contact_id, table.c.kind == "details")
    return list(conn.execute(query.order_by(table.c.id)).scalars())
