"""Terms that begin on a date: which hold at a payment, what stays of the past, what a plan would change."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from flask_firstline.domain.clauses import months_after
from flask_firstline.models import Accrual, CommissionTerms, Document, Posting
from flask_firstline.services import program, terms_dry_run
from flask_firstline.services.mistakes import NotThere
from flask_firstline.services.terms_dry_run import Change, Difference, DryRun, dry_run, ending
from flask_firstline.state import state_of
from flask_firstline.testing import NOON, FakeShop, make_code, make_product, make_terms

from .kit import cart_of, counted, earned, one

DAY = timedelta(days=1)
NEXT_MONTH = NOON + 30 * DAY


def sell(
    shop: FakeShop, ref: str, *, customer: str | None = None, codes: tuple[str, ...] = ("vonmeier",)
) -> None:
    """Sell for 20.00, 16.81 net, through meier."""
    shop.place(cart_of(customer or f"c-{ref}", one("25.00", vat_rate=19)), ref, codes=codes)
    shop.pay(ref)


def set_terms(shop: FakeShop, percent: str, **more: Any) -> int:
    with shop.app.app_context(), shop.db.engine.begin() as conn:
        values = {"level": 1, "percent": Decimal(percent), **more}
        return program.set_terms(conn, **values, who="test", now=shop.clock.now)


def remove(shop: FakeShop, terms_id: int, begins: datetime | None = None) -> None:
    with shop.app.app_context(), shop.db.engine.begin() as conn:
        program.remove_terms(conn, terms_id, begins=begins, who="test", now=shop.clock.now)


def in_force(shop: FakeShop, at: datetime) -> list[tuple[int, Decimal | None]]:
    with shop.app.app_context(), shop.db.engine.begin() as conn:
        return [(row.level, row.percent) for row in program.list_terms(conn, at=at)]


def test_the_terms_at_the_moment_of_the_payment_hold(shop: FakeShop) -> None:
    set_terms(shop, "20", begins=NOON + DAY)
    sell(shop, "before")
    shop.clock.advance(days=1)
    sell(shop, "after")

    assert [row.amount for row in shop.rows(Accrual, level=1)] == [168, 336]


def test_a_sale_that_is_credited_keeps_its_terms(shop: FakeShop) -> None:
    shop.place(cart_of("ina", one("25.00", vat_rate=19)), "o1", codes=["vonmeier"])
    shop.pay("o1", "i1", amount="10.00")
    set_terms(shop, "20")
    shop.clock.advance(days=1)
    shop.pay("o1", "i2")

    assert earned(shop, "meier") == ["1.68"]


def test_the_history_says_what_held_when(shop: FakeShop) -> None:
    shop.clock.advance(days=1)
    set_terms(shop, "12")
    set_terms(shop, "15", begins=NEXT_MONTH)

    assert in_force(shop, NOON)[0] == (1, Decimal(10))
    assert in_force(shop, NOON + 2 * DAY)[0] == (1, Decimal(12))
    assert in_force(shop, NEXT_MONTH)[0] == (1, Decimal(15))
    with shop.app.app_context(), shop.db.engine.begin() as conn:
        assert [row.percent for row in program.list_history(conn) if row.level == 1] == [10, 12, 15]


def test_ended_terms_leave_the_field_to_less_specific_ones(shop: FakeShop) -> None:
    own = set_terms(shop, "40", product_ref="p-a")
    remove(shop, own, begins=NOON + DAY)
    sell(shop, "o1")
    shop.clock.advance(days=1)
    sell(shop, "o2")

    assert [row.trace["step"] for row in shop.rows(Accrual, level=1)] == ["product", "general"]


def test_a_plan_that_is_taken_back_leaves_what_held_before(shop: FakeShop) -> None:
    planned = set_terms(shop, "20", begins=NEXT_MONTH)
    alone = set_terms(shop, "30", product_ref="p-a", begins=NEXT_MONTH)

    remove(shop, planned)
    remove(shop, alone)

    assert in_force(shop, NEXT_MONTH) == in_force(shop, NOON)
    with pytest.raises(NotThere):
        remove(shop, planned)


def test_a_per_cent_and_fixed_amounts_replace_each_other_from_their_date_on(shop: FakeShop) -> None:
    make_terms(shop.app, fixed="1.50", begins=NOON + DAY)
    make_terms(shop.app, 7, begins=NOON + 2 * DAY)
    for number in range(3):
        sell(shop, f"o{number}")
        shop.clock.advance(days=1)

    assert [row.amount for row in shop.rows(Accrual, level=1)] == [168, 150, 118]


def test_terms_of_a_campaign_stand_between_category_and_general(shop: FakeShop) -> None:
    make_code(shop.app, "spring", owner="meier", amount="5.00", campaign="spring sale")
    set_terms(shop, "30", campaign="spring sale")
    sell(shop, "with", codes=("spring",))
    sell(shop, "without")
    set_terms(shop, "40", category="tea")
    tea = one("25.00", vat_rate=19, categories=("tea",))
    shop.place(cart_of("eva", tea), "tea", codes=["spring"])
    shop.pay("tea")

    steps = [(row.trace["step"], row.amount) for row in shop.rows(Accrual, level=1)]
    assert steps == [("campaign", 504), ("general", 168), ("category", 672)]


def test_the_campaign_of_the_first_code_comes_first(shop: FakeShop) -> None:
    for name in ("spring", "flash"):
        make_code(shop.app, name, owner="meier", amount="1.00", campaign=name, stackable=True)
    set_terms(shop, "30", campaign="spring")
    set_terms(shop, "20", campaign="flash")
    sell(shop, "o1", codes=("flash", "spring"))

    assert [row.trace["percent"] for row in shop.rows(Accrual, level=1)] == ["20"]


def test_nought_per_cent_is_a_hit_at_its_place(shop: FakeShop) -> None:
    make_code(shop.app, "free", owner="meier", amount="5.00", campaign="staff")
    set_terms(shop, "0", campaign="staff")
    sell(shop, "o1", codes=("free",))

    assert earned(shop) == ["0", "0.84", "0.17"]


# The dry run -----------------------------------------------------------------------------------------------


def reckoned(shop: FakeShop, *changes: Change, months: int = 3) -> DryRun:
    with shop.app.app_context(), shop.db.engine.connect() as conn:
        return dry_run(shop.state.context(conn), changes, months=months)


def change(shop: FakeShop, percent: str, level: int = 1, **more: Any) -> Change:
    with shop.app.app_context(), shop.db.engine.connect() as conn:
        terms = program.check_terms(conn, level=level, percent=Decimal(percent), **more)
    return Change(terms=terms)


def differences(found: DryRun) -> dict[str, tuple[int, int]]:
    return {one.partner.partition("@")[0]: (one.posted, one.would_be) for one in found.differences}


def test_a_dry_run_says_what_each_partner_would_have_had(shop: FakeShop) -> None:
    sell(shop, "o1")
    sell(shop, "o2")

    found = reckoned(shop, change(shop, "20"))

    assert differences(found) == {"meier": (336, 672), "schulz": (168, 168), "opa": (34, 34)}
    assert found.totals() == {"EUR": (538, 874)}
    assert (found.documents, found.cut_short) == (2, False)


def test_what_was_returned_counts_as_it_stands_today(shop: FakeShop) -> None:
    sell(shop, "o1")
    sell(shop, "o2")
    shop.refund("o2")

    assert differences(reckoned(shop, change(shop, "20")))["meier"] == (168, 336)


def test_more_specific_terms_of_then_stay_in_front_of_the_change(shop: FakeShop) -> None:
    set_terms(shop, "50", product_ref="p-a")
    sell(shop, "o1")

    assert differences(reckoned(shop, change(shop, "20")))["meier"] == (841, 841)
    assert differences(reckoned(shop, change(shop, "20", product_ref="p-a")))["meier"] == (841, 336)
    ended = Change(terms=change(shop, "50", product_ref="p-a").terms, ended=True)
    assert differences(reckoned(shop, ended))["meier"] == (841, 168)


def test_the_end_of_stored_terms_is_reckoned_where_they_hold(shop: FakeShop) -> None:
    set_terms(shop, "50", product_ref="p-a")
    sell(shop, "o1")
    row = shop.rows(CommissionTerms, product_ref="p-a")[0]

    with shop.app.app_context(), shop.db.engine.connect() as conn:
        ctx = state_of(shop.app).context(conn)
        found = dry_run(ctx, [ending(ctx, row.id)], months=3)
        with pytest.raises(NotThere):
            ending(ctx, 4711)
        program.remove_terms(conn, row.id, who="docs", now=ctx.now)
        with pytest.raises(NotThere):
            ending(ctx, row.id)
        conn.rollback()

    assert differences(found)["meier"] == (841, 168)


def test_a_level_that_nobody_earned_on_is_filled_by_the_sponsors_of_today(shop: FakeShop) -> None:
    with shop.app.app_context(), shop.db.engine.begin() as conn:
        conn.execute(update(CommissionTerms.__table__).values(ended=CommissionTerms.level > 1))
    sell(shop, "o1")

    assert differences(reckoned(shop, change(shop, "5", level=2))) == {"meier": (168, 168), "schulz": (0, 84)}


def test_a_dry_run_writes_nothing_and_sends_few_statements(shop: FakeShop) -> None:
    for number in range(12):
        sell(shop, f"o{number}")
    before = [len(shop.rows(table)) for table in (Accrual, Posting, Document, CommissionTerms)]

    with shop.app.app_context(), counted(shop) as sent:
        reckoned(shop, change(shop, "20", level=4))

    assert len([text for text in sent if text.lstrip().upper().startswith("SELECT")]) <= 6
    assert not [text for text in sent if text.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [len(shop.rows(table)) for table in (Accrual, Posting, Document, CommissionTerms)] == before


def test_many_sales_are_read_in_parts_and_the_oldest_left_out(
    shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        sell(shop, f"o{number}")
        shop.clock.advance(hours=number % 2)
    whole = reckoned(shop, change(shop, "20"))

    monkeypatch.setattr(terms_dry_run, "_CHUNK", 2)
    assert reckoned(shop, change(shop, "20")) == whole
    monkeypatch.setattr(terms_dry_run, "MOST_DOCUMENTS", 3)
    few = reckoned(shop, change(shop, "20"))

    assert (whole.documents, whole.cut_short) == (7, False)
    assert few.cut_short
    assert few.documents == 3


def test_only_the_months_asked_for_are_reckoned(shop: FakeShop) -> None:
    sell(shop, "old")
    shop.clock.advance(days=40)
    sell(shop, "new")

    assert reckoned(shop, change(shop, "20"), months=1).documents == 1
    assert reckoned(shop, change(shop, "20"), months=2).documents == 2


def test_months_end_where_there_are_days() -> None:
    moment = datetime.fromisoformat("2026-03-31T08:00:00+00:00")

    assert months_after(moment, -1).isoformat() == "2026-02-28T08:00:00+00:00"
    assert months_after(moment, -15).isoformat() == "2024-12-31T08:00:00+00:00"


def test_a_difference_may_be_a_loss() -> None:
    less = Difference(partner_id=1, partner="m", currency="EUR", posted=500, would_be=200)

    assert less.more == -300


def test_products_that_took_no_part_take_none_in_a_dry_run(shop: FakeShop) -> None:
    make_product(shop.app, "p-a", takes_part=False)
    sell(shop, "o1")

    assert reckoned(shop, change(shop, "20")).differences == ()
