"""Postings by hand: a form for sales and corrections, the page of one, and taking it back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import abort, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from ..accrual_words import by_hand_text
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import money
from ..models import Accrual, Contact, Posting
from ..posting_words import posting_refusal
from ..services import manual_postings
from ..services.manual_postings import ByHand, Wanted
from ..services.mistakes import Mistake, PostingRefused
from .contact_field import ContactField
from .document_field import CurrencyField, DocumentField
from .edge import blueprint, done, session, settings
from .fields import ChoiceField, HiddenField, NounForm, TextField
from .number_fields import MoneyField
from .payout_acting import actor, do
from .sayings import said
from .show import contact_link, contact_name, to, why_link

_FIELDS = {"reason": "reason", "reason_long": "reason", "amount": "amount", "sale_below": "way"}
_FIELDS |= {"no_partner": "partner_id", "no_order": "document_id"}


class BackForm(NounForm):
    """Why a posting is taken back."""

    why = TextField(_l("Reason"), needed=True, hint=_l("Stands with the posting and in the audit log."))


class ByHandForm(NounForm):
    """To whom, how much, why, and when it can be paid out."""

    key = HiddenField("")
    partner_id = ContactField(_l("Partner"), needed=True, hint=_l("Customer number, e-mail or whole name."))
    kind = ChoiceField(
        _l("What"),
        choices=((ByHand.SALE.value, _l("Manual sale")), (ByHand.CORRECTION.value, _l("Correction"))),
    )
    way = ChoiceField(
        _l("Direction"),
        choices=(("plus", _l("the partner gets it")), ("minus", _l("it is taken from the partner"))),
    )
    currency = CurrencyField(_l("Currency"), needed=True)
    amount = MoneyField(_l("Amount"), needed=True, hint=_l("The commission itself, not the price."))
    reason = TextField(_l("Reason"), needed=True, hint=_l("The partner reads it in the desk."))
    document_id = DocumentField(
        _l("Order or invoice"), hint=_l("Only where it belongs to one: the order's page then shows it.")
    )
    when = ChoiceField(
        _l("Payable"),
        choices=(("hold", _l("after the hold, as for a sale")), ("now", _l("at once"))),
        hint=_l("What takes away is always set off at once."),
    )

    def wanted(self) -> Wanted:
        """Give what is to be posted."""
        sign = -1 if self.way.data == "minus" else 1
        return Wanted(
            kind=ByHand(self.kind.data),
            partner_id=self.partner_id.data,
            amount=sign * self.amount.data,
            currency=self.currency.data,
            reason=self.reason.data,
            on_hold=sign > 0 and self.when.data == "hold",
            document_id=self.document_id.data,
        )


@blueprint.route("/accruals/new", methods=["GET", "POST"])
def accruals_new() -> str | BaseResponse | tuple[str, int]:
    """Ask what is to be posted by hand, and post it."""
    given = request.form if request.method == "POST" else None
    form = ByHandForm(given, data=_preset())
    form.amount.currency = settings().currency
    if given is None:
        return _form_page(form)
    if form.validate():
        try:
            place = do(
                lambda ctx: manual_postings.post(
                    ctx, form.wanted(), key=form.key.data or uuid.uuid4().hex, who=actor().name
                )
            )
            return done(to("by_hand", call_id=place[0], seq=place[1]), _("It is posted."))
        except Mistake as mistake:
            _complain(form, mistake)
    return _form_page(form), 422


def _preset() -> Mapping[str, object]:
    asked = {name: request.args.get(name, "") for name in ("partner", "order")}
    ids = {name: int(text) for name, text in asked.items() if text.isdecimal() and len(text) < 18}
    return {
        "key": uuid.uuid4().hex,
        "partner_id": ids.get("partner"),
        "document_id": ids.get("order"),
        "currency": settings().currency,
        "kind": ByHand.CORRECTION.value if "order" in ids else ByHand.SALE.value,
        "way": "plus",
        "when": "hold",
    }


def _complain(form: NounForm, mistake: Mistake) -> None:
    if isinstance(mistake, PostingRefused):
        form.complain(_FIELDS.get(mistake.problem, ""), posting_refusal(mistake.problem, str(mistake)))
    else:
        form.complain(*said(mistake))


def _form_page(form: NounForm) -> str:
    return render_template(
        "firstline/admin/form.html",
        here="accruals",
        title=_("Post by hand"),
        lead=_(
            "A sale that the shop knows no invoice of, or a correction. It is never changed afterwards, only "
            "taken back by its opposite."
        ),
        notes=(),
        ways=(),
        fields=form,
        action=to("accruals_new"),
        way_back=to("accruals"),
    )


@blueprint.get("/accruals/<firstline_id:call_id>/<int:seq>")
def by_hand(call_id: int, seq: int) -> str:
    """Show a posting by hand."""
    return _page(_accrual(call_id, seq), BackForm())


@blueprint.post("/accruals/<firstline_id:call_id>/<int:seq>/back")
def by_hand_back(call_id: int, seq: int) -> BaseResponse | tuple[str, int]:
    """Take a posting by hand back."""
    accrual, form = _accrual(call_id, seq), BackForm(request.form)
    if form.validate():
        try:
            place = (call_id, seq)
            do(lambda ctx: manual_postings.take_back(ctx, place, reason=form.why.data, who=actor().name))
            return done(to("by_hand", call_id=call_id, seq=seq), _("It is taken back."))
        except Mistake as mistake:
            _complain(form, mistake)
            accrual = _accrual(call_id, seq)
    return _page(accrual, form), 422


def _accrual(call_id: int, seq: int) -> Accrual:
    found = session().get(Accrual, (call_id, seq)) if seq < 2**31 else None
    if found is None or found.level is not None:
        abort(404)
    return found


def _page(accrual: Accrual, form: BackForm) -> str:
    contact = session().get_one(Contact, accrual.partner_id)
    mine = (Posting.reverses_call_id == accrual.call_id, Posting.reverses_seq == accrual.seq)
    backs = session().scalars(select(Posting).where(*mine).order_by(Posting.call_id)).all()
    back = backs[0] if backs else None
    return render_template(
        "firstline/admin/by_hand.html",
        here="accruals",
        accrual=accrual,
        number=manual_postings.name_of((accrual.call_id, accrual.seq)),
        sentence=by_hand_text(accrual.trace["by_hand"], accrual.trace["reason"]),
        partner=contact_name(contact),
        partner_href=contact_link(contact),
        order_href=why_link(accrual.document),
        back=back,
        back_why=back.call.payload["reason"] if back is not None else "",
        amount=money(accrual.amount, accrual.currency),
        fields=form,
        action=to("by_hand_back", call_id=accrual.call_id, seq=accrual.seq),
    )
