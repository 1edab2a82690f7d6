"""Commissions: every amount with its reason, and the day from which it can be paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from flask import Response, render_template, request, url_for

from .. import i18n
from ..csv_file import csv_response
from ..domain.money import major
from ..i18n import gettext as _
from ..services import desk_accruals, desk_start
from ..services.desk_accruals import Entry, State, Wanted
from ..state import current_state
from ..terms_words import line_title
from .gate import blueprint, connection, now, partner, release_due
from .sentences import rate, why

MONTHS = 12


@blueprint.get("/commissions")
def accruals() -> str:
    """Show one page of commissions and reversals."""
    release_due()
    conn, me, settings = connection(), partner(), current_state().settings
    wanted, place = _wanted(), _place(request.args.get("after", ""))
    page = desk_accruals.entries(conn, me.id, wanted, now=now(), after=place)
    return render_template(
        "firstline/desk/accruals.html",
        here="accruals",
        rows=[(entry, why(entry), rate(entry)) for entry in page.rows],
        sums=_sums(page.rows),
        line_title=line_title,
        owed=desk_start.balances(conn, me.id, currency=settings.currency),
        months=_months(),
        asked=_asked(),
        first=_address() if place else None,
        following=_address(f"{page.after[0]}-{page.after[1]}") if page.after else None,
        filtered=any(_asked().values()),
    )


@blueprint.get("/commissions.csv")
def accruals_csv() -> Response:
    """Send all that is asked for as a file."""
    head = (
        _("Posted on"), _("Document"), _("For"), _("Why"), _("Level"), _("Net base"), _("Rate"),
        _("Commission"), _("Currency"), _("Payable from"),
    )  # fmt: skip
    return csv_response("commissions", head, list(_file_rows()))


def _file_rows() -> Iterator[tuple[object, ...]]:
    for entry in desk_accruals.all_entries(connection(), partner().id, _wanted(), now=now()):
        free = i18n.local(entry.payable_at).date().isoformat() if entry.payable_at else ""
        yield (
            i18n.local(entry.at).date().isoformat(), entry.document, line_title(entry.title), why(entry),
            entry.level,
            major(entry.base, entry.base_currency), rate(entry), major(entry.amount, entry.currency),
            entry.currency, free,
        )  # fmt: skip


def _address(after: str | None = None) -> str:
    asked = {name: value or None for name, value in _asked().items()}
    return url_for(".accruals", after=after, month=asked["month"], state=asked["state"], level=asked["level"])


def _sums(rows: Sequence[Entry]) -> list[tuple[str, int, int]]:
    base: dict[str, int] = defaultdict(int)
    amount: dict[str, int] = defaultdict(int)
    for entry in rows:
        base[entry.base_currency] += entry.base
        amount[entry.currency] += entry.amount
    return [(currency, base[currency], amount[currency]) for currency in sorted({*amount, *base})]


def _asked() -> dict[str, str]:
    given = {name: request.args.get(name, "") for name in ("month", "state", "level")}
    return {
        "month": given["month"] if _month(given["month"]) else "",
        "state": given["state"] if given["state"] in {item.value for item in State} else "",
        "level": given["level"] if given["level"].isascii() and given["level"].isdecimal() else "",
    }


def _wanted() -> Wanted:
    asked = _asked()
    first = _month(asked["month"])
    return Wanted(
        begins=i18n.midnight(first) if first else None,
        ends=i18n.midnight(_following(first)) if first else None,
        state=State(asked["state"]) if asked["state"] else None,
        level=int(asked["level"][:4]) if asked["level"] else None,
    )


def _month(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
    except ValueError:
        return None


def _following(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _months() -> list[tuple[str, str]]:
    """Give the last months to choose from, as value and text."""
    found: list[tuple[str, str]] = []
    day = i18n.local(now()).date().replace(day=1)
    for _n in range(MONTHS):
        found.append((day.strftime("%Y-%m"), i18n.skeleton("yMMMM", day)))
        day = (day - timedelta(days=1)).replace(day=1)
    return found


def _place(text: str) -> tuple[int, int] | None:
    call, _sep, seq = text.partition("-")
    if call.isascii() and call.isdecimal() and seq.isascii() and seq.isdecimal():
        return int(call), int(seq)
    return None
