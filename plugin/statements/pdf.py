"""A statement as PDF on A4, with the e-invoice in it where `einvoice` is installed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from html import escape
from zoneinfo import ZoneInfo

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer, Table

from .. import i18n
from ..cards import fonts
from ..i18n import gettext as _
from ..models import Statement
from . import can_embed
from .view import StatementText, statement_text

_SIDE, _TOP, _FOOT = 20 * mm, 18 * mm, 20 * mm
_WIDTH = A4[0] - 2 * _SIDE
_LEADING = 1.3
_GREY = colors.Color(0.35, 0.35, 0.35)
_RULE = colors.Color(0.75, 0.75, 0.75)
_COLUMNS = (24 * mm, _WIDTH - 90 * mm, 36 * mm, 30 * mm)


def statement_pdf(statement: Statement, *, zone: ZoneInfo) -> bytes:
    """Draw a statement in the partner's language as it was when it was issued."""
    with i18n.speaking(statement.data["locale"]):
        drawn = _drawn(statement_text(statement), str(i18n.locale()).replace("_", "-"))
        terms = _("Paid with the payouts of the partner program.")
    return _with_invoice(drawn, statement, zone, terms) if can_embed() else drawn


def _with_invoice(drawn: bytes, statement: Statement, zone: ZoneInfo, terms: str) -> bytes:
    # The extra `einvoice` may be missing.
    from facturx import generate_from_binary

    from .colours import with_colour_profile
    from .einvoice import invoice_xml

    made = invoice_xml(statement, zone=zone, terms=terms)
    facts = {
        "author": statement.data["shop"]["name"],
        "title": statement.number,
        "subject": statement.number,
        "keywords": "Factur-X, 389",
    }
    plain = with_colour_profile(drawn)
    return bytes(
        generate_from_binary(plain, made, flavor="factur-x", level="en16931", pdf_metadata=facts)
    )  # fmt: skip


def _drawn(text: StatementText, language: str) -> bytes:
    fonts.install()
    out = io.BytesIO()
    document = BaseDocTemplate(
        out, pagesize=A4, leftMargin=_SIDE, rightMargin=_SIDE, topMargin=_TOP, bottomMargin=_FOOT,
        title=f"{text.title} {text.number}", author=text.shop[0], creator="Flask-Firstline", lang=language,
        invariant=1, initialFontName=fonts.TEXT,
    )  # fmt: skip
    frame = Frame(
        _SIDE,
        _FOOT,
        _WIDTH,
        A4[1] - _TOP - _FOOT,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=partial(_foot, text)))
    document.build(_story(text))
    return out.getvalue()


def _foot(text: StatementText, canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont(fonts.TEXT, 8)
    canvas.setFillColor(_GREY)
    canvas.drawString(_SIDE, _FOOT - 8 * mm, fonts.shown(f"{text.title} {text.number}"))
    page = _("Page %(number)s", number=document.page)
    canvas.drawRightString(A4[0] - _SIDE, _FOOT - 8 * mm, page)
    canvas.restoreState()


def _story(text: StatementText) -> list[Flowable]:
    story: list[Flowable] = [_said(f"{text.title} {text.number}", 16), Spacer(0, 3 * mm)]
    if text.void:
        story += [_said(text.void, 10), Spacer(0, 3 * mm)]
    if text.replaces:
        story += [_said(text.replaces), Spacer(0, 2 * mm)]
    story += [
        _parties(text),
        Spacer(0, 5 * mm),
        _said(": ".join((_("Date"), text.issued))),
        _said(": ".join((_("Period of the services"), text.period))),
        Spacer(0, 5 * mm),
        _lines(text),
        Spacer(0, 3 * mm),
        _pairs([*text.sums, text.total]),
        Spacer(0, 5 * mm),
    ]
    for sentence in text.sentences:
        story += [_said(sentence, 8.5), Spacer(0, 1.5 * mm)]
    story += [
        Spacer(0, 4 * mm),
        _said(_("The partner's account"), 11),
        Spacer(0, 1 * mm),
        _pairs(text.account),
    ]
    return story


def _said(text: str, size: float = 9.5, *, right: bool = False, grey: bool = False) -> Paragraph:
    style = ParagraphStyle(
        "text", fontName=fonts.TEXT, fontSize=size, leading=size * _LEADING, splitLongWords=1,
        alignment=TA_RIGHT if right else 0, textColor=_GREY if grey else colors.black,
    )  # fmt: skip
    return Paragraph(escape(fonts.shown(text)), style)


def _parties(text: StatementText) -> Table:
    head = [_said(_("From the shop"), 8, grey=True), _said(_("For the services of"), 8, grey=True)]
    sides = [[_said(line) for line in side] for side in (text.shop, text.partner)]
    return Table([head, sides], colWidths=[_WIDTH / 2] * 2, style=_PLAIN)


def _lines(text: StatementText) -> Table:
    head = [_said(_("Posted on"), 8, grey=True), _said(_("For"), 8, grey=True)]
    head += [_said(_("Document"), 8, grey=True), _said(_("Amount"), 8, grey=True, right=True)]
    rows = [
        [_said(line.at, 9), _said(line.text, 9), _said(line.document, 9), _said(line.amount, 9, right=True)]
        for line in text.lines
    ]
    return Table([head, *rows], colWidths=_COLUMNS, repeatRows=1, style=_RULED)


def _pairs(pairs: Sequence[tuple[str, str]]) -> Table:
    rows = [[_said(name), _said(amount, right=True)] for name, amount in pairs]
    return Table(rows, colWidths=(_WIDTH - 40 * mm, 40 * mm), style=_RULED)


_PLAIN = [
    # Tables choose a font before their cells do: one that is not in the file must not even be named.
    ("FONTNAME", (0, 0), (-1, -1), fonts.TEXT),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 2 * mm),
    ("TOPPADDING", (0, 0), (-1, -1), 1 * mm),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1 * mm),
]
_RULED = [*_PLAIN, ("RIGHTPADDING", (-1, 0), (-1, -1), 0), ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE)]
