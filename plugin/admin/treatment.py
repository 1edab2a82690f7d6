"""Which kind is a coupon for VAT? A few questions, one at a time; nothing is stored before the coupon is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from flask import abort, render_template, request

from ..domain.coupon import Treatment
from ..domain.treatment import CONSEQUENCES, INVOICE_TEXTS, NAMES
from ..domain.treatment_questions import QUESTIONS, cleaned, in_words, next_question, verdict
from ..i18n import gettext as _
from ..models import Coupon
from .coupon_form import parsed_answers, written_answers
from .edge import blueprint, session
from .show import to


@blueprint.get("/coupons/kind")
def treatment() -> str:
    """Ask the next question, or say which kind the answers make it."""
    coupon, answers = _coupon(), _answers()
    around = {} if coupon is None else {"coupon": coupon.id}
    found, question = verdict(answers), next_question(answers)
    return render_template(
        "firstline/admin/treatment.html",
        here="coupons",
        coupon=coupon,
        answers=answers,
        around=around,
        given=[
            (_(asked), _(answered), to("treatment", **around, **_before(answers, number)))
            for number, (asked, answered) in enumerate(in_words(answers))
        ],
        question=question,
        skipped=question is not None and request.args.get("asked") == question.name,
        most=len(QUESTIONS) - 1,
        found=None if found is None else _told(found.treatment, found.why),
        way_on=_way_on(coupon, answers) if found is not None else "",
        way_back=to("coupons") if coupon is None else to("coupons_edit", key=coupon.id),
    )


def _coupon() -> Coupon | None:
    """Give the coupon that the questions are about; None: a new one."""
    wanted = request.args.get("coupon", "")
    if not wanted:
        return None
    known = wanted.isascii() and wanted.isdecimal() and len(wanted) < 18
    coupon = session().get(Coupon, int(wanted)) if known else None
    if coupon is None:
        abort(404)
    return coupon


def _answers() -> dict[str, str]:
    """Give what was answered so far; the address may hold all of it in one word."""
    whole = parsed_answers(request.args.get("answers", ""))
    return whole if whole is not None else cleaned(request.args)


def _before(answers: Mapping[str, str], number: int) -> dict[str, str]:
    """Give the answers before one, to answer that one again."""
    return dict(islice(answers.items(), number))


def _way_on(coupon: Coupon | None, answers: Mapping[str, str]) -> str:
    found = verdict(answers)
    assert found is not None
    given = {"treatment": found.treatment.value, "treatment_answers": written_answers(answers)}
    if coupon is None:
        return to("coupons_new", **given)
    return to("coupons_edit", key=coupon.id, **given)


def _told(kind: Treatment, why: str) -> dict[str, object]:
    return {
        "kind": _(NAMES[kind]),
        "why": _(why),
        "consequences": [_(text) for text in CONSEQUENCES[kind]],
        "invoice": _(INVOICE_TEXTS[kind]),
        "needs": _needs(kind),
    }


def _needs(kind: Treatment) -> str:
    """Say what has to be filled in on the coupon."""
    if kind is Treatment.SINGLE_PURPOSE:
        return _("On the coupon you fill in the amount and the VAT rate at which it is sold.")
    if kind is Treatment.MULTI_PURPOSE:
        return _("On the coupon you fill in the amount: what each code is worth.")
    return _("On the coupon you choose what it takes off.")
