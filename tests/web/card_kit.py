"""Cards for tests: facts with few words, and sheets that are read back as people and scanners read them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pypdfium2
import zxingcpp

from flask_firstline.cards.layouts import PAGE_HEIGHT, Layout
from flask_firstline.cards.sheets import write_sheets
from flask_firstline.cards.wording import CardText
from flask_firstline.services.cards import CardFacts

POINTS = 72 / 25.4
FACTS = CardFacts(
    code_id=1, display="vonmeier", prefix="", signs=None, occasion="", owner=None, holder=None, coupon="Five",
    kind="amount", treatment="price_cut", amount=500, percent=None, cap=None, currency="EUR", credit=None,
    min_order=None, max_order=None, some_products=False, new_customers_only=False, max_uses=None,
    max_per_customer=None, valid_from=None, valid_until=None, days=(), opens=None, closes=None,
    stackable=True, link_only=False,
)  # fmt: skip
CARD = CardText(
    name="Lindenhof Naturwaren",
    occasion="Messe Köln",
    gives="5,00 € Rabatt",
    invites="mit dem Code",
    code="FAIR 7K3M 9XQP 2BC",
    whose="empfohlen von Hans Meier",
    terms="Gültig bis 31.12.2026. Ab 20,00 € Warenwert. Nur für Neukunden. lindenhof.example",
    link="https://lindenhof.example/firstline/c/FAIR7K3M9XQP2BC",
)


def facts(**more: Any) -> CardFacts:
    """Give 5.00 EUR off with the code "vonmeier", or other facts."""
    return replace(FACTS, **more)


def card(number: int = 0, **more: Any) -> CardText:
    """Give a card with a link of its own."""
    return replace(CARD, **{"link": f"https://lindenhof.example/firstline/c/FAIR{number:05d}", **more})


def sheets(cards: Sequence[CardText], layout: Layout, **more: Any) -> bytes:
    """Make the PDF of cards."""
    out = io.BytesIO()
    write_sheets(out, cards, layout, **{"title": "Cards", "language": "de", **more})
    return out.getvalue()


class Pdf:
    """A PDF read back."""

    def __init__(self, content: bytes) -> None:
        self.document = pypdfium2.PdfDocument(content)

    def __enter__(self) -> Pdf:
        return self

    def __exit__(self, *_: object) -> None:
        self.document.close()

    @property
    def pages(self) -> int:
        return len(self.document)

    def text(self, page: int = 0) -> str:
        """Give the words of a page, blanks of every kind as one."""
        whole: str = self.document[page].get_textpage().get_text_bounded()
        return " ".join(whole.split())

    def signs(self, page: int = 0) -> Iterator[tuple[float, float, float, float]]:
        """Yield left, top, right and bottom of each visible sign in mm from the page's upper left corner."""
        texts = self.document[page].get_textpage()
        for at in range(texts.count_chars()):
            if not texts.get_text_range(at, 1).strip():
                continue
            left, bottom, right, top = (value / POINTS for value in texts.get_charbox(at))
            yield left, PAGE_HEIGHT - top, right, PAGE_HEIGHT - bottom

    def scanned(self, page: int = 0) -> list[str]:
        """Print a page at 200 dpi and scan its QR codes."""
        picture = self.document[page].render(scale=200 / 72).to_pil()
        found = zxingcpp.read_barcodes(picture)
        return [code.text for code in found if code.format == zxingcpp.BarcodeFormat.QRCode]


def read(content: bytes) -> Pdf:
    """Open a PDF."""
    return Pdf(content)
