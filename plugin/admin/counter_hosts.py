"""Hosts with the counter: landing pages of the shop that stand elsewhere, and the tag that they carry."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, render_template, request
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from .. import snippets
from ..domain import tracking
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import CounterHost
from ..services import counter_hosts
from ..services.listing import AnyRow, Query
from .acting import Acting
from .edge import blueprint, session
from .fields import CheckField, NounForm, TextField
from .nouns import Column, Editor, Filter, Kind, Noun, State, Values
from .show import to


class CounterHostForm(NounForm):
    """A host whose pages may carry the counter."""

    origin = TextField(
        _l("Host"),
        needed=True,
        longest=255,
        hint=_l("Such as https://spring.example, as the browser shows it."),
    )
    note = TextField(_l("Note"))
    active = CheckField(_l("Counts"), default=True, hint=_l("Switched off, its visits are not counted."))


def _load(current: Session, key: str) -> dict[str, object] | None:
    host = current.get(CounterHost, int(key)) if key.isascii() and key.isdecimal() and len(key) < 18 else None
    if host is None:
        return None
    return {name: getattr(host, name) for name in ("origin", "note", "active")}


def _prepare(current: Session, form: NounForm, row: Values) -> None:
    if row:
        del form.origin


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    values = {"note": form.note.data or "", "active": form.active.data}
    if key is not None:
        counter_hosts.change_host(act.conn, int(key), **values, who=act.who, now=act.now)
        return _("The host is saved.")
    counter_hosts.add_host(act.conn, origin=form.origin.data, **values, who=act.who, now=act.now)
    return _("The host is on the list: put the counter on its pages.")


def _statement() -> Query:
    return select(CounterHost)


def _state(row: AnyRow) -> State:
    return State("ok", str(_l("counts"))) if row.CounterHost.active else State("off", str(_l("switched off")))


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return CounterHost.active.is_(choice == "yes")


@blueprint.get("/counter")
def counter() -> str:
    """Show the tag of the counter, for the shop's pages on other hosts."""
    wanted = request.args.get("partner", "").strip()
    known = tracking.tracking_id(wanted)
    offered = "firstline_checkout" in current_app.blueprints
    return render_template(
        "firstline/admin/counter.html",
        here="counter_hosts",
        offered=offered,
        tag=snippets.counter_tag(known or "") if offered else "",
        wanted=wanted[: tracking.ID_LENGTH * 2],
        unknown=bool(wanted) and known is None,
        hosts=counter_hosts.listed(session().connection()),
        parameter=tracking.PARAMETER,
    )


NOUN = Noun(
    name="counter_hosts",
    title=_l("Hosts with the counter"),
    short=_l("Counter"),
    lead=_l(
        "Landing pages of yours on other hosts carry the counter. Only hosts that stand here may call it, "
        "and links of partners may lead there."
    ),
    icon="chart",
    statement=_statement,
    keys=(CounterHost.id.expression,),
    key=lambda row: str(row.CounterHost.id),
    columns=(
        Column(
            name="origin",
            label=_l("Host"),
            value=lambda row: row.CounterHost.origin,
            href=lambda row: to("counter_hosts_edit", key=row.CounterHost.id),
            sort=CounterHost.origin.expression,
        ),
        Column(name="note", label=_l("Note"), value=lambda row: row.CounterHost.note),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
    ),
    sort="origin",
    search=lambda text: or_(
        CounterHost.origin.icontains(text, autoescape=True), CounterHost.note.icontains(text, autoescape=True)
    ),
    search_hint=_l("Host or note"),
    filters=(
        Filter(
            name="active",
            label=_l("State"),
            where=_by_state,
            choices=(("yes", _l("counts")), ("no", _l("switched off"))),
        ),
    ),
    editor=Editor(
        form=CounterHostForm,
        load=_load,
        save=_save,
        prepare=_prepare,
        title=lambda row: str(row["origin"]),
    ),
    tool="firstline/admin/counter_hosts_tool.html",
    new_label=_l("Enter a host"),
    empty=_l(
        "The shop's own pages count by themselves. Enter here the hosts of other landing pages of yours."
    ),
)
