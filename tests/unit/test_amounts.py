"""Amounts as people write and read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.amounts import format_amount, format_percent, parse_amount

NO_BREAK, NARROW, THIN = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{THIN SPACE}"
MINUS = "\N{MINUS SIGN}"
SHIPPED = ["en", "de", "nl", "ru"]
FURTHER = ["de_AT", "de-CH", "fr", "en_IN", "sv", "pl", "es", "ja", "ar", "pt_CV"]


# fmt: off
@pytest.mark.parametrize(("text", "locale", "currency", "amount"), [
    # the customs of each locale
    ("1,234.50",                 "en", "EUR", 123450),
    ("1.234,50",                 "de", "EUR", 123450),
    ("1.234,50",                 "nl", "EUR", 123450),
    ("1 234,50",                 "ru", "EUR", 123450),
    (f"1{NO_BREAK}234,50",       "ru", "EUR", 123450),
    (f"1{NARROW}234,50",         "ru", "EUR", 123450),
    (f"1{NARROW}234{THIN}567,50", "fr", "EUR", 123456750),
    ("1'234.50",                 "de-CH", "CHF", 123450),
    ("1’234.50",                 "de_CH", "CHF", 123450),
    ("12,34,567.50",             "en_IN", "INR", 123456750),
    # without grouping, with fewer decimals, with zeros in front
    ("5",                        "de", "EUR", 500),
    ("5,5",                      "de", "EUR", 550),
    ("0,05",                     "de", "EUR", 5),
    ("007,50",                   "de", "EUR", 750),
    ("1234567,89",               "de", "EUR", 123456789),
    ("999999999999,99",          "de", "EUR", 99999999999999),
    # a lone separator that cannot group
    ("5.00",                     "de", "EUR", 500),
    ("5,00",                     "en", "EUR", 500),
    ("1234.50",                  "de", "EUR", 123450),
    ("5.00",                     "ru", "RUB", 500),
    ("5.00",                     "de-CH", "CHF", 500),
    ("5,00",                     "de-CH", "CHF", 500),
    # one that groups
    ("1.234",                    "de", "EUR", 123400),
    ("1,234",                    "en", "EUR", 123400),
    ("1.234",                    "de", "JPY", 1234),
    # three decimals
    ("1,234",                    "de", "KWD", 1234),
    ("1.234",                    "en", "KWD", 1234),
    ("1234.567",                 "de", "KWD", 1234567),
    ("0.500",                    "de", "KWD", 500),
    ("1 234",                    "ru", "KWD", 1234000),
    ("1.234.567",                "de", "KWD", 1234567000),
    # signs and currencies
    ("-5",                       "de", "EUR", -500),
    (f"{MINUS}5",                "de", "EUR", -500),
    ("+5",                       "de", "EUR", 500),
    ("- 5,00",                   "de", "EUR", -500),
    ("-0",                       "de", "EUR", 0),
    ("5 €",                      "de", "EUR", 500),
    ("5€",                       "de", "EUR", 500),
    ("€ 5",                      "nl", "EUR", 500),
    (f"€{NO_BREAK}-5",           "nl", "EUR", -500),
    ("-€5.00",                   "en", "EUR", -500),
    ("5 EUR",                    "de", "EUR", 500),
    ("eur 5",                    "de", "EUR", 500),
    ("500 ₽",                    "ru", "RUB", 50000),
    ("$5",                       "en", "USD", 500),
    ("  5,00  ",                 "de", "eur", 500),
])
# fmt: on
def test_what_people_type_is_read_by_the_customs_of_their_locale(
    text: str, locale: str, currency: str, amount: int
) -> None:
    assert parse_amount(text, locale=locale, currency=currency) == amount


# fmt: off
@pytest.mark.parametrize(("text", "locale", "currency", "sentence"), [
    # of another locale
    ("1,234.50",        "de", "EUR", "as it is written in de"),
    ("1.234,50",        "en", "EUR", "as it is written in en"),
    ("1 234,50",        "de", "EUR", "as it is written in de"),
    ("1'234.50",        "de", "EUR", "as it is written in de"),
    ("1.5",             "de", "EUR", "as it is written in de"),
    ("1,5",             "en", "EUR", "as it is written in en"),
    # grouped wrongly
    ("1.2.3",           "de", "EUR", "as it is written in de"),
    ("1,23,4",          "de", "EUR", "as it is written in de"),
    ("12.34.567",       "de", "EUR", "as it is written in de"),
    ("1234.567",        "de", "EUR", "as it is written in de"),
    ("0.500",           "de", "EUR", "as it is written in de"),
    ("1.234.50",        "de", "EUR", "as it is written in de"),
    ("1..234",          "de", "EUR", "as it is written in de"),
    ("1 2",             "ru", "EUR", "as it is written in ru"),
    ("1\n234",          "ru", "EUR", "as it is written in ru"),
    # could be read in two ways
    ("1.234",           "de", "KWD", "read in two ways"),
    ("1,234",           "en", "KWD", "read in two ways"),
    ("1.234",           "ru", "KWD", "read in two ways"),
    ("1,234",           "de-CH", "KWD", "read in two ways"),
    # too fine, too large, too long
    ("5,001",           "de", "EUR", "more than the 2 decimals of EUR"),
    ("5,000",           "de", "EUR", "more than the 2 decimals of EUR"),
    ("5,00",            "de", "JPY", "more than the 0 decimals of JPY"),
    ("5.0",             "de", "JPY", "more than the 0 decimals of JPY"),
    ("1234567890123",   "en", "EUR", "at most 12 digits"),
    ("5" * 61,          "en", "EUR", "too long"),
    # no number
    ("",                "en", "EUR", "amount is missing"),
    (" \t",             "en", "EUR", "amount is missing"),
    ("NaN",             "en", "EUR", "is not an amount"),
    ("Infinity",        "en", "EUR", "is not an amount"),
    ("-",               "en", "EUR", "is not an amount"),
    ("٥",               "ar", "EUR", "is not an amount"),
    ("1٥",              "en", "EUR", "is not an amount in EUR"),
    ("1٥1",             "en", "EUR", "as it is written in en"),
    ("1e9",             "en", "EUR", "as it is written in en"),
    ("0x10",            "en", "EUR", "as it is written in en"),
    ("1_000",           "en", "EUR", "as it is written in en"),
    ("5,",              "de", "EUR", "is not an amount in EUR"),
    (".5",              "en", "EUR", "is not an amount in EUR"),
    ("(5)",             "en", "EUR", "is not an amount in EUR"),
    # signs
    ("5-",              "en", "EUR", "a sign stands once and in front"),
    ("--5",             "en", "EUR", "a sign stands once and in front"),
    ("-€-5",            "en", "EUR", "a sign stands once and in front"),
    ("€-x5",            "en", "EUR", "a sign stands once and in front"),
    ("1-2",             "en", "EUR", "as it is written in en"),
    # currencies
    ("$5",              "en", "EUR", "is not an amount in EUR"),
    ("5 USD",           "en", "EUR", "is not an amount in EUR"),
    ("€5€",             "en", "EUR", "is not an amount in EUR"),
    ("$5",              "en", "CAD", "is not an amount in CAD"),
    ("5",               "en", "XYZ", "unknown currency 'XYZ'"),
])
# fmt: on
def test_what_is_dangerous_or_ambiguous_is_refused_with_a_sentence(
    text: str, locale: str, currency: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_amount(text, locale=locale, currency=currency)


# fmt: off
@pytest.mark.parametrize(("amount", "currency", "locale", "shown"), [
    (123450,  "EUR", "en",    "€1,234.50"),
    (123450,  "EUR", "de",    f"1.234,50{NO_BREAK}€"),
    (123450,  "EUR", "nl",    f"€{NO_BREAK}1.234,50"),
    (123450,  "RUB", "ru",    f"1{NO_BREAK}234,50{NO_BREAK}₽"),
    (-500,    "EUR", "en",    f"{MINUS}€5.00"),
    (-500,    "EUR", "de",    f"{MINUS}5,00{NO_BREAK}€"),
    (-500,    "EUR", "nl",    f"€{NO_BREAK}{MINUS}5,00"),
    (-500,    "CHF", "de_CH", f"CHF{NO_BREAK}{MINUS}5.00"),
    (0,       "EUR", "de",    f"0,00{NO_BREAK}€"),
    (1234,    "JPY", "de",    f"1.234{NO_BREAK}¥"),
    (1234567, "KWD", "en",    f"KWD{NO_BREAK}1,234.567"),
    (500,     "HUF", "de",    f"5,00{NO_BREAK}HUF"),
    (50000,   "CLF", "en",    f"CLF{NO_BREAK}5.0000"),
])
# fmt: on
def test_an_amount_is_shown_by_the_customs_of_the_locale(
    amount: int, currency: str, locale: str, shown: str
) -> None:
    assert format_amount(amount, currency, locale) == shown


# fmt: off
@pytest.mark.parametrize(("value", "locale", "shown"), [
    (19,              "en", "19%"),
    (19,              "de", f"19{NO_BREAK}%"),
    (Decimal("8.1"),  "de", f"8,1{NO_BREAK}%"),
    (Decimal("7.00"), "nl", "7%"),
    (Decimal("0.25"), "ru", f"0,25{NO_BREAK}%"),
    (-5,              "en", f"{MINUS}5%"),
    (0,               "en", "0%"),
])
# fmt: on
def test_a_rate_is_shown_in_per_cent_with_the_decimals_it_has(
    value: Decimal | int, locale: str, shown: str
) -> None:
    assert format_percent(value, locale) == shown


def test_a_locale_may_be_given_ready_made() -> None:
    german = Locale.parse("de")

    assert parse_amount("1.234,50", locale=german, currency="EUR") == 123450
    assert format_amount(500, "EUR", german) == format_amount(500, "EUR", "de")


@given(
    amount=st.integers(-99_999_999_999, 99_999_999_999),
    currency=st.sampled_from(["EUR", "USD", "CHF", "RUB", "JPY", "KWD", "CLF"]),
    locale=st.sampled_from(SHIPPED + FURTHER),
)
def test_what_is_shown_can_be_typed_again(amount: int, currency: str, locale: str) -> None:
    shown = format_amount(amount, currency, locale)

    assert parse_amount(shown, locale=locale, currency=currency) == amount
    assert "-" not in shown and " " not in shown


@given(st.text(alphabet="0123456789.,' -+€eE" + NO_BREAK + NARROW, max_size=14), st.sampled_from(SHIPPED))
def test_whatever_is_typed_gives_an_amount_or_a_sentence(text: str, locale: str) -> None:
    try:
        amount = parse_amount(text, locale=locale, currency="EUR")
    except ValueError as refusal:
        assert len(str(refusal)) > 10
    else:
        shown = format_amount(amount, "EUR", locale)
        written = "".join(filter(str.isdigit, text)).lstrip("0")
        assert "".join(filter(str.isdigit, shown)).lstrip("0").startswith(written)


@given(st.text(max_size=30), st.sampled_from(SHIPPED))
def test_no_text_does_any_harm(text: str, locale: str) -> None:
    try:
        parse_amount(text, locale=locale, currency="EUR")
    except ValueError as refusal:
        assert str(refusal)
