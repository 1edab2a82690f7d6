"""Who has a log-in: owners add people, change their roles, switch them off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..places import address
from ..services import mails, standalone_users
from ..services.context import Context
from ..services.mistakes import BadUser, NotThere
from ..services.standalone_users import Wanted
from .page import blueprint, done, me, only_owners, page, perform, reading
from .sign_in import link_place

_LONGEST = 254
_SAID: Mapping[str, tuple[str, str]] = {
    "taken": ("email", _l("There is a log-in with this address already.")),
    "email": ("email", _l("This is no e-mail address.")),
    "name": ("name", _l("Please give a name of at most 100 characters.")),
    "role": ("role", _l("Please choose a role.")),
}


@blueprint.get("/people")
def people() -> ResponseReturnValue:
    """List who has a log-in."""
    only_owners()
    return page("people", rows=standalone_users.every(reading().conn))


@blueprint.route("/people/new", methods=["GET", "POST"])
def new_person() -> ResponseReturnValue:
    """Show the form; a post makes a log-in and shows the link that sets its password, this once."""
    only_owners()
    given = {name: request.form.get(name, "").strip()[:_LONGEST] for name in ("email", "name", "role")}
    if request.method != "POST":
        return page("new_person", given={**given, "role": "viewer"}, problems={})
    try:
        user_id, ticket = perform(lambda ctx: _made(ctx, Wanted(**given), mailed="mail" in request.form))
    except BadUser as mistake:
        field, text = _SAID[mistake.problem]
        return page("new_person", 422, given=given, problems={field: str(text)})
    return _link_shown(standalone_users.get(reading().conn, user_id), ticket)


def _made(ctx: Context, wanted: Wanted, *, mailed: bool) -> tuple[int, str]:
    user_id = standalone_users.add(ctx, wanted, who=me().name)
    return user_id, _ticket(ctx, user_id, mailed=mailed)


def _ticket(ctx: Context, user_id: int, *, mailed: bool) -> str:
    if mailed:
        mails.put_to_user(ctx.conn, user_id, {"link": link_place()}, now=ctx.now)
    return standalone_users.ticket_for(ctx, ctx.keys, user_id)


def _link_shown(row: Row[Any], ticket: str) -> ResponseReturnValue:
    return page("link", person=row, link=address("standalone.password", ticket=ticket))


@blueprint.get("/people/<firstline_id:user_id>")
def person(user_id: int) -> ResponseReturnValue:
    """Show somebody's log-in."""
    only_owners()
    return page("person", person=_row(user_id))


def _row(user_id: int) -> Row[Any]:
    try:
        return standalone_users.get(reading().conn, user_id)
    except NotThere:
        return abort(404)


@blueprint.post("/people/<firstline_id:user_id>/role")
def change_role(user_id: int) -> BaseResponse:
    """Give somebody another role."""
    role = request.form.get("role", "")
    return _act(
        user_id,
        lambda ctx: standalone_users.set_role(ctx, user_id, role, who=me().name),
        _("The role is saved; it holds from the next page on."),
    )


@blueprint.post("/people/<firstline_id:user_id>/off")
def switch_off(user_id: int) -> BaseResponse:
    """Switch a log-in off."""
    return _act(
        user_id,
        lambda ctx: standalone_users.disable(ctx, user_id, who=me().name),
        _("The log-in is switched off, and all its sessions have ended."),
    )


@blueprint.post("/people/<firstline_id:user_id>/on")
def switch_on(user_id: int) -> BaseResponse:
    """Switch a log-in on again."""
    return _act(
        user_id,
        lambda ctx: standalone_users.enable(ctx, user_id, who=me().name),
        _("The log-in is switched on again."),
    )


@blueprint.post("/people/<firstline_id:user_id>/link")
def new_link(user_id: int) -> ResponseReturnValue:
    """Show a link by which somebody sets a new password, this once."""
    only_owners()
    row = _row(user_id)
    if row.disabled_at is not None:
        return _person_told(user_id, _("This log-in is switched off. Switch it on first."))
    mailed = "mail" in request.form
    return _link_shown(row, perform(lambda ctx: _ticket(ctx, user_id, mailed=mailed)))


def _act(user_id: int, work: Callable[[Context], None], text: str) -> BaseResponse:
    only_owners()
    _row(user_id)
    try:
        perform(work)
    except BadUser as mistake:
        if mistake.problem != "last owner":
            return _person_told(user_id, str(_SAID[mistake.problem][1]))
        return _person_told(
            user_id, _("This is the only owner who can sign in. Make somebody else an owner first.")
        )
    return done(url_for(".people"), text)


def _person_told(user_id: int, text: str) -> Response:
    found = done(url_for(".person", user_id=user_id), text, ok=False)
    assert isinstance(found, Response)
    return found
