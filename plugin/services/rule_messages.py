"""What rules do with people and beyond: tags, notes, tasks, short messages, webhooks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from ..domain.facts import PersonFacts
from ..models import WebhookEndpoint
from . import contact_notes, tagging, tasks, templated, webhook_calls
from . import sms as short_messages
from .mistakes import Mistake
from .rule_act import Act, Json
from .rule_deciding import plain

_ENDPOINT = WebhookEndpoint.__table__
_FIRED = "rule.met"
"""What a webhook of a rule is called."""


def _for_somebody(act: Act, work: Callable[[PersonFacts], bool]) -> Json:
    """Do something for whom it is meant; what is refused leaves nothing behind."""
    who = act.receiver
    if who is None:
        return {"came": "nobody"}
    try:
        with act.ctx.conn.begin_nested():
            changed = work(who)
    except Mistake as mistake:
        return {"came": "refused", "contact_id": who.id, "why": str(mistake)}
    return {"came": "done" if changed else "nothing", "contact_id": who.id}


def _by(act: Act) -> str:
    return f"rule {act.decision.rule.id}"


def tag(act: Act) -> Json:
    """Put a tag on somebody."""
    said = _for_somebody(act, lambda who: tagging.tag(act.ctx, who.id, act.action.text("tag"), who=_by(act)))
    return {**said, "changed": True} if said["came"] == "done" else said


def note(act: Act) -> Json:
    """Write a note about somebody, for those who run the shop."""
    text = act.words_for_staff("text")[: contact_notes.LONGEST]
    return _for_somebody(
        act, lambda who: bool(contact_notes.add(act.ctx, who.id, text, _by(act), key=act.cause))
    )


def task(act: Act) -> Json:
    """Give those who run the shop something to do about somebody."""
    title, days = act.words_for_staff("title")[: tasks.LONGEST], act.action.filled.get("due_days")
    due_at = act.ctx.now + timedelta(days=days) if isinstance(days, int) else None
    return _for_somebody(
        act, lambda who: bool(tasks.add(act.ctx, title, who.id, due_at, who=_by(act), key=act.cause))
    )


def sms(act: Act) -> Json:
    """Send somebody a short message."""
    text = act.words("text")[: short_messages.LONGEST]
    return _for_somebody(
        act, lambda who: bool(short_messages.send(act.ctx, who.id, text, who=_by(act), key=act.cause))
    )


def own_mail(act: Act) -> Json:
    """Send somebody a mail of the shop's own template."""
    template, words = act.action.text("template"), act.mail_words()
    return _for_somebody(
        act, lambda who: bool(templated.mail(act.ctx, template, who.id, words, key=act.cause))
    )


def webhook(act: Act) -> Json:
    """Call an endpoint of the shop's with the event and its people."""
    named = (_ENDPOINT.c.name == act.action.text("endpoint"), _ENDPOINT.c.partner_id.is_(None))
    query = select(_ENDPOINT.c.id).where(*named)
    endpoint_id = act.ctx.conn.execute(query).scalar()
    if endpoint_id is None:
        return {"came": "nothing"}
    made = webhook_calls.call(act.ctx, endpoint_id, _FIRED, _told(act), key=act.cause)
    return {"came": "nothing" if made is None else "done"}


def _told(act: Act) -> Json:
    event, roles = act.decision.event, act.decision.roles
    people = {"customer": roles.friend or roles.person, "sharer": roles.sharer, "friend": roles.friend}
    return {
        "rule": act.decision.rule.id,
        "event": {"id": event.id, "kind": event.kind, "name": event.name, "at": plain(event.at)},
        "data": event.data,
        **{name: None if person is None else person.ref for name, person in people.items()},
    }
