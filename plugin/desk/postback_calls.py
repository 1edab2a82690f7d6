"""The calls of the partner's postbacks: looked at with what was answered, tried out, made again."""

from __future__ import annotations

import json
from typing import Any

from flask import abort, make_response, render_template, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response as BaseResponse

from ..domain.postback import TEST, host_of
from ..i18n import gettext as _
from ..i18n import ngettext
from ..models import WebhookState
from ..postback_words import problem_text, told_name
from ..services import postback_calls, webhook_calls
from ..services.mistakes import Mistake, NotThere
from .gate import blueprint, connection, done, partner
from .postbacks import SHOWN, call_state, is_offered, own, perform

_LOOK_AGAIN = 2
"""Seconds after which the page of a test that waits is loaded again."""


@blueprint.get("/postbacks/calls/<firstline_id:delivery_id>")
def postback_call(delivery_id: int) -> BaseResponse:
    """Show a call: what was sent, and what was answered to each try."""
    call, postback = _own(delivery_id)
    tries = webhook_calls.tries(connection(), delivery_id)
    page = render_template(
        "firstline/desk/postback_call.html",
        here="settings",
        row=call,
        postback=postback,
        host=host_of(postback.url),
        name=told_name(call.event),
        state=call_state(call),
        tries=tries,
        address=postback_calls.filled(postback.url, call) if postback.method == "GET" else "",
        body=json.dumps(json.loads(call.body), indent=2, ensure_ascii=False),
        can_replay=call.state != WebhookState.WAITING.value and postback.active and is_offered(),
    )
    response = make_response(page)
    if call.event == TEST and call.state == WebhookState.WAITING.value and postback.active:
        response.headers["Refresh"] = str(_LOOK_AGAIN)
    return response


@blueprint.post("/postbacks/calls/<firstline_id:delivery_id>/again")
def postback_call_again(delivery_id: int) -> BaseResponse:
    """Make a call again, under the same id."""
    _call, postback = _own(delivery_id)
    again = postback.active and perform(
        lambda ctx: webhook_calls.replay(ctx, delivery_id, who=partner().signature)
    )
    text = _("It is sent again within a minute.") if again else _("It waits already, or the postback is off.")
    return done(url_for(".postback_call", delivery_id=delivery_id), ok=bool(again), text=text)


@blueprint.post("/postbacks/<firstline_id:postback_id>/again")
def postback_again(postback_id: int) -> BaseResponse:
    """Make all of the last calls again that were given up."""
    postback, me = own(postback_id), partner()
    here = url_for(".postback", postback_id=postback_id)
    if not postback.active:
        return done(here, ok=False, text=_("It is switched off."))
    last = postback_calls.last_calls(connection(), [postback_id], limit=SHOWN)
    ids = [call.id for call in last if call.state == WebhookState.DEAD.value and call.event != TEST]
    sent = perform(lambda ctx: sum(webhook_calls.replay(ctx, one, who=me.signature) for one in ids))
    return done(
        here, ok=True, text=ngettext("%(num)s call is sent again.", "%(num)s calls are sent again.", sent)
    )


@blueprint.post("/postbacks/<firstline_id:postback_id>/test")
def postback_test(postback_id: int) -> BaseResponse:
    """Write a call down that says what an example says, and lead to what is answered."""
    own(postback_id)
    me = partner()
    try:
        made = perform(lambda ctx: postback_calls.try_out(ctx, me.id, postback_id))
    except Mistake as mistake:
        return done(url_for(".postback", postback_id=postback_id), ok=False, text=problem_text(mistake))
    return done(url_for(".postback_call", delivery_id=made), ok=True, text=_("The test is on its way."))


def _own(delivery_id: int) -> tuple[Row[Any], Row[Any]]:
    try:
        return postback_calls.call_of(connection(), partner().id, delivery_id)
    except NotThere:
        abort(404)
