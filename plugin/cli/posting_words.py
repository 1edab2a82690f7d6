"""Orders, amounts and currencies as they are typed for postings."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from ..domain.money import currency_code, minor_exact
from ..services.context import Context
from ..services.lookup import documents
from ..services.mistakes import Mistake, NotThere


def document_id(ctx: Context, text: str) -> int:
    """Give the order or invoice that is meant, or raise NotThere."""
    with Session(ctx.conn) as session:
        found = documents(session, text)
        if len(found) != 1:
            raise NotThere(f"No order or invoice, or more than one, is known under {text!r}.")
        return int(found[0].id)


def currency(text: str) -> str:
    """Read the code of a currency."""
    try:
        return currency_code(text)
    except ValueError as error:
        raise Mistake(f"{text!r} is no currency; give a code such as EUR.") from error


def minor(text: str, code: str) -> int:
    """Read an amount in minor units."""
    try:
        return minor_exact(Decimal(text), code)
    except (ValueError, ArithmeticError) as error:
        raise Mistake(f"{text!r} is no amount in {code}; write it like 12.50.") from error
