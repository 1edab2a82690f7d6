"""Partners as they are paid: by which way, and whether at all."""

from __future__ import annotations

import click

from ..domain.payout import Method
from ..domain.payout_details import Details
from ..services import payout_details
from ..services.context import Context
from ..state import current_state
from .group import Answer, answering, in_context, who
from .payout_words import partner_id
from .payouts import payout

_METHODS = [method.value for method in Method]


@payout.command("details")
@click.argument("partner")
@click.option("--method", type=click.Choice(_METHODS), required=True)
@click.option("--holder", default="", help="Account holder, as the bank knows the name.")
@click.option("--iban", default="")
@click.option("--bic", default="")
@click.option("--paypal", default="", help="E-mail address of the PayPal account.")
@answering
def details(partner: str, method: str, **given: str) -> Answer:
    """Say how a partner is to be paid; a change holds after the cool-down."""

    def save(ctx: Context) -> payout_details.Known:
        wanted = Details.of(Method(method), given)
        return payout_details.save(ctx.conn, partner_id(ctx, partner), wanted, who=who(), now=ctx.now)

    known = in_context(save)
    if known.pending is not None and known.pending_from is not None:
        day = known.pending_from.astimezone(current_state().settings.zone).date()
        text = f"{partner} is paid by {method} from {day} on."
    else:
        text = f"{partner} is paid by {method}."
    return Answer(text=text, data={"partner": partner, "method": method, "from": known.pending_from})


@payout.command("block")
@click.argument("partner")
@click.option("--why", required=True, help="Such as an open dispute.")
@click.option("--lift", is_flag=True, help="Pay the partner again.")
@answering
def block(partner: str, why: str, lift: bool) -> Answer:
    """Pay nothing to a partner until it is lifted."""
    act = payout_details.unblock if lift else payout_details.block
    changed = in_context(lambda ctx: act(ctx.conn, partner_id(ctx, partner), why=why, who=who(), now=ctx.now))
    said = "is paid again" if lift else "gets no payouts"
    text = f"{partner} {said}." if changed else "It is so already; nothing was changed."
    return Answer(text=text, data={"partner": partner, "changed": changed})
