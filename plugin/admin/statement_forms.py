"""The shop as its statements name it; the tax data of a partner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from flask import abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ..domain.tax import PersonKind, TaxData, TaxProblem, TaxStatus, party_of
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Contact
from ..services import statement_settings, tax_data
from ..services.statement_settings import LONGEST_AGREEMENT, BadIssuer, Issuer
from ..services.tax_data import BadTaxData
from ..statements.words import FIELDS, KINDS, STATUSES, problem_text, why_not_text
from .edge import admin, blueprint, done, perform, session
from .fields import CheckField, ChoiceField, NoteField, NounForm, TextField
from .number_fields import PercentField
from .show import contact_link, contact_name, to


class PartyForm(NounForm):
    """One side of a statement."""

    name = TextField(FIELDS["name"], needed=True)
    street = TextField(FIELDS["street"], needed=True)
    postcode = TextField(FIELDS["postcode"], needed=True)
    town = TextField(FIELDS["town"], needed=True)
    country = TextField(FIELDS["country"], needed=True, hint=_l("Two letters, such as DE."))
    tax_number = TextField(FIELDS["tax_number"])
    vat_id = TextField(FIELDS["vat_id"], hint=_l("The tax number or the VAT id is needed."))


class IssuerForm(PartyForm):
    """The shop, and how its statements are made."""

    groups = (
        (_l("The shop, as statements name it"), tuple(FIELDS)),
        (_l("VAT and numbers"), ("vat_rate", "number_prefix")),
        (_l("Agreement with the partners"), ("agreement_version", "agreement_text")),
        (_l("When"), ("with_payouts",)),
    )
    leads = {  # noqa: RUF012
        "vat_rate": _l(
            "Commissions are amounts with VAT: the VAT is a part of what a partner who charges it has "
            "earned, and exactly what is posted is paid."
        )
    }
    vat_rate = PercentField(_l("VAT rate on commissions"), needed=True)
    number_prefix = TextField(
        _l("Beginning of the numbers"), longest=12, hint=_l("Year and running number follow.")
    )
    agreement_version = TextField(
        _l("Version"), longest=20, needed=True, hint=_l("A new version asks all partners again.")
    )
    agreement_text = NoteField(
        _l("What partners agree to"), longest=LONGEST_AGREEMENT, hint=_l("Empty: our own wording.")
    )
    with_payouts = CheckField(
        _l("Issue statements with each payout"),
        hint=_l("With the release of a run; partners without tax data or agreement get none."),
    )


@blueprint.route("/statements/settings", methods=["GET", "POST"])
def statement_settings_page() -> str | BaseResponse | tuple[str, int]:
    """Show and change the settings of statements."""
    given = request.form if request.method == "POST" else None
    form = IssuerForm(given, data=asdict(statement_settings.load(session().connection())))
    if given is None:
        return _issuer_page(form)
    if form.validate() and _issuer_saved(form):
        return done(to("statements"), _("The settings are saved."))
    return _issuer_page(form), 422


def _issuer_saved(form: NounForm) -> bool:
    wanted = Issuer(
        **party_of(_party(form)).data,
        vat_rate=form.vat_rate.data,
        number_prefix=form.number_prefix.data or "",
        agreement_version=form.agreement_version.data,
        agreement_text=(form.agreement_text.data or "").strip(),
        with_payouts=bool(form.with_payouts.data),
    )
    try:
        perform(lambda acting: statement_settings.save(acting.conn, wanted, who=acting.who, now=acting.now))
    except BadIssuer as bad:
        return _complained(form, bad.problems)
    return True


def _party(form: NounForm) -> dict[str, str]:
    return {name: form[name].data or "" for name in FIELDS}


def _complained(form: NounForm, problems: Mapping[str, TaxProblem]) -> bool:
    for name, problem in problems.items():
        form.complain(name, problem_text(problem))
    return False


def _issuer_page(form: NounForm) -> str:
    return render_template(
        "firstline/admin/form.html",
        here="statements",
        title=_("Settings of statements"),
        lead="",
        notes=(),
        ways=(),
        fields=form,
        action=to("statement_settings_page"),
        way_back=to("statements"),
    )


class TaxForm(PartyForm):
    """What a partner says for the tax office."""

    groups = (
        (_l("Status"), ("kind", "status")),
        (_l("As the invoices name the partner"), tuple(FIELDS)),
        (_l("Agreement"), ("agrees",)),
    )
    kind = ChoiceField(_l("Person or company"), choices=tuple(KINDS.items()))
    status = ChoiceField(_l("Tax status"), choices=tuple(STATUSES.items()))
    agrees = CheckField(
        _l("The partner has agreed in writing that the shop writes the statements"),
        hint=_l("Leave it empty where the partner is to agree in the desk."),
    )


@blueprint.route("/contacts/<firstline_id:contact_id>/tax", methods=["GET", "POST"])
def contact_tax(contact_id: int) -> str | BaseResponse | tuple[str, int]:
    """Show and change the tax data of a partner."""
    contact = session().get(Contact, contact_id)
    if contact is None or contact.erased_at is not None or contact.partner_since is None:
        abort(404)
    kept = tax_data.find(session().connection(), contact_id)
    given = request.form if request.method == "POST" else None
    first = {"kind": PersonKind.NATURAL.value, "status": TaxStatus.REGULAR.value, "name": contact.name}
    form = TaxForm(given, data=first if kept is None else kept.tax.data)
    if kept is not None and kept.agreed_at is not None:
        del form.agrees
    if given is None:
        return _tax_page(form, contact)
    if form.validate() and _tax_saved(form, contact_id):
        return done(contact_link(contact) or to("contacts"), _("The tax data is saved."))
    return _tax_page(form, contact), 422


def _tax_saved(form: NounForm, contact_id: int) -> bool:
    wanted = TaxData.of({"kind": form.kind.data, "status": form.status.data, **_party(form)})
    agrees = "agrees" in form and bool(form.agrees.data)
    try:
        perform(
            lambda acting: tax_data.save(
                acting.conn, contact_id, wanted, agrees=agrees, who=admin().name, now=acting.now
            )
        )
    except BadTaxData as bad:
        return _complained(form, bad.problems)
    return True


def _tax_page(form: NounForm, contact: Contact) -> str:
    return render_template(
        "firstline/admin/form.html",
        here="partners",
        title=_("Tax data"),
        lead=contact_name(contact),
        notes=(),
        ways=(),
        fields=form,
        action=to("contact_tax", contact_id=contact.id),
        way_back=contact_link(contact) or to("partners"),
    )


def tax_facts(contact_id: int) -> tuple[str, str]:
    """Say in a line how a partner is taxed, and what is missing."""
    conn = session().connection()
    kept = tax_data.find(conn, contact_id)
    reason = tax_data.why_not(kept, home=statement_settings.load(conn).country)
    if kept is None:
        return "", _("not said yet")
    party = kept.tax.party
    said = ", ".join((str(STATUSES[kept.tax.status.value]), party.name, party.vat_id or party.tax_number))
    return said, "" if reason is None else why_not_text(reason)
