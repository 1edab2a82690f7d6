"""What can be brought from other systems: our columns by kind of file, and how others call them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from ..models import UploadKind

_LETTERS = re.compile(r"[\W_]+")


class Field(StrEnum):
    """A column of ours."""

    OLD = "old"
    """The number or name under which the other system knows this one."""
    NUMBER = "number"
    """The shop's customer number."""
    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    COMPANY = "company"
    PHONE = "phone"
    SITE = "site"
    LANGUAGE = "language"
    STATUS = "status"
    TYPE = "type"
    """Prospect or customer, or whether this one has bought."""
    SINCE = "since"
    """Partners: joined on. Contacts: since when they have their sponsor."""
    ABOVE = "above"
    """The partner above, the sponsor: by the old number, e-mail, customer number or #id."""
    PARTNER = "partner"
    """Whose balance it is, named in the same ways."""
    AMOUNT = "amount"
    CURRENCY = "currency"
    AS_OF = "as_of"
    NOTE = "note"


_PEOPLE = (Field.OLD, Field.NUMBER, Field.EMAIL, Field.NAME, Field.FIRST_NAME, Field.LAST_NAME)
FIELDS: Mapping[UploadKind, Sequence[Field]] = {
    UploadKind.PARTNERS: (
        *_PEOPLE,
        Field.COMPANY,
        Field.PHONE,
        Field.SITE,
        Field.LANGUAGE,
        Field.STATUS,
        Field.SINCE,
        Field.ABOVE,
    ),
    UploadKind.CONTACTS: (
        *_PEOPLE,
        Field.COMPANY,
        Field.PHONE,
        Field.LANGUAGE,
        Field.TYPE,
        Field.ABOVE,
        Field.SINCE,
    ),
    UploadKind.BALANCES: (Field.PARTNER, Field.AMOUNT, Field.CURRENCY, Field.AS_OF, Field.NOTE),
}
NEEDED: Mapping[UploadKind, Sequence[Field]] = {
    UploadKind.PARTNERS: (),
    UploadKind.CONTACTS: (),
    UploadKind.BALANCES: (Field.PARTNER, Field.AMOUNT),
}
"""Columns without which a file of the kind says nothing; people need one of the ways to find them."""
WAYS = (Field.NUMBER, Field.EMAIL)
DATES = (Field.SINCE, Field.AS_OF)


class Left(StrEnum):
    """Columns that are known and not taken, by the reason."""

    BANK = "bank"
    LOG_IN = "log_in"
    CODE = "code"
    LINK = "link"
    SUM = "sum"


