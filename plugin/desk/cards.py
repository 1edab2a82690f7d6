"""Cards of a partner's own code: looked at, printed as PDF; and its QR code as a file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, abort, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..cards import can_print
from ..cards.layouts import BUSINESS, LAYOUTS, Layout, layout_text
from ..cards.printing import file_response, languages, pdf_response, spoken
from ..cards.qr import file_of, inline_svg
from ..cards.wording import CardText, card_text
from ..i18n import gettext as _
from ..layout import brand
from ..services.cards import CardFacts, Selection, card_facts
from ..services.desk_codes import find_own, find_seen
from ..services.desk_people import initials
from ..state import current_state
from .gate import blueprint, connection, done, now, partner
from .start import code_link

_MOST_SHEETS = 20
_KINDS = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """How the partner wants the cards."""

    layout: Layout
    language: str
    sheets: int


@blueprint.get("/codes/<firstline_id:code_id>/cards")
def cards(code_id: int) -> str | BaseResponse:
    """Show a sheet of cards of an own code, to be printed."""
    facts = _facts(code_id)
    if facts is None:
        return _cannot(code_id)
    asked = _asked()
    with i18n.speaking(asked.language):
        text = _text(facts)
    return render_template(
        "firstline/desk/cards.html",
        here="codes",
        code=facts.display,
        card=text,
        qr=inline_svg(text.link, facts.display),
        asked=asked,
        layouts=[(layout.name, layout_text(layout)) for layout in LAYOUTS.values()],
        languages=languages(),
        most_sheets=_MOST_SHEETS,
        can_print=can_print(),
        page=url_for(".cards", code_id=code_id),
        pdf=url_for(".cards_pdf", code_id=code_id),
    )


@blueprint.get("/codes/<firstline_id:code_id>/cards.pdf")
def cards_pdf(code_id: int) -> BaseResponse:
    """Send sheets full of cards of an own code."""
    if not can_print():
        abort(404)
    facts = _facts(code_id)
    if facts is None:
        return _cannot(code_id)
    asked = _asked()
    copies = asked.layout.per_sheet * asked.sheets
    with i18n.speaking(asked.language):
        return pdf_response([_text(facts)], asked.layout, copies=copies, file_name=f"cards-{facts.display}")


@blueprint.get("/codes/<firstline_id:code_id>/qr.<any(svg, png):kind>")
def qr_file(code_id: int, kind: str) -> Response:
    """Send the QR code of an own code, for flyers and pages of the partner's own."""
    display = find_seen(connection(), partner().id, code_id)
    if display is None:
        abort(404)
    return file_response(file_of(code_link(display), kind), _KINDS[kind], f"qr-{display}.{kind}")


def _facts(code_id: int) -> CardFacts | None:
    """Give what a card says; whom a code is kept for stands there by the initials, as all over the desk."""
    selection = Selection(owner_id=partner().id, code_ids=(code_id,))
    found = next(iter(card_facts(connection(), selection, now=now(), most=1)), None)
    if found is None or found.holder is None:
        return found
    return replace(found, holder=initials(found.holder))


def _cannot(code_id: int) -> BaseResponse:
    known = find_own(connection(), partner().id, code_id)
    text = (
        _("This is none of your codes.")
        if known is None
        else _("The code %(code)s is paused, over or used up: its cards would lead nowhere.", code=known)
    )
    return done(url_for(".codes"), ok=False, text=text)


def _text(facts: CardFacts) -> CardText:
    return card_text(
        facts,
        name=brand(),
        address=request.url_root.rstrip("/"),
        prefix=current_state().settings.url_prefix,
    )


def _asked() -> _Asked:
    sheets = request.args.get("sheets", "1")
    whole = int(sheets) if sheets.isascii() and sheets.isdecimal() and len(sheets) < 4 else 1
    return _Asked(
        layout=LAYOUTS.get(request.args.get("layout", ""), BUSINESS),
        language=spoken(request.args.get("lang", "")),
        sheets=min(max(whole, 1), _MOST_SHEETS),
    )
