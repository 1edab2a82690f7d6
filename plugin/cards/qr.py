"""QR codes: as a shape on a page, as a file, as a path for the printer."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup

from ..i18n import gettext as _

_DENSE = 10
"""Above this version the modules get so small on a card that fewer of them help more than redundancy."""
_PIXELS = 12
"""Of one module in a picture: sharp on a poster too."""


def make_qr(link: str) -> segno.QRCode:
    """Make the QR code of a link."""
    made = segno.make(link, error="m", micro=False)
    return made if int(made.version) <= _DENSE else segno.make(link, error="l", micro=False)


def inline_svg(link: str, code: str) -> Markup:
    """Draw a QR code that a strict Content-Security-Policy lets through: shapes only, no style."""
    out = io.BytesIO()
    make_qr(link).save(
        out, kind="svg", xmldecl=False, svgns=False, nl=False, border=0, omitsize=True, svgclass=None,
        lineclass=None,
    )  # fmt: skip
    label = Markup('<svg role="img" aria-label="{}"').format(_("QR code for %(code)s", code=code))
    drawn = out.getvalue().decode().replace(' stroke="#000"', "").replace("<svg", str(label), 1)
    return Markup(drawn)  # noqa: S704  # drawn by segno


def file_of(link: str, kind: str) -> bytes:
    """Give a QR code as a file, `svg` or `png`, with the quiet zone that scanners need."""
    out = io.BytesIO()
    make_qr(link).save(out, kind=kind, border=4, scale=_PIXELS)
    return out.getvalue()


def path_of(link: str) -> tuple[int, list[str]]:
    """Give the number of modules of a side, and rectangles for a PDF with one module as unit."""
    matrix = make_qr(link).matrix
    size = len(matrix)
    rectangles = [
        f"{start} {size - 1 - row} {end - start} 1 re"
        for row, modules in enumerate(matrix)
        for start, end in _runs(modules)
    ]
    return size, rectangles


def _runs(modules: bytearray) -> list[tuple[int, int]]:
    """Give where dark modules begin and end in a row."""
    edges = [at for at in range(len(modules) + 1) if _dark(modules, at) != _dark(modules, at - 1)]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _dark(modules: bytearray, at: int) -> bool:
    return 0 <= at < len(modules) and bool(modules[at])
