"""Why is this code refused for this cart? Every check in its order, as of now; nothing is stored."""

from __future__ import annotations

from flask import render_template, request

from ..errors import Reason
from ..i18n import gettext as _
from ..i18n import money, rich
from ..models import CameBy
from ..services.described_carts import WaitingCart, waiting_carts
from ..services.why_cart import CartTrace, explain
from ..state import current_state
from . import described_cart
from .described_cart import Described
from .edge import blueprint, now, session
from .proof_words import Facts
from .show import to
from .why_sentences import Step, moment, steps, strong


@blueprint.get("/why/code")
def why_code() -> str:
    """Ask for a code and a cart; explain it."""
    described = described_cart.read(request.args)
    ctx = current_state().context(session().connection(), now=now())
    found = explain(ctx, described.wanted) if described.wanted is not None else None
    carts = list(waiting_carts(ctx, described.code)) if described.code else []
    return render_template(
        "firstline/admin/why_code.html",
        here="why",
        typed=described,
        found=found,
        verdict=_verdict(found, described) if found is not None else "",
        steps=list(_steps(found, described)) if found is not None else (),
        notes=_notes(found, described) if found is not None else (),
        currency=_currency(described),
        carts=[(cart, _cart_name(cart), _cart_address(described, cart)) for cart in carts],
    )


def _currency(described: Described) -> str:
    return described.wanted.cart.currency if described.wanted is not None else ""


def _verdict(found: CartTrace, described: Described) -> str:
    amount = strong(money(found.gives, _currency(described)))
    if found.holds and found.priced is None:
        return rich("The code holds as far as it can be said without knowing the lines.")
    if found.holds:
        return rich("The code holds: it gives %(amount)s.", amount=amount)
    refused = strong(next(step.title for step in _refusing(found, described)))
    if found.gives and found.refused_by != "currency":
        return rich(
            "The code is refused by the check “%(check)s”. If it held it would give %(amount)s.",
            check=refused,
            amount=amount,
        )
    return rich("The code is refused by the check “%(check)s”.", check=refused)


def _refusing(found: CartTrace, described: Described) -> list[Step]:
    only = [proof for proof in found.proofs if proof.name == found.refused_by]
    return list(steps(only, _facts(found, described)))


def _steps(found: CartTrace, described: Described) -> list[Step]:
    return list(steps(found.proofs, _facts(found, described)))


def _facts(found: CartTrace, described: Described) -> Facts:
    lines = found.priced.basket.lines if found.priced is not None else ()
    return Facts(
        code=found.code,
        coupon=found.coupon,
        code_id=found.code_id,
        currency=_currency(described),
        at=moment(now()),
        kept=found.kept,
        codes=1 + len(found.beside),
        lines=len(lines),
        placed=False,
    )


def _notes(found: CartTrace, described: Described) -> list[str]:
    """Say what the answer rests on."""
    notes = []
    if described.customer and described.contact is None:
        notes.append(_("%(who)s is not known yet: judged as somebody new.", who=described.customer))
    if described.document is not None:
        notes.append(
            _("The order itself counts as a use. What was decided when it was placed stands on its own page.")
        )
    if found.reason is not None and found.reason.public is Reason.UNKNOWN:
        notes.append(_("The buyer is told only that the code cannot be used here."))
    notes += [_("%(code)s does not hold itself and is left out.", code=code) for code in found.left_out]
    return notes


def _cart_name(cart: WaitingCart) -> str:
    kind, _sep, key = cart.holder.partition(":")
    if kind == "customer":
        return _("Customer %(ref)s", ref=key)
    if cart.customer_ref:
        return _("Cart of customer %(ref)s", ref=cart.customer_ref)
    return _("Cart %(key)s", key=key[:12]) if kind == "cart" else _("A visitor who is not signed in")


def _cart_address(described: Described, cart: WaitingCart) -> str:
    """Lead to the same page with what is known of the cart filled in; its lines are the shop's own."""
    lines = {name: request.args.getlist(name) for name in described_cart.FIELDS}
    return to(
        "why_code",
        code=described.code,
        customer=cart.customer_ref or "",
        holder=cart.holder,
        beside=", ".join(cart.beside),
        link="yes" if cart.came_by == CameBy.LINK.value else None,
        **lines,
    )
