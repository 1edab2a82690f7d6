"""What the partner says for the tax office, and the agreement that the shop writes the statements."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..domain.tax import PersonKind, TaxData, TaxStatus
from ..i18n import gettext as _
from ..services import statement_settings, tax_data
from ..services.tax_data import BadTaxData
from ..services.unit import unit
from ..state import current_state
from ..statements.view import day
from ..statements.words import FIELDS, KINDS, STATUSES, agreement_text, problem_text
from .gate import blueprint, connection, done, now, partner


@blueprint.route("/tax", methods=["GET", "POST"])
def tax_form() -> str | BaseResponse | tuple[str, int]:
    """Show the form of the tax data; a post keeps it."""
    me = partner()
    kept = tax_data.find(connection(), me.id)
    if request.method != "POST":
        first = {"kind": PersonKind.NATURAL.value, "status": TaxStatus.REGULAR.value, "name": me.name}
        return _form(first if kept is None else kept.tax.data, {}, kept)
    typed = {name: request.form.get(name, "")[:200] for name in ("kind", "status", *FIELDS)}
    missing = {
        name: _("Please choose one.")
        for name, known in (("kind", KINDS), ("status", STATUSES))
        if typed[name] not in known
    }
    agrees = bool(request.form.get("agrees"))
    if not agrees and (kept is None or kept.agreed_at is None):
        missing["agrees"] = _("Without your agreement the shop cannot write statements for you.")
    if missing:
        return _form(typed, missing, kept), 422
    try:
        with unit(current_state().session()) as conn:
            wanted = TaxData.of(typed)
            tax_data.save(conn, me.id, wanted, agrees=agrees, who=me.signature, now=now())
    except BadTaxData as bad:
        return _form(typed, {name: problem_text(wrong) for name, wrong in bad.problems.items()}, kept), 422
    return done(url_for(".tax_form"), ok=True, text=_("Your tax data is saved."))


def _form(typed: Mapping[str, str], problems: Mapping[str, str], kept: tax_data.Kept | None) -> str:
    issuer = statement_settings.load(connection())
    agreed = kept is not None and kept.agreed_at is not None
    return render_template(
        "firstline/desk/tax.html",
        here="settings",
        fields=[
            (name, str(label), typed.get(name, ""), problems.get(name, "")) for name, label in FIELDS.items()
        ],
        typed=typed,
        kinds=list(KINDS.items()),
        statuses=list(STATUSES.items()),
        problems=problems,
        agreement=agreement_text(issuer.agreement_text),
        agreed=day(kept.agreed_at) if kept is not None and kept.agreed_at is not None else "",
        outdated=agreed and kept is not None and kept.agreement_version != issuer.agreement_version,
    )
