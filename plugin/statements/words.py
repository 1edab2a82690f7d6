"""Statements in the reader's language: statuses, what is wrong with tax data, why something is refused."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain.statement import WhyNot
from ..domain.tax import PersonKind, TaxProblem, TaxStatus
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l

KINDS: Mapping[str, str] = {
    PersonKind.NATURAL.value: _l("Person or sole trader"),
    PersonKind.LEGAL.value: _l("Company"),
}
STATUSES: Mapping[str, str] = {
    TaxStatus.REGULAR.value: _l("Charges VAT"),
    TaxStatus.SMALL.value: _l("Small business, charges no VAT"),
    TaxStatus.FOREIGN.value: _l("In another country than the shop (reverse charge)"),
}
FIELDS: Mapping[str, str] = {
    "name": _l("Name or company"),
    "street": _l("Street and number"),
    "postcode": _l("Postcode"),
    "town": _l("Town"),
    "country": _l("Country"),
    "tax_number": _l("Tax number"),
    "vat_id": _l("VAT id"),
}
_PROBLEMS: Mapping[str, str] = {
    TaxProblem.MISSING.value: _l("Please fill this in."),
    TaxProblem.LONG.value: _l("This is too long."),
    TaxProblem.COUNTRY_CODE.value: _l("Two letters, please, such as DE or NL."),
    TaxProblem.VAT_FORM.value: _l("VAT ids of this country look otherwise. Please check it."),
    TaxProblem.VAT_DIGITS.value: _l("The check digits do not fit: there is a typing mistake in it."),
    TaxProblem.VAT_COUNTRY.value: _l("A VAT id begins with the two letters of its country, such as DE."),
    TaxProblem.NUMBER.value: _l("Please give the tax number or the VAT id; one of them is needed."),
    TaxProblem.AT_HOME.value: _l("The address is in the shop's own country. Please choose another status."),
    TaxProblem.ABROAD.value: _l(
        "The address is in another country than the shop. Please choose that status."
    ),
    TaxProblem.SIGNS.value: _l("Only letters, digits, dashes and dots, please."),
    TaxProblem.RATE.value: _l("A rate is at least 0 and below 100."),
}
_WHY_NOT: Mapping[str, str] = {
    WhyNot.NO_TAX_DATA.value: _l("Tax data is missing or incomplete"),
    WhyNot.NO_AGREEMENT.value: _l("Has not agreed yet that the shop writes the statements"),
}
_REFUSALS: Mapping[str, str] = {
    "not_over": _l("This month is not over yet. Please issue its statements afterwards."),
    "no_issuer": _l("Say first who the shop is for the tax office: see the settings of statements."),
    "no_tax_data": _l("The partner's tax data or agreement is missing. Please complete it first."),
    "number_taken": _l(
        "This number was given before. Please change the prefix in the settings of statements."
    ),
    "why": _l("Please say what is wrong."),
    "void": _l("This statement has no effect any more already."),
    "not_void": _l("Nobody has objected to this statement."),
    "replaced": _l("This statement was issued anew already."),
}


def problem_text(problem: TaxProblem) -> str:
    """Say what is wrong with a field, and what to do."""
    return str(_PROBLEMS[problem.value])


def why_not_text(reason: WhyNot) -> str:
    """Say why a partner gets no statement."""
    return str(_WHY_NOT[reason.value])


def refusal_text(problem: str, otherwise: str) -> str:
    """Say why an act on statements was refused."""
    return str(_REFUSALS.get(problem, otherwise))


def agreement_text(own: str) -> str:
    """Give what partners agree to: the shop's own words, or ours."""
    return own or _(
        "The shop writes the invoices for my commissions and gives them to me as statements. I check each "
        "one and object at once where something is wrong; I tell the shop when my tax status changes."
    )
