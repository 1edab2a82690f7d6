"""Draw many codes that nobody can guess, and store them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from ..domain.codes import ALPHABET, canonical, draw, draw_firsts, generate, skeleton
from . import code_batches, code_forms, code_storing, code_wanted
from .code_storing import Spelling
from .code_wanted import Wanted
from .collecting import uncollected
from .context import Context, Keyring
from .mistakes import TooManyToDraw

Told = Callable[[int], object]
Random = Callable[[int], bytes]
_TRIES = 20
CHUNK = 100_000
"""Up to so many codes are drawn and stored at a time; more are shared out by the sign they begin with."""


def _quiet(number: int) -> None:
    """Tell nobody."""


def generate_codes(
    conn: Connection,
    wanted: Wanted,
    *,
    keys: Keyring,
    who: str,
    now: datetime,
    random: Random = os.urandom,
    progress: Told = _quiet,
) -> int:
    """Draw and store a batch at once and give its id; `progress` is told how many codes were added."""
    batch_id, checked = _begin(conn, wanted, keys=keys, who=who, now=now)
    _fill(conn, batch_id, checked, _Drawing.of(checked, keys, random), now=now, progress=progress)
    return batch_id


def generate_later(conn: Connection, wanted: Wanted, *, keys: Keyring, who: str, now: datetime) -> int:
    """Note a batch that the worker will draw, and give its id."""
    batch_id, checked = _begin(conn, wanted, keys=keys, who=who, now=now)
    code_batches.later(conn, batch_id, checked, now=now)
    return batch_id


def samples(wanted: Wanted, keys: Keyring, count: int = 3) -> list[str]:
    """Give a few codes such as those that would be drawn; nothing is stored."""
    key = code_forms.signing_key(keys) if wanted.check_signs else None
    return generate(count, prefix=wanted.prefix, length=wanted.length, key=key)


def _begin(conn: Connection, wanted: Wanted, *, keys: Keyring, who: str, now: datetime) -> tuple[int, Wanted]:
    code_storing.store_alone(conn)
    checked = code_wanted.check(conn, wanted)
    form = code_wanted.check_form(conn, checked, keys)
    key_id = form.key_id if form is not None else None
    return code_batches.add_drawn(conn, checked, key_id=key_id, who=who, now=now), checked


@dataclass(frozen=True, kw_only=True)
class _Drawing:
    """How codes of a batch are drawn and spelled."""

    prefix: str
    length: int
    key: bytes | None
    crowded: bool
    """Whether so many codes of this form may be there that some of those drawn are taken."""
    random: Random

    @classmethod
    def of(cls, wanted: Wanted, keys: Keyring, random: Random, key_id: str | None = None) -> _Drawing:
        """Draw as a batch wants it."""
        return cls(
            prefix=wanted.prefix,
            length=wanted.length,
            key=code_forms.signing_key(keys, key_id) if wanted.check_signs else None,
            crowded=int(len(ALPHABET) ** wanted.length) < 10**12,
            random=random,
        )

    def portions(self, count: int) -> list[tuple[str, int]]:
        """Share codes out by the sign that they begin with, so that all of them come in order.

        Each is as random as if they had been drawn together.
        """
        if count <= CHUNK:
            return [("", count)]
        return [(first, some) for first, some in draw_firsts(count, random=self.random) if some]

    def draw(self, count: int, first: str = "") -> list[Spelling]:
        """Draw codes in the order of their keys, in which databases store them fastest.

        The signs that are drawn look like nothing but themselves: only the prefix is looked at.
        """
        start = canonical(self.prefix)
        looks = skeleton(start)
        drawn = draw(
            count, prefix=self.prefix, length=self.length, key=self.key, random=self.random, first=first
        )
        drawn.sort()
        lowered = map(str.lower, drawn)
        return [
            (self.prefix + signs, start + low, looks + low) for signs, low in zip(drawn, lowered, strict=True)
        ]


def _fill(
    conn: Connection, batch_id: int, wanted: Wanted, drawing: _Drawing, *, now: datetime, progress: Told
) -> None:
    shared = {name: getattr(wanted, name, None) for name in code_storing.SHARED}
    shared["batch_id"] = batch_id
    with uncollected():
        for drawn in _drawn_ahead(drawing, wanted.count):
            _store_drawn(conn, drawing, drawn, shared, now)
            progress(len(drawn))
    if drawing.key is not None:
        _check_again(conn, batch_id)


def _drawn_ahead(drawing: _Drawing, count: int) -> Iterator[list[Spelling]]:
    """Give `count` codes, some at a time; the next are drawn while the database stores the last."""
    with ThreadPoolExecutor(max_workers=1) as drawer:
        coming: Future[list[Spelling]] | None = None
        for first, some in drawing.portions(count):
            drawn, coming = coming, drawer.submit(drawing.draw, some, first)
            if drawn is not None:
                yield drawn.result()
        if coming is not None:
            yield coming.result()


def _store_drawn(
    conn: Connection,
    drawing: _Drawing,
    drawn: list[Spelling],
    shared: Mapping[str, object],
    now: datetime,
) -> None:
    """Store as many codes as were drawn; those that are taken, or look like others, are drawn again."""
    if drawing.key is not None and not drawing.crowded and _are_stored(conn, drawn, shared, now):
        return
    found: dict[str, Spelling] = {}
    size = len(drawn)
    forms = code_forms.Forms(()) if drawing.key is not None else code_forms.of_batches(conn)
    for _ in range(_TRIES):
        found |= {spelling[2]: spelling for spelling in drawn if not forms.match(spelling[1])}
        for taken in code_storing.alike(conn, list(found)):
            del found[taken]
        if len(found) == size and _are_stored(conn, found.values(), shared, now):
            return
        drawn = drawing.draw(size - len(found))
    raise TooManyToDraw("Nearly all codes of this form are taken; give a greater length or another prefix.")


def _are_stored(
    conn: Connection, drawn: Iterable[Spelling], shared: Mapping[str, object], now: datetime
) -> bool:
    """Store all or none; False where one of them is there already."""
    try:
        code_storing.store(conn, [(spelling, shared) for spelling in drawn], now=now)
    except IntegrityError:
        return False
    return True


def _check_again(conn: Connection, batch_id: int) -> None:
    """Look once more for codes of the form that somebody made while these were drawn."""
    batch = code_batches.get_batch(conn, batch_id)
    code_wanted.check_no_code_has(conn, code_forms.form_of(batch.prefix, batch.length, batch.key_id))


def draw_later(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Draw a batch that was left to the worker; nothing where that is done."""
    code_storing.store_alone(ctx.conn)
    batch = code_batches.get_batch(ctx.conn, int(payload["batch"]))
    if code_batches.is_made(ctx.conn, batch.id):
        return
    wanted = Wanted(
        coupon_id=batch.coupon_id,
        count=batch._mapping["count"],
        prefix=batch.prefix,
        length=batch.length,
        check_signs=batch.check_signs,
        owner_id=payload["owner_id"],
        max_uses=payload["max_uses"],
        credit=payload["credit"],
        valid_from=_moment(payload["valid_from"]),
        valid_until=_moment(payload["valid_until"]),
    )
    drawing = _Drawing.of(wanted, ctx.keys, os.urandom, batch.key_id)
    _fill(ctx.conn, batch.id, wanted, drawing, now=ctx.now, progress=_quiet)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
