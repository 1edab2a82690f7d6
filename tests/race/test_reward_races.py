"""Many processes that reward, use and withdraw at the same moment: once for a cause, nothing lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from flask_firstline import Invoice, Order, Refund
from flask_firstline.domain.campaign import CampaignTerms, Worth
from flask_firstline.models import Code, Promoter, Redemption, Referral, Reward, RewardNetting, Share
from flask_firstline.services import campaigns, rewards
from flask_firstline.services.rewards import Cause
from tests.small_shop import SmallShop, goods

from . import reward_jobs as jobs
from .jobs import customer
from .racers import Racers, errors

pytestmark = pytest.mark.race
SOME = range(64)


def url(shop: SmallShop) -> str:
    return str(shop.app.config["SQLALCHEMY_DATABASE_URI"])


def people(shop: SmallShop, count: int = 5) -> None:
    for number in range(count):
        shop.firstline.customer_registered(customer(number))
    shop.session.commit()


def given(shop: SmallShop, count: int, *, active: bool) -> None:
    """Give the first person so many rewards; their codes follow one that is there already."""
    shop.coupon(codes=["vonmeier"])
    for number in range(count):
        cause = Cause(key=f"r{number}")
        jobs.do(
            shop,
            lambda ctx, cause=cause: rewards.issue(  # type: ignore[misc]  # each its own cause
                ctx, jobs.contact_id(ctx, "c0"), jobs.FIVE, cause, due_at=ctx.now if active else None
            ),
        )


def test_one_cause_rewards_once_however_many_say_so(shop: SmallShop, field: Racers) -> None:
    people(shop)

    found = field.run(url(shop), jobs.reward_once, SOME)

    assert errors(found) == ""
    assert found == {"True": 1, "False": len(SOME) - 1}
    assert shop.session.scalar(select(func.count()).select_from(Code)) == 1


def test_activated_and_withdrawn_at_once_it_ends_withdrawn_without_a_live_code(
    shop: SmallShop, field: Racers
) -> None:
    people(shop)
    given(shop, 1, active=False)

    found = field.run(url(shop), jobs.activate_or_withdraw, SOME)

    assert errors(found) == ""
    assert shop.session.scalar(select(Reward.state)) == "void"
    live = select(func.count()).select_from(Code).where(Code.active, Code.holder_id.is_not(None))
    assert shop.session.scalar(live) == 0


def test_what_was_bought_with_is_owed_and_the_rest_is_void(shop: SmallShop, field: Racers) -> None:
    people(shop)
    given(shop, 32, active=True)

    found = field.run(url(shop), jobs.use_or_withdraw, SOME)

    assert errors(found) == ""
    assert found["withdrawn"] == 32
    used = set(shop.session.scalars(select(Redemption.code_id)))
    rows = shop.session.execute(select(Reward.code_id, Reward.state, Reward.owed)).all()
    late = {row.code_id for row in rows if row.state == "void"} & used
    assert late == set()
    assert {(row.state, row.owed) for row in rows if row.code_id in used} <= {("owed", 500)}
    assert len(used) == found["bought"]


def test_what_is_owed_is_taken_off_once(shop: SmallShop, field: Racers) -> None:
    people(shop)
    given(shop, 1, active=True)
    jobs.use_or_withdraw(shop, 0)
    jobs.use_or_withdraw(shop, 1)

    found = field.run(url(shop), jobs.reward_each, SOME)

    assert errors(found) == ""
    assert shop.session.scalar(select(func.sum(RewardNetting.amount))) == 500
    by_state = select(Reward.state, func.count()).group_by(Reward.state)
    assert dict(shop.session.execute(by_state).all()) == {"owed": 1, "used": 1, "active": len(SOME) - 1}


def test_one_friend_is_referred_once(shop: SmallShop, field: Racers) -> None:
    people(shop)

    found = field.run(url(shop), jobs.refer_one_friend, SOME)

    assert errors(found) == ""
    assert found == {"True": 1, "False": len(SOME) - 1}


def test_no_ring_closes_whoever_is_quicker(shop: SmallShop, field: Racers) -> None:
    people(shop, 3)

    found = field.run(url(shop), jobs.refer_in_a_ring, SOME)

    assert errors(found) == ""
    assert found["True"] == 2
    assert shop.session.scalar(select(func.count()).select_from(Referral)) == 2


def sell(shop: SmallShop, ref: str, buyer: int, *codes: str) -> None:
    wanted = Order(ref=ref, currency="EUR", lines=goods(1), customer=customer(buyer), codes=codes)
    shop.firstline.order_placed(wanted)
    shop.firstline.invoice_paid(Invoice(ref=f"i{ref}", order_ref=ref, currency="EUR"))
    shop.session.commit()


def made_campaign(shop: SmallShop) -> None:
    worth = Worth(amount=500)
    terms = CampaignTerms(
        name="Friends", discount=worth, kickback=worth, currency="EUR", starts_at=shop.time, hold_days=0
    )
    with shop.seeding() as conn:
        campaigns.create_campaign(conn, terms, who="test", now=shop.time)


def test_one_buyer_has_one_code_whoever_asks_for_which_order(shop: SmallShop, field: Racers) -> None:
    made_campaign(shop)
    for number in range(4):
        sell(shop, f"a{number}", 0)

    found = field.run(url(shop), jobs.share_one_buyers_orders, SOME)

    assert errors(found) == ""
    assert len(found) == 1
    assert shop.session.scalar(select(func.count()).select_from(Promoter)) == 1
    assert shop.session.scalar(select(func.count()).select_from(Share)) == 4


def test_many_workers_give_one_kickback_for_one_order(shop: SmallShop, field: Racers) -> None:
    made_campaign(shop)
    sell(shop, "a0", 0)
    jobs.share_one_buyers_orders(shop, 0)
    code = str(shop.session.scalar(select(Code.display)))
    shop.session.rollback()
    sell(shop, "b0", 1, code)

    found = field.run(url(shop), jobs.follow_one_order, SOME)
    assert errors(found) == ""
    assert [row.state for row in shop.session.scalars(select(Reward))] == ["active"]
    shop.session.rollback()

    shop.firstline.invoice_refunded(Refund(ref="r", order_ref="b0", currency="EUR"))
    shop.session.commit()
    found = field.run(url(shop), jobs.follow_one_order, SOME)
    assert errors(found) == ""
    assert shop.session.execute(select(Reward.state)).scalars().all() == ["void"]


def test_many_workers_activate_each_reward_once(shop: SmallShop, field: Racers) -> None:
    people(shop)
    for number in range(16):
        cause = Cause(key=f"due {number}")
        jobs.do(
            shop,
            lambda ctx, cause=cause: rewards.issue(  # type: ignore[misc]  # each its own cause
                ctx, jobs.contact_id(ctx, "c0"), jobs.FIVE, cause, due_at=ctx.now + timedelta(days=1)
            ),
        )

    found = field.run(url(shop), jobs.activate_what_is_due, SOME, later_by=90_000)

    assert errors(found) == ""
    assert shop.session.scalar(select(func.count()).select_from(Code)) == 16
    assert set(shop.session.scalars(select(Reward.state))) == {"active"}
