"""Prospects of the first line: contact data where they agreed, and following them up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from flask import Response, abort, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..csv_file import csv_response
from ..i18n import gettext as _
from ..models import FollowUpState
from ..services import prospects as people
from ..services.mistakes import Mistake
from ..services.prospects import Prospect
from ..services.unit import retried, unit
from ..state import current_state
from .gate import blueprint, connection, done, now, partner

_LONGEST_ID = 18


@blueprint.get("/prospects")
def prospects() -> str:
    """Show one page of the prospects; each look at contact data is kept."""
    conn, me = connection(), partner()
    released = {"yes": True, "no": False}.get(request.args.get("released", ""))
    page = people.prospects(conn, me.id, now=now(), released=released, after=_after())
    everybody, agreed = people.counts(conn, me.id, now=now())
    rows = _shown(page.rows, "list")
    return render_template(
        "firstline/desk/prospects.html",
        here="prospects",
        rows=rows,
        total=everybody,
        agreed=agreed,
        released=request.args.get("released", "") if released is not None else "",
        state_of=state_of,
        first=_page() if "after" in request.args else None,
        following=_page(page.after) if page.after else None,
    )


@blueprint.get("/prospects.csv")
def prospects_csv() -> Response:
    """Send the prospects as a file."""
    head = (_("Person"), _("E-mail"), _("Phone"), _("Since"), _("Status"), _("Note"), _("Remind on"))
    found = tuple(people.every(connection(), partner().id, now=now()))
    return csv_response("prospects", head, [tuple(_cells(one)) for one in _shown(found, "file")])


@blueprint.route("/prospects/<firstline_id:contact_id>", methods=["GET", "POST"])
def prospect(contact_id: int) -> str | BaseResponse:
    """Show one person who lets see contact data; a post keeps what is noted."""
    found = people.person(connection(), partner().id, contact_id, now=now())
    if found is None:
        abort(404)
    if request.method == "POST":
        return _note(contact_id)
    [found] = _shown((found,), "person")
    if found.released is None:
        return done(url_for(".prospects"), ok=False, text=_masked_again())
    return render_template(
        "firstline/desk/prospect.html",
        here="prospects",
        person=found,
        released=found.released,
        states=[(state.value, state_of(state)[1]) for state in FollowUpState],
        ends=i18n.last_day(found.released.until) if found.released.until else None,
        longest=people.LONGEST_NOTE,
    )


def _note(contact_id: int) -> BaseResponse:
    state, remind = request.form.get("state", ""), request.form.get("remind_on", "")
    wanted = FollowUpState(state) if state in set(FollowUpState) else FollowUpState.NEW
    day = _day(remind)
    if remind and day is None:
        return done(url_for(".prospect", contact_id=contact_id), ok=False, text=_("This is no date."))
    note = request.form.get("note", "").replace("\0", "").strip()
    moment, me = now(), partner()

    def keep() -> None:
        with unit(current_state().session()) as conn:
            people.follow_up(conn, me.id, contact_id, state=wanted, note=note, remind_on=day, now=moment)

    if not me.active:
        return done(url_for(".prospects"), ok=False, text=_masked_again())
    try:
        retried(keep)
    except Mistake:
        return done(url_for(".prospects"), ok=False, text=_masked_again())
    return done(url_for(".prospects"), ok=True, text=_("Noted."))


def _masked_again() -> str:
    return _("This person does not let you see contact data, or not any more.")


def due_today() -> Sequence[Prospect]:
    """Give whom the partner wanted to be reminded of by today; names are shown, so each look is kept."""
    me = partner()
    if not me.active:
        return ()
    found = people.due(connection(), me.id, today=i18n.local(now()).date(), now=now())
    return _shown(tuple(found), "list")


def _shown(rows: Sequence[Prospect], place: str) -> tuple[Prospect, ...]:
    """Keep that the data is shown; a partner who earns nothing now is shown nobody's."""
    if not partner().active:
        return tuple(replace(one, released=None) for one in rows)
    if any(one.released for one in rows):
        with unit(current_state().session()) as conn:
            people.note_looks(conn, rows, place=place, now=now())
    return tuple(rows)


def _cells(one: Prospect) -> Iterator[object]:
    seen = one.released
    yield (seen.name or one.initials) if seen else one.initials
    yield (seen.email if seen else None) or ""
    yield (seen.phone if seen else None) or ""
    yield i18n.local(one.since).date().isoformat()
    yield state_of(seen.state)[1] if seen else ""
    yield seen.note if seen else ""
    yield seen.remind_on.isoformat() if seen and seen.remind_on else ""


def state_of(state: FollowUpState) -> tuple[str, str]:
    """Give kind and text of how far a partner has come with somebody."""
    return {
        FollowUpState.NEW: ("wait", _("new")),
        FollowUpState.CONTACTED: ("now", _("contacted")),
        FollowUpState.INTERESTED: ("ok", _("interested")),
        FollowUpState.NOT_INTERESTED: ("off", _("not interested")),
        FollowUpState.DONE: ("off", _("done")),
    }[state]


def _page(after: int | None = None) -> str:
    return url_for(".prospects", released=request.args.get("released"), after=after)


def _after() -> int | None:
    text = request.args.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _LONGEST_ID else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
