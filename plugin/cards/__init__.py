"""Printed cards: what a code's card says, QR codes, and PDF sheets (extra `pdf`)."""

from __future__ import annotations

from importlib.util import find_spec

_NEEDED = ("reportlab", "fontpkg_noto_sans", "fontpkg_ibm_plex_mono")
INSTALL = 'pip install "Flask-Firstline[pdf]"'


def can_print() -> bool:
    """Whether what the sheets are made with is installed."""
    return all(find_spec(name) is not None for name in _NEEDED)


__all__ = ["INSTALL", "can_print"]
