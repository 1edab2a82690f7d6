"""Tax data: forms of VAT ids, what is missing, what does not fit the status."""

from __future__ import annotations

import pytest

from flask_firstline.domain.tax import PersonKind, TaxData, TaxProblem, TaxStatus, party_of, problems
from flask_firstline.domain.vat_id import VatIdProblem, can_check_digits, vat_id_problem

GOOD = {
    "kind": "natural", "status": "regular", "name": " Hans  Meier ", "street": "Am Markt 1",
    "postcode": "50667", "town": "Köln", "country": "de", "tax_number": "214/5120/0987",
    "vat_id": "de 136.695-976",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("DE136695976", None),
        ("NL004495445B01", None),
        ("ATU13585627", None),
        ("EL094259216", None),
        ("CHE107787577", None),
        ("XI123456789", None),
        ("DE12345678", VatIdProblem.FORM),
        ("DE13669597X", VatIdProblem.FORM),
        ("DE١٣٦٦٩٥٩٧٦", VatIdProblem.FORM),
        ("GR094259216", VatIdProblem.COUNTRY),
        ("136695976", VatIdProblem.COUNTRY),
        ("ДЕ136695976", VatIdProblem.COUNTRY),
    ],
)
def test_the_form_of_a_vat_id_is_that_of_its_country(text: str, problem: VatIdProblem | None) -> None:
    assert vat_id_problem(text) is problem


@pytest.mark.parametrize("text", ["DE136695978", "NL123456789B90", "ATU13585626"])
def test_check_digits_that_do_not_fit_are_found_where_the_library_is_there(text: str) -> None:
    pytest.importorskip("stdnum")

    assert can_check_digits()
    assert vat_id_problem(text) is VatIdProblem.DIGITS


def test_what_is_typed_is_read_without_blanks_too_many() -> None:
    read = TaxData.of(GOOD)

    assert (read.kind, read.status) == (PersonKind.NATURAL, TaxStatus.REGULAR)
    assert (read.party.name, read.party.country, read.party.vat_id) == ("Hans Meier", "DE", "DE136695976")
    assert problems(read, home="DE") == {}
    assert TaxData.of(read.data) == read


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"street": ""}, {"street": TaxProblem.MISSING}),
        ({"town": "x" * 71}, {"town": TaxProblem.LONG}),
        ({"country": "D"}, {"country": TaxProblem.COUNTRY_CODE, "status": TaxProblem.ABROAD}),
        ({"vat_id": "", "tax_number": ""}, {"tax_number": TaxProblem.NUMBER}),
        ({"vat_id": ""}, {}),
        ({"tax_number": ""}, {}),
        ({"vat_id": "DE1"}, {"vat_id": TaxProblem.VAT_FORM}),
        ({"country": "FR"}, {"status": TaxProblem.ABROAD}),
        ({"country": "FR", "status": "small"}, {"status": TaxProblem.ABROAD}),
        ({"status": "foreign"}, {"status": TaxProblem.AT_HOME}),
        ({"status": "foreign", "country": "FR", "vat_id": ""}, {"vat_id": TaxProblem.MISSING}),
        ({"status": "foreign", "country": "CH", "vat_id": ""}, {}),
        (
            {"status": "foreign", "country": "CH", "vat_id": "", "tax_number": ""},
            {"tax_number": TaxProblem.NUMBER},
        ),
    ],
)
def test_what_is_wrong_is_said_by_field(changed: dict[str, str], found: dict[str, TaxProblem]) -> None:
    assert problems(TaxData.of({**GOOD, **changed}), home="DE") == found


def test_without_a_country_of_the_shop_the_status_is_believed() -> None:
    for status in TaxStatus:
        assert "status" not in problems(TaxData.of({**GOOD, "status": status.value}), home="")


def test_a_party_keeps_only_its_own_fields() -> None:
    assert set(party_of({**GOOD, "more": "x"}).data) == {
        "name", "street", "postcode", "town", "country", "tax_number", "vat_id"
    }  # fmt: skip
