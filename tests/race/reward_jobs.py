"""What the processes do with rewards and referrals at once."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from flask_firstline import Order, Refused
from flask_firstline.domain.reward import RewardTerms
from flask_firstline.models import Code, Contact, Document
from flask_firstline.services import kickbacks, referrals, rewards, shares
from flask_firstline.services.context import Context
from flask_firstline.services.rewards import Cause
from tests.small_shop import SmallShop, goods

from .jobs import customer

FIVE = RewardTerms(label="Bring a friend", amount=500, currency="EUR")


def do(shop: SmallShop, work: Callable[[Context], object]) -> str:
    """Do one thing in a transaction of our own."""
    return str(shop.state.in_own_unit(lambda session: work(shop.state.context(session.connection()))))


def contact_id(ctx: Context, ref: str) -> int:
    """Give the id of a contact that is there."""
    return int(ctx.conn.execute(select(Contact.id).where(Contact.ref == ref)).scalar_one())


def reward_once(shop: SmallShop, number: int) -> str:
    """Reward one and the same cause."""
    cause = Cause(key="one cause")
    return do(
        shop,
        lambda ctx: rewards.issue(ctx, contact_id(ctx, "c0"), FIVE, cause, due_at=ctx.now).new,
    )


def reward_each(shop: SmallShop, number: int) -> str:
    """Reward another cause each time, of somebody who owes."""
    cause = Cause(key=f"cause {number}")
    return do(
        shop,
        lambda ctx: rewards.issue(ctx, contact_id(ctx, "c0"), FIVE, cause, due_at=ctx.now).new,
    )


def activate_or_withdraw(shop: SmallShop, number: int) -> str:
    """Activate and withdraw one and the same reward."""
    if number % 2:
        do(shop, lambda ctx: rewards.withdraw(ctx, 1, why="race"))
    else:
        do(shop, lambda ctx: rewards.activate(ctx, 1))
    return "done"


def use_or_withdraw(shop: SmallShop, number: int) -> str:
    """Buy with the code of a reward, while another process takes it back."""
    reward_id = number // 2 + 1
    if number % 2:
        do(shop, lambda ctx: rewards.withdraw(ctx, reward_id, why="race"))
        return "withdrawn"
    text = str(shop.session.scalar(select(Code.display).where(Code.id == reward_id + 1)))
    shop.session.rollback()
    wanted = Order(ref=f"o{number}", currency="EUR", lines=goods(1), customer=customer(0), codes=(text,))
    try:
        shop.firstline.order_placed(wanted)
    except Refused:
        shop.session.rollback()
        return "refused"
    shop.session.commit()
    return "bought"


def refer_one_friend(shop: SmallShop, number: int) -> str:
    """Start the referral of one and the same friend by several sharers."""

    def start(ctx: Context) -> bool:
        sharer = contact_id(ctx, f"c{number % 4 + 1}")
        friend = contact_id(ctx, "c0")
        return referrals.start(ctx, program="p", sharer_id=sharer, friend_id=friend, how="code").new

    return do(shop, start)


def refer_in_a_ring(shop: SmallShop, number: int) -> str:
    """Let each of three come through the one before."""

    def start(ctx: Context) -> bool:
        sharer, friend = contact_id(ctx, f"c{number % 3}"), contact_id(ctx, f"c{(number + 1) % 3}")
        return referrals.start(ctx, program="p", sharer_id=sharer, friend_id=friend, how="code").new

    return do(shop, start)


def share_one_buyers_orders(shop: SmallShop, number: int) -> str:
    """Fetch what one of the orders of one buyer yields."""
    return do(shop, lambda ctx: getattr(shares.fetch(ctx, f"a{number % 4}"), "code", None))


def follow_one_order(shop: SmallShop, number: int) -> str:
    """Work out anew what one friend's order, and the sharer's own, bring; as workers do with every fact."""

    def follow(ctx: Context) -> str:
        for ref in ("b0", "a0")[:: 1 if number % 2 else -1]:
            document_id = ctx.conn.execute(select(Document.id).where(Document.ref == ref)).scalar_one()
            kickbacks.follow_document(ctx, {"document_id": document_id})
        return "followed"

    return do(shop, follow)


def activate_what_is_due(shop: SmallShop, number: int) -> str:
    """Activate what is due, as every worker does in each round."""
    return do(shop, lambda ctx: kickbacks.activate_due(ctx))
