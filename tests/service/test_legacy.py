"""Files of other systems: looked at, imported, imported again, with all that can be wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Row, event, func, select

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import (
    Audit,
    Contact,
    History,
    ImportedRow,
    LegacyRef,
    Login,
    Outbox,
    Posting,
    Upload,
    UploadKind,
)
from flask_firstline.services import (
    erasing,
    legacy_uploads,
    merging,
    notices,
    partners,
    person_export,
    preferences,
)
from flask_firstline.services.context import Context
from flask_firstline.services.ledger import balances
from flask_firstline.services.legacy_cells import DateOrder
from flask_firstline.services.legacy_fields import FIELDS, guessed
from flask_firstline.services.legacy_mapping import ColumnMapping, undecided
from flask_firstline.services.legacy_reports import Looked, imported, looked
from flask_firstline.services.mistakes import HasBadLines, SeenOtherwise, UnderWay
from flask_firstline.services.notices import NoticeKind
from flask_firstline.services.preferences import MailSort
from flask_firstline.services.sponsors import wrong_paths
from flask_firstline.testing import FakeShop, make_partner

from .pay_kit import act

ORIGIN = "AffiliateWP"
PARTNERS = """affiliate_id,payment_email,name,status,parent_affiliate_id,date_registered,iban
3,carl@old.example,Carl Zander,active,2,2024-03-07,
1,anna@old.example,Anna Meier,active,,2024-03-01 10:00:00,DE89370400440532013000
2,Bert@Old.example,Bert Wolf,inactive,1,2024-03-05,
"""
OWED = "affiliate_id;balance;currency;note\n1;1.250,50;EUR;March\nbert@old.example;-3,00;;\n3;0,00;;\n"


@pytest.fixture
def opened(shop: FakeShop) -> Iterator[FakeShop]:
    with shop.app.app_context():
        yield shop


def send(shop: FakeShop, text: str, kind: UploadKind = UploadKind.PARTNERS, **mapping: Any) -> int:
    """Send a file and look at it by the names of its columns."""
    columns = guessed(kind, text.split("\n")[0].replace(";", ",").split(","))
    mapped = ColumnMapping(**{"columns": columns, "currency": "EUR", "reason": "Opening", **mapping})

    def work(ctx: Context) -> int:
        data = text.encode()
        upload_id = legacy_uploads.add(
            ctx, data, kind=kind, origin=ORIGIN, file_name="old.csv", who="admin:1"
        )
        legacy_uploads.look(ctx, upload_id, mapped)
        return upload_id

    found: int = act(shop, work)
    return found


def bring(shop: FakeShop, text: str, kind: UploadKind = UploadKind.PARTNERS, **mapping: Any) -> Looked:
    """Send a file, look at it, import its good lines; give what was done."""
    upload_id = send(shop, text, kind, **mapping)
    start(shop, upload_id)
    return seen(shop, upload_id)


def start(shop: FakeShop, upload_id: int, *, all_or_none: bool = False) -> None:
    act(shop, lambda ctx: legacy_uploads.start(ctx, upload_id, all_or_none=all_or_none, who="admin:1"))


def guest(shop: FakeShop, email: str) -> None:
    """Make somebody a partner whom the shop does not know."""
    act(shop, lambda ctx: partners.add_partner(ctx.conn, ref=None, email=email, who="admin:1", now=ctx.now))


def seen(shop: FakeShop, upload_id: int) -> Looked:
    (row,) = shop.rows(Upload, id=upload_id)
    return looked(row)


def counts(found: Looked) -> tuple[int, int, int, int, int]:
    return found.created, found.changed, found.unchanged, found.sponsors, found.bad_lines


def told(found: Looked) -> list[tuple[int, str, str]]:
    return [(cell.line, cell.column, cell.problem.value) for cell in found.bad]


def person(shop: FakeShop, email: str) -> Row[Any]:
    (row,) = shop.rows(Contact, email_key=email)
    return row


def how_many(shop: FakeShop, *models: Any) -> list[int]:
    with shop.db.engine.connect() as conn:
        return [conn.scalar(select(func.count()).select_from(model.__table__)) or 0 for model in models]


def test_partners_come_in_whatever_the_order_of_the_lines_is(opened: FakeShop) -> None:
    silent = how_many(opened, Outbox)
    done = bring(opened, PARTNERS)

    assert counts(done) == (3, 0, 0, 2, 0)
    anna, bert, carl = (person(opened, f"{name}@old.example") for name in ("anna", "bert", "carl"))
    assert (bert.sponsor_id, carl.sponsor_id, carl.path) == (anna.id, bert.id, f"{anna.id}/{bert.id}/")
    assert anna.partner_since.isoformat() == "2024-03-01T10:00:00+00:00"
    assert (bert.partner_suspended_at, anna.partner_suspended_at) == (opened.state.now(), None)
    assert {row.contact_id for row in opened.rows(Login)} >= {anna.id, bert.id, carl.id}
    assert [row.why for row in opened.rows(History, contact_id=carl.id)] == ["AffiliateWP: old.csv"] * 3
    assert ("bring in", "old.csv") in [(row.act, row.subject) for row in opened.rows(Audit)]
    assert how_many(opened, Outbox) == silent, "an import mails nobody and starts no rule"


def test_what_is_no_column_of_ours_is_never_kept(opened: FakeShop) -> None:
    upload_id = send(opened, PARTNERS + "4,wrong,Dora,active,,2024-03-05,NL91ABNA0417164300\n")

    (row,) = opened.rows(Upload, id=upload_id)
    assert "DE89" in row.content
    assert "DE89" not in str(row.report)
    assert "NL91" not in str(row.report)
    start(opened, upload_id)
    (row,) = opened.rows(Upload, id=upload_id)
    assert (row.state, row.content, row.done_rows) == ("done", None, 4)


def test_the_same_file_again_makes_nothing_twice(opened: FakeShop) -> None:
    bring(opened, PARTNERS)
    bring(opened, OWED, UploadKind.BALANCES)
    before = how_many(opened, Contact, LegacyRef, History, Login, Posting)

    again = bring(opened, PARTNERS)
    owed = bring(opened, OWED, UploadKind.BALANCES)

    assert counts(again) == (0, 0, 3, 0, 0)
    assert counts(owed)[:3] == (0, 0, 3)
    assert how_many(opened, Contact, LegacyRef, History, Login, Posting) == before


def test_each_kind_of_mistake_is_told_with_its_line_and_column(opened: FakeShop) -> None:
    make_partner(opened.app, "known", name="Known")
    text = (
        "id,customer number,email,name,status,parent,joined,language\n"
        "1,,a@x.example,A,active,,2024-01-01,de\n"
        "2,,b@x.example,B,pending,,,\n"
        "3,,c@x.example,C,,2,,\n"
        "4,,d@x.example,D,,5,,\n"
        "5,,e@x.example,E,,4,,\n"
        "6,,f@x.example,F,,6,,\n"
        "7,,a@X.example,G,,,,\n"
        "1,,h@x.example,H,,,,\n"
        "9,,,I,,,,\n"
        "10,,nothing,J,strange,nobody,31.12.2024,klingon\n"
        "11,,k@x.example,K,,known,2999-01-01,\n"
        "12,,l@x.example,L,,known,,\n"
        "13,,m@x.example,M,,3,,\n"
    )
    found = seen(opened, send(opened, text, dates=DateOrder.YEAR_FIRST))

    assert told(found) == [
        (3, "status", "no_partner_there"),
        (4, "parent", "above_bad"),
        (5, "parent", "circle"),
        (6, "parent", "circle"),
        (7, "parent", "circle"),
        (8, "id", "same_line"),
        (9, "id", "same_line"),
        (10, "email", "no_way"),
        (11, "email", "no_email"),
        (11, "language", "no_language"),
        (11, "status", "no_status"),
        (11, "joined", "no_day"),
        (12, "joined", "future"),
        (14, "parent", "above_bad"),
    ]
    assert counts(found) == (2, 0, 0, 1, 11)
    assert [cell.other for cell in found.bad if cell.problem == "above_bad"] == ["3", "4"]


def test_people_are_found_by_number_and_address_and_two_of_them_are_never_mixed_up(opened: FakeShop) -> None:
    make_partner(opened.app, "n1", name="One", email="one@x.example")
    for ref, email, proven in (
        ("n2", "two@x.example", True),
        ("n3", "three@x.example", False),
        ("n4", "four@x.example", True),
        ("n5", "four@x.example", True),
    ):
        opened.register(opened.add_customer(ref, email=email, email_verified=proven))
    guest(opened, "guest@x.example")
    text = (
        "id,customer number,email,name\n"
        "1,n1,other@x.example,New name\n"
        "2,,two@x.example,Two\n"
        "3,,three@x.example,Three\n"
        "4,,four@x.example,Four\n"
        "5,n9,guest@x.example,Guest\n"
    )
    found = bring(opened, text)

    assert told(found) == [
        (4, "email", "unproven"),
        (5, "email", "two_people"),
        (6, "customer number", "guarded"),
    ]
    one, two = (opened.rows(Contact, ref=ref)[0] for ref in ("n1", "n2"))
    assert (one.name, one.email) == ("One", "one@x.example"), "what is there stays"
    assert two.partner_since is not None
    assert counts(bring(opened, text.replace("n1,other", "n1,new"), overwrite=True))[1] == 1
    assert opened.rows(Contact, ref="n1")[0].name == "New name"
    mixed = seen(opened, send(opened, "id,customer number,email\n1,n2,\n"))
    assert told(mixed) == [(2, "id", "other_person")]


def test_a_sponsor_who_is_set_stays_and_that_is_said(opened: FakeShop) -> None:
    bring(opened, PARTNERS)
    text = (
        "email;name;sponsor;type\n"
        "new@x.example;New;anna@old.example;customer\n"
        "carl@old.example;Carl;1;\n"
        "lead@x.example;Lead;3;prospect\n"
    )
    done = bring(opened, text, UploadKind.CONTACTS)

    new, carl, lead = (
        person(opened, name) for name in ("new@x.example", "carl@old.example", "lead@x.example")
    )
    anna, bert = person(opened, "anna@old.example"), person(opened, "bert@old.example")
    assert (new.sponsor_id, new.has_bought, new.partner_since) == (anna.id, True, None)
    assert (lead.sponsor_id, lead.has_bought) == (carl.id, False)
    assert (carl.sponsor_id, [(cell.line, cell.other) for cell in done.notes]) == (
        bert.id,
        [(3, f"#{bert.id}")],
    )


def test_a_known_one_with_people_below_is_placed_with_all_of_them_and_never_below_itself(
    opened: FakeShop,
) -> None:
    make_partner(opened.app, "top")
    make_partner(opened.app, "middle", sponsor="top")
    make_partner(opened.app, "low", sponsor="middle")
    circle = seen(opened, send(opened, "customer number,parent\ntop,low\n"))
    assert told(circle) == [(2, "parent", "circle")]

    bring(opened, "customer number,email,parent\ntop,,new@x.example\n,new@x.example,\n")

    new, low = person(opened, "new@x.example"), opened.rows(Contact, ref="low")[0]
    assert low.path is not None
    assert low.path.startswith(f"{new.id}/")
    with opened.db.engine.connect() as conn:
        assert wrong_paths(conn) == 0


def test_which_mails_somebody_does_not_want_stays_when_a_file_brings_new_facts(opened: FakeShop) -> None:
    guest(opened, "carl@old.example")
    carl = person(opened, "carl@old.example").id
    wanted = {MailSort.REMINDER}
    act(opened, lambda ctx: preferences.choose(ctx.conn, carl, wanted, now=ctx.now))
    act(opened, lambda ctx: notices.choose(ctx.conn, carl, {NoticeKind.PAID}, now=ctx.now))
    before = act(opened, lambda ctx: notices.switched_off(ctx.conn, carl))

    done = bring(opened, PARTNERS)

    assert (done.changed, person(opened, "carl@old.example").name) == (1, "Carl Zander")
    off = act(opened, lambda ctx: preferences.unwanted(ctx.conn, carl))
    assert off == {MailSort.MANY, MailSort.PROGRAM}
    assert act(opened, lambda ctx: notices.switched_off(ctx.conn, carl)) == before


def test_opening_balances_are_posted_once_by_partner_and_currency(opened: FakeShop) -> None:
    bring(opened, PARTNERS)
    upload_id = send(opened, OWED + "9;5,00;;\n1;1,00;EUR;\n", UploadKind.BALANCES)
    found = seen(opened, upload_id)
    assert (counts(found), found.sums) == ((2, 0, 1, 0, 2), {"EUR": 124_750})
    assert told(found) == [(5, "affiliate_id", "nobody"), (6, "affiliate_id", "same_line")]

    start(opened, upload_id)

    assert seen(opened, upload_id).sums == {"EUR": 124_750}
    anna, bert = person(opened, "anna@old.example"), person(opened, "bert@old.example")
    held = act(opened, lambda ctx: (balances(ctx, anna.id), balances(ctx, bert.id)))
    assert [one["EUR"]["payable"] for one in held] == [125_050, -300]
    posted = [row for row in opened.rows(Audit) if row.act == "post by hand"]
    assert posted[0].after["reason"] == "Opening, March (old.csv)"
    other = seen(opened, send(opened, "partner,balance\n1,7.00\n", UploadKind.BALANCES))
    assert told(other) == [(2, "balance", "posted")]
    customer = bring(opened, "email,type\nbuyer@x.example,customer\n", UploadKind.CONTACTS)
    assert customer.created == 1
    nobody = send(opened, "partner,balance\nbuyer@x.example,7.00\n", UploadKind.BALANCES)
    assert told(seen(opened, nobody)) == [(2, "partner", "never_partner")]


def test_what_is_merged_is_the_one_that_goes_on(opened: FakeShop) -> None:
    bring(opened, PARTNERS)
    make_partner(opened.app, "anna-new", name="Anna")
    old, new = person(opened, "anna@old.example"), opened.rows(Contact, ref="anna-new")[0]
    act(
        opened,
        lambda ctx: merging.merge(ctx.conn, old.id, new.id, why="the same", who="admin:1", now=ctx.now),
    )

    bring(opened, "partner,balance\n1,7.00\n", UploadKind.BALANCES)
    again = bring(opened, "partner,balance\n1,7.00\n", UploadKind.BALANCES)

    held = act(opened, lambda ctx: balances(ctx, new.id))
    assert (held["EUR"]["payable"], again.unchanged) == (700, 1)


def test_who_is_erased_is_in_no_file_and_under_no_number_there(opened: FakeShop) -> None:
    bring(opened, PARTNERS + "4,wrong,Carl Zander,active,,,\n")
    carl, waiting = person(opened, "carl@old.example"), send(opened, PARTNERS)
    file: Any = act(opened, lambda ctx: person_export.export(ctx, carl.id, who="admin:1"))
    told_of = {part["name"]: part["rows"] for part in file["parts"]}
    assert [row["ref"] for row in told_of["legacy_ref"]] == ["3"]
    assert [row["line"] for row in told_of["imported_row"]] == [2]

    act(opened, lambda ctx: erasing.erase_contact(ctx, carl.id))

    assert [row.ref for row in opened.rows(LegacyRef)] == ["1", "2"]
    assert opened.rows(Upload, id=waiting) == []
    assert "Carl" not in str([row.report for row in opened.rows(Upload)])


def test_all_or_none_imports_none_where_a_line_is_bad(opened: FakeShop) -> None:
    before = how_many(opened, Contact)
    upload_id = send(opened, PARTNERS + "4,wrong,D,active,,,\n")

    with pytest.raises(HasBadLines):
        start(opened, upload_id, all_or_none=True)

    assert how_many(opened, Contact) == before
    start(opened, upload_id)
    with pytest.raises(UnderWay):
        start(opened, upload_id)


def test_what_was_looked_at_is_done_or_nothing(opened: FakeShop) -> None:
    upload_id = send(opened, PARTNERS)
    guest(opened, "anna@old.example")

    with pytest.raises(SeenOtherwise):
        start(opened, upload_id)

    act(opened, lambda ctx: legacy_uploads.look_again(ctx, upload_id))
    start(opened, upload_id)
    assert counts(seen(opened, upload_id)) == (2, 1, 0, 2, 0)


def test_a_large_file_is_left_to_the_worker_part_by_part_and_its_report_is_kept(
    opened: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(legacy_uploads, "AT_ONCE", 10)
    monkeypatch.setattr(legacy_uploads, "PART", 4)
    lines = [f"{number},p{number}@x.example,{number + 1 if number < 12 else ''}" for number in range(1, 13)]
    upload_id = send(opened, "\n".join(["id,email,parent", *lines, "13,wrong,1"]))
    start(opened, upload_id)
    assert how_many(opened, LegacyRef) == [0]

    work_once(opened.state)

    (row,) = opened.rows(Upload, id=upload_id)
    assert (row.state, row.done_rows) == ("done", 13)
    assert counts(looked(row)) == (12, 0, 0, 11, 1)
    with opened.db.engine.connect() as conn:
        made = list(imported(conn, upload_id))
        assert wrong_paths(conn) == 0
    assert [(one.line, one.outcome) for one in made] == [(line, "created") for line in range(2, 14)]
    assert sum(one.sponsor is not None for one in made) == 11


def test_a_hundred_lines_more_cost_a_few_statements_more(opened: FakeShop) -> None:
    counted = [0]

    def count(*_args: object) -> None:
        counted[0] += 1

    event.listen(opened.db.engine, "before_cursor_execute", count)
    spent = []
    for begin, many in ((0, 100), (1_000, 200)):
        lines = [f"{n},s{n}@x.example,{n - 1 if n > begin else ''}" for n in range(begin, begin + many)]
        counted[0] = 0
        assert bring(opened, "\n".join(["id,email,parent", *lines])).created == many
        spent.append(counted[0])
    event.remove(opened.db.engine, "before_cursor_execute", count)

    # Paths are written level by level: a chain of a hundred more is a hundred statements more, no others.
    assert spent[1] - spent[0] <= 105


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("email,joined\na@x.example,01/02/2026\n", ["dates"]),
        ("email,joined\na@x.example,13/02/2026\n", []),
        ("email,joined\na@x.example,02/13/2026\nb@x.example,13/02/2026\n", ["dates"]),
        ("email,joined\na@x.example,1.2.2026\n", []),
        ("email,joined\na@x.example,2026-02-01\n", []),
    ],
)
def test_an_order_of_dates_in_doubt_is_asked_for(text: str, asked: list[str]) -> None:
    from flask_firstline.domain.sheets import open_sheet

    sheet = open_sheet(text)
    assert undecided(sheet, ColumnMapping(columns=guessed(UploadKind.PARTNERS, sheet.columns))) == asked


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        (
            "partners",
            "Affiliate ID|Payment Email|First name|Last name|Status|Parent Affiliate|Date registered",
        ),
        ("partners", "Partnernummer|E-Mail-Adresse|Vorname|Nachname|Status|Sponsor|Beigetreten"),
        ("partners", "Relatienummer|E-mailadres|Voornaam|Achternaam|Status|Bovenliggende partner|Lid sinds"),
        (
            "partners",
            "Номер партнёра|Электронная почта|Имя собственное|Фамилия|Статус|Спонсор|Дата регистрации",
        ),
    ],
)
def test_columns_are_guessed_in_four_languages(kind: str, heading: str) -> None:
    found = guessed(UploadKind(kind), heading.split("|"))
    assert [field.value for field in sorted(found, key=lambda field: found[field])] == [
        "old", "email", "first_name", "last_name", "status", "above", "since",
    ]  # fmt: skip
    assert set(found) <= set(FIELDS[UploadKind(kind)])
    assert ImportedRow.__tablename__ == "firstline_imported_row"
