"""Open a dispute about an order, and decide it: what happens is said before, in numbers."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, render_template, request
from sqlalchemy import func, or_, select
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import money
from ..models import Accrual, Dispute, DisputeState, Document
from ..posting_words import posting_refusal
from ..services import disputes
from ..services.context import Context
from ..services.mistakes import Mistake, PostingRefused
from .edge import blueprint, done, session
from .fields import NounForm, TextField
from .payout_acting import actor, do
from .sayings import said
from .show import document_name, to


class ReasonForm(NounForm):
    """Why."""

    why = TextField(_l("Reason"), needed=True, hint=_l("Stands with the dispute and in the audit log."))


@blueprint.route("/why/<firstline_id:document_id>/dispute", methods=["GET", "POST"])
def dispute_new(document_id: int) -> str | BaseResponse | tuple[str, int]:
    """Open a dispute."""
    document = session().get(Document, document_id)
    if document is None:
        abort(404)

    def act(ctx: Context, reason: str) -> None:
        disputes.open_dispute(ctx, document_id, reason=reason, who=actor().name)

    text = _(
        "What the order earns goes on hold until the dispute is decided: %(amounts)s. What is paid out "
        "already stays paid out.",
        amounts=_earned(document_id),
    )
    title, button = _("Open a dispute"), _("Open the dispute")
    address = to("dispute_new", document_id=document_id)
    return _decided(document, act, title, text, button, address, _("The dispute is open."))


@blueprint.route("/disputes/<firstline_id:dispute_id>/<any(won, lost):how>", methods=["GET", "POST"])
def dispute_close(dispute_id: int, how: str) -> str | BaseResponse | tuple[str, int]:
    """Decide a dispute."""
    dispute = session().get(Dispute, dispute_id)
    if dispute is None:
        abort(404)
    won, amounts = how == "won", _earned(dispute.document_id)

    def act(ctx: Context, reason: str) -> None:
        disputes.close_dispute(ctx, dispute_id, won=won, reason=reason, who=actor().name)

    if won:
        text = _("Commissions go on as before, with their old dates: %(amounts)s.", amounts=amounts)
        title, button = _("The dispute is won"), _("It is won")
    else:
        text = _(
            "All that the order earned is reversed, as if everything had come back: %(amounts)s. What is "
            "paid out already is netted with what comes.",
            amounts=amounts,
        )
        title, button = _("The dispute is lost"), _("It is lost")
    address = to("dispute_close", dispute_id=dispute_id, how=how)
    return _decided(dispute.document, act, title, text, button, address, _("The dispute is decided."))


def _decided(
    document: Document,
    act: Callable[[Context, str], None],
    title: str,
    text: str,
    button: str,
    address: str,
    done_text: str,
) -> str | BaseResponse | tuple[str, int]:
    """Say what an act does, ask why, do it."""
    given = request.form if request.method == "POST" else None
    form, document_id, name = ReasonForm(given), document.id, document_name(document)
    way_back = to("why", document_id=document_id)
    if given is not None and form.validate():
        try:
            do(lambda ctx: act(ctx, form.why.data))
            return done(way_back, done_text)
        except Mistake as mistake:
            is_ours = isinstance(mistake, PostingRefused)
            form.complain("", posting_refusal(mistake.problem, str(mistake)) if is_ours else said(mistake)[1])  # type: ignore[attr-defined]
    page = render_template(
        "firstline/admin/decide.html",
        here="disputes",
        title=title,
        name=name,
        sentence=text,
        fields=form,
        action=address,
        button=button,
        danger=True,
        way_back=way_back,
    )
    return page if given is None else (page, 422)


def _earned(document_id: int) -> str:
    """Write what an order earns now, with the invoices that are its parts."""
    parts = select(Document.id).where(or_(Document.id == document_id, Document.order_id == document_id))
    left = func.sum(Accrual.amount - Accrual.reversed)
    query = (
        select(Accrual.currency, left)
        .where(Accrual.document_id.in_(parts), Accrual.level.is_not(None))
        .group_by(Accrual.currency)
    )
    sums = [money(int(amount), currency) for currency, amount in session().execute(query)]
    return ", ".join(sums) or _("nothing")


def open_dispute_of(document: Document) -> Dispute | None:
    """Give the dispute that is open about a document or the order it is a part of."""
    about = or_(Dispute.document_id == document.id, Dispute.document_id == document.order_id)
    return session().scalar(select(Dispute).where(about, Dispute.state == DisputeState.OPEN.value).limit(1))
