"""One card on the canvas: its texts in their boxes, and the QR code beside them."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from . import fonts
from .fitting import LEADING, Fitted, clean, evened, fit
from .layouts import Layout
from .qr import path_of
from .wording import CardText

_GREY, _BLACK = 0.35, 0.0
_BASELINE = 0.95
"""Of the size, from the top of a line."""
_BOLD = 0.03
_FILL_AND_STROKE = 2
# Of the height inside the padding.
_HEAD, _BODY, _TERMS, _GIVES = 0.10, (0.13, 0.70), 0.75, 0.26
_OCCASION = 0.42
"""Of the width, at most."""
_GAP = 2.5 * mm
_ONE_LINE = 9.5


@dataclass(frozen=True, kw_only=True)
class _Box:
    """The inside of a card in points; `top` and `bottom` are measured upwards from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float

    def at(self, part: float) -> float:
        """Give the place so far down, as a part of the height."""
        return self.bottom + self.height * (1 - part)


def draw_card(canvas: Canvas, card: CardText, layout: Layout) -> None:
    """Draw a card with its lower left corner at the origin."""
    pad = layout.padding * mm
    inside = _Box(
        left=pad, bottom=pad, width=layout.width * mm - 2 * pad, height=layout.height * mm - 2 * pad
    )
    side = (_BODY[1] - _BODY[0]) * inside.height
    _draw_qr(canvas, card.link, inside.left + inside.width - side, inside.at(_BODY[1]), side)
    _draw_head(canvas, card, inside)
    _draw_body(canvas, card, inside, inside.width - side - _GAP)
    terms = _fitted(card.terms, inside.width, (1 - _TERMS) * inside.height, 6.5, 3.5)
    _draw_lines(canvas, terms, inside.left, inside.bottom + _height(terms), grey=_GREY)


def _draw_qr(canvas: Canvas, link: str, left: float, bottom: float, side: float) -> None:
    size, rectangles = path_of(link)
    canvas.saveState()
    canvas.translate(left, bottom)
    canvas.scale(side / size, side / size)
    canvas.setFillGray(_BLACK)
    canvas.drawPath(PDFPathObject(rectangles), stroke=0, fill=1)
    canvas.restoreState()


def _draw_head(canvas: Canvas, card: CardText, inside: _Box) -> None:
    height, free = _HEAD * inside.height, inside.width
    if clean(card.occasion):
        occasion = _fitted(card.occasion, inside.width * _OCCASION, height, 8, 4)
        longest = max(fonts.measure(fonts.TEXT)(line, occasion.size) for line in occasion.lines)
        free -= longest + _GAP
        _draw_lines(canvas, occasion, inside.left + inside.width - longest, inside.at(0), grey=_GREY)
    name = _fitted(card.name, free, height, 8, 4)
    _draw_lines(canvas, name, inside.left, inside.at(0), grey=_GREY)


def _draw_body(canvas: Canvas, card: CardText, inside: _Box, width: float) -> None:
    top, end = inside.at(_BODY[0]), inside.at(_BODY[1])
    whose = clean(fonts.shown(card.whose))
    gives = _fitted(card.gives, width, _GIVES * inside.height, 18, 7)
    top = _draw_lines(canvas, gives, inside.left, top, bold=True)
    top = _draw_lines(canvas, _fitted(card.invites, width, _ONE_LINE, 7.5, 4), inside.left, top)
    font = fonts.font_for_code(card.code)
    room = top - end - (_ONE_LINE if whose else 0)
    measured = fonts.measure(font)
    fitted = fit(
        clean(card.code), measured, width=width, height=room, largest=16, smallest=3.5, breaks=9
    )  # fmt: skip
    code = evened(fitted, measured, width=width)
    top = _draw_lines(canvas, code, inside.left, top, font=font)
    if whose:
        _draw_lines(canvas, _fitted(whose, width, _ONE_LINE, 7.5, 4), inside.left, top, grey=_GREY)


def _fitted(text: str, width: float, height: float, largest: float, smallest: float) -> Fitted:
    measured = fonts.measure(fonts.TEXT)
    wanted = clean(fonts.shown(text))
    return fit(wanted, measured, width=width, height=height, largest=largest, smallest=smallest)


def _height(fitted: Fitted) -> float:
    return len(fitted.lines) * fitted.size * LEADING


def _draw_lines(
    canvas: Canvas,
    fitted: Fitted,
    left: float,
    top: float,
    *,
    font: str = fonts.TEXT,
    grey: float = _BLACK,
    bold: bool = False,
) -> float:
    """Draw lines downwards from `top` and give where the next text begins."""
    canvas.saveState()
    text = canvas.beginText(left, top - fitted.size * _BASELINE)
    text.setFont(font, fitted.size, fitted.size * LEADING)
    text.setFillGray(grey)
    if bold:
        # The variable font comes without a bold cut that can be embedded: a thin outline makes one.
        canvas.setLineWidth(fitted.size * _BOLD)
        canvas.setStrokeGray(grey)
        text.setTextRenderMode(_FILL_AND_STROKE)
    for line in fitted.lines:
        text.textLine(line)
    canvas.drawText(text)
    canvas.restoreState()
    return top - _height(fitted)
