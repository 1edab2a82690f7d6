"""Many processes that issue statements at the same moment: no number twice, none left out, nothing twice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from flask_firstline.domain.tax import TaxData
from flask_firstline.models import Statement, StatementPosting
from flask_firstline.services import holds, statement_settings, tax_data
from flask_firstline.services.statement_settings import Issuer
from tests.service.statement_kit import DATA, SHOP
from tests.small_shop import SmallShop

from . import statement_jobs as jobs
from .racers import Racers, errors
from .test_payout_races import LATER, SOME, books_agree, story, url

pytestmark = pytest.mark.race
MUCH_LATER = LATER + 31 * 86_400


def told(shop: SmallShop, orders: int = 5, *, with_payouts: bool = False) -> None:
    """Let three partners with tax data have earned what is payable, in a month that is over then."""
    story(shop, orders)
    issuer = Issuer(**SHOP, vat_rate=Decimal(19), with_payouts=with_payouts)
    with shop.seeding() as conn:
        statement_settings.save(conn, issuer, who="test", now=shop.time)
        for contact_id in shop.partners.values():
            tax = TaxData.of(DATA)
            tax_data.save(conn, contact_id, tax, agrees=True, who="test", now=shop.time)
    state = shop.state
    state.in_own_unit(lambda session: holds.release_all_due(state.context(session.connection())))
    shop.advance(seconds=MUCH_LATER - LATER)


def places(shop: SmallShop) -> list[int]:
    shop.session.rollback()
    return list(shop.session.scalars(select(Statement.place).order_by(Statement.place)))


def twice(shop: SmallShop) -> int:
    """Count postings that stand on two statements which both have effect."""
    keys = (StatementPosting.call_id, StatementPosting.seq)
    live = select(*keys).where(StatementPosting.live).group_by(*keys).having(func.count() > 1)
    return len(shop.session.execute(live).all())


def test_one_month_issued_by_all_is_issued_once(shop: SmallShop, field: Racers) -> None:
    told(shop)

    found = field.run(url(shop), jobs.issue_the_month, SOME, later_by=MUCH_LATER)

    assert errors(found) == ""
    assert found == {"done": len(SOME)}
    assert places(shop) == [1, 2, 3]
    assert twice(shop) == 0
    assert books_agree(shop)


def test_one_statement_is_objected_to_once_and_issued_anew_once(shop: SmallShop, field: Racers) -> None:
    told(shop)
    jobs.issue_the_month(shop, 0)

    found = field.run(url(shop), jobs.object_and_reissue, SOME, later_by=MUCH_LATER)

    assert errors(found) == ""
    assert found["void"] == len(SOME) // 2 - 1
    assert places(shop) in ([1, 2, 3, 4], [1, 2, 3])
    assert twice(shop) == 0
    assert books_agree(shop)


def test_sales_payouts_and_statements_at_once_leave_no_gap_and_nothing_twice(
    shop: SmallShop, field: Racers
) -> None:
    told(shop, 20, with_payouts=True)

    found = field.run(url(shop), jobs.sell_pay_and_issue, range(160), later_by=MUCH_LATER)

    assert errors(found) == ""
    assert places(shop) == list(range(1, len(places(shop)) + 1))
    assert len(places(shop)) >= 3
    assert twice(shop) == 0
    assert books_agree(shop)
