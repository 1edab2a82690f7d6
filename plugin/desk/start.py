"""The first page of the desk: what is owed, this month, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import render_template, url_for

from .. import i18n
from ..domain.codes import in_address
from ..domain.postback import host_of
from ..i18n import gettext as _
from ..i18n import ngettext
from ..models import AddressType
from ..postback_words import why_off
from ..services import desk_codes, desk_people, desk_start, postbacks
from ..state import current_state
from .chart import chart
from .gate import blueprint, connection, now, partner, release_due
from .prospects import due_today

ENDS_SOON = timedelta(days=14)
ALMOST = 5


@dataclass(frozen=True, kw_only=True)
class Todo:
    """One thing to do next. `kind` colours the icon: "", "wait", "ok"."""

    icon: str
    text: str
    more: str
    href: str
    kind: str = ""


@blueprint.get("/")
def start() -> str:
    """Show the start page."""
    release_due()
    due = list(_due())
    settings, conn, me = current_state().settings_now(), connection(), partner()
    codes = desk_codes.own_codes(conn, me.id, now=now())
    months = desk_start.month(conn, me.id, now=now(), zone=settings.zone, currency=settings.currency)
    best = next((code for code in codes if code.active and not code.ended), None)
    return render_template(
        "firstline/desk/start.html",
        here="start",
        today=i18n.local(now()).date(),
        owed=desk_start.balances(conn, me.id, currency=settings.currency),
        months=[(month, chart(month.days, month.currency)) for month in months],
        releases=desk_start.releases(conn, me.id, now=now(), zone=settings.zone),
        todo=[*due, *_postbacks_off(), *_todo(codes, desk_people.count_by_type(conn, me.id, now=now()))],
        best=best,
        best_link=code_link(best.display) if best else "",
        hold_days=settings.hold_days,
    )


def code_link(code: str) -> str:
    """Give the address that brings somebody into the shop with a code applied."""
    return url_for("firstline_checkout.code_link", code=in_address(code), _external=True)


def _due() -> Iterator[Todo]:
    """Name those whom the partner wanted to follow up by today."""
    for one in due_today():
        if one.released is not None:
            text = _("Follow up: %(who)s", who=one.released.name or one.initials or _("No name"))
            more = one.released.note or i18n.day_text(one.released.remind_on or i18n.local(now()).date())
            href = url_for(".prospect", contact_id=one.id)
            yield Todo(icon="chat", kind="wait", text=text, more=more, href=href)


def _postbacks_off() -> Iterator[Todo]:
    """Name the postbacks that were switched off and not by the partner."""
    for row in postbacks.of_partner(connection(), partner().id):
        if row.off_why not in ("", "partner"):
            text = _("Postback to %(host)s is switched off", host=host_of(row.url))
            href = url_for(".postback", postback_id=row.id)
            yield Todo(icon="bolt", kind="wait", text=text, more=why_off(row.off_why), href=href)


def _todo(codes: Sequence[desk_codes.OwnCode], people: dict[AddressType, int]) -> Iterator[Todo]:
    if not codes and partner().active:
        yield Todo(icon="tag", text=_("Make your first code"), href=url_for(".codes", _anchor="make"),
                   more=_("Who redeems it for the first time comes into your first line."))  # fmt: skip
    waiting = people[AddressType.PROSPECT]
    if waiting:
        text = ngettext("%(num)s prospect without an order", "%(num)s prospects without an order", waiting)
        yield Todo(icon="people", text=text, href=url_for(".prospects"),
                   more=_("They signed up with your code and have not bought yet."))  # fmt: skip
    for code in codes:
        yield from _code_todo(code)


def _code_todo(code: desk_codes.OwnCode) -> Iterator[Todo]:
    if not code.active or code.ended:
        return
    href, ends = url_for(".codes"), code.offer.valid_until
    left = None if code.max_uses is None else max(code.max_uses - code.used, 0)
    free = (
        ngettext("%(num)s redemption is left.", "%(num)s redemptions are left.", left)
        if left is not None
        else ""
    )
    if ends is not None and ends - now() <= ENDS_SOON:
        day = i18n.day_text(i18n.last_day(ends))
        text = _("%(code)s ends on %(day)s", code=code.display, day=day)
        yield Todo(icon="clock", kind="wait", text=text, more=free, href=href)
    elif left is not None and left <= ALMOST:
        text = _("%(code)s is almost used up", code=code.display)
        yield Todo(icon="clock", kind="wait", text=text, more=free, href=href)
