"""What a card says, in four languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import escape

import pytest

from flask_firstline import i18n
from flask_firstline.cards.layouts import LABELS21, layout_text
from flask_firstline.cards.wording import CardText, card_text, code_link, grouped
from flask_firstline.services.cards import CardFacts

from .card_kit import facts
from .small_shop import NOON, World

TIED = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def inside(world: World) -> Iterator[None]:
    with world.app.app_context():
        yield


def worded(given: CardFacts, language: str = "en") -> CardText:
    with i18n.speaking(language):
        return card_text(given, name="Lindenhof", address="https://lindenhof.example", prefix="/firstline")


def terms(**more: object) -> str:
    return worded(facts(**more)).terms.replace(TIED, " ").removesuffix("lindenhof.example").strip()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "€5.00 off"),
        ({"amount": None, "percent": Decimal("7.5")}, "7.5% off"),
        ({"amount": None, "kind": "shipping"}, "Free shipping"),
        ({"treatment": "multi_purpose"}, "€5.00 credit"),
        ({"treatment": "multi_purpose", "credit": 2500}, "€25.00 credit"),
        ({"treatment": "single_purpose"}, "Voucher for €5.00"),
        ({"treatment": "goodwill"}, "€5.00 off"),
        ({"amount": 500, "currency": "JPY"}, "¥500 off"),
    ],
)
def test_a_card_says_what_it_gives(more: dict[str, object], said: str) -> None:
    assert worded(facts(**more)).gives == said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"min_order": 2000}, "From €20.00 of goods."),
        ({"max_order": 9000}, "Up to €90.00 of goods."),
        ({"amount": None, "percent": Decimal(10), "cap": 2500}, "At most €25.00 off."),
        ({"new_customers_only": True}, "New customers only."),
        ({"some_products": True}, "On some products only."),
        ({"max_uses": 1}, "Can be redeemed once."),
        ({"max_uses": 2}, ""),
        ({"max_per_customer": 1}, "Once per customer."),
        ({"max_per_customer": 2}, "At most 2 times per customer."),
        ({"max_per_customer": 1, "new_customers_only": True}, "New customers only."),
        ({"stackable": False}, "Not together with other codes."),
        ({"stackable": False, "treatment": "multi_purpose"}, ""),
        ({"days": (4,)}, "Fri."),
        ({"days": (0, 1, 2, 3, 4, 6)}, "Mon–Fri, Sun."),
        ({"days": (5, 6), "opens": 18 * 60, "closes": 22 * 60}, "Sat, Sun 6:00 PM–10:00 PM."),
        ({"opens": 22 * 60}, "From 10:00 PM."),
        ({"closes": 24 * 60}, "Until 12:00 AM."),
    ],
)
def test_the_small_print_says_each_condition(more: dict[str, object], said: str) -> None:
    assert terms(**more).replace("\N{NARROW NO-BREAK SPACE}", " ") == said


def berlin(day: int, hour: int = 0) -> datetime:
    """Give a time of December 2026 in Berlin, an hour ahead of UTC."""
    return datetime(2026, 12, day, hour, tzinfo=UTC) - timedelta(hours=1)


@pytest.mark.parametrize(
    ("first", "end", "said"),
    [
        (None, None, ""),
        (None, berlin(24), "Valid until Dec 23, 2026."),
        (None, berlin(24, 12), "Valid until Dec 24, 2026."),
        (berlin(1), None, "Valid from Dec 1, 2026."),
        (berlin(1), berlin(24), "Valid from Dec 1, 2026 until Dec 23, 2026."),
        (berlin(6), berlin(7), "Valid on Dec 6, 2026 only."),
    ],
)
def test_days_are_those_of_the_shop_and_the_last_one_counts(
    first: datetime | None, end: datetime | None, said: str
) -> None:
    assert terms(valid_from=first, valid_until=end) == said


FULL = facts(
    amount=500, min_order=2000, new_customers_only=True, stackable=False, valid_until=NOON, owner="Hans Meier"
)


@pytest.mark.parametrize(
    ("language", "gives", "invites", "whose", "small"),
    [
        (
            "en", "€5.00 off", "with the code", "recommended by Hans Meier",
            "Valid until Nov 20, 2026. From €20.00 of goods. New customers only. "
            "Not together with other codes.",
        ),
        (
            "de", "5,00 € Rabatt", "mit dem Code", "empfohlen von Hans Meier",
            "Gültig bis 20.11.2026. Ab 20,00 € Warenwert. Nur für Neukunden. "
            "Nicht zusammen mit anderen Codes.",
        ),
        (
            "nl", "€ 5,00 korting", "met de code", "aanbevolen door Hans Meier",
            "Geldig tot en met 20 nov 2026. Vanaf € 20,00 aan artikelen. Alleen nieuwe klanten. "
            "Niet samen met andere codes.",
        ),
        (
            "ru", "скидка 5,00 €", "по коду", "рекомендует Hans Meier",
            "Действует до 20 нояб. 2026 г. включительно. ",
        ),
    ],
)  # fmt: skip
def test_a_card_speaks_the_readers_language(
    language: str, gives: str, invites: str, whose: str, small: str
) -> None:
    said = worded(FULL, language)

    assert said.gives.replace(TIED, " ").casefold() == gives.casefold()
    assert (said.invites, said.whose) == (invites, whose)
    assert small in said.terms.replace(TIED, " ").replace("\N{NARROW NO-BREAK SPACE}", " ") + "."


@pytest.mark.parametrize(
    ("display", "prefix", "signs", "said"),
    [
        ("vonmeier", "", None, "vonmeier"),
        ("7K3M9XQP2B", "", 10, "7K3M 9XQP 2B"),
        ("FAIR7K3M9XQP2BC", "FAIR", 11, "FAIR 7K3M 9XQP 2BC"),
        ("FAIR-7K3M9XQP2", "FAIR-", 9, "FAIR 7K3M 9XQP2"),
        ("7K3M", "", 4, "7K3M"),
        ("7K3MX", "", 5, "7K3MX"),
        ("OTHER7K3M9XQP", "FAIR", 8, "OTHER7K3M9XQP"),
    ],
)
def test_drawn_codes_stand_in_groups_and_chosen_ones_as_they_were_spelled(
    display: str, prefix: str, signs: int | None, said: str
) -> None:
    assert grouped(facts(display=display, prefix=prefix, signs=signs)) == said


def test_a_code_that_counts_by_its_link_only_asks_to_be_scanned() -> None:
    assert worded(facts(link_only=True)).invites == "scan to redeem"


def test_a_code_for_somebody_names_them_and_not_its_owner() -> None:
    assert worded(facts(owner="Hans Meier", holder="Anna Fischer")).whose == "for Anna Fischer"


def test_the_host_stands_on_the_card_once() -> None:
    told = card_text(facts(), name="shop.example", address="https://shop.example/tea", prefix="/fl")

    assert (told.name, told.terms) == ("shop.example", "")
    assert worded(facts()).terms == "lindenhof.example"


@pytest.mark.parametrize("code", ["vonhans", "von hans", "отМайера", "5€-von.Hans", "a&b?c#d%"])
def test_the_link_of_a_card_brings_its_code_into_the_cart(world: World, code: str) -> None:
    world.code(code, world.coupon("Standing", new_customers_only=False))
    link = code_link(code, address="https://shop.example", prefix="/firstline")
    browser = world.app.test_client()

    answer = browser.get(link.removeprefix("https://shop.example"))

    assert answer.status_code == 303
    assert f'<span class="fl-code">{escape(code)}</span>' in browser.get("/").text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Labels: 21 on A4, 63.5 × 38.1 mm"),
        ("de", "Etiketten: 21 auf A4, 63,5 × 38,1 mm"),
        ("ru", "Этикетки: 21 на A4, 63,5 × 38,1 мм"),
    ],
)
def test_a_sheet_is_named_with_its_sizes(language: str, said: str) -> None:
    with i18n.speaking(language):
        assert layout_text(LABELS21) == said
