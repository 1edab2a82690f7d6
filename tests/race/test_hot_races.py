"""Many processes at the balances of a hot partner: none goes below zero, and nothing is lost."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, insert, select

from flask_firstline.models import Balance
from flask_firstline.services import hot
from flask_firstline.services.ledger import SHARDS
from tests.small_shop import SmallShop

from . import hot_jobs as jobs
from .racers import ATTEMPTS, EACH, Racers, errors
from .test_payout_races import LATER, books_agree, story, url

LEFT = 100


def heated(shop: SmallShop, ref: str = "meier") -> int:
    with shop.seeding() as conn:
        hot.heat(conn, shop.partners[ref], why="", who="test", now=shop.time)
    return shop.partners[ref]


def test_sixteen_who_sell_for_one_hot_partner_add_up(shop: SmallShop, field: Racers) -> None:
    shop.chain(1)
    shop.terms("10")
    shop.coupon(codes=[jobs.CODE], owner="meier")
    heated(shop)

    found = field.run(url(shop), jobs.sell_to_hot, range(ATTEMPTS))

    assert errors(found) == ""
    used = shop.session.scalar(select(func.count()).select_from(Balance))
    assert 1 <= (used or 0) <= SHARDS
    assert shop.firstline.balance("meier")["EUR"].on_hold > Decimal(0)
    assert books_agree(shop)


def test_no_more_is_taken_from_many_shards_than_they_hold_together(shop: SmallShop, field: Racers) -> None:
    shop.chain(1)
    partner_id = heated(shop)
    key = {"partner_id": partner_id, "kind": "paid", "currency": "EUR"}
    rows = [{**key, "shard": shard, "amount": LEFT // 10 if shard < 10 else 0} for shard in range(SHARDS)]
    with shop.seeding() as conn:
        conn.execute(insert(Balance.__table__), rows)

    found = field.run(url(shop), jobs.take_one, range(ATTEMPTS), RACE_PARTNER=partner_id)

    assert errors(found) == ""
    assert found == {"taken": LEFT, "nothing left": 16 * EACH - LEFT}
    left = shop.session.execute(select(func.sum(Balance.amount), func.min(Balance.amount))).one()
    assert tuple(left) == (0, 0)


def test_sales_returns_payouts_and_turns_at_once_leave_right_books(shop: SmallShop, field: Racers) -> None:
    story(shop, orders=20)
    partner_id = heated(shop)
    for ref in ("up1", "up2"):
        heated(shop, ref)

    found = field.run(
        url(shop), jobs.sell_return_pay_and_turn, range(160), later_by=LATER, RACE_PARTNER=partner_id
    )

    assert errors(found) == ""
    assert found["turned"] == 16
    assert books_agree(shop)
    with shop.seeding() as conn:
        hot.cool(conn, partner_id, why="", who="test", now=shop.time)
    shards = shop.session.scalars(select(Balance.shard).where(Balance.partner_id == partner_id))
    assert set(shards) == {0}
    assert books_agree(shop)
