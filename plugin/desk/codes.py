"""A partner's codes: the list with figures, making one, pausing one."""

from __future__ import annotations

import io

import segno
from flask import Response, jsonify, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..csv_file import csv_response
from ..domain.codes import LONGEST, SHORTEST, CodeProblem
from ..i18n import gettext as _
from ..services import desk_codes, own_codes
from ..services.unit import unit
from ..state import current_state
from .gate import blueprint, connection, done, now, partner
from .sentences import code_state, offer_end, offer_terms
from .start import code_link


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
        links={row.id: code_link(row.display) for row in rows},
        shown=shown,
        qr=_qr(code_link(shown.display), shown.display) if shown else "",
        offers=[(offer, offer_terms(offer, currency)) for offer in offers],
        chosen=request.args.get("coupon", str(offers[0].id) if offers else ""),
        wanted=wanted,
        verdict=_verdict(wanted) if wanted else None,
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
    offers = {str(offer.id): offer for offer in desk_codes.open_offers(connection(), now=now())}
    if not partner().active or chosen not in offers:
        return done(url_for(".codes"), ok=False, text=_("This coupon is not open to partners any more."))
    verdict = own_codes.judge(connection(), text)
    if not verdict.free:
        return done(
            url_for(".codes", code=text or None, coupon=chosen, _anchor="make"),
            ok=False,
            text=_says(verdict, text),
        )
    with unit(current_state().session()) as conn:
        made = own_codes.make(
            conn, text, coupon_id=offers[chosen].id, owner_id=partner().id, by=partner().signature, now=now()
        )
    if not made:
        return done(
            url_for(".codes", coupon=chosen, _anchor="make"),
            ok=False,
            text=_("%(code)s is taken.", code=text),
        )
    return done(
        url_for(".codes"), ok=True, text=_("The code %(code)s can be used now.", code=text), code=text
    )


@blueprint.post("/codes/<int:code_id>/<any(pause, resume):act>")
def switch_code(code_id: int, act: str) -> BaseResponse:
    """Pause a code, or go on with it."""
    with unit(current_state().session()) as conn:
        display = own_codes.switch(
            conn, partner().id, code_id, active=act == "resume", by=partner().signature, now=now()
        )
    if display is None:
        return done(url_for(".codes"), ok=False, text=_("This is none of your codes."))
    paused, resumed = _("The code %(code)s is paused."), _("The code %(code)s can be used again.")
    return done(url_for(".codes"), ok=True, text=(resumed if act == "resume" else paused) % {"code": display})


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
    verdict = own_codes.judge(connection(), text)
    answer: dict[str, object] = {"ok": verdict.free, "message": _says(verdict, text.strip())}
    if verdict.taken or verdict.looks_like:
        answer["suggestion"] = own_codes.suggest(connection(), text, partner().name, now=now())
        answer["suggestion_text"] = _("Free is:")
    return answer


def _says(verdict: own_codes.Verdict, text: str) -> str:
    if verdict.taken:
        return _("%(code)s is taken.", code=text)
    if verdict.looks_like:
        return _("This looks like %(code)s. Please choose a clearly different one.", code=verdict.looks_like)
    if verdict.problem is None:
        return _("%(code)s is free.", code=text)
    return _PROBLEMS[verdict.problem]()


_PROBLEMS = {
    CodeProblem.EMPTY: lambda: _("Please type a code."),
    CodeProblem.TOO_SHORT: lambda: _(
        "A code has at least %(count)s letters or digits.", count=i18n.number(SHORTEST)
    ),
    CodeProblem.TOO_LONG: lambda: _("A code has at most %(count)s characters.", count=i18n.number(LONGEST)),
    CodeProblem.CHARACTERS: lambda: _("Letters, digits, dash, underscore and dot are possible."),
    CodeProblem.MIXED_SCRIPTS: lambda: _("Please take all letters from one alphabet."),
    CodeProblem.RESERVED: lambda: _("The shop keeps this word for itself. Take your name or your town."),
    CodeProblem.FORBIDDEN: lambda: _("The shop does not allow this word. Take your name or your town."),
}


def _qr(text: str, code: str) -> Markup:
    """Draw a QR code that a strict Content-Security-Policy lets through: shapes only, no style."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, nl=False, border=0, omitsize=True, svgclass=None,
        lineclass=None,
    )  # fmt: skip
    label = Markup('<svg role="img" aria-label="{}"').format(_("QR code for %(code)s", code=code))
    drawn = out.getvalue().decode().replace(' stroke="#000"', "").replace("<svg", str(label), 1)
    return Markup(drawn)  # noqa: S704  # drawn by segno
