"""Why? Every decision about an order in its order, with the evidence of that time."""

from __future__ import annotations

from flask import abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ..accrual_words import by_hand_text, rate_said
from ..i18n import gettext as _
from ..i18n import money
from ..models import Accrual, Document, DocumentKind
from ..services import lookup
from ..services import why as explaining
from ..services.why import Why
from ..shop import LinksOrders
from ..state import current_state
from ..terms_words import line_title
from . import accruals
from . import why_commission as commission
from . import why_sentences as sentences
from .dispute_acts import open_dispute_of
from .edge import blueprint, now, session
from .show import document_name, document_state, to
from .suspicions import suspicions_about

_LONGEST = 64


@blueprint.get("/why")
def find() -> str | BaseResponse:
    """Find an order by what people call it; one that is found is explained at once."""
    wanted = request.args.get("q", "").strip()[:_LONGEST].replace("\0", "")
    found = lookup.documents(session(), wanted) if wanted else ()
    if len(found) == 1:
        return redirect(to("why", document_id=found[0].id))
    return render_template(
        "firstline/admin/find.html",
        here="why",
        wanted=wanted,
        found=[(document, document_name(document), document_state(document)) for document in found],
    )


@blueprint.get("/why/<firstline_id:document_id>")
def why(document_id: int) -> str:
    """Explain an order or invoice."""
    current = session()
    ctx = current_state().context(current.connection(), now=now())
    found = explaining.explain(ctx, current, document_id)
    if found is None:
        abort(404)
    document = found.document
    return render_template(
        "firstline/admin/why.html",
        here="why",
        why=found,
        document=document,
        name=_name(document),
        wanted=document_name(document),
        state=document_state(document),
        shop_url=_shop_url(found),
        person_link=lambda person: to("card", contact_id=person.id),
        document_name=document_name,
        sources=[sentences.source(step, found) for step in found.attribution.sources],
        attribution=sentences.attribution(found),
        shared=sentences.shared(found),
        share_acts=[sentences.share_act(act) for act in found.attribution.acts],
        consequences=[sentences.consequence(item) for item in found.attribution.consequences],
        coupons=[
            (coupon, sentences.coupon(coupon, found), sentences.proofs(coupon, found))
            for coupon in found.coupons
        ],
        sums=_sums(found),
        traces=[(line, commission.steps(line, found)) for line in found.earned.lines],
        barred=[commission.barred(seat) for seat in found.earned.seats if seat.barred],
        earned=commission.earned(found, now()),
        books=commission.books(found),
        rate=lambda row: commission.rate(row.percent, row.fixed, document.currency),
        special=lambda row: commission.special(row, document.currency),
        line_title=line_title,
        rate_said=rate_said,
        waits=[commission.waits(row) for row in found.earned.waiting],
        dispute=open_dispute_of(document),
        suspicions=suspicions_about(document),
        by_hand=[_by_hand(accrual) for accrual in found.by_hand],
        payments=[(payment, sentences.payment(payment, document.currency)) for payment in found.payments],
    )


def _name(document: Document) -> str:
    name = document_name(document)
    if document.kind == DocumentKind.ORDER.value:
        return _("Order %(name)s", name=name)
    return _("Invoice %(name)s", name=name)


def _by_hand(accrual: Accrual) -> tuple[str, str, str]:
    """Give address, sentence and amount of a posting by hand."""
    address = to("by_hand", call_id=accrual.call_id, seq=accrual.seq)
    said = by_hand_text(accrual.trace["by_hand"], accrual.trace["reason"])
    who = accruals.partner_label(session(), accrual.partner_id) or ""
    return address, f"{who}: {said}", money(accrual.amount - accrual.reversed, accrual.currency)


def _shop_url(found: Why) -> str | None:
    shop, document = current_state().shop, found.document
    if document.kind != DocumentKind.ORDER.value or not isinstance(shop, LinksOrders):
        return None
    return shop.order_url(document.ref)


def _sums(found: Why) -> dict[str, int]:
    return {
        "total": sum(line.total for line in found.lines),
        "discount": sum(line.discount for line in found.lines),
        "left": sum(line.left for line in found.lines),
        "net": sum(line.net for line in found.lines),
    }
