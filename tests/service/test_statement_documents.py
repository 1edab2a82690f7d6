"""Statements: issued per partner and month, frozen, numbered without a gap, objected to, issued anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from flask_firstline.domain.payout import Method
from flask_firstline.domain.statement import WhyNot
from flask_firstline.models import Outbox, Statement, StatementPosting, StatementRange, TaxRecord
from flask_firstline.services import holds, payouts, statements
from flask_firstline.services.checking_statements import check_statements
from flask_firstline.services.context import Context
from flask_firstline.services.payout_runs import PayoutRefused
from flask_firstline.services.statements import StatementRefused
from flask_firstline.services.tax_data import BadTaxData
from flask_firstline.testing import FakeShop

from . import pay_kit
from .kit import MakeShop
from .pay_kit import act, books_agree, contact_id, earned, release, run, skips, wants
from .statement_kit import ABROAD, issue, issued, issuer, live_postings, next_month, reissue, taxed, void


def payable(shop: FakeShop, *refs: object) -> None:
    """Let commissions be payable, and moved."""
    earned(shop, *refs)
    act(shop, holds.release_all_due)


def test_a_statement_says_what_the_books_say_with_the_vat_in_it(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    payable(shop, "o1", "o2")

    ids, skipped = issue(shop)

    (row,) = issued(shop)
    assert ids == [row.id]
    assert (row.net, row.vat, row.gross, row.currency) == (1681, 319, 2000, "EUR")
    assert row.kind == "statement" and row.number == f"GS-{row.year}-00001"
    assert [(line["document"], line["amount"], line["level"]) for line in row.data["lines"]] == [
        ("o1", 1000, 1), ("o2", 1000, 1)
    ]  # fmt: skip
    assert row.data["partner"]["name"] == "Hans Meier" and row.data["shop"]["vat_id"] == "DE136695976"
    assert row.data["account"] == {"opening": 0, "closing": 2000, "paid": []}
    assert {one.why_not for one in skipped} == {WhyNot.NO_TAX_DATA}
    assert books_agree(shop)


@pytest.mark.parametrize(
    ("data", "net", "vat"),
    [({}, 840, 160), ({"status": "small"}, 1000, 0), (ABROAD, 1000, 0)],
)
def test_vat_follows_the_status(shop: FakeShop, data: dict[str, str], net: int, vat: int) -> None:
    issuer(shop)
    taxed(shop, given=data)
    payable(shop)

    issue(shop)

    (row,) = issued(shop)
    assert (row.net, row.vat, row.gross) == (net, vat, 1000)


def test_what_is_on_hold_is_on_no_statement_before_it_is_payable(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    pay_kit.earn(shop)

    ids, skipped = issue(shop, act(shop, lambda ctx: ctx.now.date().replace(year=ctx.now.year - 1)))

    assert (ids, skipped) == ([], [])


def test_nothing_stands_on_two_statements_and_a_second_try_issues_nothing(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    payable(shop)
    month = next_month(shop)

    assert len(issue(shop, month)[0]) == 1
    assert issue(shop, month)[0] == []
    assert live_postings(shop) == 1


def test_a_month_that_is_not_over_has_no_statements_yet(shop: FakeShop) -> None:
    issuer(shop)
    with pytest.raises(StatementRefused, match="not over"):
        issue(shop, shop.state.now().date())


def test_without_the_shops_own_data_nothing_is_issued(shop: FakeShop) -> None:
    taxed(shop)
    payable(shop)
    with pytest.raises(StatementRefused, match="who the shop is"):
        issue(shop)
    assert issued(shop) == []


def test_without_the_partners_agreement_nothing_is_issued(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop, agrees=False)
    payable(shop)

    _ids, skipped = issue(shop)

    assert [one.why_not for one in skipped if one.partner_id == contact_id(shop, "meier")] == [
        WhyNot.NO_AGREEMENT
    ]


def test_what_goes_back_after_the_statement_makes_a_correction(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    payable(shop)
    issue(shop)
    shop.refund("o1")

    issue(shop)

    row = issued(shop)[-1]
    assert (row.kind, row.net, row.vat, row.gross) == ("correction", -840, -160, -1000)
    assert row.data["account"] == {"opening": 1000, "closing": 0, "paid": []}


def test_what_goes_back_while_on_hold_is_on_no_statement(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    pay_kit.earn(shop)
    shop.refund("o1")
    shop.clock.advance(days=31)
    act(shop, holds.release_all_due)

    assert issue(shop)[0] == []


def test_payouts_stand_apart_from_what_was_earned(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    wants(shop, "meier")
    payable(shop, "o1", "o2")
    number = run(shop)
    release(shop, number)
    payout = pay_kit.payout(shop, number, "meier").id

    issue(shop)

    (row,) = issued(shop)
    account = row.data["account"]
    assert (row.gross, account["opening"], account["closing"]) == (2000, 0, 0)
    assert [(one["payout"], one["amount"]) for one in account["paid"]] == [(payout, 2000)]


def test_a_payout_that_came_back_is_said_too(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    wants(shop, "meier")
    payable(shop)
    number = run(shop)
    release(shop, number)
    pay_kit.fail(shop, pay_kit.payout(shop, number, "meier").id)

    issue(shop)

    account = issued(shop)[0].data["account"]
    assert [one["amount"] for one in account["paid"]] == [1000, -1000]
    assert account["closing"] == 1000


def test_the_release_of_a_run_issues_statements_where_it_is_set_so(shop: FakeShop) -> None:
    issuer(shop, with_payouts=True)
    taxed(shop)
    wants(shop, "meier")
    wants(shop, "schulz")
    earned(shop)

    number = run(shop)
    release(shop, number)

    (row,) = issued(shop)
    payout = pay_kit.payout(shop, number, "meier")
    assert (row.payout_id, row.gross, row.data["account"]["closing"]) == (payout.id, payout.amount, 0)
    assert len(shop.rows(Outbox, topic="statement_issued")) == 1


def test_an_objection_voids_and_the_same_is_issued_anew_under_a_number_of_its_own(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    payable(shop)
    (first,), _skipped = issue(shop)
    void(shop, first)
    assert live_postings(shop) == 0
    assert issue(shop)[0] == []
    taxed(shop, status="small")

    second = reissue(shop, first)

    old, new = issued(shop)
    assert (old.objection, old.voided_by, old.gross) == ("the rate is wrong", "meier", 1000)
    assert (new.id, new.replaces_id, new.vat, new.gross) == (second, first, 0, 1000)
    assert (old.number[-1], new.number[-1]) == ("1", "2")
    assert (new.begins, new.ends) == (old.begins, old.ends)
    assert books_agree(shop)


def test_an_objection_needs_a_reason_and_counts_once(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    payable(shop)
    (first,), _skipped = issue(shop)

    tries = (
        ("why", lambda: void(shop, first, "  ")),
        ("not_void", lambda: reissue(shop, first)),
        ("", lambda: void(shop, first)),
        ("void", lambda: void(shop, first)),
        ("", lambda: reissue(shop, first)),
        ("replaced", lambda: reissue(shop, first)),
    )

    assert [(problem, _refused(work)) for problem, work in tries] == [
        (problem, problem) for problem, _work in tries
    ]


def _refused(work: Callable[[], object]) -> str:
    """Give the reason why something is refused; empty: it is done."""
    try:
        work()
    except StatementRefused as refused:
        return refused.problem
    return ""


def test_numbers_of_what_was_taken_back_are_given_again(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    payable(shop)
    month = next_month(shop)

    def break_off(ctx: Context) -> None:
        statements.issue_month(ctx, month, pay_kit.INES)
        raise RuntimeError("taken back")

    with pytest.raises(RuntimeError, match="taken back"):
        act(shop, break_off)

    issue(shop, month)

    assert [row.place for row in issued(shop)] == [1]


@pytest.mark.parametrize("values", [{"gross": 1, "net": 1, "vat": 0}, {"number": "X"}, {"data": {}}])
def test_the_database_refuses_to_change_what_was_issued(shop: FakeShop, values: dict[str, object]) -> None:
    issuer(shop)
    taxed(shop)
    payable(shop)
    issue(shop)

    with pytest.raises(DBAPIError, match="never changed"), shop.transaction() as session:
        session.execute(update(Statement).values(**values))


def test_an_objection_is_never_taken_back(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    payable(shop)
    (first,), _skipped = issue(shop)
    void(shop, first)

    with pytest.raises(DBAPIError, match="only voided"), shop.transaction() as session:
        session.execute(update(Statement).values(objection="", voided_at=None))


def test_a_statement_stays_when_its_partner_is_forgotten_and_the_tax_data_goes(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    payable(shop)
    issue(shop)
    with shop.transaction():
        shop.firstline.customer_erased("meier")

    assert issued(shop)[0].data["partner"]["name"] == "Hans Meier"
    assert shop.rows(TaxRecord) == []


def test_the_tax_gate_skips_partners_without_complete_tax_data(make_shop: MakeShop) -> None:
    shop = make_shop()
    pay_kit.settle(shop, tax_gate=True)
    issuer(shop)
    taxed(shop)
    pay_kit.all_want(shop)
    earned(shop)

    number = run(shop)

    assert skips(shop, number) == {"schulz": "tax", "opa": "tax"}
    schulz, cash = contact_id(shop, "schulz"), Method.CASH
    with pytest.raises(PayoutRefused) as refused:
        act(shop, lambda ctx: payouts.make_single(ctx, schulz, pay_kit.INES, currency="EUR", method=cash))
    assert refused.value.problem == "tax"


def test_tax_data_that_cannot_be_right_is_refused(shop: FakeShop) -> None:
    issuer(shop)
    for wrong, field in (
        ({"name": ""}, "name"),
        ({"country": "Deutschland"}, "country"),
        ({"tax_number": "", "vat_id": ""}, "tax_number"),
        ({"vat_id": "DE12"}, "vat_id"),
        ({"status": "foreign"}, "status"),
        ({"country": "NL"}, "status"),
        ({**ABROAD, "vat_id": ""}, "vat_id"),
    ):
        with pytest.raises(BadTaxData) as refused:
            taxed(shop, given=wrong)
        assert field in refused.value.problems, wrong


def test_an_agreement_keeps_its_day_until_there_is_a_new_version(shop: FakeShop) -> None:
    issuer(shop)
    first = taxed(shop)
    shop.clock.advance(days=3)
    again = taxed(shop, town="Bonn")
    issuer(shop, agreement_version="2")
    kept, renewed = taxed(shop, agrees=False), taxed(shop)

    assert first.agreed_at == again.agreed_at == kept.agreed_at
    assert (kept.agreement_version, renewed.agreement_version) == ("1", "2")
    assert renewed.agreed_at is not None and renewed.agreed_at > first.agreed_at  # type: ignore[operator]


def test_the_month_is_that_of_the_shops_zone(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_TIMEZONE="Europe/Berlin")
    period = act(shop, lambda ctx: statements.month_of(ctx, date(2026, 10, 7)))

    assert (period.begins.isoformat(), period.ends.isoformat()) == (
        "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00"
    )  # fmt: skip


def test_a_gap_in_the_numbers_and_a_sum_that_is_not_posted_are_found(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    payable(shop)
    issue(shop)
    with shop.transaction() as session:
        session.execute(update(StatementRange).values(last=2))
        session.execute(delete(StatementPosting))

    found = {one.name: one.ok for one in act(shop, check_statements)}

    assert found == {"statements = their postings": False, "statements = numbers given": False}