_NAMES: Mapping[Field, str] = {
    Field.OLD: """
        id|affiliate id|affiliateid|userid|user id|partner id|partnerid|refid|ref id|reference|referenz|
        partnernummer|partner nr|partner no|old number|old id|external id|tenant id|member id|mitgliedsnummer|
        alte nummer|relatienummer|affiliatenummer|partnernummer|referentie|код|ид|номер партнера|id партнера|
        ид партнера|contact id|lead id|referral id|vp|vp nr|vp nummer|old""",
    Field.NUMBER: """
        customer number|customer no|customer id|customerid|customer ref|customer|kundennummer|kunden nr|kdnr|
        kunde|klantnummer|klant id|klant|номер клиента|id клиента|клиент|number|wp user id|shop id""",
    Field.EMAIL: """
        email|e mail|email address|e mail address|mail|mail address|emailadresse|e mail adresse|mailadresse|
        e mailadres|emailadres|mailadres|эл почта|электронная почта|почта|адрес почты|payment email|
        affiliate email|user email|customer email|username email""",
    Field.NAME: """
        name|full name|fullname|display name|partner name|affiliate name|customer name|naam|volledige naam|
        vollständiger name|имя и фамилия|фио|имя|title""",
    Field.FIRST_NAME: "first name|firstname|vorname|given name|voornaam|имя собственное",
    Field.LAST_NAME: "last name|lastname|surname|family name|nachname|familienname|achternaam|фамилия",
    Field.COMPANY: """
        company|company name|organisation|organization|firma|firmenname|unternehmen|bedrijf|bedrijfsnaam|
        компания|фирма|организация""",
    Field.PHONE: "phone|telephone|phone number|mobile|telefon|telefonnummer|handy|telefoon|mobiel|телефон",
    Field.SITE: "website|web site|site|url|website url|homepage|webseite|internetseite|сайт|веб сайт",
    Field.LANGUAGE: "language|locale|lang|sprache|taal|язык",
    Field.STATUS: "status|state|partner status|affiliate status|zustand|статус|состояние|rstatus",
    Field.TYPE: """
        type|address type|adresstyp|adress typ|has bought|bought|is customer|hat gekauft|gekauft|
        adrestype|soort adres|heeft gekocht|тип|тип адреса|покупал""",
    Field.SINCE: """
        since|joined|joined on|join date|joined at|registered|registration date|date registered|dateinserted|
        date inserted|created|created at|createdat|date|beigetreten|seit|angelegt|angelegt am|
        registriert am|eintritt|datum|sinds|lid sinds|aangemeld op|aangemaakt|с|дата регистрации|создан|
        sponsor since|lead since""",
    Field.ABOVE: """
        parent|parent id|parent affiliate|parent affiliate id|parentuserid|parent user id|sponsor|sponsor id|
        sponsor email|referrer|referred by|upline|recruiter|affiliate|partner|partner above|werber|
        übergeordnet|übergeordneter partner|sponsornummer|geworben von|bovenliggende partner|aangebracht door|
        спонсор|родитель|вышестоящий партнер|пригласил|direct affiliate|partner email|
        partnerkey|partner key""",
    Field.PARTNER: """
        partner|partner id|partnerid|affiliate|affiliate id|affiliateid|user id|userid|partner email|email|
        e mail|partnernummer|id|партнер|ид партнера|affiliatenummer|refid|name of partner""",
    Field.AMOUNT: """
        amount|balance|open balance|opening balance|unpaid|unpaid earnings|unpaid earning|due|owed|earnings|
        commission|payout amount|betrag|saldo|guthaben|offen|offener betrag|provision|bedrag|openstaand|
        tegoed|сумма|баланс|остаток|к выплате|approved""",
    Field.CURRENCY: "currency|currency code|währung|valuta|munt|валюта",
    Field.AS_OF: "as of|as of date|date|stichtag|per|datum|stand|peildatum|дата|на дату",
    Field.NOTE: "note|notes|comment|remark|notiz|bemerkung|opmerking|notitie|примечание|комментарий",
}
_LEFT_NAMES: Mapping[Left, str] = {
    Left.BANK: """
        iban|bic|swift|bank|bank account|account number|bank details|payment method|payout method|paypal|
        paypal email|account holder|bankverbindung|kontonummer|kontoinhaber|blz|rekeningnummer|счет|
        банковский счет|stripe connect id|payoutoptionid|bank name|bankname|vat id|tax id|steuernummer""",
    Left.LOG_IN: "password|passwort|wachtwoord|пароль|user pass|rpassword|api key|token|secret",
    Left.CODE: """
        code|coupon|coupon code|coupons|discount code|gutscheincode|gutschein|kortingscode|промокод|купон|
        voucher""",
    Left.LINK: """
        link|referral link|affiliate link|tracking id|tracking link|slug|short link|partner link|links|
        referral url|username|benutzername|gebruikersnaam|login""",
    Left.SUM: """
        earnings|paid earnings|total earnings|rate|commission rate|rate type|referrals|visits|clicks|leads|
        conversions|sales|total commissions|net revenue|total payouts|provisionssatz""",
}


def plain_name(text: str) -> str:
    """Give the name of a column without case and signs, so that spellings of one name are the same."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return _LETTERS.sub(" ", folded).strip()


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plain_name(name) for name in text.split("|") if plain_name(name)))


_BY_FIELD = {one: (plain_name(one.value), *_names(names)) for one, names in _NAMES.items()}
_BY_LEFT = {name: reason for reason, names in _LEFT_NAMES.items() for name in _names(names)}


def guessed(kind: UploadKind, heading: Sequence[str]) -> dict[Field, int]:
    """Guess by the names of the columns which is which; a column is taken once, the surest name first."""
    plain = [plain_name(name) for name in heading]
    hits = sorted(
        (names.index(name), order, place, field)
        for order, field in enumerate(FIELDS[kind])
        for names in [_BY_FIELD[field]]
        for place, name in enumerate(plain)
        if name in names
    )
    found: dict[Field, int] = {}
    for _sure, _order, place, field in hits:
        if field not in found and place not in found.values():
            found[field] = place
    return found


def left_out(heading: Sequence[str], taken: Mapping[Field, int]) -> dict[int, Left]:
    """Say which columns are known and not taken, and why."""
    places = set(taken.values())
    known = {place: _BY_LEFT.get(plain_name(name)) for place, name in enumerate(heading)}
    return {place: reason for place, reason in known.items() if reason and place not in places}
