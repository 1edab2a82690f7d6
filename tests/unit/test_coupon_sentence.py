"""What a coupon does, in one sentence and in four languages."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from gettext import NullTranslations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.support import Translations

import flask_firstline
from flask_firstline.domain.coupon import CouponTerms, Kind, OrderValue, Treatment
from flask_firstline.domain.coupon_sentence import coupon_sentence
from flask_firstline.domain.tongue import Tongue, clock
from flask_firstline.domain.window import Period

BERLIN = ZoneInfo("Europe/Berlin")
CATALOGUES = Path(flask_firstline.__file__).parent / "translations"
NBSP = "\N{NO-BREAK SPACE}"


def five(**terms: Any) -> CouponTerms:
    return CouponTerms(**{"name": "x", "kind": Kind.AMOUNT, "amount": 500, "currency": "EUR", **terms})


def said(terms: CouponTerms, tongue: Tongue | None = None) -> str:
    return coupon_sentence(terms, tongue or Tongue(zone=BERLIN)).replace(NBSP, " ")


def speaking(language: str) -> Tongue:
    found = Translations.load(str(CATALOGUES), [language], "firstline")
    assert isinstance(found, NullTranslations)
    return Tongue(locale=Locale(language), zone=BERLIN, translations=found)


def midnight(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=BERLIN)


# fmt: off
@pytest.mark.parametrize(("terms", "sentence"), [
    ({}, "€5.00 off"),
    ({"treatment": Treatment.GOODWILL}, "€5.00 off, as goodwill"),
    ({"vat_rate": Decimal(7)}, "€5.00 off, with 7% VAT"),
    ({"treatment": Treatment.SINGLE_PURPOSE, "vat_rate": Decimal(7)},
     "€5.00 off, sold as a voucher with 7% VAT"),
    ({"treatment": Treatment.MULTI_PURPOSE}, "€5.00 of store credit"),
    ({"min_order": 2000}, "€5.00 off, from €20.00"),
    ({"max_order": 2000}, "€5.00 off, up to €20.00"),
    ({"min_order": 0, "max_order": 2000}, "€5.00 off, from €0.00 to €20.00"),
    ({"min_order": 2000, "order_value": OrderValue.AFTER}, "€5.00 off, from €20.00 after discount"),
    ({"order_value": OrderValue.AFTER}, "€5.00 off"),
    ({"min_order": 2000, "minimum_again": True}, "€5.00 off, from €20.00, also when the order is changed"),
    ({"minimum_again": True}, "€5.00 off"),
    ({"products": frozenset("ba"), "categories": frozenset({"Tea"})},
     "€5.00 off, only on a, b, category Tea"),
    ({"not_products": frozenset("abcd")}, "€5.00 off, not on a, b, c and 1 more"),
    ({"not_products": frozenset("abcde")}, "€5.00 off, not on a, b, c and 2 more"),
    ({"new_customers_only": True, "link_only": True}, "€5.00 off, new customers only, by link only"),
    ({"valid_from": midnight(5, 1)}, "€5.00 off, from May 1, 2026"),
    ({"valid_from": datetime(2026, 5, 1, 16, tzinfo=UTC)}, "€5.00 off, from May 1, 2026 18:00"),
    ({"valid_until": midnight(6, 1)}, "€5.00 off, until May 31, 2026"),
    ({"valid_until": datetime(2026, 6, 1, 16, tzinfo=UTC)}, "€5.00 off, until Jun 1, 2026 18:00"),
    ({"valid_from": midnight(3, 29), "valid_until": midnight(3, 30)}, "€5.00 off, only on Mar 29, 2026"),
    ({"valid_from": midnight(3, 28), "valid_until": midnight(3, 30)},
     "€5.00 off, from Mar 28, 2026, until Mar 29, 2026"),
    ({"days": frozenset({4}), "opens": 1080, "closes": 1320}, "€5.00 off, Fridays 18:00–22:00"),
    ({"days": frozenset({5, 6})}, "€5.00 off, Sat, Sun"),
    ({"days": frozenset({0, 1, 2, 4, 6})}, "€5.00 off, Mon–Wed, Fri, Sun"),
    ({"opens": 1320, "closes": 120}, "€5.00 off, 22:00–02:00"),
    ({"opens": 1320}, "€5.00 off, 22:00–24:00"),
    ({"closes": 600}, "€5.00 off, 00:00–10:00"),
    ({"max_uses": 1}, "€5.00 off, at most 1 time"),
    ({"max_uses": 1000, "max_per_code": 2, "max_per_customer": 3},
     "€5.00 off, at most 1,000 times, at most 2 times per code, at most 3 times per customer"),
    ({"period": Period.WEEK, "max_in_period": 5}, "€5.00 off, at most 5 times a week"),
    ({"period": Period.DAY, "max_per_customer_in_period": 1}, "€5.00 off, at most 1 time a day per customer"),
    ({"budget": 50000, "order_budget": 500000},
     "€5.00 off, discounts of at most €500.00 in all, orders of at most €5,000.00 in all"),
    ({"stackable": True}, "€5.00 off, beside other codes"),
    ({"stackable": True, "stack_group": "spring", "most_codes": 2},
     "€5.00 off, beside codes of other groups than spring, at most 2 codes on an order"),
])
# fmt: on
def test_each_term_is_said(terms: dict[str, Any], sentence: str) -> None:
    assert said(five(**terms)) == sentence


def test_per_cent_and_free_shipping_are_said() -> None:
    ten = CouponTerms(name="x", kind=Kind.PERCENT, percent=Decimal("12.5"), cap=800, currency="CHF")

    assert said(ten) == "12.5% off, at most CHF 8.00"
    assert said(CouponTerms(name="x", kind=Kind.SHIPPING)) == "Free shipping"


FULL = five(
    min_order=2000,
    new_customers_only=True,
    days=frozenset({4}),
    opens=1080,
    closes=1320,
    max_uses=100,
    period=Period.DAY,
    max_per_customer_in_period=1,
)


# fmt: off
@pytest.mark.parametrize(("language", "sentence"), [
    ("en", "€5.00 off, from €20.00, new customers only, Fridays 18:00–22:00, at most 100 times, "
           "at most 1 time a day per customer"),
    ("de", "5,00 € Rabatt, ab 20,00 €, nur für Neukunden, freitags 18:00–22:00, höchstens 100-mal, "
           "höchstens 1-mal am Tag je Kunde"),
    ("nl", "€ 5,00 korting, vanaf € 20,00, alleen nieuwe klanten, op vrijdag 18:00–22:00, "
           "hoogstens 100 keer, hoogstens 1 keer per dag per klant"),
    ("ru", "скидка 5,00 €, от 20,00 €, только новые клиенты, по пятницам 18:00–22:00, "
           "не больше 100 раз, не больше 1 раза в день на клиента"),
])
# fmt: on
def test_it_is_said_in_every_language(language: str, sentence: str) -> None:
    assert said(FULL, speaking(language)) == sentence


@pytest.mark.parametrize("language", ["de", "nl", "ru"])
def test_no_weekday_or_period_stays_in_english(language: str) -> None:
    tongue, english = speaking(language), Tongue(zone=BERLIN)
    for day in range(7):
        assert said(five(days=frozenset({day})), tongue).split()[-1] != said(
            five(days=frozenset({day})), english
        ).split()[-1]
    for period in Period:
        one = five(period=period, max_in_period=3, max_per_customer_in_period=2)
        assert " a " not in said(one, tongue)


def test_a_name_with_signs_of_formats_is_said_as_it_is() -> None:
    terms = five(products=frozenset({"100%s", "%(name)s"}), stackable=True, stack_group="50%")

    assert said(terms) == "€5.00 off, only on %(name)s, 100%s, beside codes of other groups than 50%"


@pytest.mark.parametrize(("minute", "shown"), [(0, "00:00"), (59, "00:59"), (60, "01:00"), (1440, "24:00")])
def test_minutes_are_written_as_a_time_of_day(minute: int, shown: str) -> None:
    assert clock(minute) == shown
