"""A partner's codes: the list with figures, making one, pausing one."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..cards.qr import inline_svg
from ..csv_file import csv_response
from ..domain.codes import LONGEST, SHORTEST, CodeProblem
from ..i18n import gettext as _
from ..services import codes as codes_service
from ..services import desk_codes, leaks
from ..services.mistakes import BadCode, CodeRefused, Mistake
from ..services.unit import unit
from ..state import current_state
from .gate import blueprint, connection, done, now, partner
from .sentences import code_state, offer_end, offer_terms, portion_text
from .start import code_link

_NEWS = timedelta(days=30)
"""As long a partner is told of a fresh code."""


@blueprint.get("/codes")
def codes() -> str:
    """Show the codes, and the form for a new one."""
    conn, me = connection(), partner()
    rows = desk_codes.own_codes(conn, me.id, now=now())
    shown = next((row for row in rows if str(row.id) == request.args.get("show")), rows[0] if rows else None)
    currency = current_state().settings.currency
    offers = desk_codes.open_offers(conn, now=now()) if me.active else ()
    wanted = request.args.get("code", "")
    return render_template(
        "firstline/desk/codes.html",
        here="codes",
        rows=[(row, *code_state(row), offer_end(row.offer)) for row in rows],
        sums=desk_codes.sums(rows),
        portion=portion_text,
        links={row.id: code_link(row.display) for row in rows},
        shown=shown,
        qr=inline_svg(code_link(shown.display), shown.display) if shown else "",
        offers=[(offer, offer_terms(offer, currency)) for offer in offers],
        chosen=request.args.get("coupon", str(offers[0].id) if offers else ""),
        wanted=wanted,
        verdict=_verdict(wanted) if wanted else None,
        fresh=leaks.fresh_codes(conn, me.id, since=now() - _NEWS),
        shortest=SHORTEST,
        longest=LONGEST,
    )


@blueprint.get("/codes/check")
def check_code() -> Response:
    """Say whether a code is free, while it is typed."""
    return jsonify(_verdict(request.args.get("code", "")))


@blueprint.post("/codes")
def make_code() -> BaseResponse:
    """Make an own code on an opened coupon."""
    text, chosen = request.form.get("code", "").strip(), request.form.get("coupon", "")
    offers = {str(offer.id) for offer in desk_codes.open_offers(connection(), now=now())}
    if not partner().active or chosen not in offers:
        return done(url_for(".codes"), ok=False, text=_("No own codes can be made on this coupon."))
    try:
        with unit(current_state().session()) as conn:
            codes_service.create_own_code(
                conn, text, coupon_id=int(chosen), partner_id=partner().id, **_words(), now=now()
            )
    except CodeRefused as refused:
        again = url_for(".codes", code=text or None, coupon=chosen, _anchor="make")
        return done(again, ok=False, text=_problem(refused.problem, text))
    except Mistake:
        return done(url_for(".codes"), ok=False, text=_("No own codes can be made on this coupon."))
    return done(
        url_for(".codes"), ok=True, text=_("The code %(code)s can be used now.", code=text), code=text
    )


@blueprint.post("/codes/<firstline_id:code_id>/<any(pause, resume):act>")
def switch_code(code_id: int, act: str) -> BaseResponse:
    """Pause a code, or go on with it; what the shop has switched off stays off."""
    me = partner()
    with unit(current_state().session()) as conn:
        display = desk_codes.find_own(conn, me.id, code_id)
        if display is None:
            return done(url_for(".codes"), ok=False, text=_("This is none of your codes."))
        resume = act == "resume"
        if resume and desk_codes.switched_off_by_others(conn, display, me.signature):
            return done(
                url_for(".codes"),
                ok=False,
                text=_("The shop has switched this code off. Please ask the shop."),
            )
        codes_service.set_code_active(conn, code_id, resume, who=me.signature, now=now())
    paused, resumed = _("The code %(code)s is paused."), _("The code %(code)s can be used again.")
    return done(url_for(".codes"), ok=True, text=(resumed if resume else paused) % {"code": display})


@blueprint.get("/codes.csv")
def codes_csv() -> Response:
    """Send the codes with their figures as a file."""
    head = (_("Code"), _("Coupon"), _("State"), _("Redemptions"), _("New customers"), _("Link"))
    rows = desk_codes.own_codes(connection(), partner().id, now=now())
    return csv_response("codes", head, [
        (row.display, row.offer.name, code_state(row)[1], row.used, row.new_customers, code_link(row.display))
        for row in rows
    ])  # fmt: skip


def _verdict(text: str) -> dict[str, object]:
    refused = codes_service.check_own_code(connection(), text, **_words())
    if refused is None:
        return {"ok": True, "message": _("%(code)s is free.", code=text.strip())}
    answer: dict[str, object] = {"ok": False, "message": _problem(refused.problem, text.strip())}
    if not isinstance(refused, BadCode):
        answer["suggestion"] = desk_codes.suggest(connection(), text, partner().name, now=now(), **_words())
        answer["suggestion_text"] = _("Free is:")
    return answer


def _words() -> dict[str, tuple[str, ...]]:
    """Give the shop's own words that codes may not be or have."""
    settings = current_state().settings
    return {"reserved": settings.reserved_words, "forbidden": settings.forbidden_words}


def _problem(problem: str, text: str) -> str:
    """Say to the partner what speaks against a code, and what to do instead."""
    texts = {
        "taken": _("%(code)s is taken.", code=text),
        "looks_alike": _("This looks like a code that is taken. Please choose a clearly different one."),
        "looks_drawn": _("This looks like a code that the shop draws at random. Please choose another one."),
        CodeProblem.EMPTY.value: _("Please type a code."),
        CodeProblem.TOO_SHORT.value: _(
            "A code has at least %(count)s letters or digits.", count=i18n.number(SHORTEST)
        ),
        CodeProblem.TOO_LONG.value: _("A code has at most %(count)s characters.", count=i18n.number(LONGEST)),
        CodeProblem.CHARACTERS.value: _("Letters, digits, dash, underscore and dot are possible."),
        CodeProblem.MIXED_SCRIPTS.value: _("Please take all letters from one alphabet."),
        CodeProblem.RESERVED.value: _("The shop keeps this word for itself. Take your name or your town."),
        CodeProblem.FORBIDDEN.value: _("The shop does not allow this word. Take your name or your town."),
    }
    return texts[problem]
