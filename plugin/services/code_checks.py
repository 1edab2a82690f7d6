"""What holders of a key may know: quotes with exact reasons, and whether a code can be used or made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..domain.codes import canonical
from ..domain.judging import Check
from ..errors import TEXTS, Reason
from ..models import CameBy
from ..shop import Cart, Customer, Quote
from . import candidates, quoting
from .carts import CartReader, Holders
from .codes import check_own_code
from .context import Context


@dataclass(frozen=True, kw_only=True)
class RefusedCode:
    """A code that does not hold and exactly why, in words too. `check` names what was looked at."""

    code: str
    reason: Reason
    message: str
    check: str | None = None


@dataclass(frozen=True, kw_only=True)
class Priced:
    """A cart priced with the codes that hold, and those that do not."""

    quote: Quote
    refused: tuple[RefusedCode, ...]


@dataclass(frozen=True, kw_only=True)
class CodeCheck:
    """Whether a code can be used now, as far as that is known without a cart, and whether it can be made.

    `problem` says why it cannot be made: taken, looks_alike, or what is wrong with its spelling.
    """

    code: str
    exists: bool
    usable: bool
    reason: Reason | None
    message: str
    free: bool
    problem: str | None


def priced_with(ctx: Context, cart: Cart, codes: Sequence[str], came_by: CameBy = CameBy.TYPED) -> Priced:
    """Price a cart with codes, in their order; reads only, counts no try."""
    reader = CartReader(cart)
    holders = Holders(cart=cart.key, customer=reader.customer.ref if reader.customer else None)
    keys = {canonical(code): code for code in reversed(codes)}
    found = candidates.by_keys(ctx, list(keys), holders)
    wanted = [replace(found[key], came_by=came_by) for key in reversed(keys) if key in found]
    evaluation = quoting.evaluate(ctx, reader, wanted)
    unknown = [
        RefusedCode(code=code, reason=Reason.UNKNOWN, message=ctx.translate(TEXTS[Reason.UNKNOWN]))
        for key, code in reversed(keys.items())
        if key not in found
    ]
    refused = [_refused(ctx, code, check, reader) for code, check in evaluation.refused]
    quote = quoting.to_quote(ctx, replace(evaluation, refused=()))
    return Priced(quote=quote, refused=(*refused, *unknown))


def _refused(ctx: Context, code: str, check: Check, reader: CartReader) -> RefusedCode:
    reason = check.reason or Reason.UNKNOWN
    told = reason.public is reason
    message = quoting.message_of(ctx, check, reader) if told else ctx.translate(TEXTS[reason])
    return RefusedCode(code=code, reason=reason, message=message, check=check.name)


def check_code(
    ctx: Context, code: str, *, customer: Customer | None = None, currency: str | None = None
) -> CodeCheck:
    """Say of a code whether it can be used now and whether it can still be made."""
    words = {"reserved": ctx.settings.reserved_words, "forbidden": ctx.settings.forbidden_words}
    problem = check_own_code(ctx.conn, code, **words)
    found = candidates.by_keys(ctx, [canonical(code)], Holders()).values()
    own = next((one.terms.currency for one in found), None)
    cart = Cart(currency=currency or own or ctx.settings.currency, lines=None, customer=customer)
    priced = priced_with(ctx, cart, [code], CameBy.LINK)
    refused = priced.refused[0] if priced.refused else None
    return CodeCheck(
        code=next((one.code for one in found), code),
        exists=bool(found),
        usable=refused is None,
        reason=refused.reason if refused else None,
        message=refused.message if refused else priced.quote.message,
        free=problem is None,
        problem=problem.problem if problem is not None else None,
    )
