"""Record a payment or a return, for shops that know neither: what it is, what it will post, then the act."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal, InvalidOperation

from flask import abort, render_template, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import money
from ..models import Contact, Document, DocumentKind
from ..posting_words import posting_refusal
from ..services import recording
from ..services.attempted import attempted
from ..services.context import Context
from ..services.mistakes import Mistake, PostingRefused
from ..services.recording import Deed, OpenLine, Recorded, What
from ..services.unit import begin_writing, retried, unit
from ..state import current_state
from .edge import admin, blueprint, done, now, session
from .fields import ChoiceField, HiddenField, NounForm, TextField
from .number_fields import MomentField, MoneyField
from .show import contact_name, document_name, to

_LONGEST_UNITS = 12
_MOST_UNITS = Decimal(10**9)


class DeedForm(NounForm):
    """What both have in common."""

    key = HiddenField("")
    currency = HiddenField("")
    how = ChoiceField(_l("How much"))
    amount = MoneyField(_l("Amount"), hint=_l("Only where you have chosen an amount."))
    at = MomentField(_l("When"), hint=_l("Empty: now. The hold counts from it."))


class PaymentForm(DeedForm):
    """A payment that came in."""

    number = TextField(_l("Number of the invoice or payment"), longest=64, hint=_l("As your books have it."))


class ReturnForm(DeedForm):
    """Goods or money that went back."""

    reason = TextField(_l("Reason"), needed=True)


_PATHS = f"/why/<firstline_id:document_id>/<any({', '.join(what.value for what in What)}):what>"
_HOWS: Mapping[What, Sequence[tuple[str, str]]] = {
    What.PAYMENT: (
        ("whole", _l("all that is open")),
        ("amount", _l("an amount")),
        ("units", _l("some of the lines")),
    ),
    What.RETURN: (
        ("whole", _l("everything")),
        ("amount", _l("an amount")),
        ("units", _l("some of the lines")),
    ),
}


@blueprint.route(_PATHS, methods=["GET", "POST"])
def record(document_id: int, what: str) -> str | BaseResponse | tuple[str, int]:
    """Ask what was paid or came back, show what it will post, and record it."""
    document = session().get(Document, document_id)
    if document is None:
        abort(404)
    given = request.form if request.method == "POST" else None
    kind = What(what)
    start = {"key": f"admin-{uuid.uuid4().hex}", "currency": document.currency, "how": "whole"}
    form = (PaymentForm if kind is What.PAYMENT else ReturnForm)(given, data=start)
    form.amount.currency = document.currency
    form.how.choices = [
        choice for choice in _HOWS[kind] if choice[0] != "units" or _has_lines(document, kind)
    ]
    if given is None:
        return _page(document, kind, form)
    if not form.validate():
        return _page(document, kind, form), 422
    return _worked(document, kind, form)


def _has_lines(document: Document, what: What) -> bool:
    return what is What.RETURN or document.kind == DocumentKind.ORDER.value


def _worked(document: Document, what: What, form: DeedForm) -> str | BaseResponse | tuple[str, int]:
    """Preview, and record what was previewed exactly so."""
    document_id = document.id
    try:
        deed = _deed(document, what, form)
        if request.form.get("seen", "") != _digest(deed):
            return _page(document, what, form, _done(deed, _rehearsal), _digest(deed))
        recorded = _done(deed, lambda: unit(session()))
        text = (
            _("It is recorded.") if recorded.new else _("It was recorded before. Nothing was posted twice.")
        )
        return done(to("why", document_id=document_id), text)
    except Mistake as mistake:
        problem = mistake.problem if isinstance(mistake, PostingRefused) else ""
        form.complain("at" if problem == "future" else "", posting_refusal(problem, str(mistake)))
        return _page(session().get_one(Document, document_id), what, form), 422


def _deed(document: Document, what: What, form: DeedForm) -> Deed:
    how = form.how.data
    units = dict(_units(_lines(document))) if how == "units" else {}
    if how == "units" and not units:
        raise PostingRefused("units", "Say how many units.")
    if how == "amount" and not form.amount.data:
        raise PostingRefused("amount", "Say which amount.")
    is_payment = isinstance(form, PaymentForm)
    return Deed(
        document_id=document.id,
        what=what,
        key=form.key.data or uuid.uuid4().hex,
        units=units,
        amount=form.amount.data if how == "amount" else None,
        number=(form.number.data or "") if is_payment else "",
        reason="" if is_payment else form.reason.data,
        at=form.at.data,
    )


def _units(lines: Sequence[OpenLine]) -> Iterator[tuple[str, Decimal]]:
    """Read how many units of each line are meant."""
    for index, line in enumerate(lines):
        typed = request.form.get(f"units-{index}", "").strip()[:_LONGEST_UNITS].replace(",", ".")
        if not typed:
            continue
        try:
            units = Decimal(typed)
        except InvalidOperation as error:
            raise PostingRefused("units", "Say how many units.") from error
        if not units.is_finite() or units < 0 or units > _MOST_UNITS:
            raise PostingRefused("units", "Say how many units.")
        if units:
            yield line.key, units


def _digest(deed: Deed) -> str:
    return hashlib.sha256(json.dumps(asdict(deed), default=str, sort_keys=True).encode()).hexdigest()


@contextmanager
def _rehearsal() -> Iterator[Connection]:
    """Open a transaction that is taken back."""
    try:
        conn = session().connection()
        begin_writing(conn)
        yield conn
    finally:
        session().rollback()


def _done(deed: Deed, opened: Callable[[], object]) -> Recorded:
    state, who, moment = current_state(), admin().name, now()

    def work(ctx: Context) -> Recorded:
        found = recording.record(ctx, deed, who=who)
        if opened is not _rehearsal:
            state.send(ctx)
        return found

    def once() -> Recorded:
        return attempted(opened, lambda conn: state.context(conn, now=moment, as_fact=True), work)  # type: ignore[arg-type]

    return retried(once)


def _lines(document: Document) -> list[OpenLine]:
    ctx = current_state().context(session().connection(), now=now())
    return recording.open_lines(ctx, document.id)


def _page(
    document: Document, what: What, form: DeedForm, found: Recorded | None = None, seen: str = ""
) -> str:
    payment = what is What.PAYMENT
    return render_template(
        "firstline/admin/record.html",
        here="why",
        title=_("Record a payment") if payment else _("Record a return"),
        name=document_name(document),
        lead=_(
            "The same happens as when the shop tells of it. If the shop will tell of it too, do not do so."
        ),
        document=document,
        lines=_lines(document) if _has_lines(document, what) else (),
        given=request.form,
        fields=form,
        found=found,
        seen=seen,
        moved=[] if found is None else [_moved(found, row) for row in found.moved],
        amount=None if found is None or found.amount is None else money(found.amount, document.currency),
        surplus=money(found.surplus, document.currency) if found is not None and found.surplus else "",
        action=to("record", document_id=document.id, what=what.value),
        way_back=to("why", document_id=document.id),
    )


def _moved(found: Recorded, row: recording.Moved) -> tuple[str, int, int, str]:
    contact = session().get(Contact, row.partner_id)
    return contact_name(contact), row.level, row.amount, row.currency
