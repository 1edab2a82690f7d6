"""Other shops: those that are no Flask apps and tell by webhook; their secret is shown once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import abort, current_app, render_template, request, url_for
from sqlalchemy import ColumnElement, func, or_, select
from werkzeug.wrappers import Response as BaseResponse

from ..domain.platforms import PLATFORMS
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Body, BodyState, Source
from ..services import pulling, sources
from ..services.listing import AnyRow, Query
from ..services.mistakes import Mistake
from ..services.sources import Wanted
from ..state import current_state
from .acting import Acting
from .edge import blueprint, done, may_write, perform, session, settings
from .fields import NounForm
from .nouns import Column, Filter, Kind, Noun, State, Way
from .sayings import said
from .show import to, to_seen
from .source_form import ChangeForm, SecretForm, SourceForm


@blueprint.route("/sources/new", methods=["GET", "POST"])
def sources_new() -> str | tuple[str, int]:
    """Show the form of a new shop; a post makes it known and shows its secret, this once."""
    start = {"currency": settings().currency, "zone": settings().timezone}
    form = SourceForm(request.form if request.method == "POST" else None, data=start)
    if request.method != "POST" or not form.validate():
        return _form(form), 422 if form.errors else 200

    def make(act: Acting) -> str:
        keys, hosts = current_state().context(act.conn).keys, settings().webhook_private_hosts
        secret = form.secret.data or ""
        made, shown = sources.add(act, keys, form.wanted(), secret=secret, private_hosts=hosts, who=act.who)
        if form.access.data:
            sources.set_access(act, keys, made, form.access.data, who=act.who)
        return shown

    try:
        secret = perform(make)
    except Mistake as mistake:
        form.complain(*said(mistake))
        return _form(form), 422
    return _shown(form.name.data.strip().lower(), form.platform.data, secret)


@blueprint.route("/sources/<firstline_id:source_id>/edit", methods=["GET", "POST"])
def source_edit(source_id: int) -> str | BaseResponse | tuple[str, int]:
    """Show the form of a shop; a post changes it."""
    row = _source(source_id)
    start = {name: getattr(row, name) for name in ("url", "currency", "zone", "active")}
    form = ChangeForm(request.form if request.method == "POST" else None, data=start)
    if request.method != "POST" or not form.validate():
        return _form(form, row), 422 if form.errors else 200
    name, platform = row.name, row.platform

    def change(act: Acting) -> None:
        keys, hosts = current_state().context(act.conn).keys, settings().webhook_private_hosts
        given = {field: form[field].data for field in ("url", "currency", "zone")}
        wanted = Wanted(name=name, platform=platform, active=bool(form.active.data), **given)
        sources.change(act, source_id, wanted, private_hosts=hosts, who=act.who)
        if form.access.data:
            sources.set_access(act, keys, source_id, form.access.data, who=act.who)

    try:
        perform(change)
    except Mistake as mistake:
        form.complain(*said(mistake))
        return _form(form, row), 422
    return done(to("sources"), _("The shop is saved."))


@blueprint.route("/sources/<firstline_id:source_id>/secret", methods=["GET", "POST"])
def source_secret(source_id: int) -> str | tuple[str, int]:
    """Ask whether a shop gets another secret; a post makes it and shows it, this once."""
    row = _source(source_id)
    name, platform = row.name, row.platform
    form = SecretForm(request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():

        def renew(act: Acting) -> str:
            keys = current_state().context(act.conn).keys
            return sources.renew_secret(act, keys, source_id, secret=form.secret.data or "", who=act.who)

        try:
            return _shown(name, platform, perform(renew))
        except Mistake as mistake:
            form.complain(*said(mistake))
    page = render_template(
        "firstline/admin/decide.html",
        here="sources",
        title=_("Another secret"),
        name=name,
        sentence=_(
            "The old one is good for another hour, so that nothing is lost while you change it in the shop."
        ),
        fields=form if PLATFORMS[platform].makes_secret else NounForm(),
        action=to("source_secret", source_id=source_id),
        button=_("Make another secret"),
        danger=True,
        way_back=to("source_edit", source_id=source_id),
    )
    return page, 422 if form.errors else 200


@blueprint.route("/sources/<firstline_id:source_id>/pull", methods=["GET", "POST"])
def source_pull(source_id: int) -> str | BaseResponse | tuple[str, int]:
    """Ask whether the worker fetches the orders that were changed since the last time; a post lets it."""
    row = _source(source_id)
    form = NounForm(request.form if request.method == "POST" else None)
    if request.method == "POST":
        try:
            perform(lambda act: pulling.ask_now(act, source_id, who=act.who))
            return done(to("sources"), _("The worker fetches the orders in its next round."))
        except Mistake as mistake:
            form.complain(*said(mistake))
    page = render_template(
        "firstline/admin/decide.html",
        here="sources",
        title=_("Fetch orders"),
        name=row.name,
        sentence=_(
            "All orders that were changed there since the last time, for what its webhooks missed. What is "
            "here already changes nothing. By itself it is done once a day."
        ),
        fields=form,
        action=to("source_pull", source_id=source_id),
        button=_("Fetch orders"),
        danger=False,
        way_back=to("sources"),
    )
    return page, 422 if form.form_errors else 200


def _pull_way(row: Source) -> Sequence[Way]:
    if row.access is None:
        return ()
    return (Way(icon="down", text=_("Fetch orders"), href=to("source_pull", source_id=row.id)),)


def _source(source_id: int) -> Source:
    row = session().get(Source, source_id)
    if row is None:
        abort(404)
    return row


def _form(form: NounForm, row: Source | None = None) -> str:
    ways: Sequence[Way] = ()
    if row is not None:
        ways = (
            Way(icon="mail", text=_("What it sent"), href=to("bodies", of=row.id)),
            Way(icon="up", text=_("Take in a file"), href=to("bodies_new", of=row.id)),
            *_pull_way(row),
            Way(icon="lock", text=_("Another secret"), href=to("source_secret", source_id=row.id)),
        )
    return render_template(
        "firstline/admin/form.html",
        here="sources",
        title=row.name if row is not None else str(NOUN.new_label),
        lead=_address(row.name) if row is not None else str(NOUN.lead),
        fields=form,
        ways=ways,
        notes=(_("A key of its API is kept: leave the field empty to keep it."),) if _has_access(row) else (),
        action=to("sources_new") if row is None else to("source_edit", source_id=row.id),
        way_back=to("sources"),
        open_for_change=may_write(),
    )


def _has_access(row: Source | None) -> bool:
    return row is not None and row.access is not None


def _address(name: str) -> str:
    """Give where the webhooks of a shop go, None of them where this app takes none."""
    if "firstline_hooks" not in current_app.blueprints:
        return _("This app takes no webhooks: mount it with hooks.")
    return url_for("firstline_hooks.take", source=name, _external=True)


def _shown(name: str, platform: str, secret: str) -> str:
    return render_template(
        "firstline/admin/source_made.html",
        here="sources",
        name=name,
        platform=PLATFORMS[platform].title,
        address=_address(name),
        secret=secret,
        way_back=to("sources"),
    )


def _statement() -> Query:
    mine = Body.source_id == Source.id
    failed = select(func.count()).select_from(Body).where(mine, Body.state == BodyState.FAILED.value)
    last = select(func.max(Body.at)).where(mine)
    return select(
        Source,
        failed.correlate(Source).scalar_subquery().label("failed"),
        last.correlate(Source).scalar_subquery().label("last"),
    )


def _state(row: AnyRow) -> State:
    if not row.Source.active:
        return State("off", _("switched off"))
    return State("bad", _("something failed")) if row.failed else State("ok", _("may tell"))


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return Source.active.is_(choice == "on")


NOUN = Noun(
    name="sources",
    title=_l("Other shops"),
    lead=_l("Shops that are no Flask apps and tell of their orders by webhook."),
    icon="arrow",
    statement=_statement,
    keys=(Source.id.expression,),
    columns=(
        Column(
            name="name",
            label=_l("Name"),
            value=lambda row: row.Source.name,
            sub=lambda row: row.Source.url,
            href=lambda row: to_seen("source_edit", source_id=row.Source.id),
            sort=Source.name.expression,
        ),
        Column(name="platform", label=_l("Platform"), value=lambda row: PLATFORMS[row.Source.platform].title),
        Column(name="last", label=_l("Last heard of"), kind=Kind.MOMENT, value=lambda row: row.last),
        Column(
            name="pulled",
            label=_l("Fetched up to"),
            kind=Kind.MOMENT,
            value=lambda row: row.Source.pulled_to,
        ),
        Column(
            name="bodies",
            label=_l("Received"),
            value=lambda row: _l("Show"),
            href=lambda row: to("bodies", of=row.Source.id),
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
    ),
    sort="name",
    search=lambda text: or_(
        Source.name.icontains(text, autoescape=True), Source.url.icontains(text, autoescape=True)
    ),
    search_hint=_l("Name or address"),
    filters=(
        Filter(
            name="active",
            label=_l("State"),
            where=_by_state,
            choices=(("on", _l("may tell")), ("off", _l("switched off"))),
        ),
    ),
    makes=True,
    new_label=_l("New shop"),
    empty=_l("No other shop tells yet. One is made known here, and its webhooks are set up there."),
)
