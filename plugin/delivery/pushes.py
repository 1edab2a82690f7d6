"""Codes carried to another shop by its own API; what is there already stays as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from ..services import audit, pushed_codes, sources
from ..services.mistakes import BadSource
from ..services.pushed_codes import ToPush
from ..state import State
from .pulls import question

_AT_ONCE = 50
_THERE = "woocommerce_rest_coupon_code_already_exists"


@dataclass
class Pushed:
    """How many codes were made there, how many were there, and which were refused with what words."""

    made: int = 0
    known: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    not_said: tuple[str, ...] = ()


def push(state: State, name: str, coupon: str, *, who: str) -> Pushed:
    """Carry the codes of a coupon to a shop, some at a time. Raises Mistake where it cannot be asked."""

    def prepare(session: Session) -> tuple[str, str, ToPush]:
        ctx = state.context(session.connection())
        source = sources.by_name(ctx.conn, name)
        found = pushed_codes.to_push(ctx.conn, source, coupon)
        return source.url, sources.access_of(ctx.keys, source), found

    url, access, told = state.in_own_unit(prepare)
    done = Pushed(not_said=told.not_said)
    try:
        for begin in range(0, len(told.codes), _AT_ONCE):
            _send(state, url, access, told.codes[begin : begin + _AT_ONCE], done)
    finally:
        if done.made:
            state.in_own_unit(lambda session: _log(state, session, name, coupon, done.made, who))
    return done


def _send(state: State, url: str, access: str, codes: Sequence[dict[str, Any]], done: Pushed) -> None:
    body = json.dumps({"create": list(codes)}).encode()
    answer = question(state, "POST", f"{url}/wp-json/wc/v3/coupons/batch", access, body)
    try:
        made = json.loads(answer)["create"]
        for code, said in zip(codes, made, strict=True):
            _note(str(code["code"]), said, done)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSource("url", "The shop's answer about the codes cannot be read.") from error


def _note(code: str, said: dict[str, Any], done: Pushed) -> None:
    wrong = said.get("error")
    if not wrong:
        done.made += 1
    elif wrong.get("code") == _THERE:
        done.known += 1
    else:
        done.refused.append((code, str(wrong.get("message") or wrong.get("code"))[:200]))


def _log(state: State, session: Session, name: str, coupon: str, made: int, who: str) -> None:
    ctx = state.context(session.connection())
    after = {"count": made, "name": coupon}
    audit.record(ctx.conn, who=who, act="push codes", noun="source", subject=name, after=after, now=ctx.now)
