"""Endpoints of webhooks: made, changed, switched off; their secret is shown once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import abort, render_template, request
from sqlalchemy import ColumnElement, func, or_, select
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import WebhookDelivery, WebhookEndpoint, WebhookState
from ..services import webhooks
from ..services.listing import AnyRow, Query
from ..services.mistakes import InUse, Mistake, NameTaken
from ..state import current_state
from .acting import Acting
from .edge import blueprint, done, may_write, perform, session, settings
from .event_words import EVENTS, event_name
from .fields import CheckField, NounForm, TextField
from .nouns import Column, Filter, Kind, Noun, State, Way
from .removing import removal, used_by
from .sayings import said
from .show import to, to_seen


class EndpointForm(NounForm):
    """An address, and what it hears of."""

    name = TextField(_l("Name"), needed=True, longest=webhooks.LONGEST_NAME, hint=_l("Who is called."))
    url = TextField(
        _l("Web address"), needed=True, longest=500, hint=_l("Such as https://erp.example/firstline.")
    )
    active = CheckField(_l("Is called"), default=True, hint=_l("Switched off, nothing is kept for it."))
    coupon_redeemed = CheckField(EVENTS["coupon_redeemed"])
    coupon_released = CheckField(EVENTS["coupon_released"])
    firstline_joined = CheckField(EVENTS["firstline_joined"])
    address_type_changed = CheckField(EVENTS["address_type_changed"])
    commission_posted = CheckField(EVENTS["commission_posted"])
    commission_reversed = CheckField(EVENTS["commission_reversed"])
    payout_paid = CheckField(EVENTS["payout_paid"])
    groups = ((_l("Endpoint"), ("name", "url", "active")), (_l("Hears of"), webhooks.EVENTS))
    leads = {webhooks.EVENTS[0]: _l("None: only the rules of the program call it.")}  # noqa: RUF012

    def events(self) -> list[str]:
        """Give what is ticked."""
        return [name for name in webhooks.EVENTS if self[name].data]


@blueprint.route("/webhooks/new", methods=["GET", "POST"])
def webhooks_new() -> str | tuple[str, int]:
    """Show the form of a new endpoint; a post makes it and shows its secret, this once."""
    form = EndpointForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        return _form(form), 422 if form.errors else 200

    def make(act: Acting) -> str:
        keys = current_state().context(act.conn).keys
        hosts = settings().webhook_private_hosts
        given = (form.name.data, form.url.data, form.events())
        return webhooks.add(act, keys, *given, private_hosts=hosts, who=act.who)[1]

    try:
        secret = perform(make)
    except Mistake as mistake:
        return _wrong(form, mistake)
    return _shown(form.name.data, secret)


@blueprint.route("/webhooks/<firstline_id:endpoint_id>/edit", methods=["GET", "POST"])
def webhook_edit(endpoint_id: int) -> str | BaseResponse | tuple[str, int]:
    """Show the form of an endpoint; a post changes it."""
    row = _endpoint(endpoint_id)
    start = {"name": row.name, "url": row.url, "active": row.active, **dict.fromkeys(row.events, True)}
    form = EndpointForm(request.form if request.method == "POST" else None, data=start)
    if request.method != "POST" or not form.validate():
        return _form(form, row), 422 if form.errors else 200

    def change(act: Acting) -> None:
        given = (form.name.data, form.url.data, form.events(), bool(form.active.data))
        hosts = settings().webhook_private_hosts
        webhooks.change(act, endpoint_id, *given, private_hosts=hosts, who=act.who)

    try:
        perform(change)
    except Mistake as mistake:
        return _wrong(form, mistake, row)
    return done(to("webhooks"), _("The endpoint is saved."))


@blueprint.route("/webhooks/<firstline_id:endpoint_id>/secret", methods=["GET", "POST"])
def webhook_secret(endpoint_id: int) -> str:
    """Ask whether an endpoint gets another secret; a post makes it and shows it, this once."""
    row = _endpoint(endpoint_id)
    name = row.name
    if request.method == "POST":

        def renew(act: Acting) -> str:
            keys = current_state().context(act.conn).keys
            return webhooks.renew_secret(act, keys, endpoint_id, who=act.who)

        return _shown(name, perform(renew))
    return render_template(
        "firstline/admin/decide.html",
        here="webhooks",
        title=_("Another secret"),
        name=name,
        sentence=_("For a day its calls are signed with both secrets, then with the new one alone."),
        fields=NounForm(),
        action=to("webhook_secret", endpoint_id=endpoint_id),
        button=_("Make another secret"),
        danger=True,
        way_back=to("webhook_edit", endpoint_id=endpoint_id),
    )


@blueprint.route("/webhooks/<firstline_id:endpoint_id>/remove", methods=["GET", "POST"])
def webhook_remove(endpoint_id: int) -> str | BaseResponse:
    """Ask whether an endpoint is deleted; a post does it, unless rules call it."""
    row = _endpoint(endpoint_id)
    if request.method == "POST":
        try:
            perform(lambda act: webhooks.remove(act, endpoint_id, who=act.who))
        except InUse as used:
            return done(to("webhook_edit", endpoint_id=endpoint_id), used_by(used), ok=False)
        return done(to("webhooks"), _("The endpoint is deleted. Its calls stay in the log."))
    return removal(
        "webhooks",
        row.name,
        _("It is called no more, and what waits for it is given up. Its calls stay in the log."),
        to("webhook_remove", endpoint_id=endpoint_id),
        to("webhook_edit", endpoint_id=endpoint_id),
    )


def _endpoint(endpoint_id: int) -> WebhookEndpoint:
    row = session().get(WebhookEndpoint, endpoint_id)
    if row is None or row.removed_at is not None or row.partner_id is not None:
        abort(404)
    return row


def _wrong(form: NounForm, mistake: Mistake, row: WebhookEndpoint | None = None) -> tuple[str, int]:
    """Tie a mistake to its field."""
    if isinstance(mistake, InUse):
        form.complain("name", used_by(mistake))
    elif isinstance(mistake, NameTaken):
        form.complain("name", _("There is an endpoint of this name already."))
    else:
        form.complain(*said(mistake))
    return _form(form, row), 422


def _form(form: NounForm, row: WebhookEndpoint | None = None) -> str:
    ways: Sequence[Way] = ()
    if row is not None:
        log = to("webhook_deliveries", of=row.id)
        ways = (
            Way(icon="chart", text=_("Its calls"), href=log),
            Way(icon="lock", text=_("Another secret"), href=to("webhook_secret", endpoint_id=row.id)),
            Way(icon="trash", text=_("Delete"), href=to("webhook_remove", endpoint_id=row.id)),
        )
    return render_template(
        "firstline/admin/form.html",
        here="webhooks",
        title=row.name if row is not None else str(NOUN.new_label),
        lead=_("Calls are signed as standardwebhooks.com says. The secret is shown once, when it is made."),
        fields=form,
        ways=ways,
        notes=(),
        action=to("webhooks_new") if row is None else to("webhook_edit", endpoint_id=row.id),
        way_back=to("webhooks"),
        open_for_change=may_write(),
    )


def _shown(name: str, secret: str) -> str:
    return render_template(
        "firstline/admin/webhook_secret.html", here="webhooks", name=name, secret=secret,
        way_back=to("webhooks"),
    )  # fmt: skip


def _statement() -> Query:
    mine = WebhookDelivery.endpoint_id == WebhookEndpoint.id
    dead = select(func.count()).select_from(WebhookDelivery).where(
        mine, WebhookDelivery.state == WebhookState.DEAD.value
    )  # fmt: skip
    last = select(func.max(WebhookDelivery.sent_at)).where(mine)
    return select(
        WebhookEndpoint,
        dead.correlate(WebhookEndpoint).scalar_subquery().label("dead"),
        last.correlate(WebhookEndpoint).scalar_subquery().label("last"),
    ).where(WebhookEndpoint.removed_at.is_(None), WebhookEndpoint.partner_id.is_(None))


def _state(row: AnyRow) -> State:
    if not row.WebhookEndpoint.active:
        return State("off", _("switched off"))
    return State("bad", _("calls given up")) if row.dead else State("ok", _("is called"))


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return WebhookEndpoint.active.is_(choice == "on")


NOUN = Noun(
    name="webhooks",
    title=_l("Webhooks"),
    lead=_l("Programs elsewhere that are called when something happens here."),
    icon="link",
    statement=_statement,
    keys=(WebhookEndpoint.id.expression,),
    columns=(
        Column(
            name="name",
            label=_l("Name"),
            value=lambda row: row.WebhookEndpoint.name,
            sub=lambda row: row.WebhookEndpoint.url,
            href=lambda row: to_seen("webhook_edit", endpoint_id=row.WebhookEndpoint.id),
            sort=WebhookEndpoint.name.expression,
        ),
        Column(
            name="events",
            label=_l("Hears of"),
            value=lambda row: ", ".join(map(event_name, row.WebhookEndpoint.events)) or _l("rules only"),
            place="full",
        ),
        Column(name="last", label=_l("Last call"), kind=Kind.MOMENT, value=lambda row: row.last),
        Column(
            name="calls",
            label=_l("Calls"),
            value=lambda row: _l("Show"),
            href=lambda row: to("webhook_deliveries", of=row.WebhookEndpoint.id),
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
    ),
    sort="name",
    search=lambda text: or_(
        WebhookEndpoint.name.icontains(text, autoescape=True),
        WebhookEndpoint.url.icontains(text, autoescape=True),
    ),
    search_hint=_l("Name or address"),
    filters=(
        Filter(
            name="active",
            label=_l("State"),
            where=_by_state,
            choices=(("on", _l("is called")), ("off", _l("switched off"))),
        ),
    ),
    makes=True,
    new_label=_l("New endpoint"),
    empty=_l("No program is called. An endpoint is an address of yours that hears what happens here."),
)
