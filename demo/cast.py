"""Who lived in the shop before the story: partners, their codes, and who bought what in which week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .seeds import MEIER, OPA, SCHULZ

FOUNDERS = (OPA, SCHULZ, MEIER)
ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    OPA.number: {"method": "cash"},
    SCHULZ.number: {"method": "paypal", "paypal": "petra.schulz@example.org"},
    MEIER.number: {"method": "sepa", "holder": "Hans Meier", "iban": "DE75 5121 0800 1245 1261 99"},
}
_OPAS = {
    "tax_number": "88/120/40517", "street": "Lindenweg 2", "postcode": "89180", "town": "Berghülen",
    "country": "DE",
}  # fmt: skip
_OF_THE_COUPLE = {**_OPAS, "tax_number": "88/321/65432", "street": "Am Anger 4"}
TAX = {OPA.number: _OPAS, SCHULZ.number: _OF_THE_COUPLE, MEIER.number: _OF_THE_COUPLE}
"""Petra Schulz and Hans Meier live together and file their taxes as one: the office sees two partners with
one tax number, the one suspicion of the demo, and finds a couple."""
CODES = {OPA.number: "opas-tipp", SCHULZ.number: "petra5", MEIER.number: "meiertee"}
LATER = (
    ("Emil Vogt", SCHULZ.number, "emilsgruss", "DE68 6305 0000 0021 2345 67"),
    ("Rosa Klein", MEIER.number, "rosa-klein", "DE38 6005 0101 0007 6543 21"),
    ("Ida Sommer", MEIER.number, "idas-sommer", ""),
)
"""Partners without an account in the shop: name, sponsor, code, IBAN where one is known."""

PROGRAM = (
    (
        "payout_runs/settings",
        {"debtor_name": "Wiesengrund GmbH", "debtor_iban": "DE02 1203 0000 0000 2020 51"},
    ),
    (
        "statements/settings",
        {
            "name": "Wiesengrund GmbH", "street": "Hauptstraße 12", "postcode": "89180", "town": "Berghülen",
            "country": "DE", "vat_id": "DE136695976", "with_payouts": "y",
        },
    ),
    (
        "partner_terms/new",
        {
            "en": "You recommend what you know.\n\nYou write to nobody who has not asked for it.",
            "de": "Sie empfehlen, was Sie kennen.\n\nSie schreiben niemandem, der nicht gefragt hat.",
        },
    ),
    ("landing_pages/new", {"path": "/?category=tea", "title": "All our teas", "listed": "y"}),
    ("landing_pages/new", {"path": "/product/towel-linen", "title": "The linen towel", "listed": "y"}),
    (
        "materials/new",
        {
            "kind": "text", "title": "A few lines for a letter", "listed": "y",
            "text": "From the meadows of Berghülen: herbs, honey and linen. Have a look: {link}",
        },
    ),
    ("coupons/new", {"name": "Spring greeting", "kind": "percent", "percent": "10"}),
    (
        "campaigns/new",
        {
            "name": "Tell your neighbours", "discount_percent": "10", "kickback_amount": "4.00",
            "share_steps": "1.00\n2.00", "hold_days": "7", "kickback_days": "180",
        },
    ),
    (
        "mail_templates/new",
        {
            "name": "thanks", "title": "Thanks for a visit", "subject_en": "Good to have you here",
            "text_en": "Thank you for coming by.\n\nThe herbs that you asked about are back: {link}",
            "subject_de": "Schön, dass Sie da waren",
            "text_de": "Danke für Ihren Besuch.\n\nDie Kräuter, nach denen Sie gefragt haben: {link}",
        },
    ),
    ("tasks/new", {"title": "Order new cards for the fair", "assignee": "Frieda Wiese"}),
)  # fmt: skip
"""What Frieda enters before the first partner comes: page and fields."""


@dataclass(frozen=True, kw_only=True)
class Sale:
    """Somebody who comes: by a code, a partner's or a friend's, or a link, with an account or as a guest.

    `rewarded`: pays a part with the kickback for friends who came.
    """

    name: str
    code: str = ""
    link: str = ""
    friend_of: str = ""
    rewarded: bool = False
    signs_up: bool = False
    agrees: bool = False
    basket: Mapping[str, int] = field(default_factory=dict)
    way: str = "pay"
    comes_back: str = ""


def _sale(name: str, code: str = "", way: str = "pay", comes_back: str = "", **basket: int) -> Sale:
    return Sale(name=name, code=code, way=way, comes_back=comes_back, basket=_pieces(basket))


def _friend(name: str, of: str, comes_back: str = "", **basket: int) -> Sale:
    return Sale(name=name, friend_of=of, comes_back=comes_back, basket=_pieces(basket))


def _pieces(basket: Mapping[str, int]) -> dict[str, int]:
    return {sku.replace("_", "-"): count for sku, count in basket.items()}


BEFORE: tuple[tuple[Sale, ...], ...] = (
    (
        _sale("Anna Beck", "meiertee", towel_linen=4, honey_linden=3),
        _sale("Jonas Weiss", "petra5", candle_beeswax=6, tea_meadow=4),
    ),
    (
        _sale("Clara Vogel", "meiertee", towel_linen=3, cream_calendula=2),
        Sale(name="Lena Hahn", code="meiertee", signs_up=True),
    ),
    (
        _sale("Paul Sauer", "emilsgruss", towel_linen=6),
        _sale("Mara Lang", "rosa-klein", balm_arnica=5, soap_lavender=6),
        _friend("Marie Funk", "Anna Beck", tea_meadow=4),
    ),
    (
        _sale("Oskar Busch", "petra5", comes_back="towel-linen", towel_linen=5),
        Sale(name="Emma Roth", link="Hans Meier", signs_up=True, basket={"honey-linden": 4, "tea-mint": 3}),
        _friend("Rolf Adam", "Jonas Weiss", comes_back="honey-linden", honey_linden=1),
    ),
    (
        _sale("Finn Otto", "meiertee", candle_beeswax=8, jam_rosehip=4),
        Sale(name="Ole Kuhn", link="Petra Schulz"),
        Sale(name="Anna Beck", rewarded=True, basket={"soap-lavender": 4}),
    ),
    (
        _sale("Greta Haas", "rosa-klein", towel_linen=4, tea_evening=5),
        _friend("Sina Horn", "Anna Beck", balm_arnica=2),
    ),
    (
        _sale("Theo Brandt", "idas-sommer", balm_arnica=4, salt_herbs=5),
        Sale(name="Nele Graf", code="petra5", signs_up=True, agrees=True),
    ),
    (
        _sale("Max Winter", "meiertee", towel_linen=5, soap_lavender=4),
        _friend("Uli Kraft", "Sina Horn", tea_mint=4),
    ),
    (
        _sale("Ella Frank", "emilsgruss", candle_beeswax=9),
        Sale(name="Tim Arnold", link="Hans Meier", signs_up=True, basket={"towel-linen": 2}),
    ),
    (
        _sale("Lotte Simon", "petra5", way="decline", towel_linen=2),
        _sale("Ben Huber", "meiertee", honey_linden=6),
    ),
    (
        _sale("Mia Ziegler", "rosa-klein", towel_linen=3, candle_beeswax=2),
        Sale(name="Karl Jung", code="meiertee", signs_up=True, agrees=True),
    ),
    (
        _sale("Ina Peters", "meiertee", balm_arnica=3, tea_meadow=3),
        _sale("Leo Fuchs", "emilsgruss", way="later", towel_linen=3),
        Sale(name="Hanna Bauer", code="meiertee", signs_up=True, agrees=True),
        Sale(name="Jan Keller", code="meiertee", signs_up=True),
    ),
)
"""Week by week, the three months before the story: who came and what they did."""

AFTER: tuple[tuple[Sale, ...], ...] = (
    (
        _sale("Rita Engel", "meiertee", towel_linen=3, tea_evening=4),
        _sale("Jakob Seidel", "petra5", balm_arnica=4),
    ),
    (
        _sale("Marta Kraus", "rosa-klein", candle_beeswax=4, honey_linden=2),
        _friend("Eva Stolz", "Rita Engel", salt_herbs=5),
    ),
    (
        _sale("Hugo Pfeifer", "emilsgruss", towel_linen=4),
        Sale(
            name="Lea Sommerfeld",
            link="Hans Meier",
            signs_up=True,
            basket={"tea-meadow": 6, "jam-rosehip": 3},
        ),
    ),
    (
        _friend("Gerd Maurer", "Hugo Pfeifer", candle_beeswax=2),
        _sale("Anton Kern", "meiertee", comes_back="soap-lavender", soap_lavender=5, cream_calendula=3),
    ),
    (
        _sale("Frida Lorenz", "idas-sommer", towel_linen=2, candle_beeswax=3),
        Sale(name="Paula Vogt", code="meiertee", signs_up=True, agrees=True),
    ),
    (
        _sale("Klara Heinze", "meiertee", honey_linden=5, salt_herbs=3),
        _sale("Nils Franke", way="pay", card_25=2),
        _friend("Lina Wolter", "Rita Engel", tea_evening=4),
    ),
    (
        _sale("Selma Arndt", "petra5", towel_linen=3),
        _sale("Bruno Wolff", "vonmeier", balm_arnica=2, tea_evening=3),
        Sale(name="Mina Schreiber", link="Petra Schulz"),
    ),
)
"""The four weeks after the story, every four days."""
