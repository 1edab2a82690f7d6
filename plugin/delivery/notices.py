"""Notices to partners about their money, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, url_for
from sqlalchemy import Row, select

from .. import i18n
from ..domain.payout import Method
from ..i18n import gettext as _
from ..i18n import money
from ..models import Payout, Statement
from ..payout_words import METHODS
from ..services import notices, payout_details
from ..services.context import Context
from ..services.notices import NoticeKind
from ..state import State
from .effects import Effect
from .letters import Told, Wording
from .mails import compose

_PAYOUT = Payout.__table__
_STATEMENT = Statement.__table__
_NEWS = timedelta(days=7)
"""Where mails could not be sent for longer, nobody is told of what was long ago."""
Words = Callable[[Told], Wording]


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the notice of a row and give what sends it; None where there is nothing to be told any more."""
    if ctx.now - row.created_at > _NEWS:
        return None
    kind = NoticeKind(row.topic)
    receiver = notices.receiver(ctx.conn, kind, row.payload)
    words = None if receiver is None else _WORDINGS[kind](state, ctx, row)
    if receiver is None or words is None:
        return None
    return compose(state, ctx, row, receiver, {}, words)


def _paid(state: State, ctx: Context, row: Row[Any]) -> Words | None:
    payout = ctx.conn.execute(select(_PAYOUT).where(_PAYOUT.c.id == row.payload["payout_id"])).one()
    if payout.state == "failed":
        return None
    hint = payout_details.read(payout.method, payout.details).hint

    def words(told: Told) -> Wording:
        amount = money(payout.amount, payout.currency)
        way = f"{METHODS[payout.method]} {hint}".strip()
        return Wording(
            subject=_("%(shop)s pays you %(amount)s", shop=told.shop, amount=amount),
            heading=_hello(told),
            paragraphs=(
                _("You are paid %(amount)s: %(way)s.", amount=amount, way=way),
                _how_long(payout.method),
            ),
            action=_desk(_("Open my payouts"), "payouts"),
            reason=_reason(told),
        )

    return words


def _how_long(method: str) -> str:
    texts = {
        Method.SEPA.value: _("The shop hands it to its bank; that takes some working days."),
        Method.PAYPAL.value: _("The shop hands it to PayPal; that takes some working days."),
        Method.CASH.value: _("Please fetch it at the shop."),
        Method.CREDIT.value: _("You find the code in your desk, under payouts."),
    }
    return texts[method]


def _failed(state: State, ctx: Context, row: Row[Any]) -> Words | None:
    payout = ctx.conn.execute(select(_PAYOUT).where(_PAYOUT.c.id == row.payload["payout_id"])).one()

    def words(told: Told) -> Wording:
        amount = money(payout.amount, payout.currency)
        return Wording(
            subject=_("A payout of %(shop)s did not arrive", shop=told.shop),
            heading=_hello(told),
            paragraphs=(
                _("Your payout of %(amount)s did not arrive: %(why)s", amount=amount, why=payout.failed_why),
                _("Nothing is lost: the amount is payable again and comes into the next run. Please look "
                  "whether your payout details are right."),
            ),
            action=_desk(_("Look at my payout details"), "payout_details_form"),
            reason=_reason(told),
        )  # fmt: skip

    return words


def _changed(state: State, ctx: Context, row: Row[Any]) -> Words | None:
    known = payout_details.known(ctx.conn, int(row.payload["contact_id"]), now=ctx.now)

    def words(told: Told) -> Wording:
        pending = known.pending
        way = "" if pending is None else f"{METHODS[pending.method.value]} {pending.hint}".strip()
        said = (
            _("From %(day)s on you are paid by: %(way)s. Until then nothing is paid out.",
              day=_day(known.pending_from), way=way)
            if pending is not None
            else _("A change that waited was taken back, or holds by now.")
        )  # fmt: skip
        return Wording(
            subject=_("Your payout details at %(shop)s were changed", shop=told.shop),
            heading=_hello(told),
            paragraphs=(
                _("On %(day)s somebody changed in your desk how you are paid.", day=_day(row.created_at)),
                said,
                _("If it was not you, take the change back in your desk at once, and tell the shop."),
            ),
            action=_desk(_("Open my payouts"), "payouts"),
            reason=_("This notice cannot be switched off: by it you notice a theft."),
        )

    return words


def _issued(state: State, ctx: Context, row: Row[Any]) -> Words | None:
    wanted = select(_STATEMENT).where(_STATEMENT.c.id == row.payload["statement_id"])
    statement = ctx.conn.execute(wanted).one()
    if statement.voided_at is not None:
        return None

    def words(told: Told) -> Wording:
        amount = money(statement.gross, statement.currency)
        return Wording(
            subject=_("Your statement %(number)s of %(shop)s", number=statement.number, shop=told.shop),
            heading=_hello(told),
            paragraphs=(
                _("The shop has written the invoice for your commissions: number %(number)s over %(amount)s.",
                  number=statement.number, amount=amount),
                _("Please look at it. Where something is wrong, object to it in your desk."),
            ),
            action=_desk(_("Open the statement"), "statement", statement_id=statement.id),
            reason=_reason(told),
        )  # fmt: skip

    return words


def _hello(told: Told) -> str:
    return _("Hello %(name)s", name=told.receiver.name) if told.receiver.name else _("Hello")


def _reason(told: Told) -> str:
    return _(
        "You get this mail because you are a partner of %(shop)s. Which of these mails you want, you say in "
        "your desk, under settings.",
        shop=told.shop,
    )


def _day(moment: datetime | None) -> str:
    return "" if moment is None else i18n.day_text(i18n.local(moment).date())


def _desk(label: str, page: str, **values: int) -> tuple[str, str] | None:
    """Give the button to a page of the desk; without a known address of the shop there is none."""
    if not current_app.config.get("SERVER_NAME") or "firstline_desk" not in current_app.blueprints:
        return None
    return label, url_for(f"firstline_desk.{page}", _external=True, **values)  # type: ignore[arg-type]  # numbers


_WORDINGS: Mapping[NoticeKind, Callable[[State, Context, Row[Any]], Words | None]] = {
    NoticeKind.PAID: _paid,
    NoticeKind.FAILED: _failed,
    NoticeKind.CHANGED: _changed,
    NoticeKind.ISSUED: _issued,
}
