"""Share the credit of a code or of one order among several partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ..domain.portions import Portion
from ..i18n import gettext as _
from ..models import Code, Contact, Document
from ..services import code_portions, documents, sharing
from ..services.candidates import portions_of
from ..services.mistakes import Mistake
from ..services.recording import Moved
from ..services.sharing import Shared, Wanted
from ..state import current_state
from .acting import Acting
from .edge import blueprint, done, may_write, now, perform, rehearse, session
from .payout_acting import actor, do
from .reason_words import bar_name
from .share_form import ShareForm, digest, preset, weight_text
from .show import contact_link, contact_name, document_name, to


@blueprint.route("/codes/<firstline_id:code_id>/share", methods=["GET", "POST"])
def code_share(code_id: int) -> str | BaseResponse | tuple[str, int]:
    """Ask who shares what a code brings, and let it be so."""
    code = session().get(Code, code_id)
    if code is None:
        abort(404)
    given = request.form if request.method == "POST" else None
    form = ShareForm(given, data=preset(portions_of_code(code)))
    if given is None:
        return _code_page(code, form)
    portions = form.portions() if form.validate() else None
    if portions is not None:
        try:
            perform(lambda acting: _share_code(acting, code_id, portions, form.reason.data))
            return done(to("code", code_id=code_id), _("It is kept. It holds for orders from now on."))
        except Mistake as mistake:
            form.refuse(mistake)
            code = session().get_one(Code, code_id)
    return _code_page(code, form), 422


def _share_code(acting: Acting, code_id: int, portions: Sequence[Portion], reason: str) -> bool:
    return code_portions.share_code(
        acting.conn, code_id, portions, reason=reason, who=acting.who, now=acting.now
    )


def portions_of_code(code: Code) -> tuple[Portion, ...]:
    """Give whose a code is: of several, or wholly of its owner."""
    shared = portions_of(code.owner_id, code.portions)
    return shared or (() if code.owner_id is None else (Portion(partner_id=code.owner_id),))


def _code_page(code: Code, form: ShareForm) -> str:
    return render_template(
        "firstline/admin/share.html",
        here="codes",
        title=_("Share the code"),
        name=code.display,
        lead=_(
            "What an order with this code earns is shared so, each part with the partner's own terms and "
            "the partners above. New customers join the first line of the main partner alone. Who may not "
            "earn keeps the part, and nobody gets it. One partner alone ends the sharing."
        ),
        fields=form,
        found=None,
        action=to("code_share", code_id=code.id),
        way_back=to("code", code_id=code.id),
        back_text=_("Back to the code"),
        button=_("Share it so"),
        open_for_change=may_write(),
    )


@blueprint.route("/why/<firstline_id:document_id>/share", methods=["GET", "POST"])
def why_share(document_id: int) -> str | BaseResponse | tuple[str, int]:
    """Ask whose the credit of an order is, show what that posts, and do it."""
    document = session().get(Document, document_id)
    if document is None:
        abort(404)
    if document.order_id is not None:
        document = session().get_one(Document, document.order_id)
    given = request.form if request.method == "POST" else None
    form = ShareForm(given, data=preset(portions_of_document(document)))
    if given is None:
        return _order_page(document, form)
    portions = form.portions() if form.validate() else None
    if portions is None:
        return _order_page(document, form), 422
    return _worked(document, form, portions)


def portions_of_document(document: Document) -> tuple[Portion, ...]:
    """Give whose the credit of an order is."""
    return documents.portions_of(document.partner_id, document.portions)


def _worked(
    document: Document, form: ShareForm, portions: tuple[Portion, ...]
) -> str | BaseResponse | tuple[str, int]:
    """Preview, and do what was previewed exactly so."""
    document_id, reason = document.id, form.reason.data
    wanted = Wanted(document_id=document_id, portions=portions, reason=reason, key=form.key.data or "")
    seen = digest(portions, reason)
    try:
        if request.form.get("seen", "") != seen:
            found = rehearse(lambda acting: _share_order(acting, wanted))
            return _order_page(session().get_one(Document, document_id), form, found, seen)
        shared = do(lambda ctx: sharing.share_order(ctx, wanted, who=actor().name))
    except Mistake as mistake:
        form.refuse(mistake)
        return _order_page(session().get_one(Document, document_id), form), 422
    text = _("The credit is shared so.") if shared.new else _("It was done before. Nothing was posted twice.")
    return done(to("why", document_id=document_id), text)


def _share_order(acting: Acting, wanted: Wanted) -> Shared:
    ctx = current_state().context(acting.conn, now=acting.now)
    return sharing.share_order(ctx, wanted, who=acting.who)


def _order_page(document: Document, form: ShareForm, found: Shared | None = None, seen: str = "") -> str:
    return render_template(
        "firstline/admin/share.html",
        here="why",
        title=_("Share the credit"),
        name=document_name(document),
        lead=_(
            "Each part earns by the terms of its partner and of those above. What others have earned on this "
            "order is reversed, what is new is posted with the hold of the payment. Later payments and "
            "returns follow. What was paid out is set off against what is payable."
        ),
        fields=form,
        found=found,
        seen=seen,
        moved=[] if found is None else [_moved(row) for row in found.moved],
        barred=[] if found is None else [barred_text(*one) for one in found.barred],
        action=to("why_share", document_id=document.id),
        way_back=to("why", document_id=document.id),
        back_text=_("Back to the order"),
        button=_("Show what will happen"),
        open_for_change=True,
    )


def _moved(row: Moved) -> tuple[str, int, int, str]:
    return contact_name(session().get(Contact, row.partner_id)), row.level, row.amount, row.currency


def barred_text(partner_id: int, why: str) -> str:
    """Say who has a part and gets nothing for it."""
    name = contact_name(session().get(Contact, partner_id))
    return _(
        "%(name)s gets nothing for the part: %(why)s. Nobody else gets it.", name=name, why=bar_name(why)
    )


def shown(portions: Sequence[Portion]) -> list[Mapping[str, str | None]]:
    """Give who shares, for pages: name, address of the card, weight."""
    found = [(session().get(Contact, portion.partner_id), portion.weight) for portion in portions]
    return [
        {"name": contact_name(contact), "href": contact_link(contact), "weight": weight_text(weight)}
        for contact, weight in found
    ]


def barred_now(portions: Sequence[Portion]) -> list[str]:
    """Say who of those who share would get nothing now."""
    ctx = current_state().context(session().connection(), now=now())
    return [barred_text(*one) for one in sharing.barred_now(ctx, portions)]
