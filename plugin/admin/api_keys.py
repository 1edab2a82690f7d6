"""Keys of the API: who may call, what they may do, when they were last used."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, current_app, render_template, request
from sqlalchemy import ColumnElement, select

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import ApiKey
from ..services import api_keys
from ..services.api_keys import SCOPES, NewKey
from ..services.code_acts import Tally
from ..services.listing import Query
from ..services.mistakes import NameTaken
from .acting import Acting
from .acts import ids_of
from .edge import blueprint, perform
from .fields import NounForm
from .nouns import Bulk, Column, Filter, Kind, Noun, State
from .show import to, who_text

MEANINGS = {
    "coupons:read": _l("Look at coupons and their terms."),
    "coupons:write": _l("Make coupons, change their terms, switch them on and off."),
    "codes:read": _l("Look at codes, batches and exports; check codes with exact reasons."),
    "codes:write": _l("Make codes and batches, change them, switch them on and off."),
    "redemptions:read": _l("Look at redemptions: orders, customers, discounts."),
    "quote": _l("Price carts with codes."),
    "orders:read": _l("Look at orders: customers, lines, amounts, who is credited."),
    "orders:write": _l("Place orders and reserve codes; change, cancel and complete orders."),
    "invoices:read": _l("Look at payments and refunds."),
    "invoices:write": _l("Report payments and refunds, which commissions follow."),
    "events:write": _l("Send events in, which rules follow."),
    "contacts:read": _l("Look at contacts: names, addresses, sponsors, the shop’s own fields, histories."),
    "contacts:write": _l("Report sign-ups; change contacts, the shop’s own fields and segments."),
    "contacts:erase": _l("Forget a person for good; the books stay."),
    "contacts:export": _l("Fetch all that is kept about a person."),
    "touches:read": _l("Look at touches: who came through which partner."),
    "touches:write": _l("Report that somebody came through a partner."),
    "partners:read": _l("Look at partners: balances, first lines."),
    "partners:write": _l("Make partners."),
    "commissions:read": _l("Look at commissions: amounts, why, postings."),
    "commissions:write": _l("Give the credit of orders to other partners, or share it among several."),
    "payouts:read": _l("Look at payout runs, payouts and statements."),
    "payouts:write": _l("Prepare payout runs: make, change, throw away. Nothing is paid by it."),
    "payouts:release": _l("Release payout runs and take their files, with accounts of partners."),
    "campaigns:read": _l("Look at campaigns, shared codes and rewards."),
    "suspicions:read": _l("Look at suspicions and what they are about."),
    "reports:read": _l("Look at reports: sales, commissions, liabilities, names of partners."),
}
_LONGEST = 100


def is_offered() -> bool:
    """Say whether this app has the API."""
    return "firstline_api" in current_app.blueprints


def _statement() -> Query:
    if not is_offered():
        abort(404)
    return select(ApiKey)


def _state(key: ApiKey) -> State:
    if key.revoked_at is not None:
        return State("off", _("revoked"))
    return State("ok", _("valid")) if key.used_at is not None else State("wait", _("never used"))


def _revoke(act: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    revoked = (api_keys.revoke_key(act.conn, key, who=act.who, now=act.now) for key in ids_of(keys))
    return Tally(changed=sum(revoked))


def _by_state(choice: str, now: object) -> ColumnElement[bool]:
    column = ApiKey.revoked_at.expression
    return column.is_(None) if choice == "valid" else column.is_not(None)


@blueprint.route("/api_keys/new", methods=["GET", "POST"])
def api_keys_new() -> str | tuple[str, int]:
    """Show the form of a new key; a post makes it and shows it, this once."""
    if not is_offered():
        abort(404)
    if request.method != "POST":
        return _form()
    name = request.form.get("name", "").strip()[:_LONGEST]
    scopes = [scope for scope in request.form.getlist("scope") if scope in SCOPES]
    problem = _problem(name, scopes)
    if problem:
        return _form(name, scopes, problem), 422
    try:
        made = perform(lambda act: api_keys.create_key(act.conn, name, scopes, who=act.who, now=act.now))
    except NameTaken:
        problem = _("There is a key of this name already, in use or revoked. Please choose another name.")
        return _form(name, scopes, problem), 422
    return _shown(made)


def _problem(name: str, scopes: Sequence[str]) -> str:
    if not name or not name.isprintable():
        return _("Please give the key a name: the program or person that will use it.")
    return "" if scopes else _("Please tick what the key may do.")


def _form(name: str = "", scopes: Sequence[str] = (), problem: str = "") -> str:
    return render_template(
        "firstline/admin/api_key_new.html",
        here="api_keys",
        name=name,
        chosen=scopes,
        meanings=MEANINGS,
        problem=problem,
        action=to("api_keys_new"),
        way_back=to("api_keys"),
    )


def _shown(made: NewKey) -> str:
    return render_template(
        "firstline/admin/api_key_made.html", here="api_keys", made=made, way_back=to("api_keys")
    )


NOUN = Noun(
    name="api_keys",
    title=_l("API keys"),
    lead=_l("Each program that uses the API has a key of its own, so that one can be revoked alone."),
    icon="lock",
    statement=_statement,
    keys=(ApiKey.id.expression,),
    key=lambda row: str(row.ApiKey.id),
    columns=(
        Column(
            name="name",
            label=_l("Name"),
            value=lambda row: row.ApiKey.name,
            sub=lambda row: f"{row.ApiKey.hint}…",
            sort=ApiKey.name.expression,
        ),
        Column(
            name="scopes",
            label=_l("Permissions"),
            value=lambda row: ", ".join(row.ApiKey.scopes),
            place="full",
        ),
        Column(name="made_by", label=_l("Made by"), value=lambda row: who_text(row.ApiKey.made_by)),
        Column(
            name="at",
            label=_l("Made"),
            kind=Kind.DATE,
            value=lambda row: row.ApiKey.created_at,
            sort=ApiKey.created_at.expression,
        ),
        Column(name="used", label=_l("Last used"), kind=Kind.MOMENT, value=lambda row: row.ApiKey.used_at),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: _state(row.ApiKey),
        ),
    ),
    sort="-at",
    search=lambda text: ApiKey.name.icontains(text, autoescape=True),
    search_hint=_l("Name of the key"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(("valid", _l("valid")), ("revoked", _l("revoked"))),
        ),
    ),
    bulk=(
        Bulk(
            name="revoke",
            label=_l("Revoke"),
            danger=True,
            apply=_revoke,
            preview=lambda n: ngettext(
                "%(num)s key opens nothing any more, from now on and for ever.",
                "%(num)s keys open nothing any more, from now on and for ever.",
                n,
            ),
            done=lambda n: ngettext("%(num)s key is revoked.", "%(num)s keys are revoked.", n),
        ),
    ),
    tool="firstline/admin/api_keys_tool.html",
    empty=_l("There are no keys yet: no program uses the API."),
)
