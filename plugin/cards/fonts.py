"""The fonts of the sheets, both free (OFL) and embedded: Noto Sans, and IBM Plex Mono for codes.

In IBM Plex Mono nobody mistakes l, I and 1, or O and 0.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

import fontpkg_ibm_plex_mono
import fontpkg_noto_sans
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from .fitting import Measure

TEXT, CODE = "FirstlineText", "FirstlineCode"


@cache
def install() -> None:
    """Load the fonts, once per process."""
    for name, package, file in (
        (TEXT, fontpkg_noto_sans, "NotoSans[wdth,wght].ttf"),
        (CODE, fontpkg_ibm_plex_mono, "IBMPlexMono-SemiBold.ttf"),
    ):
        pdfmetrics.registerFont(TTFont(name, str(Path(package.ROOT) / "files" / file)))


def measure(font: str) -> Measure:
    """Give what measures texts in a font."""
    return partial(_width, font)


def _width(font: str, text: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, font, size))


def font_for_code(code: str) -> str:
    """Give the font of codes, or that of texts where it lacks a letter."""
    return CODE if not _missing(CODE, code) else TEXT


def shown(text: str) -> str:
    """Leave out signs that the font of texts does not have, such as emoji."""
    missing = _missing(TEXT, text)
    return "".join(sign for sign in text if sign not in missing)


def _missing(font: str, text: str) -> set[str]:
    known = pdfmetrics.getFont(font).face.charToGlyph
    return {sign for sign in text if ord(sign) not in known}
