"""The partner's desk: pages at `<prefix>/desk`, and those before it at `<prefix>/partners`."""

from __future__ import annotations

from . import (
    accruals,
    cards,
    code_page,
    codes,
    downline,
    join,
    joined,
    links,
    log_in,
    material,
    own_data,
    payouts,
    people,
    postback_calls,
    postbacks,
    prospects,
    settings,
    sign_in,
    start,
    statements,
    tax,
)
from .front import blueprint as front_blueprint
from .gate import blueprint

__all__ = [
    "accruals", "blueprint", "cards", "code_page", "codes", "downline", "front_blueprint", "join", "joined",
    "links", "log_in", "material", "own_data", "payouts", "people", "postback_calls", "postbacks",
    "prospects", "settings", "sign_in", "start", "statements", "tax",
]  # fmt: skip
