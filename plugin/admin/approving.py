"""Propose what cannot be done alone, look at a proposal, approve it, reject it or take it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, current_app, g, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response as BaseResponse

from .. import forms, i18n
from ..approval_words import KINDS
from ..i18n import gettext as _
from ..models import Approval, ApprovalState
from ..services import approval_mails, approvals
from ..services.approvals import Proposal
from ..services.mistakes import Decided, Mistake, ProposedAlready
from .acting import Acting
from .approvals import approval_state, told
from .edge import blueprint, done, now, perform, session
from .judging import NeedsApproval, Replay, Stale, who_acts
from .sayings import said
from .show import to

_OURS = frozenset({forms.TOKEN_FIELD, "propose", "propose_why"})


@blueprint.errorhandler(NeedsApproval)
def propose(asks: NeedsApproval) -> BaseResponse | str | tuple[str, int]:
    """Show what was asked for and that somebody else must agree; with the admin's word, propose it."""
    if request.form.get("propose") != "yes":
        return _ask(asks)
    wanted = Proposal(
        kind=asks.kind,
        path=request.path,
        form=_sent(),
        language=str(i18n.locale()),
        entries=asks.entries,
        reason=request.form.get("propose_why", "").strip(),
    )
    try:
        made = perform(lambda act: _proposed(act, wanted))
    except ProposedAlready as mistake:
        return done(to("approvals", state="waiting"), said(mistake)[1], ok=False)
    return done(
        to("approval", approval_id=made), _("It is proposed. Nothing is changed until it is approved.")
    )


def _proposed(act: Acting, wanted: Proposal) -> int:
    """Propose a change, and let those know who may approve it."""
    made = approvals.propose(act.conn, wanted, who_acts(), now=act.now)
    approval_mails.tell_waiting(act, made, who_acts(), link=_link(made))
    return made


def _link(approval_id: int) -> str:
    return url_for("firstline_admin.approval", approval_id=approval_id, _external=True)


def _ask(asks: NeedsApproval) -> str:
    return render_template(
        "firstline/admin/propose.html",
        here="approvals",
        kind=KINDS[asks.kind.value],
        acts=list(told(list(asks.entries))),
        carried=_sent(),
        action=request.path if not request.root_path else request.root_path + request.path,
        way_back=to("approvals"),
    )


def _sent() -> Sequence[tuple[str, str]]:
    """Give what was sent, without what only protects the form."""
    pairs = request.form.items(multi=True)
    return [(name, value) for name, value in pairs if name not in _OURS and "csrf" not in name.lower()]


def _found(approval_id: int) -> Approval:
    row = session().get(Approval, approval_id)
    if row is None:
        abort(404)
    return row


@blueprint.get("/approvals/<firstline_id:approval_id>")
def approval(approval_id: int) -> str:
    """Show a proposed change: what it does, why, and what became of it."""
    row = _found(approval_id)
    return render_template(
        "firstline/admin/approval.html",
        here="approvals",
        row=row,
        kind=KINDS[row.kind],
        state=approval_state(row.state),
        acts=list(told(row.acts)),
        waits=row.state == ApprovalState.WAITING.value,
        own=row.proposed_by_id == who_acts().id,
        longest=approvals.LONGEST_REASON,
    )


@blueprint.post('/approvals/<firstline_id:approval_id>/<any("approve", "reject"):what>')
def approval_decide(approval_id: int, what: str) -> BaseResponse:
    """Do what was proposed, or say that it is not wanted."""
    row, way_back = _found(approval_id), to("approval", approval_id=approval_id)
    why = request.form.get("why", "").strip()
    if what == "approve" and row.proposed_by_id != who_acts().id and row.state == ApprovalState.WAITING.value:
        return _approve(row, why)
    try:
        if what == "approve":
            raise Decided("Who proposed it cannot approve it, and nothing is decided twice.")
        perform(lambda act: _rejected(act, row, why))
    except Mistake as mistake:
        return done(way_back, said(mistake)[1], ok=False)
    return done(way_back, _("It is rejected. Nothing was changed."))


def _rejected(act: Acting, row: Approval, why: str) -> None:
    approvals.reject(act.conn, row.id, who_acts(), said=why, now=act.now)
    approval_mails.tell_decided(act, row.id, row.proposed_by_id, link=_link(row.id))


@blueprint.post("/approvals/<firstline_id:approval_id>/withdraw")
def approval_withdraw(approval_id: int) -> BaseResponse:
    """Take one's own proposal back."""
    way_back = to("approval", approval_id=_found(approval_id).id)
    try:
        perform(lambda act: approvals.withdraw(act.conn, approval_id, who_acts(), now=act.now))
    except Mistake as mistake:
        return done(way_back, said(mistake)[1], ok=False)
    return done(way_back, _("It is withdrawn. Nothing was changed."))


def _approve(row: Approval, why: str) -> BaseResponse:
    """Do what was proposed in one transaction with the note that it is approved."""
    approval_id, way_back = row.id, to("approval", approval_id=row.id)
    wanted = approvals.find(session().connection(), approval_id)
    session().rollback()
    replay = Replay(row=wanted, approver=who_acts(), said=why, link=_link(row.id))
    try:
        _again(replay)
    except (Stale, HTTPException):
        replay.settled = False
    except Mistake as mistake:
        return done(way_back, said(mistake)[1], ok=False)
    if replay.settled:
        return done(way_back, _("It is approved and done."))
    try:
        perform(lambda act: _ended(act, wanted))
    except Decided as mistake:
        return done(way_back, said(mistake)[1], ok=False)
    text = _("It cannot be done as proposed: what it would change has changed. Please propose it anew.")
    return done(way_back, text, ok=False)


def _ended(act: Acting, row: Any) -> None:  # noqa: ANN401 - a row
    approvals.end(act.conn, row.id, who_acts(), now=act.now)
    approval_mails.tell_decided(act, row.id, row.proposed_by_id, link=_link(row.id))


def _again(replay: Replay) -> None:
    """Send again what was sent, in the proposer's language, with the approver's rights."""
    here, moment = g.firstline_admin, now()
    sent = EnvironBuilder(
        path=replay.row.path,
        base_url=request.url_root,
        method="POST",
        data=_fields(replay.row.form),
        headers=[("Cookie", request.headers.get("Cookie", ""))],
    )
    with current_app.request_context(sent.get_environ()), i18n.speaking(replay.row.language):
        g.firstline_admin, g.firstline_now, g.firstline_replay = here, moment, replay
        try:
            current_app.dispatch_request()
        finally:
            g.pop("firstline_replay")


def _fields(pairs: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
