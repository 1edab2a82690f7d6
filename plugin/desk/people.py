"""The first line: who came, as what, since when, by what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask import Response, render_template, request, url_for

from .. import i18n
from ..csv_file import csv_response
from ..i18n import gettext as _
from ..models import AddressType
from ..services import desk_people
from .gate import blueprint, connection, now, partner
from .sentences import came_by


@blueprint.get("/firstline")
def people() -> str:
    """Show one page of the first line."""
    conn, me = connection(), partner()
    only = _wanted_type()
    place = _place(request.args.get("after", ""))
    page = desk_people.people(conn, me.id, now=now(), only=only, after=place)
    counts = desk_people.count_by_type(conn, me.id, now=now())
    return render_template(
        "firstline/desk/people.html",
        here="people",
        shown=me.active,
        rows=[(person, came_by(person)) for person in page.rows],
        counts=counts,
        total=sum(counts.values()),
        only=only.value if only else "",
        first=url_for(".people", type=only.value if only else None) if place else None,
        following=_following(page, only),
    )


@blueprint.get("/firstline.csv")
def people_csv() -> Response:
    """Send the first line as a file."""
    head = (_("Person"), _("Address type"), _("Since"), _("Came by"))
    return csv_response("firstline", head, list(_file_rows()))


def _file_rows() -> Iterator[tuple[str, str, str, str]]:
    for person in desk_people.all_people(connection(), partner().id, now=now()):
        since = i18n.local(person.since).date().isoformat()
        yield person.initials, i18n.address_type(person.type), since, came_by(person)


def _wanted_type() -> AddressType | None:
    given = request.args.get("type", "")
    return AddressType(given) if given in {item.value for item in AddressType} else None


def _following(page: desk_people.People, only: AddressType | None) -> str | None:
    if page.after is None:
        return None
    since, last = page.after
    return url_for(".people", type=only.value if only else None, after=f"{since.isoformat()}~{last}")


def _place(text: str) -> tuple[datetime, int] | None:
    since, _sep, last = text.partition("~")
    try:
        moment = datetime.fromisoformat(since)
        return (moment, int(last)) if moment.tzinfo else None
    except ValueError:
        return None
