"""Bank details: what can be an account, and names in letters that every bank reads."""

from __future__ import annotations

import pytest

from flask_firstline.domain.bank import (
    BankProblem,
    bank_text,
    bic_problem,
    grouped,
    iban_problem,
    masked,
    masked_email,
    squeezed,
)

RIGHT = (
    "DE89370400440532013000",
    "NL91ABNA0417164300",
    "AT611904300234573201",
    "CH9300762011623852957",
    "FR1420041010050500013M02606",
    "GB29NWBK60161331926819",
    "NO9386011117947",
    "MT84MALT011000012345MTLCAST001S",
)


@pytest.mark.parametrize("iban", RIGHT)
def test_ibans_of_many_countries_hold(iban: str) -> None:
    assert iban_problem(iban) is None
    assert squeezed(grouped(iban).lower()) == iban


@pytest.mark.parametrize("iban", RIGHT)
def test_every_single_wrong_digit_is_found(iban: str) -> None:
    for place in range(4, len(iban)):
        if iban[place].isdigit():
            other = str((int(iban[place]) + 1) % 10)
            assert iban_problem(iban[:place] + other + iban[place + 1 :]) is not None


@pytest.mark.parametrize(
    ("iban", "problem"),
    [
        ("", BankProblem.SIGNS),
        ("37040044", BankProblem.SIGNS),
        ("DE89!70400440532013000", BankProblem.SIGNS),
        ("ZZ89370400440532013000", BankProblem.COUNTRY),
        ("DE8937040044053201300", BankProblem.LENGTH),
        ("DE893704004405320130000", BankProblem.LENGTH),
        ("DE88370400440532013000", BankProblem.CHECKSUM),
        ("BR1500000000000010932840814P2", BankProblem.NOT_SEPA),
    ],
)
def test_what_is_wrong_with_an_iban_is_named(iban: str, problem: BankProblem) -> None:
    assert iban_problem(iban) is problem


@pytest.mark.parametrize(
    ("bic", "problem"),
    [
        ("COBADEFF", None),
        ("COBADEFFXXX", None),
        ("COBADEF", BankProblem.BIC),
        ("C0BADEFF", BankProblem.BIC),
        ("ABNANL2A", BankProblem.BIC_COUNTRY),
    ],
)
def test_a_bic_has_its_form_and_the_country_of_the_account(bic: str, problem: BankProblem | None) -> None:
    assert bic_problem(bic, RIGHT[0]) is problem


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Jürgen Größe", "Juergen Groesse"),
        ("ÄRGER", "AeRGER"),
        ("Юрий Щукин", "Iurii Shchukin"),
        ("Łódź Žižek", "Lodz Zizek"),
        ("Müller & Söhne", "Mueller + Soehne"),
        ("Σωκράτης", "Sokratis"),
        ("-/Anna//", "-/Anna"),
        ("Anna\N{ZERO WIDTH SPACE} “B”", "Anna B"),
        ("名前", ""),
    ],
)
def test_names_are_written_as_banks_accept_them(name: str, written: str) -> None:
    assert bank_text(name) == written


def test_a_name_is_cut_to_what_fits() -> None:
    assert len(bank_text("ß" * 60)) == 70


def test_only_the_end_of_an_account_is_shown() -> None:
    assert masked(RIGHT[0]) == "DE·· 3000"
    assert masked_email("petra@pay.example") == "p…@pay.example"
    assert masked("") == masked_email("") == ""
