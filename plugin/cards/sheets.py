"""Sheets of cards as PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from . import fonts
from .drawing import draw_card
from .layouts import PAGE_HEIGHT, PAGE_WIDTH, Layout
from .wording import CardText

Told = Callable[[int], object]
_MARK, _APART = 5.0, 1.5
"""Length of a crop mark and its distance from the cards, in mm."""


def _quiet(number: int) -> None:
    """Tell nobody."""


def write_sheets(
    out: BinaryIO,
    cards: Sequence[CardText],
    layout: Layout,
    *,
    copies: int = 1,
    title: str,
    language: str,
    told: Told = _quiet,
) -> int:
    """Write each card `copies` times, sheet by sheet, and give the number of sheets.

    The same cards give the same bytes. `told` hears the number of cards after each sheet.
    """
    fonts.install()
    canvas = Canvas(out, pagesize=A4, pageCompression=1, invariant=1, lang=language)
    canvas.setTitle(title)
    canvas.setCreator("Flask-Firstline")
    # Scaled to the page, cards would not fit their labels.
    canvas.setViewerPreference("PrintScaling", "None")
    drawn = _forms(canvas, cards, layout) if copies > 1 else None
    sheets, order = 0, _order(len(cards), copies)
    while on_sheet := list(islice(order, layout.per_sheet)):
        _draw_sheet(canvas, [(at, cards[at]) for at in on_sheet], layout, drawn)
        sheets += 1
        told(len(on_sheet))
    canvas.save()
    return sheets


def _order(cards: int, copies: int) -> Iterator[int]:
    return (at for at in range(cards) for _copy in range(copies))


def _forms(canvas: Canvas, cards: Sequence[CardText], layout: Layout) -> list[str]:
    """Keep each card once in the file, to be placed many times; give their names."""
    names = [f"card{at}" for at in range(len(cards))]
    for name, card in zip(names, cards, strict=True):
        canvas.beginForm(name, 0, 0, layout.width * mm, layout.height * mm)
        draw_card(canvas, card, layout)
        canvas.endForm()
    return names


def _draw_sheet(
    canvas: Canvas, cards: Sequence[tuple[int, CardText]], layout: Layout, forms: Sequence[str] | None
) -> None:
    if layout.marks:
        _draw_marks(canvas, layout)
    for (left, top), (at, card) in zip(layout.places(), cards, strict=False):
        canvas.saveState()
        canvas.translate(left * mm, (PAGE_HEIGHT - top - layout.height) * mm)
        if forms is None:
            draw_card(canvas, card, layout)
        else:
            canvas.doForm(forms[at])
        canvas.restoreState()
    canvas.showPage()


def _draw_marks(canvas: Canvas, layout: Layout) -> None:
    """Draw where to cut, outside the cards."""
    right = layout.left + (layout.columns - 1) * layout.across + layout.width
    bottom = layout.top + (layout.rows - 1) * layout.down + layout.height
    canvas.setLineWidth(0.25)
    canvas.setStrokeGray(0)
    for column in range(layout.columns + 1):
        across = min(layout.left + column * layout.across, right)
        _upright(canvas, across, layout.top - _APART - _MARK)
        _upright(canvas, across, bottom + _APART)
    for row in range(layout.rows + 1):
        down = PAGE_HEIGHT - min(layout.top + row * layout.down, bottom)
        for start in (layout.left - _APART - _MARK, right + _APART):
            canvas.line(start * mm, down * mm, (start + _MARK) * mm, down * mm)


def _upright(canvas: Canvas, across: float, top: float) -> None:
    above = PAGE_HEIGHT - top
    canvas.line(across * mm, above * mm, across * mm, (above - _MARK) * mm)


__all__ = ["PAGE_HEIGHT", "PAGE_WIDTH", "write_sheets"]
