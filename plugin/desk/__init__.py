"""The partner's desk: pages at `<prefix>/desk`."""

from __future__ import annotations

from . import (
    accruals,
    cards,
    code_page,
    codes,
    downline,
    links,
    payouts,
    people,
    prospects,
    settings,
    start,
    statements,
    tax,
)
from .gate import blueprint

__all__ = [
    "accruals", "blueprint", "cards", "code_page", "codes", "downline", "links", "payouts", "people",
    "prospects", "settings", "start", "statements", "tax",
]  # fmt: skip
