"""How a coupon is loaded into its form and saved from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import request
from sqlalchemy.orm import Session

from ..domain.coupon_sentence import coupon_sentence
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import tongue
from ..models import Coupon
from ..services import coupons
from ..services.candidates import terms_of
from .acting import Acting
from .coupon_form import CouponForm
from .coupon_problems import AMOUNTS
from .edge import settings
from .fields import NounForm
from .nouns import Editor, Values, Way
from .show import to

FROM_ADDRESS = ("treatment", "treatment_answers")


def sentence(coupon: Coupon) -> str:
    """Say what a coupon does."""
    return coupon_sentence(terms_of(coupon), tongue())  # type: ignore[arg-type]  # it has the row's columns


def _load(session: Session, key: str) -> dict[str, object] | None:
    coupon = session.get(Coupon, int(key)) if key.isdecimal() and len(key) < 18 else None
    if coupon is None:
        return None
    return {column.key: getattr(coupon, column.key) for column in Coupon.__table__.columns}


def _prepare(session: Session, form: NounForm, row: Values) -> None:
    chosen = str(row.get("currency") or settings().currency)
    if form.currency.data in (None, ""):
        form.currency.data = chosen
    for name in AMOUNTS:
        form[name].currency = chosen
    if not row and form.priority.typed is None:
        form.priority.data = 100
    for name in ("give_back", "period"):
        form[name].data = form[name].data or ""
    if row and request.method == "GET":
        _take_answers(form)
    _lead_to_questions(form, row)


def _take_answers(form: NounForm) -> None:
    """Take the kind over that was just asked for."""
    for name in FROM_ADDRESS:
        if name in request.args:
            form[name].process_data(request.args[name])


def _lead_to_questions(form: NounForm, row: Values) -> None:
    answers = form.treatment_answers.text()
    given = {"answers": answers} if answers else {}
    coupon = {"coupon": row["id"]} if row else {}
    form.treatment.link = (
        _("Which kind is it?"),
        to("treatment", **coupon, **given),
    )


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    assert isinstance(form, CouponForm)
    terms = form.terms()
    more = {
        "open_to_partners": form.open_to_partners.data,
        "give_back": form.give_back.data or None,
        "treatment_answers": form.treatment_answers.data,
    }
    said = {"name": terms.name, "sentence": coupon_sentence(terms, tongue())}
    if key is None:
        coupons.create_coupon(act.conn, terms, **more, who=act.who, now=act.now)
        return _("The coupon %(name)s is made: %(sentence)s. Now it needs codes.", **said)
    zone = act.settings.zone
    coupons.change_coupon(act.conn, int(key), terms, **more, zone=zone, who=act.who, now=act.now)
    return _("The coupon %(name)s is changed: %(sentence)s.", **said)


def _title(row: Mapping[str, object]) -> str:
    return _("Coupon %(name)s", name=row["name"])


def _notes(session: Session, row: Values) -> Sequence[str]:
    coupon = session.get(Coupon, row["id"])
    assert coupon is not None
    return [
        _("What it does: %(sentence)s.", sentence=sentence(coupon)),
        _("Orders that are already there keep the terms they were placed with."),
    ]


def _ways(row: Values) -> list[Way]:
    coupon = row["id"]
    return [
        Way(icon="tag", text=_("Its codes"), href=to("codes", coupon=coupon)),
        Way(icon="check", text=_("Its redemptions"), href=to("redemptions", coupon=coupon)),
        Way(icon="print", text=_("Make codes"), href=to("batches_new", coupon_id=coupon)),
    ]


EDITOR = Editor(
    form=CouponForm,
    load=_load,
    save=_save,
    title=_title,
    prepare=_prepare,
    ways=_ways,
    notes=_notes,
    lead=_l("The terms stand here once; any number of codes redeem them."),
    from_address=FROM_ADDRESS,
)
