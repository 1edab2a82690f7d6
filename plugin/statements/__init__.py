"""Statements as people and machines read them: on a page, as PDF (extra `pdf`), as e-invoice (`einvoice`)."""

from __future__ import annotations

from importlib.util import find_spec

from ..cards import can_print

INSTALL = 'pip install "Flask-Firstline[einvoice]"'


def can_embed() -> bool:
    """Whether PDFs carry the statement as an e-invoice."""
    return can_print() and find_spec("facturx") is not None


__all__ = ["INSTALL", "can_embed", "can_print"]
