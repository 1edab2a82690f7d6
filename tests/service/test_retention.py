"""Data whose time is over goes, kind by kind; what is younger, open or needed stays. On either database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import insert, select, update

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.domain.consent import Grant
from flask_firstline.domain.retention import PERIODS, End, Kept
from flask_firstline.models import (
    Attempt,
    Audit,
    Consent,
    ConsentView,
    Contact,
    MailChoice,
    Notice,
    RetentionRun,
    Sms,
    TemplatedMail,
    Upload,
)
from flask_firstline.services import code_uploads, consents, retention
from flask_firstline.services.code_importing import Act
from flask_firstline.services.consents import Wording
from flask_firstline.services.context import Context
from flask_firstline.services.mistakes import BadPeriod
from flask_firstline.services.retention_ends import ENDINGS
from flask_firstline.testing import FakeShop, make_code

from . import person_kit
from .campaign_kit import do
from .pay_kit import books_agree

YEARS = 3660


@pytest.fixture
def mount() -> Sequence[str]:
    return ("checkout",)


def work(shop: FakeShop) -> None:
    with shop.app.app_context():
        work_once(shop.state)


def due(shop: FakeShop) -> Mapping[Kept, int]:
    return {one.period.kind: one.due for one in do(shop, retention.standing)}


def add_more(ctx: Context) -> None:
    """Keep what the story of a person has none of, and end what can end."""
    ctx.conn.execute(insert(Notice).values(kind="test", text="bounced", at=ctx.now))
    ctx.conn.execute(insert(Attempt).values(key="address:203.0.113.7", window=1, tries=2))
    for name in ("a.csv", "b.csv"):
        source = code_uploads.source_of(
            b"code\nspring\n", coupon_id=1, file_name=name, zone=ctx.settings.zone
        )
        upload_id = code_uploads.add(ctx.conn, source, Act(who="Ines", now=ctx.now))
    code_uploads.start(
        ctx.conn, upload_id, Act(who="Ines", now=ctx.now), all_or_none=False, zone=ctx.settings.zone
    )
    own = ctx.conn.execute(select(Contact.id).where(Contact.ref == person_kit.REF)).scalar_one()
    consents.take_back(ctx.conn, own, now=ctx.now)
    for model in (Sms, TemplatedMail):
        ctx.conn.execute(update(model).values(state="sent", ended_at=ctx.now))


def test_a_whole_story_goes_kind_by_kind_and_the_books_stay(shop: FakeShop) -> None:
    person_kit.tell(shop)
    do(shop, add_more)
    work(shop)
    before = len(shop.rows(Audit))
    shop.clock.advance(days=YEARS)
    was = due(shop)
    work(shop)

    [run] = shop.rows(RetentionRun)[-1:]
    assert run.failed == []
    assert {Kept(kind) for kind in run.went} == {kind for kind in retention.BY_NIGHT if was[kind]}
    assert {Kept.CLICKS, Kept.WORK_DONE, Kept.CONSENTS, Kept.AUDIT, Kept.FILE_LINES, Kept.MESSAGES} <= {
        Kept(kind) for kind in run.went
    }
    assert sum(due(shop).values()) == 0
    assert [shop.rows(model) for model in (Consent, ConsentView, Notice, Attempt)] == [[]] * 4
    assert [row.wanted for row in shop.rows(MailChoice)] == [True] * 3
    assert {row.text for row in shop.rows(Sms)} == {""}
    assert [row.report["emptied"] for row in shop.rows(Upload)] == [True]
    assert before > 10 > len(shop.rows(Audit))
    assert books_agree(shop)
    ina = shop.rows(Contact, ref=person_kit.REF)
    assert [row.email for row in ina] == [person_kit.EMAIL]


def test_every_kind_that_is_kept_for_a_time_has_an_end_and_every_end_a_period() -> None:
    timed = {kind for kind, period in PERIODS.items() if period.end not in {End.KEPT, End.NEVER_STORED}}

    assert set(ENDINGS) == timed
    assert list(PERIODS) == list(Kept)
    assert all(period.allows(period.days) for period in PERIODS.values() if period.can_be_set)


def test_a_night_lets_go_once_and_a_dead_run_is_taken_over(shop: FakeShop) -> None:
    first = do(shop, retention.begin_night)

    assert first is not None
    assert do(shop, retention.begin_night) is None
    shop.clock.advance(hours=3)
    assert do(shop, retention.begin_night) == first
    do(shop, lambda ctx: retention.end(ctx, first, {}, []))
    shop.clock.advance(hours=3)
    assert do(shop, retention.begin_night) is None
    shop.clock.advance(days=1)
    assert do(shop, retention.begin_night) not in {None, first}


def quiet(shop: FakeShop) -> None:
    """Let some people sign up: who is quiet, who agreed, who came again, who holds a code."""
    for name in ("quiet", "agreed", "again", "holder"):
        shop.register(Customer(ref=name, email=f"{name}@post.example", name=name), "vonmeier")
    make_code(shop.app, "present", holder="holder")


def agree(ctx: Context) -> None:
    ids = {row.ref: row.id for row in ctx.conn.execute(select(Contact.ref, Contact.id))}
    wording = Wording(text="Yes.", version="1", locale="en")
    grant = Grant(email=True, phone=False)
    consents.give(ctx.conn, ids["agreed"], ids["meier"], grant, wording=wording, now=ctx.now)


def test_prospects_are_erased_only_where_an_owner_said_so_and_never_with_something_open(
    shop: FakeShop,
) -> None:
    quiet(shop)
    do(shop, agree)
    shop.clock.advance(days=800)
    shop.register(Customer(ref="new", email="new@post.example"), "vonmeier")
    with shop.app.app_context():
        shop.firstline.event("demo", Customer(ref="again"), {}, commit=True)
    work(shop)
    assert due(shop)[Kept.PROSPECTS] == 0
    assert all(row.erased_at is None for row in shop.rows(Contact))

    assert do(shop, lambda ctx: retention.choose(ctx, Kept.PROSPECTS, 730, who="Ines"))
    shop.clock.advance(days=1)
    work(shop)

    gone = [row for row in shop.rows(Contact) if row.erased_at is not None]
    assert {row.ref for row in shop.rows(Contact)} >= {None, "agreed", "again", "holder", "new"}
    assert [(row.email, row.name) for row in gone] == [(None, None)]
    logged = [(row.who, row.act, row.subject) for row in shop.rows(Audit)][-2:]
    assert logged == [("Ines", "change", "prospects"), ("retention", "erase", f"#{gone[0].id}")]


def test_a_period_is_kept_within_its_bounds_logged_and_set_back(shop: FakeShop) -> None:
    def choose(kind: Kept, days: int | None) -> bool:
        return do(shop, lambda ctx: retention.choose(ctx, kind, days, who="Ines"))

    for kind, days in (
        (Kept.BODIES, 6),
        (Kept.BODIES, None),
        (Kept.API_ANSWERS, 2),
        (Kept.BOOKS, 9),
        (Kept.CLICKS, 29),
    ):
        with pytest.raises(BadPeriod):
            choose(kind, days)
    assert choose(Kept.BODIES, 14)
    assert not choose(Kept.BODIES, 14)
    assert do(shop, lambda ctx: retention.days_of(ctx, Kept.BODIES)) == 14
    assert do(shop, lambda ctx: retention.reset(ctx, Kept.BODIES, who="Ines"))
    assert not do(shop, lambda ctx: retention.reset(ctx, Kept.BODIES, who="Ines"))
    assert [(row.act, row.before, row.after) for row in shop.rows(Audit, noun="retention")] == [
        ("change", {"keep_days": 90}, {"keep_days": 14}),
        ("reset", {"keep_days": 14}, {"keep_days": 90}),
    ]


def test_more_than_one_batch_goes_and_what_others_hold_is_left_to_them(shop: FakeShop) -> None:
    rows = [{"kind": "test", "text": str(number), "at": shop.clock.now} for number in range(1100)]
    do(shop, lambda ctx: ctx.conn.execute(insert(Notice), rows))
    shop.clock.advance(days=91)
    do(shop, lambda ctx: ctx.conn.execute(update(Notice).where(Notice.id <= 2).values(at=ctx.now)))

    work(shop)

    assert shop.rows(RetentionRun)[-1].went == {"notices": 1098}
    assert [row.id for row in shop.rows(Notice)] == [1, 2]


def test_two_workers_at_once_let_each_row_go_once(shop: FakeShop) -> None:
    rows = [{"kind": "test", "text": str(number), "at": shop.clock.now} for number in range(1200)]
    do(shop, lambda ctx: ctx.conn.execute(insert(Notice), rows))
    shop.clock.advance(days=91)
    both = Barrier(2)

    def let_go(_worker: int) -> tuple[int | None, int]:
        both.wait(10)
        night = do(shop, retention.begin_night)
        return night, retention.let_go(partial(do, shop), Kept.NOTICES)

    with ThreadPoolExecutor(2) as workers:
        nights, numbers = zip(*workers.map(let_go, range(2)), strict=True)

    assert sum(numbers) == 1200
    assert sorted(night is None for night in nights) == [False, True]
    assert shop.rows(Notice) == []
