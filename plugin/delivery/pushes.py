"""Codes carried to another shop by its own API; what is there already stays as it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from ..services import audit, pushed_codes, sources
from ..services.pushed_codes import ToPush
from ..state import State
from .shop_api import Made, ShopApi
from .shop_apis import open_api

_NOTED_AT_ONCE = 50


@dataclass
class Pushed:
    """How many codes were made there, were there, were switched off; which were refused with what words."""

    made: int = 0
    known: int = 0
    ended: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    not_said: tuple[str, ...] = ()


def push(state: State, name: str, coupon: str, *, who: str) -> Pushed:
    """Carry the codes of a coupon to a shop, and switch off there what we made and is off here.

    Raises Mistake where the shop cannot be asked; what was made until then is noted.
    """

    def prepare(session: Session) -> tuple[int, ShopApi, ToPush]:
        ctx = state.context(session.connection())
        source = sources.by_name(ctx.conn, name)
        return source.id, open_api(state, ctx, source), pushed_codes.to_push(ctx, source, coupon)

    source_id, api, told = state.in_own_unit(prepare)
    done = Pushed(not_said=told.not_said, known=told.there)
    try:
        _make(state, source_id, api, told, done)
        _end(state, source_id, api, told, done)
    finally:
        if done.made or done.ended:
            state.in_own_unit(lambda session: _log(state, session, name, coupon, done, who))
    return done


def _make(state: State, source_id: int, api: ShopApi, told: ToPush, done: Pushed) -> None:
    fresh: list[Made] = []
    try:
        for one in api.make(told.codes):
            if one.refused:
                done.refused.append((one.code, one.refused))
            elif one.known:
                done.known += 1
            else:
                done.made += 1
                fresh.append(one)
            if len(fresh) == _NOTED_AT_ONCE:
                _note(state, source_id, fresh)
    finally:
        _note(state, source_id, fresh)


def _note(state: State, source_id: int, fresh: list[Made]) -> None:
    found = [(one.code_id, one.remote_id) for one in fresh]
    state.in_own_unit(
        lambda session: pushed_codes.made(state.context(session.connection()), source_id, found)
    )
    fresh.clear()


def _end(state: State, source_id: int, api: ShopApi, told: ToPush, done: Pushed) -> None:
    for one in told.over:
        api.end(one.remote_id, state.now())
        _note_end(state, source_id, one.code_id)
        done.ended += 1


def _note_end(state: State, source_id: int, code_id: int) -> None:
    state.in_own_unit(
        lambda session: pushed_codes.ended(state.context(session.connection()), source_id, [code_id])
    )


def _log(state: State, session: Session, name: str, coupon: str, done: Pushed, who: str) -> None:
    ctx = state.context(session.connection())
    after = {"count": done.made, "name": coupon, **({"ended": done.ended} if done.ended else {})}
    audit.record(ctx.conn, who=who, act="push codes", noun="source", subject=name, after=after, now=ctx.now)
