"""Goods and money that go back: by line, by amount, or everything."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import parse_decimal
from flask_babel import get_locale, gettext

from flask_firstline import Refund

from .base import db
from .partners import firstline
from .prices import CURRENCY, cents, euros
from .sales import Order, OrderLine, Return


def take_back(order: Order, form: Mapping[str, str]) -> Return:
    """Book the return that the form describes and tell the partner program; wrong input raises ValueError."""
    if order.state not in ("paid", "delivered"):
        raise ValueError(gettext("Only paid orders can be returned."))
    if not order.returnable:
        raise ValueError(gettext("All the money of this order went back already."))
    way = form.get("way")
    if way == "lines":
        return _by_lines(order, form)
    if way == "amount":
        return _by_amount(order, form)
    if way == "all":
        return _everything(order, form)
    raise ValueError(gettext("Please choose what comes back."))


def _by_lines(order: Order, form: Mapping[str, str]) -> Return:
    chosen = {line: _pieces(line, form.get(f"quantity-{line.sku}", "0")) for line in order.lines}
    if not any(chosen.values()):
        raise ValueError(gettext("Please say how many pieces come back."))
    worth = sum(_worth(line, pieces) for line, pieces in chosen.items())
    for line, pieces in chosen.items():
        line.returned += pieces
    given = _book(order, min(worth, order.to_pay - order.refunded), form)
    lines = [{"key": line.sku, "quantity": pieces} for line, pieces in chosen.items() if pieces]
    _tell(given, lines=lines, amount=euros(given.amount))
    return given


def _pieces(line: OrderLine, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 3:
        raise ValueError(gettext("Please give a whole number of pieces."))
    if int(text) > line.quantity - line.returned:
        raise ValueError(gettext("No more can come back than the buyer has."))
    return int(text)


def _worth(line: OrderLine, pieces: int) -> int:
    """Give what the buyer paid for some pieces; all of a line together are worth exactly the line."""
    paid = line.total - line.discount

    def up_to(count: int) -> int:
        return int((Decimal(paid * count) / line.quantity).quantize(Decimal(1), ROUND_HALF_UP))

    return up_to(line.returned + pieces) - up_to(line.returned)


def _by_amount(order: Order, form: Mapping[str, str]) -> Return:
    amount = _amount(form.get("amount", ""))
    if not 0 < amount <= order.to_pay - order.refunded:
        raise ValueError(gettext("The amount must be above 0 and at most what is left."))
    given = _book(order, amount, form)
    _tell(given, amount=euros(amount))
    return given


def _amount(text: str) -> int:
    problem = gettext("Please write the amount with two decimals.")
    if not set(text.strip()) <= set("0123456789.,"):
        raise ValueError(problem)
    try:
        return cents(parse_decimal(text.strip(), locale=get_locale(), strict=True))
    except (ValueError, ArithmeticError) as error:
        raise ValueError(problem) from error


def _everything(order: Order, form: Mapping[str, str]) -> Return:
    for line in order.lines:
        line.returned = line.quantity
    given = _book(order, order.to_pay - order.refunded, form)
    _tell(given)
    return given


def _book(order: Order, amount: int, form: Mapping[str, str]) -> Return:
    number = f"G-{order.number}-{len(order.returns) + 1}"
    given = Return(number=number, order=order, amount=amount, reason=form.get("reason", "").strip()[:200])
    db.session.add(given)
    return given


def _tell(
    given: Return, *, lines: list[dict[str, object]] | None = None, amount: Decimal | None = None
) -> None:
    firstline.invoice_refunded(
        Refund(
            ref=given.number,
            order_ref=given.order.number,
            currency=CURRENCY,
            lines=tuple(lines or ()),  # type: ignore[arg-type]  # plain mappings do
            amount=amount,
            reason=given.reason,
        )
    )


def cancel(order: Order) -> None:
    """Cancel an order; money that came goes back."""
    if order.state == "paid" and order.refunded < order.to_pay:
        for line in order.lines:
            line.returned = line.quantity
        db.session.add(_book(order, order.to_pay - order.refunded, {}))
    order.state = "cancelled"
    firstline.order_cancelled(order.number)
