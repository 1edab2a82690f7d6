"""The partner's postbacks: where they go, what they tell, their secrets, switched on and off."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import abort, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..domain.endpoint import LONGEST
from ..domain.postback import TEST, Told, host_of
from ..i18n import gettext as _
from ..models import WebhookState
from ..postback_words import FIELDS, PLACES, TOLD, problem_text, told_name, why_off
from ..services import postback_calls, postbacks, webhooks
from ..services.context import Context
from ..services.mistakes import Mistake, NotThere
from ..services.unit import unit
from ..state import current_state
from .gate import blueprint, connection, done, now, partner

SHOWN = 50
Result = TypeVar("Result")
_STATES = {WebhookState.SENT.value: "ok", WebhookState.DEAD.value: "bad", WebhookState.WAITING.value: "wait"}


@blueprint.get("/postbacks", endpoint="postbacks")
def all_postbacks() -> str:
    """Show the postbacks, with where each stands."""
    rows = postbacks.of_partner(connection(), partner().id)
    return render_template(
        "firstline/desk/postbacks.html",
        here="settings",
        rows=[(row, host_of(row.url), state_of(row), _events(row)) for row in rows],
        open_for_new=partner().active and is_offered() and len(rows) < postbacks.MOST,
        offered=is_offered(),
    )


@blueprint.route("/postbacks/new", methods=["GET", "POST"])
def postback_new() -> str | tuple[str, int]:
    """Show the form of a new postback; a post makes it and shows its secret, this once."""
    if request.method != "POST":
        return _form({"url": "", "method": "POST", "events": [told.value for told in Told]})
    typed, me = _typed(), partner()
    given = typed["url"], typed["method"], typed["events"]
    try:
        made, secret = perform(lambda ctx: postbacks.add(ctx, me.id, *given, who=me.signature))
    except Mistake as mistake:
        return _form(typed, mistake), 422
    return _secret(made, host_of(typed["url"]), secret)


@blueprint.get("/postbacks/<firstline_id:postback_id>")
def postback(postback_id: int) -> str:
    """Show a postback and its last calls."""
    row = own(postback_id)
    calls = postback_calls.last_calls(connection(), [postback_id], limit=SHOWN)
    answers = postback_calls.last_answers(connection(), [call.id for call in calls])
    return render_template(
        "firstline/desk/postback.html",
        here="settings",
        row=row,
        host=host_of(row.url),
        state=state_of(row),
        why="" if row.active else why_off(row.off_why),
        events=_events(row),
        calls=[
            (call, told_name(call.event), _about(call), call_state(call), answers.get(call.id) or "–")
            for call in calls
        ],
        overlaps=row.old_until is not None and row.old_until > now(),
        given_up=any(call.state == WebhookState.DEAD.value and call.event != TEST for call in calls),
        open_for_change=partner().active and is_offered(),
        by_shop=row.off_why == "shop",
    )


@blueprint.route("/postbacks/<firstline_id:postback_id>/edit", methods=["GET", "POST"])
def postback_edit(postback_id: int) -> str | BaseResponse | tuple[str, int]:
    """Show the form of a postback; a post changes it."""
    row, me = own(postback_id), partner()
    if request.method != "POST":
        return _form({"url": row.url, "method": row.method, "events": row.events}, row=row)
    typed = _typed()
    given = typed["url"], typed["method"], typed["events"]
    try:
        perform(lambda ctx: postbacks.change(ctx, me.id, postback_id, *given, who=me.signature))
    except Mistake as mistake:
        return _form(typed, mistake, row=row), 422
    return done(url_for(".postback", postback_id=postback_id), ok=True, text=_("The postback is saved."))


@blueprint.post("/postbacks/<firstline_id:postback_id>/<any(pause, go_on):act>")
def postback_switch(postback_id: int, act: str) -> BaseResponse:
    """Pause a postback, or let it go on."""
    own(postback_id)
    me, here = partner(), url_for(".postback", postback_id=postback_id)
    switch = postbacks.pause if act == "pause" else postbacks.go_on
    try:
        perform(lambda ctx: switch(ctx, me.id, postback_id, who=me.signature))
    except Mistake as mistake:
        return done(here, ok=False, text=problem_text(mistake))
    text = _("It is paused.") if act == "pause" else _("It is called again from now on.")
    return done(here, ok=True, text=text)


@blueprint.route("/postbacks/<firstline_id:postback_id>/secret", methods=["GET", "POST"])
def postback_secret(postback_id: int) -> str:
    """Ask whether a postback gets another secret; a post makes it and shows it, this once."""
    row, me = own(postback_id), partner()
    if request.method == "POST":

        def renew(ctx: Context) -> str:
            return webhooks.renew_secret(ctx, ctx.keys, postback_id, partner_id=me.id, who=me.signature)

        return _secret(postback_id, host_of(row.url), perform(renew))
    return _asked(
        row,
        _("Another secret"),
        _("For a day the calls are signed with both secrets, then with the new one alone."),
        _("Make another secret"),
    )


@blueprint.route("/postbacks/<firstline_id:postback_id>/remove", methods=["GET", "POST"])
def postback_remove(postback_id: int) -> str | BaseResponse:
    """Ask whether a postback goes; a post takes it away."""
    row, me = own(postback_id), partner()
    if request.method == "POST":
        perform(lambda ctx: postbacks.remove(ctx, me.id, postback_id, who=me.signature))
        return done(url_for(".postbacks"), ok=True, text=_("The postback is removed."))
    return _asked(
        row, _("Remove the postback"), _("It is called no more, and what waits is not sent."), _("Remove")
    )


def is_offered() -> bool:
    """Say whether the shop offers postbacks."""
    return bool(current_state().settings_now().postbacks)


def own(postback_id: int) -> Row[Any]:
    """Give a postback of the partner whose desk is open."""
    try:
        return postbacks.find(connection(), partner().id, postback_id)
    except NotThere:
        abort(404)


def perform(work: Callable[[Context], Result]) -> Result:
    """Work in one transaction of our own."""
    state = current_state()
    with unit(state.session()) as conn:
        return work(state.context(conn, now=now()))


def state_of(row: Row[Any]) -> tuple[str, str]:
    """Give tone and text of where a postback stands."""
    if not row.active:
        return ("off", _("paused")) if row.off_why in ("", "partner") else ("bad", _("switched off"))
    if row.failing_since is not None:
        day = i18n.day_text(i18n.local(row.failing_since).date())
        return "wait", _("no call taken since %(day)s", day=day)
    return "ok", _("is called")


def call_state(call: Row[Any]) -> tuple[str, str]:
    """Give tone and text of where a call stands."""
    texts = {"ok": _("taken"), "bad": _("given up"), "wait": _("waits")}
    tone = _STATES[call.state]
    return tone, texts[tone]


def _about(call: Row[Any]) -> str:
    """Give the order that a call is about."""
    return str(json.loads(call.body)["data"].get("order_ref", ""))


def _events(row: Row[Any]) -> list[str]:
    return [told_name(event) for event in row.events]


def _typed() -> dict[str, Any]:
    given = request.form
    return {
        "url": given.get("url", "").strip()[: LONGEST + 100],
        "method": given.get("method", ""),
        "events": given.getlist("events"),
    }


def _form(typed: Mapping[str, Any], mistake: Mistake | None = None, *, row: Row[Any] | None = None) -> str:
    problems: dict[str, str] = {}
    if mistake is not None:
        problems[FIELDS.get(getattr(mistake, "why", ""), "url")] = problem_text(mistake)
    to = url_for(".postback_new") if row is None else url_for(".postback_edit", postback_id=row.id)
    back = url_for(".postbacks") if row is None else url_for(".postback", postback_id=row.id)
    known: Sequence[tuple[str, str]] = [(told.value, str(TOLD[told.value])) for told in Told]
    return render_template(
        "firstline/desk/postback_form.html",
        here="settings",
        title=_("New postback") if row is None else _("Change the postback"),
        typed=typed,
        problems=problems,
        events=known,
        places=[(name, str(text)) for name, text in PLACES.items()],
        longest=LONGEST,
        action=to,
        way_back=back,
        open_for_change=partner().active and is_offered(),
    )


def _secret(postback_id: int, host: str, secret: str) -> str:
    way_back = url_for(".postback", postback_id=postback_id)
    return render_template(
        "firstline/desk/postback_secret.html", here="settings", host=host, secret=secret, way_back=way_back
    )


def _asked(row: Row[Any], title: str, sentence: str, button: str) -> str:
    return render_template(
        "firstline/desk/confirm.html",
        here="settings",
        title=title,
        name=host_of(row.url),
        sentence=sentence,
        button=button,
        way_back=url_for(".postback", postback_id=row.id),
    )
