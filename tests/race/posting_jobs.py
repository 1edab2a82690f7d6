"""What the processes do with postings by hand and disputes at once."""

from __future__ import annotations

from decimal import Decimal

from flask_firstline import Invoice, Refund
from flask_firstline.domain.portions import Portion
from flask_firstline.services import disputes, manual_postings, recording, sharing
from flask_firstline.services.context import Context
from flask_firstline.services.manual_postings import ByHand, Wanted
from flask_firstline.services.mistakes import PostingRefused
from flask_firstline.services.recording import Deed, What
from flask_firstline.state import State
from tests.small_shop import SmallShop

from .pay_jobs import sell_return_and_pay


def in_context(shop: SmallShop, work: object) -> str:
    """Do work in a unit of its own; give what it says, or why it was refused."""
    state: State = shop.state
    try:
        said = state.in_own_unit(lambda session: work(state.context(session.connection())))  # type: ignore[operator]
    except PostingRefused as refused:
        return refused.problem
    return str(said)


def post_the_same(shop: SmallShop, number: int) -> str:
    """Post under one and the same key."""

    def work(ctx: Context) -> str:
        meier = shop.app.config["RACE_PARTNER"]
        wanted = Wanted(kind=ByHand.CORRECTION, partner_id=meier, amount=-700, currency="EUR", reason="race")
        manual_postings.post(ctx, wanted, key="the one", who="race")
        return "done"

    return in_context(shop, work)


def take_the_same_back(shop: SmallShop, number: int) -> str:
    """Take one and the same posting back."""

    def work(ctx: Context) -> str:
        manual_postings.take_back(ctx, (shop.app.config["RACE_CALL"], 1), reason="race", who="race")
        return "done"

    return in_context(shop, work)


def share_pay_and_return(shop: SmallShop, number: int) -> str:
    """Share one order under one key, pay some of it, or take some of it back."""
    if number % 4 == 0:
        return in_context(shop, lambda ctx: _shared(shop, ctx))
    if number % 4 == 1:
        refund = Refund(ref=f"r{number}", order_ref="x", currency="EUR", amount=Decimal(1))
        shop.firstline.invoice_refunded(refund, commit=True)
    else:
        invoice = Invoice(ref=f"i{number}", order_ref="x", currency="EUR", amount=Decimal(1))
        shop.firstline.invoice_paid(invoice, commit=True)
    return "told"


def _shared(shop: SmallShop, ctx: Context) -> str:
    weights = zip(shop.app.config["RACE_PARTNERS"], (2_500, 7_500), strict=True)
    wanted = sharing.Wanted(
        document_id=shop.app.config["RACE_DOCUMENT"],
        portions=tuple(Portion(partner_id=who, weight=weight) for who, weight in weights),
        reason="race",
        key="the one",
    )
    return "shared" if sharing.share_order(ctx, wanted, who="race").new else "before"


def record_the_same(shop: SmallShop, number: int) -> str:
    """Record one and the same payment, or one and the same return."""
    what = What.RETURN if number % 2 else What.PAYMENT

    def work(ctx: Context) -> str:
        deed = Deed(
            document_id=shop.app.config["RACE_DOCUMENT"], what=what, key=f"the {what}", amount=500, reason="x"
        )
        return "done" if recording.record(ctx, deed, who="race").new else "before"

    return in_context(shop, work)


def decide_the_dispute(shop: SmallShop, number: int) -> str:
    """Win and lose one and the same dispute."""
    won = number % 2 == 0

    def work(ctx: Context) -> str:
        disputes.close_dispute(ctx, 1, won=won, reason="race", who="race")
        return "won" if won else "lost"

    return in_context(shop, work)


def dispute_sell_and_pay(shop: SmallShop, number: int) -> str:
    """Open and decide disputes while orders are sold, returned, released and paid out."""
    if number % 3:
        return sell_return_and_pay(shop, number)
    document = shop.app.config["RACE_DOCUMENTS"][number % 20]

    def work(ctx: Context) -> str:
        dispute = disputes.open_dispute(ctx, document, reason="race", who="race")
        if number % 2:
            disputes.close_dispute(ctx, dispute, won=number % 4 == 1, reason="race", who="race")
        return "done"

    return in_context(shop, work)
