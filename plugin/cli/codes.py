"""Codes, one at a time."""

from __future__ import annotations

import click

from ..services.address_book import get_contact_id
from ..services.codes import create_code
from ..services.coupons import get_coupon_by_name
from ..services.reading import Given
from .group import Answer, Commands, answering, firstline, in_unit, who

code = Commands("code", help="Coupon codes.")
firstline.add_command(code)
OF_COUPON = click.option("--coupon", required=True, help="The name of the coupon.")
FROM = click.option("--from", "begins", help="Valid from: a date (2026-12-31) or time in the shop's zone.")
UNTIL = click.option("--until", "ends", help="Valid until; a date includes its day.")
CREDIT = click.option("--credit", help="Store credit that each holds; by default the coupon's amount.")


@code.command("add")
@click.argument("code")
@OF_COUPON
@click.option("--owner", help="The shop's id of the partner whose code it is.")
@click.option("--holder", help="The shop's id of the customer for whom it is.")
@click.option("--max", "limit", type=int, help="Redemptions; by default any number.")
@FROM
@UNTIL
@CREDIT
@answering
def add(
    code: str, coupon: str, owner: str | None, holder: str | None, limit: int | None, **more: str
) -> Answer:
    """Make one CODE."""
    code_id = in_unit(
        lambda state, conn: create_code(
            conn,
            code,
            coupon_id=(found := get_coupon_by_name(conn, coupon)).id,
            owner_id=None if owner is None else get_contact_id(conn, owner),
            holder_id=None if holder is None else get_contact_id(conn, holder),
            max_uses=limit,
            credit=(given := Given(values=named(more), settings=state.settings)).amount(
                "credit", found.currency or state.settings.currency
            ),
            valid_from=given.moment("from"),
            valid_until=given.moment("until", closes=True),
            who=who(),
            now=state.now(),
        )
    )
    return Answer(text=f"The code {code!r} is made.", data={"id": code_id, "code": code})


def named(options: dict[str, str]) -> dict[str, object]:
    """Give options under the names that people know them by."""
    return {{"begins": "from", "ends": "until"}.get(name, name): value for name, value in options.items()}
