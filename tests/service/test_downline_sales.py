"""What the lines of a downline sold and earned, who is found in it, and the file, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from flask_firstline.domain.consent import Grant
from flask_firstline.models import Accrual, Call, Consent, Contact, Document, Posting
from flask_firstline.services import consents, downline_file, downline_search, sponsors
from flask_firstline.services.consents import Wording
from flask_firstline.services.downline_sales import LineSales, Period, Sales, line_sales

from .program_kit import NOW
from .test_downline import SHORT, Above, below, random_tree, seed, statements

ALWAYS = Period()
LATER = NOW + timedelta(days=40)
READ = Wording(text="Hans may see it.", version="1", locale="en")


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def short_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sponsors, "LONGEST_PATH", SHORT)
    monkeypatch.setattr("flask_firstline.domain.tree.LONGEST_PATH", SHORT)


def buys(
    conn: Connection, contact_id: int, net: int, *, currency: str = "EUR", at: datetime = NOW,
    earned: Mapping[int, int] | None = None,
) -> None:  # fmt: skip
    """Store an order as the recording calls leave it, with what partners earned of it."""
    number = conn.execute(select(Document.id).order_by(Document.id.desc()).limit(1)).scalar() or 0
    row = {
        "id": number + 1, "kind": "order", "ref": f"o{number + 1}", "contact_id": contact_id,
        "currency": currency, "sale": {}, "quote": {}, "digest": "", "total": net, "own_sales": net,
        "credited_at": at, "placed_at": at,
    }  # fmt: skip
    conn.execute(insert(Document).values(**row))
    call = {"id": number + 1, "kind": "invoice_paid", "key": f"o{number + 1}", "payload": {}, "digest": ""}
    conn.execute(insert(Call).values(**call, outcome="done", at=at))
    for seq, (partner_id, amount) in enumerate((earned or {}).items()):
        posting: dict[str, object] = {
            "call_id": number + 1,
            "seq": seq,
            "partner_id": partner_id,
            "document_id": number + 1,
        }
        posting |= {"line_key": "1", "level": seq + 1, "amount": amount, "currency": currency, "at": at}
        ends = {"kind": "commission", "origin": "expense", "destination": "on_hold"}
        conn.execute(insert(Posting).values(**posting, **ends))
        conn.execute(insert(Accrual).values(**posting, trace={}, sentence=""))


def expected(
    above: Above,
    orders: Sequence[tuple[int, int]],
    one: int,
    earner: int,
    earned: Sequence[Mapping[int, int]],
) -> LineSales:
    """Work the figures of a line out from the sponsors alone."""
    line = below(above, one)
    mine = [net for buyer, net in orders if buyer == one]
    theirs = [net for buyer, net in orders if buyer in line]
    gained = [
        got[earner]
        for (buyer, _net), got in zip(orders, earned, strict=True)
        if buyer in line | {one} and earner in got
    ]
    return LineSales(
        own=Sales(documents=len(mine), net={"EUR": sum(mine)} if mine else {}),
        below=Sales(documents=len(theirs), net={"EUR": sum(theirs)} if theirs else {}),
        earned={"EUR": sum(gained)} if gained else {},
    )


def check_every_branch(conn: Connection, above: Above, number: int) -> None:
    """Buy at random, and compare each branch with what the sponsors alone say."""
    draw = Random(number)  # noqa: S311 - a tree, no secret
    people = [one for one in above if one > 1]
    orders = [(draw.choice(people), draw.randrange(100, 9000)) for _ in range(40)]
    earned = [{sponsor: net // 10} if (sponsor := above[buyer]) else {} for buyer, net in orders]
    for (buyer, net), got in zip(orders, earned, strict=True):
        buys(conn, buyer, net, earned=got)
    for opened in above:
        shown = [one for one, sponsor_id in above.items() if sponsor_id == opened][:5]
        found = line_sales(conn, shown, ALWAYS, opened=opened, earner=opened)
        whole = expected(above, orders, opened, opened, earned)
        assert found[opened].below == whole.below
        assert found[opened].own == whole.own
        for one in shown:
            line = expected(above, orders, one, opened, earned)
            assert found[one] == line


@pytest.mark.parametrize("number", range(2))
def test_every_line_has_its_own_sales_those_below_and_what_was_earned(conn: Connection, number: int) -> None:
    above = random_tree(number, 30)
    seed(conn, above)

    check_every_branch(conn, above, number)


@pytest.mark.usefixtures("short_paths")
def test_who_is_beyond_the_bound_of_paths_sells_too(conn: Connection) -> None:
    above = random_tree(1, 20) | {one: one - 1 for one in range(21, 31)}
    seed(conn, above)

    check_every_branch(conn, above, 1)
    assert conn.scalar(select(Contact.path).where(Contact.id == 30)) is None


def test_at_the_top_each_line_has_what_the_one_on_top_earned(conn: Connection) -> None:
    seed(conn, {1: None, 2: 1, 3: 2, 4: None, 5: 4})
    buys(conn, 3, 1000, earned={2: 100, 1: 50})
    buys(conn, 5, 300, currency="CHF", earned={4: 30})

    found = line_sales(conn, [4, 1], ALWAYS, opened=None, earner=None)

    assert found[1].below == Sales(documents=1, net={"EUR": 1000})
    assert found[1].earned == {"EUR": 50}
    assert (found[4].below, found[4].earned) == (Sales(documents=1, net={"CHF": 300}), {"CHF": 30})


def test_a_period_ends_before_its_end_and_what_earns_nothing_does_not_count(conn: Connection) -> None:
    seed(conn, {1: None, 2: 1})
    buys(conn, 2, 1000, at=NOW, earned={1: 100})
    buys(conn, 2, 500, at=LATER, earned={1: 50})
    buys(conn, 2, 0, at=NOW)

    month = line_sales(conn, [2], Period(begins=NOW, ends=LATER), opened=1, earner=1)[2]
    after = line_sales(conn, [2], Period(begins=LATER), opened=1, earner=1)[2]

    assert (month.own.documents, month.own.net, month.earned) == (1, {"EUR": 1000}, {"EUR": 100})
    assert (after.own.documents, after.own.net, after.earned) == (1, {"EUR": 500}, {"EUR": 50})


def test_what_came_back_is_not_earned(conn: Connection) -> None:
    seed(conn, {1: None, 2: 1})
    buys(conn, 2, 1000, earned={1: 100})
    conn.execute(update(Accrual).values(reversed=40))

    assert line_sales(conn, [2], ALWAYS, opened=1, earner=1)[2].earned == {"EUR": 60}


def test_the_figures_take_the_same_statements_for_one_and_for_many(conn: Connection) -> None:
    seed(conn, {1: None, 2: 1, **dict.fromkeys(range(3, 28), 2), **dict.fromkeys(range(28, 40), 27)})

    with statements(conn) as few:
        line_sales(conn, [2], ALWAYS, opened=1, earner=1)
    with statements(conn) as many:
        line_sales(conn, list(range(3, 28)), ALWAYS, opened=2, earner=1)

    assert len(few) == len(many) == 5


@pytest.fixture
def line(conn: Connection) -> Connection:
    """Give Meier (1) with Anna (2), Bernd (3) and Julia (4) below, and Clara (5) below Julia."""
    seed(conn, {1: None, 2: 1, 3: 1, 4: 1, 5: 4}, partner_since=None)
    for one, name in ((2, "Anna Fischer"), (3, "Bernd Kolb"), (4, "Julia Roth"), (5, "Clara Fischer")):
        email = f"{name.split()[0].lower()}@post.example"
        row = {"name": name, "email": email, "email_key": email, "phone": f"0731 {one}", "ref": f"k{one}"}
        conn.execute(update(Contact).where(Contact.id == one).values(**row))
    conn.execute(update(Contact).where(Contact.id.in_([1, 4])).values(partner_since=NOW))
    return conn


def give(
    conn: Connection, contact_id: int, sponsor_id: int = 1, *, email: bool = False, phone: bool = False
) -> None:
    wanted = Grant(email=email, phone=phone)
    consents.give(conn, contact_id, sponsor_id, wanted, wording=READ, now=NOW)


def found(conn: Connection, text: str, sponsor_id: int = 1) -> list[int]:
    return [one.id for one in downline_search.by_sponsor(conn, sponsor_id, text, now=NOW).rows]


ABOUT_ANNA = ("Anna", "Fischer", "anna fischer", "anna@post.example", "ANNA@", "k2", "0731 2", "#2", "2")


@pytest.mark.parametrize("text", ABOUT_ANNA)
def test_a_search_finds_nothing_that_is_not_let_see(line: Connection, text: str) -> None:
    assert found(line, text) == []


def test_a_search_finds_by_what_is_let_see_and_by_nothing_else(line: Connection) -> None:
    give(line, 2, phone=True)
    give(line, 3, email=True)

    assert [found(line, text) for text in ("fisch", "anna@post", "k2", "0731 2")] == [[2], [], [], []]
    assert [found(line, text) for text in ("kolb", "bernd@", "0731 3")] == [[3], [3], []]
    [anna] = downline_search.by_sponsor(line, 1, "Anna", now=NOW).rows
    assert (anna.name, anna.email, anna.phone, anna.ref) == ("Anna Fischer", None, "0731 2", None)


def test_a_search_ends_with_the_consent(line: Connection) -> None:
    give(line, 2, email=True)
    consents.take_back(line, 2, now=NOW)
    give(line, 3, email=True)
    line.execute(update(Consent).where(Consent.contact_id == 3).values(until=NOW + timedelta(days=1)))

    assert found(line, "anna") == []
    assert downline_search.by_sponsor(line, 1, "bernd", now=NOW).rows != ()
    assert downline_search.by_sponsor(line, 1, "bernd", now=NOW + timedelta(days=1)).rows == ()


def test_what_is_let_see_to_another_sponsor_is_not_found(line: Connection) -> None:
    give(line, 5, sponsor_id=4, email=True)

    assert (found(line, "clara", sponsor_id=4), found(line, "clara", sponsor_id=1)) == ([5], [])


@pytest.mark.parametrize("text", ["%", "_", "", "\\"])
def test_signs_of_a_search_pattern_are_only_signs(line: Connection, text: str) -> None:
    give(line, 2, email=True)

    assert found(line, text) == []


def test_people_found_come_in_pages(line: Connection) -> None:
    for one in (2, 3, 4):
        give(line, one, email=True)

    first = downline_search.by_sponsor(line, 1, "post.example", now=NOW, limit=2)
    rest = downline_search.by_sponsor(line, 1, "post.example", now=NOW, limit=2, after=first.after)

    assert ([one.id for one in first.rows], [one.id for one in rest.rows], rest.after) == ([4, 3], [2], None)


def test_the_shop_finds_by_number_and_e_mail_first_and_by_name_below_a_contact(line: Connection) -> None:
    def ids(text: str, top_id: int | None = None) -> list[int]:
        return [one.id for one in downline_search.by_shop(line, text, now=NOW, top_id=top_id).rows]

    assert (ids("k3"), ids("Anna@post.example"), ids("fischer")) == ([3], [2], [5, 2])
    assert (ids("fischer", top_id=4), ids("k3", top_id=4), ids("julia", top_id=4)) == ([5], [], [])


@pytest.mark.usefixtures("short_paths")
def test_the_shop_finds_who_is_beyond_the_bound_of_paths(conn: Connection) -> None:
    seed(conn, {1: None, 99: None, **{one: one - 1 for one in range(2, 12)}})

    found = downline_search.by_shop(conn, "c11", now=NOW, top_id=1).rows

    assert [one.id for one in found] == [11]
    assert downline_search.by_shop(conn, "c11", now=NOW, top_id=99).rows == ()
    assert [one.id for one in downline_search.by_shop(conn, "c11", now=NOW, top_id=10).rows] == [11]


def test_a_file_masks_all_that_is_not_let_see_to_this_sponsor(line: Connection) -> None:
    give(line, 2, phone=True)
    give(line, 5, sponsor_id=4, email=True)

    def told(sponsor_id: int | None) -> list[tuple[int, str, str | None, str | None, str | None, str | None]]:
        lines = downline_file.lines(line, 1, period=ALWAYS, now=NOW, sponsor_id=sponsor_id)
        return [(one.level, one.initials, one.name, one.email, one.phone, one.ref) for one in lines]

    masked = [(1, "B. K.", *[None] * 4), (1, "J. R.", *[None] * 4), (2, "C. F.", *[None] * 4)]
    assert told(1) == [(1, "A. F.", "Anna Fischer", None, "0731 2", None), *masked]
    assert told(None) == [(1, "A. F.", *[None] * 4), *masked]


def test_a_file_has_the_sales_of_each_and_may_be_one_level(line: Connection) -> None:
    buys(line, 2, 1000)
    buys(line, 2, 300, currency="CHF")
    buys(line, 2, 700, at=LATER)
    buys(line, 5, 200)

    period = Period(ends=LATER)
    every = list(downline_file.lines(line, 1, period=period, now=NOW, whole=True))
    second = list(downline_file.lines(line, 1, period=period, now=NOW, whole=True, level=2))

    sales = {(one.ref, one.currency): (one.documents, one.net) for one in every}
    assert sales == {
        ("k2", "EUR"): (1, 1000), ("k2", "CHF"): (1, 300), ("k3", None): (0, None), ("k4", None): (0, None),
        ("k5", "EUR"): (1, 200),
    }  # fmt: skip
    assert [(one.ref, one.level, one.sponsor_ref) for one in second] == [("k5", 2, "k4")]


@pytest.mark.usefixtures("short_paths")
def test_a_file_has_everybody_once_at_the_right_level(conn: Connection) -> None:
    above: Above = random_tree(2, 20) | {one: one - 1 for one in range(21, 31)}
    seed(conn, above)

    def level_of(one: int, top: int) -> int:
        sponsor_id = above[one]
        return 1 if sponsor_id == top or sponsor_id is None else 1 + level_of(sponsor_id, top)

    for top in (1, 5, 20, 25):
        lines = list(downline_file.lines(conn, top, period=ALWAYS, now=NOW, whole=True))
        wanted = {f"c{one}": level_of(one, top) for one in below(above, top)}
        assert {one.ref: one.level for one in lines} == wanted
        assert len(lines) == len(wanted)
        for level in (1, 3):
            some = downline_file.lines(conn, top, period=ALWAYS, now=NOW, whole=True, level=level)
            assert {one.ref for one in some} == {ref for ref, deep in wanted.items() if deep == level}


def test_a_file_of_more_than_one_chunk_is_whole(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downline_file, "_AT_ONCE", 3)
    with engine.connect() as conn:
        seed(conn, {1: None, **dict.fromkeys(range(2, 13), 1)})
        for one in range(2, 13):
            buys(conn, one, one)

        lines = list(downline_file.lines(conn, 1, period=ALWAYS, now=NOW, whole=True))

        assert [(one.ref, one.net) for one in lines] == [(f"c{one}", one) for one in range(2, 13)]
        conn.rollback()
