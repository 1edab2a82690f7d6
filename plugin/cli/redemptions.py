"""Redemptions: each use of a code."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.codes import canonical
from ..domain.money import major
from ..models import Code, Contact, Coupon, Redemption, RedemptionState
from ..services.listing import Query
from ..state import current_state
from .group import ID, Answer, Commands, answering, firstline, table

redemption = Commands("redemption", help="Uses of codes.")
firstline.add_command(redemption)
_STATES = [state.value for state in RedemptionState]
_HEAD = (
    "id",
    "at",
    "code",
    "coupon",
    "order",
    "customer",
    "state",
    "came by",
    "discount",
    "credit",
    "currency",
)


@redemption.command("list")
@click.option("--code", help="Only of this code.")
@click.option("--coupon", help="Only of the coupon of this name.")
@click.option("--order", "order_ref", help="Only of the order with this ref.")
@click.option("--customer", help="Only by the customer with this id of the shop.")
@click.option("--state", type=click.Choice(_STATES), help="Only those that stand at this.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only from this day on, in the shop's time zone."
)
@click.option("--after", type=ID, help="Only those before the id that a page ended with.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@answering
def list_(limit: int, since: datetime | None, **wanted: Any) -> Answer:  # noqa: ANN401 - options as typed
    """List redemptions, the latest first."""
    state = current_state()
    query = _narrowed(wanted).order_by(Redemption.id.desc()).limit(limit)
    if since is not None:
        query = query.where(Redemption.created_at >= since.replace(tzinfo=state.settings.zone))
    with Session(state.engine()) as session:
        found = [_row(*row) for row in session.execute(query)]
    rows = [tuple(row.values()) for row in found]
    return Answer(text=table(_HEAD, rows, empty="There are no such redemptions."), data=found)


def _narrowed(wanted: dict[str, Any]) -> Query:
    query = (
        select(Redemption, Code.display, Coupon.name, Contact.ref)
        .join(Code, Code.id == Redemption.code_id)
        .join(Coupon, Coupon.id == Redemption.coupon_id)
        .join(Contact, Contact.id == Redemption.contact_id, isouter=True)
    )
    if wanted["code"] is not None:
        query = query.where(Code.key == canonical(wanted["code"]))
    if wanted["after"] is not None:
        query = query.where(Redemption.id < wanted["after"])
    same = (
        (Coupon.name, "coupon"),
        (Redemption.order_ref, "order_ref"),
        (Contact.ref, "customer"),
        (Redemption.state, "state"),
    )
    return query.where(*(column == wanted[name] for column, name in same if wanted[name] is not None))


def _row(row: Redemption, code: str, coupon: str, customer: str | None) -> dict[str, object]:
    return {
        "id": row.id,
        "at": row.created_at.isoformat(timespec="seconds"),
        "code": code,
        "coupon": coupon,
        "order": row.order_ref,
        "customer": customer,
        "state": row.state,
        "came_by": row.came_by,
        "discount": major(row.discount, row.currency),
        "credit": major(row.credit, row.currency),
        "currency": row.currency,
    }
