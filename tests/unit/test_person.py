"""Who is the same person: e-mail, phone, address and the keys made of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.person import (
    address_folded,
    email_folded,
    email_key,
    keyed_hash,
    person_keys,
)
from flask_firstline.domain.phone import phone_e164

KEY = b"a key of the tests"


def keys_of(
    ref: str | None = None, email: str | None = None, *, key_id: str = "1", key: bytes = KEY
) -> tuple[str, ...]:
    return person_keys(ref, email, None, None, None, None, key_id=key_id, key=key)


def test_the_identity_of_an_e_mail_is_trimmed_and_casefolded_and_nothing_else() -> None:
    assert email_key(" Anna.Meier+Shop@Example.COM ") == "anna.meier+shop@example.com"


# fmt: off
@pytest.mark.parametrize(("email", "folded"), [
    ("anna@example.com",                "anna@example.com"),
    (" Anna+news@Example.com",          "anna@example.com"),
    ("anna.meier@example.com",          "anna.meier@example.com"),
    ("a.n.n.a+x+y@gmail.com",           "anna@gmail.com"),
    ("Anna@GoogleMail.com",             "anna@gmail.com"),
    ("anna@mail.gmail.com",             "anna@mail.gmail.com"),
    ("+news@example.com",               "+news@example.com"),
    ('"a@b"@example.com',               '"a@b"@example.com'),
    ("no address",                      "no address"),
    ("  ",                              ""),
])
# fmt: on
def test_the_mailbox_behind_an_e_mail(email: str, folded: str) -> None:
    assert email_folded(email) == folded


# fmt: off
@pytest.mark.parametrize(("phone", "country", "e164"), [
    # international
    ("+49 170 1234567",             None, "+491701234567"),
    ("0049 170 / 123 45 67",        None, "+491701234567"),
    ("+49 (0)170-1234567",          None, "+491701234567"),
    ("+49 ( 0 ) 170 1234567",       None, "+491701234567"),
    ("0049 (0) 170 1234567",        "AT", "+491701234567"),
    ("+490170 1234567",             None, "+491701234567"),
    ("＋４９ １７０ １２３４５６７",      None, "+491701234567"),
    ("+49\N{NO-BREAK SPACE}170\N{NON-BREAKING HYPHEN}1234567", None, "+491701234567"),
    ("+39 06 1234 5678",            None, "+390612345678"),
    ("+7 912 345-67-89",            None, "+79123456789"),
    ("+1 (212) 555-1234",           None, "+12125551234"),
    ("+44 20 7946 0958",            None, "+442079460958"),
    ("+420 601 123 456",            None, "+420601123456"),
    ("+852 2345 6789",              None, "+85223456789"),
    # national
    ("0170 1234567",                "DE", "+491701234567"),
    ("(0170) 123-45.67",            " de ", "+491701234567"),
    ("06 12345678",                 "NL", "+31612345678"),
    ("079 123 45 67",               "CH", "+41791234567"),
    ("8 (912) 345-67-89",           "RU", "+79123456789"),
    ("912 345 67 89",               "RU", "+79123456789"),
    ("800 123 45 67",               "RU", "+78001234567"),
    ("212 555 1234",                "US", "+12125551234"),
    ("1-212-555-1234",              "US", "+12125551234"),
    ("06 1234 5678",                "IT", "+390612345678"),
    ("601 123 456",                 "CZ", "+420601123456"),
    ("06 1 234 5678",               "HU", "+3612345678"),
    ("8 029 123 45 67",             "BY", "+375291234567"),
    # unsure
    ("170 1234567",                 "DE", None),
    ("0170 1234567",                None, None),
    ("0170 1234567",                "XX", None),
    ("0170 1234567 ext. 5",         "DE", None),
    ("12345",                       "DE", None),
    ("0170 123456789012",           "DE", None),
    ("+49 123",                     None, None),
    ("+39 (0)6 1234567",            None, None),
    ("+852 (0) 2345 6789",          None, None),
    ("+1 012 555 1234",             "US", None),
    ("+999 1234",                   None, None),
    ("+999 1234567890123",          None, None),
    ("+0 12345678",                 None, None),
    ("7 912 345 67 89",             "RU", None),
    ("call me",                     "DE", None),
    ("+",                           "DE", None),
    ("",                            "DE", None),
    (None,                          "DE", None),
])
# fmt: on
def test_a_phone_number_has_one_spelling_or_none(
    phone: str | None, country: str | None, e164: str | None
) -> None:
    assert phone_e164(phone, country) == e164


@given(st.text(alphabet="+0123456789 ()-/", max_size=22), st.sampled_from([None, "DE", "RU", "US", "IT"]))
def test_a_number_once_spelled_stays_so_in_every_country(text: str, country: str | None) -> None:
    number = phone_e164(text, country)
    if number is None:
        return

    assert 8 <= len(number) - 1 <= 15
    assert all(phone_e164(number, other) == number for other in (None, "DE", "RU", "US"))


# fmt: off
@pytest.mark.parametrize(("name", "address"), [
    ("Anna Müller",         "Hauptstraße 12a, 80331 München"),
    ("MÜLLER, Anna",        "Hauptstr. 12 a 80331 München"),
    ("Anna Mueller",        "Haupt-Strasse 12A, 80331 Muenchen"),
    ("  anna   müller ",    "hauptstr 12a\n80331 münchen"),
    ("Anna Mu\N{COMBINING DIAERESIS}ller", "Haupt Str. 12a; 80331 München"),
])
# fmt: on
def test_name_and_address_have_one_spelling(name: str, address: str) -> None:
    assert address_folded(name, address) == "anna mueller|hauptstr12a80331muenchen"


# fmt: off
@pytest.mark.parametrize(("one", "other"), [
    ("Weg 1, 23456 Ort",        "Weg 12, 3456 Ort"),
    ("Hauptstr. 12",            "Hauptstr. 13"),
    ("Hauptstr. 12",            "Hauptweg 12"),
])
# fmt: on
def test_other_places_have_another_spelling(one: str, other: str) -> None:
    assert address_folded("Anna", one) != address_folded("Anna", other)
    assert address_folded("Anna", one) != address_folded("Anne", one)


def test_streets_and_letters_of_other_languages_are_folded_too() -> None:
    assert address_folded("Пётр", "ул. Ленина, 5") == address_folded("петр", "улица Ленина 5")
    assert address_folded("José", "Dorpsstraat 5") == address_folded("Jose", "Dorpsstr. 5")
    assert address_folded("Søren", "Gade 5") == address_folded("Soeren", "gade 5")


@pytest.mark.parametrize(("name", "address"), [(None, "Weg 1"), ("Anna", None), ("", "Weg 1"), ("A", " - ")])
def test_half_an_address_is_none(name: str | None, address: str | None) -> None:
    assert address_folded(name, address) is None


def test_a_hash_depends_on_text_and_key() -> None:
    assert len(keyed_hash("a", KEY)) == 32
    assert keyed_hash("a", KEY) == keyed_hash("a", KEY)
    assert len({keyed_hash("a", KEY), keyed_hash("b", KEY), keyed_hash("a", b"another")}) == 3
    assert keyed_hash("\ud800", KEY)


def test_every_key_that_is_known_of_a_person_is_given_in_order() -> None:
    keys = person_keys(
        "4711",
        "Anna+x@Example.com",
        "0170 1234567",
        "DE",
        "Anna",
        "Weg 1",
        key_id="2",
        key=KEY,
    )

    assert keys == (
        f"address:2:{keyed_hash('anna|weg1', KEY)}",
        "email:anna@example.com",
        f"phone:2:{keyed_hash('+491701234567', KEY)}",
        "ref:4711",
    )


def test_what_is_not_known_makes_no_key() -> None:
    assert person_keys(None, None, None, None, None, None, key_id="1", key=KEY) == ()
    assert person_keys(" ", " ", "?", "DE", "Anna", None, key_id="1", key=KEY) == ()


def test_neither_phone_nor_address_can_be_read_from_the_keys() -> None:
    keys = person_keys(None, None, "0170 1234567", "DE", "Anna", "Weg 1", key_id="1", key=KEY)

    assert not any("1701234567" in key or "weg" in key for key in keys)


def test_keys_that_would_be_too_long_are_hashed_without_a_secret() -> None:
    longest = keys_of(ref="b" * 116)
    too_long = keys_of(ref="b" * 117)
    mail = keys_of(email="a" * 200 + "@example.com")

    assert longest == ("ref:" + "b" * 116,)
    assert too_long[0].startswith("ref:sha256:")
    assert mail[0].startswith("email:sha256:")
    assert mail == keys_of(email="A" * 200 + "+x@example.com", key_id="9", key=b"another")


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=30), st.text(max_size=300))
def test_no_key_is_longer_than_its_column(ref: str, email: str, phone: str, address: str) -> None:
    keys = person_keys(ref, email, phone, "DE", "Anna", address, key_id="1", key=KEY)

    assert all(len(key) <= 120 for key in keys)
    assert list(keys) == sorted(keys)
