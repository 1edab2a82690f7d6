"""From a selection of codes to its sheets: how many go into one file, and the file as an answer."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from math import ceil

from babel import Locale
from flask import Response

from .. import i18n
from ..i18n import gettext as _
from ..state import current_state
from .layouts import Layout
from .wording import CardText

MOST_CARDS = 10_000
"""In one file. More are printed in parts, or by a printer from the CSV."""
MOST_ON_LINE = 1_000
"""In a file that a browser waits for."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")


def languages() -> list[tuple[str, str]]:
    """Give the languages that cards can be in, each with its own name for itself."""
    names = current_state().settings.locales
    return [(name, Locale.parse(name).get_display_name() or name) for name in names]


def spoken(wanted: str) -> str:
    """Give the wanted language where it is offered, else the reader's."""
    offered = [name for name, _text in languages()]
    if wanted in offered:
        return wanted
    reader = i18n.locale().language
    return next((name for name in offered if Locale.parse(name).language == reader), offered[0])


def parts(cards: int, most: int) -> int:
    """Give the number of files that so many cards need."""
    return ceil(cards / most)


def sheets_text(cards: int, layout: Layout) -> str:
    """Say how many sheets so many cards need."""
    return i18n.ngettext("%(num)s sheet of A4", "%(num)s sheets of A4", ceil(cards / layout.per_sheet))


def pdf_response(cards: Sequence[CardText], layout: Layout, *, copies: int = 1, file_name: str) -> Response:
    """Send sheets of cards as a file."""
    # The extra `pdf` may be missing where nobody prints.
    from .sheets import write_sheets

    out = io.BytesIO()
    language = str(i18n.locale()).replace("_", "-")
    title = _("Cards: %(what)s", what=file_name)
    write_sheets(out, cards, layout, copies=copies, title=title, language=language)
    return file_response(out.getvalue(), "application/pdf", f"{file_name}.pdf")


def file_response(content: bytes, kind: str, file_name: str) -> Response:
    """Send a file that the browser keeps under its name."""
    response = Response(content, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=_ascii(file_name))
    response.headers["Cache-Control"] = "no-store"
    return response


def _ascii(file_name: str) -> str:
    """Give a name that every system takes."""
    return "".join(
        sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "_" for sign in file_name
    )
