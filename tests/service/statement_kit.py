"""What the tests of statements share: a shop and partners who are known to the tax office."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Row

from flask_firstline.domain.tax import TaxData
from flask_firstline.models import Statement, StatementPosting
from flask_firstline.services import address_book, statement_settings, statements, tax_data
from flask_firstline.services.statement_settings import Issuer
from flask_firstline.services.statements import Open
from flask_firstline.testing import FakeShop

from .pay_kit import INES, act

HOME = {"street": "Am Markt 1", "postcode": "50667", "town": "Köln", "country": "DE"}
SHOP = {**HOME, "name": "Lindenhof GmbH", "vat_id": "DE136695976"}
DATA = {"kind": "natural", "status": "regular", "name": "Hans Meier", "tax_number": "214/5120/0987", **HOME}
ABROAD = {
    "kind": "legal", "status": "foreign", "name": "Schulte B.V.", "street": "Dam 1", "postcode": "1012 JS",
    "town": "Amsterdam", "country": "NL", "vat_id": "NL004495445B01",
}  # fmt: skip


def issuer(shop: FakeShop, **more: object) -> None:
    """Let the shop be known to the tax office."""
    wanted = Issuer(**{**SHOP, "vat_rate": Decimal(19), **more})  # type: ignore[arg-type]
    act(shop, lambda ctx: statement_settings.save(ctx.conn, wanted, who="test", now=ctx.now))


def taxed(
    shop: FakeShop,
    ref: str = "meier",
    *,
    agrees: bool = True,
    given: Mapping[str, str] | None = None,
    **more: str,
) -> tax_data.Kept:
    """Let a partner be known to the tax office."""
    wanted = TaxData.of({**DATA, **(given or {}), **more})
    return act(
        shop,
        lambda ctx: tax_data.save(
            ctx.conn,
            address_book.get_contact_id(ctx.conn, ref),
            wanted,
            agrees=agrees,
            who="test",
            now=ctx.now,
        ),
    )


def last_month(shop: FakeShop) -> date:
    """Give the newest month that is over."""
    return shop.state.now().date().replace(day=1) - timedelta(days=1)


def next_month(shop: FakeShop) -> date:
    """Let the month end, and give it."""
    this = shop.state.now().date()
    following = (this.replace(day=1) + timedelta(days=32)).replace(day=1)
    shop.clock.advance(days=(following - this).days)
    return this


def issue(shop: FakeShop, month: date | None = None) -> tuple[list[int], list[Open]]:
    """Let the month end and issue its statements, or those of a month that is over."""
    wanted = month or next_month(shop)
    return act(shop, lambda ctx: statements.issue_month(ctx, wanted, INES))


def void(shop: FakeShop, statement_id: int, why: str = "the rate is wrong") -> None:
    act(shop, lambda ctx: statements.void(ctx, statement_id, why=why, who="meier"))


def reissue(shop: FakeShop, statement_id: int) -> int:
    return act(shop, lambda ctx: statements.reissue(ctx, statement_id, INES))


def issued(shop: FakeShop) -> list[Row[tuple[object, ...]]]:
    """Give all statements, the oldest first."""
    return sorted(shop.rows(Statement), key=lambda row: row.id)


def live_postings(shop: FakeShop) -> int:
    return len(shop.rows(StatementPosting, live=True))
