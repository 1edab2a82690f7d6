"""What the two downline navigators share: the period and columns that are asked for, and the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from . import i18n
from .domain.money import major
from .i18n import gettext as _
from .models import AddressType
from .services.downline_file import Line
from .services.downline_sales import Period

_LONGEST_ID = 18
_FIRST_YEAR, _LAST_YEAR = 1900, 9000


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an address asks for: people or sales, first and last day of the period, what is searched."""

    sales: bool
    begins: date | None
    ends: date | None
    text: str

    @property
    def period(self) -> Period:
        """The period in the shop's time zone; the last day belongs to it."""
        return Period(
            begins=None if self.begins is None else i18n.midnight(self.begins),
            ends=None if self.ends is None else i18n.midnight(self.ends + timedelta(days=1)),
        )

    def query(self) -> dict[str, str | None]:
        """Give what the address of another page of the same view must say."""
        if not self.sales:
            return {}
        return {"show": "sales", **self.days()}

    def days(self) -> dict[str, str | None]:
        """Give the period as it stands in an address; an empty text means without a bound."""
        return {"from": _day_text(self.begins), "to": _day_text(self.ends)}


def asked(given: Mapping[str, str], now: datetime) -> Asked:
    """Read an address; without a period it is the month that `now` falls into."""
    today = i18n.local(now).date()
    first = today.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return Asked(
        sales=given.get("show") == "sales",
        begins=_day(given["from"]) if "from" in given else first,
        ends=_day(given["to"]) if "to" in given else last,
        text=" ".join(given.get("q", "").replace("\0", "").split())[:100],
    )


def number(text: str) -> int | None:
    """Read the number of a page or level, None where there is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _LONGEST_ID else None


def file_head(*, shop: bool) -> tuple[str, ...]:
    """Name the columns of a file; `shop` is the one of the admin pages."""
    refs = (_("Customer number"), _("Sponsor")) if shop else ()
    return (
        _("Level"), _("Person"), _("E-mail"), _("Phone"), *refs, _("Address type"), _("Since"),
        _("Orders"), _("Net sales"), _("Currency"),
    )  # fmt: skip


class FileCells:
    """Writes people as cells. Words and time zone are looked up first: a file is sent after its request."""

    def __init__(self, zone: ZoneInfo, *, shop: bool) -> None:
        self._zone = zone
        self._shop = shop
        self._types = {kind: i18n.address_type(kind) for kind in AddressType}

    def write(self, lines: Iterable[Line]) -> Iterator[tuple[object, ...]]:
        """Give one row per line, in the columns of `file_head`."""
        for line in lines:
            yield (
                line.level,
                line.name or line.initials,
                line.email or "",
                line.phone or "",
                *((line.ref or "", line.sponsor_ref or "") if self._shop else ()),
                self._types[line.type],
                line.since.astimezone(self._zone).date().isoformat(),
                line.documents,
                "" if line.net is None or line.currency is None else major(line.net, line.currency),
                line.currency or "",
            )


def _day(text: str) -> date | None:
    """Read a day; one at the ends of the calendar is as good as no bound, and has no neighbour."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _day_text(day: date | None) -> str:
    return "" if day is None else day.isoformat()
