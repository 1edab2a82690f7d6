"""After an erasure the whole database is searched: nothing names the person, and the books agree."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import func, insert, select, update

from flask_firstline.models import (
    ApiAnswer,
    ApiKey,
    Audit,
    Body,
    Contact,
    Notice,
    Outbox,
    RuleRun,
    Upload,
)
from flask_firstline.models.base import Base
from flask_firstline.services import audit, bodies, code_uploads, erasing_person, links, sources
from flask_firstline.services.code_importing import Act, Source
from flask_firstline.services.context import Context
from flask_firstline.services.erasing_person import Group, Open
from flask_firstline.services.person_parts import PARTS
from flask_firstline.testing import FakeShop

from . import person_kit
from .campaign_kit import do
from .pay_kit import books_agree
from .person_kit import EMAIL, IBAN, NAME, PHONE, REF

#: What the law wants kept of who was paid: the file for the bank and the invoice.
KEPT = {("firstline_payout", "details"), ("firstline_statement", "data")}


@pytest.fixture
def mount() -> Sequence[str]:
    return ("checkout",)


def named_elsewhere(ctx: Context) -> None:
    """Name the person where somebody else or a program is at work."""
    own = ctx.conn.execute(select(Contact.id).where(Contact.ref == REF)).scalar_one()
    links.make_link(ctx.conn, own, path="/balm", who=f"partner:{REF}", now=ctx.now)
    told = {"sponsor": REF, "why": f"as {NAME.upper()} wants", "percent": "17"}
    audit.record(ctx.conn, who="Ines", act="set", noun="partner", subject="meier", after=told, now=ctx.now)
    ctx.conn.execute(insert(Notice).values(kind="test", text=f"{EMAIL} bounced", at=ctx.now))
    api_key = {"name": "erp", "digest": "d", "hint": "h", "scopes": [], "made_by": "Ines"}
    key_id = ctx.conn.execute(
        insert(ApiKey).values(**api_key, created_at=ctx.now).returning(ApiKey.id)
    ).scalar_one()
    body = f'{{"customer": "{REF}", "left": "12"}}'
    answer = {"api_key_id": key_id, "key": "k", "request_digest": "d", "status": 201, "body": body}
    ctx.conn.execute(insert(ApiAnswer).values(**answer, at=ctx.now))
    source = code_uploads.source_of(
        f"code,owner\nspring,{EMAIL}\n".encode(), coupon_id=1, file_name="a.csv", zone=ctx.settings.zone
    )
    code_uploads.add(ctx.conn, source, Act(who="Ines", now=ctx.now))
    _named_by_programs(ctx, source)


def _named_by_programs(ctx: Context, source: Source) -> None:
    """Name the person in what other shops sent, an import that is done, work given up, and another's rule."""
    wanted = sources.Wanted(
        name="woo", platform="woocommerce", url="https://woo.example", currency="EUR", zone="UTC"
    )
    sources.add(ctx, ctx.keys, wanted, who="Ines")
    for content in ({"billing": {"email": EMAIL.upper()}}, {"order": 1, "shipping": {"name": NAME}}):
        came = bodies.Came(topic="order.updated", content=json.dumps(content, ensure_ascii=False))
        bodies.take(ctx, 1, came)
    ctx.conn.execute(update(Body).where(Body.content.contains("shipping")).values(order_ref="o1"))
    done = code_uploads.add(ctx.conn, source, Act(who="Ines", now=ctx.now))
    code_uploads.start(
        ctx.conn, done, Act(who="Ines", now=ctx.now), all_or_none=False, zone=ctx.settings.zone
    )
    dead = {"topic": "call", "payload": {"to": EMAIL}, "state": "dead", "error": f"{NAME}: refused"}
    ctx.conn.execute(insert(Outbox).values(**dead, run_at=ctx.now, created_at=ctx.now, attempts=9))
    trace = [["all/0", 1, NAME], ["all/1", 1, REF]]
    other = select(func.min(RuleRun.id)).scalar_subquery()
    somebody = select(func.min(Contact.id)).scalar_subquery()
    nobody = {"contact_id": somebody, "sharer_id": None, "friend_id": None}
    ctx.conn.execute(update(RuleRun).where(RuleRun.id == other).values(trace=trace, **nobody))


def traces(ctx: Context) -> Iterator[tuple[str, str, str]]:
    """Search every column of every table, case-folded, also for plain digests of the address."""
    digests = [hashlib.new(name, EMAIL.encode()).hexdigest() for name in ("md5", "sha1", "sha256")]
    wanted = [text.casefold() for text in (REF, EMAIL, NAME, PHONE, "5550199", "silber", IBAN, *digests)]
    for table in Base.metadata.sorted_tables:
        for row in ctx.conn.execute(select(table)).mappings():
            for name, value in row.items():
                said = str(value).casefold()
                yield from ((table.name, str(name), said) for text in wanted if text in said)


def counted_parts(ctx: Context) -> list[object]:
    """Read what a preview only counts, since an erasure leaves it as it is."""
    tables = (part.table for part in PARTS if part.name in erasing_person.COUNTED)
    return [tuple(row) for table in tables for row in ctx.conn.execute(select(table))]


def test_every_part_of_a_persons_file_stands_in_a_group_of_the_preview() -> None:
    assert set(erasing_person.GROUPS) == {part.name for part in PARTS}


def test_nothing_names_who_was_erased_and_the_books_agree(shop: FakeShop) -> None:
    person_kit.tell(shop)
    do(shop, named_elsewhere)
    own = person_kit.contact_id(shop)
    told = do(shop, lambda ctx: list(traces(ctx)))
    assert len({found[:2] for found in told}) > 20
    books = do(shop, counted_parts)
    lines = {line.group: line for line in do(shop, lambda ctx: erasing_person.preview(ctx, own))}
    assert do(shop, lambda ctx: list(traces(ctx))) == told
    assert do(shop, lambda ctx: erasing_person.what_is_open(ctx, own)) == [
        Open.PARTNER,
        Open.PAYOUT,
        Open.APPLICATION,
        Open.ACCOUNT,
    ]
    assert all(line.deleted or line.nameless for line in lines.values())
    assert (lines[Group.STAFF].kept, lines[Group.STAFF].nameless) == (0, 0)
    assert lines[Group.MONEY].kept > 5

    with shop.app.app_context():
        shop.firstline.customer_erased(REF, commit=True)

    left = do(shop, lambda ctx: list(traces(ctx)))
    assert [found for found in left if found[:2] not in KEPT] == []
    assert not any(text in said for text in (EMAIL, REF) for _table, _column, said in left)
    assert books_agree(shop)
    assert do(shop, counted_parts) == books
    [told] = [row.after for row in shop.rows(Audit, subject="meier", act="set")]
    assert (told["why"], told["percent"]) == (f"as {told['sponsor']} wants", "17")
    assert [row.body for row in shop.rows(ApiAnswer)] == [
        f'{{"customer": "{told["sponsor"]}", "left": "12"}}'
    ]
    assert [row.report["sample"] for row in shop.rows(Upload)] == [[]]
    assert shop.rows(Body) == []
