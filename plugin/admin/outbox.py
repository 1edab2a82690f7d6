"""The outbox: what waits, what was given up and why, what to do about it; another try, another copy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from flask import abort, render_template
from sqlalchemy import ColumnElement, select
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import Outbox
from ..services import (
    bodies,
    code_batches,
    code_uploads,
    legacy_uploads,
    outbox_acts,
    own_letters,
    postback_facts,
    pulling,
    pushed_codes,
    rounds,
    sponsor_changes,
)
from ..services.code_acts import Tally
from ..services.listing import Query
from ..services.mistakes import Mistake
from .acting import Acting
from .acts import ids_of
from .edge import blueprint, done, perform, session
from .event_words import event_name
from .fields import NounForm
from .nouns import Bulk, Column, Filter, Kind, Noun, State
from .sayings import said
from .show import to

_LETTERS = {
    "welcome": _l("Mail: you are a partner"),
    "confirm": _l("Mail: confirm your address"),
    "partner_already": _l("Mail: you are a partner already"),
    "declined": _l("Mail: application declined"),
    "log_in": _l("Mail: link to sign in"),
    "password": _l("Mail: set a new password"),
    "mailing": _l("Mail to many"),
    "templated": _l("Mail of an own template"),
    "rule": _l("Mail of a rule"),
    "user": _l("Mail: log-in of an admin"),
    "approval_waits": _l("Mail: a change waits for approval"),
    "approval_decided": _l("Mail: what became of a proposed change"),
}
_TOPICS = {
    "sms": _l("Short message"),
    code_batches.DRAW: _l("Drawing of codes"),
    code_uploads.IMPORT: _l("Import of codes"),
    legacy_uploads.IMPORT: _l("Import from another system"),
    sponsor_changes.TOPIC: _l("Planned change of a sponsor"),
    "webhook": _l("Call of a webhook"),
    pulling.PULL: _l("Orders of another shop fetched"),
    pushed_codes.PUSH: _l("Codes carried to another shop"),
    own_letters.TRY: _l("Try of a mail"),
    "fact": _l("Event for the rules"),
    "referral_started": _l("A referral has started"),
    "customer_registered": _l("A customer signed up"),
    "order_placed": _l("An order was placed"),
    "invoice_paid": _l("An invoice was paid"),
    "share_due": _l("Has the buyer heard of the code for friends?"),
    "share_remind": _l("Has the buyer shared the code?"),
    bodies.WORK: _l("Message of another shop"),
    "share_mail": _l("Mail: a code for friends"),
    "share_reminder": _l("Mail: reminder to share"),
    "reward_active": _l("Mail: a reward can be used"),
    "payout_paid": _l("A payout was paid"),
    "payout_mail": _l("Mail: payout"),
    "payout_failed": _l("Mail: payout failed"),
    "payout_details_changed": _l("Mail: payout details changed"),
    "statement_issued": _l("Mail: statement"),
    "postback_off": _l("Mail: postback switched off"),
    postback_facts.POSTED: _l("What was posted, for postbacks of partners"),
}
_REACHING_OUT = (
    ("mail", _l("Mails")),
    ("sms", _l("Short messages")),
    ("webhook", _l("Webhooks")),
)


def name_of(row: Outbox) -> str:
    """Say what a row is about; what has no name here is work inside, called as in the code."""
    if row.topic == "mail":
        return str(_LETTERS.get(str(row.payload.get("letter")), _l("Mail")))
    return str(_TOPICS.get(row.topic) or event_name(row.topic))


def _state(row: Outbox) -> State:
    if row.state == "dead":
        return State("bad", _("given up"))
    if row.state == "done":
        return State("ok", _("done"))
    return State("wait", _("tried, waits") if row.error else _("waits"))


def _what_to_do(row: Outbox) -> str:
    """Say what a person does about a row."""
    if row.state == "done":
        return _("There is nothing to do.")
    if row.state == "dead":
        return _(
            "It was given up and is not tried by itself any more. Mend what the error says, for example the "
            "address on the contact's card, then let it be tried again."
        )
    if row.error:
        return _(
            "It is tried again by itself. Once you have mended what the error says, you need not wait: let "
            "it be tried at once."
        )
    return _(
        "The worker does it in its next round. Where nothing moves for minutes, see whether the worker runs: "
        "flask firstline work."
    )


def _statement() -> Query:
    return select(Outbox)


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return outbox_acts.stuck() if choice == "stuck" else Outbox.state == choice


def _by_topic(choice: str, now: datetime) -> ColumnElement[bool]:
    return Outbox.topic == choice


def _retry(act: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    return Tally(changed=outbox_acts.retry(act, ids_of(keys), who=act.who))


@blueprint.get("/outbox/<firstline_id:row_id>")
def outbox_row(row_id: int) -> str:
    """Show one row of the outbox: what it is about, what went wrong, what to do."""
    row = session().get(Outbox, row_id)
    if row is None:
        abort(404)
    return render_template(
        "firstline/admin/outbox_row.html",
        here="outbox",
        row=row,
        name=name_of(row),
        state=_state(row),
        advice=_what_to_do(row),
        round=rounds.last(session().connection()),
        workers=rounds.NAMES,
        payload=json.dumps(row.payload, indent=2, ensure_ascii=False, sort_keys=True),
        can_retry=row.state != "done",
        can_send_again=row.state == "done" and row.topic in outbox_acts.SENT_AGAIN,
    )


@blueprint.post("/outbox/<firstline_id:row_id>/again")
def outbox_again(row_id: int) -> BaseResponse:
    """Let a row be tried again, or send a mail once more that was sent."""
    row = session().get(Outbox, row_id)
    if row is None:
        abort(404)
    here = to("outbox_row", row_id=row_id)
    if row.state != "done":
        tried = perform(lambda act: outbox_acts.retry(act, [row_id], who=act.who))
        text = (
            _("It is tried at the worker's next round.") if tried else _("The worker has it at this moment.")
        )
        return done(here, text, ok=bool(tried))
    try:
        perform(lambda act: outbox_acts.send_again(act, row_id, who=act.who))
    except Mistake as mistake:
        return done(here, said(mistake)[1], ok=False)
    return done(to("outbox", state="waiting"), _("The mail is sent once more, at the worker's next round."))


NOUN = Noun(
    name="outbox",
    title=_l("Outbox"),
    lead=_l(
        "Mails, short messages, webhooks and other work of the worker. What is done is kept for 30 days."
    ),
    icon="mail",
    statement=_statement,
    keys=(Outbox.id.expression,),
    key=lambda row: str(row.Outbox.id),
    columns=(
        Column(
            name="what",
            label=_l("What"),
            value=lambda row: name_of(row.Outbox),
            href=lambda row: to("outbox_row", row_id=row.Outbox.id),
        ),
        Column(
            name="error",
            label=_l("What went wrong"),
            value=lambda row: (row.Outbox.error or "").partition("\n")[0][:200],
            place="full",
        ),
        Column(name="tries", label=_l("Tries"), kind=Kind.COUNT, value=lambda row: row.Outbox.attempts),
        Column(
            name="next",
            label=_l("Next try"),
            kind=Kind.MOMENT,
            value=lambda row: row.Outbox.run_at if row.Outbox.state == "waiting" else None,
        ),
        Column(
            name="at",
            label=_l("Written"),
            kind=Kind.MOMENT,
            value=lambda row: row.Outbox.created_at,
            sort=Outbox.created_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: _state(row.Outbox),
        ),
    ),
    sort="-at",
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            first="stuck",
            choices=(
                ("stuck", _l("given up, or tried in vain")),
                ("dead", _l("given up")),
                ("waiting", _l("waits")),
                ("done", _l("done")),
            ),
        ),
        Filter(name="topic", label=_l("What"), where=_by_topic, choices=_REACHING_OUT),
    ),
    bulk=(
        Bulk(
            name="retry",
            label=_l("Try again"),
            apply=_retry,
            preview=lambda n: ngettext(
                "%(num)s is tried again at the worker's next round.",
                "%(num)s are tried again at the worker's next round.",
                n,
            ),
            done=lambda n: ngettext("%(num)s is tried again.", "%(num)s are tried again.", n),
        ),
    ),
    empty=_l("Nothing was given up and nothing was tried in vain: everything leaves as it should."),
)
