"""The forms in which codes with a check sign are drawn: who mistypes one is told so before any look-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select

from ..domain.codes import ALPHABET, canonical, check_sign
from ..models import CodeBatch
from .context import Context, Keyring

_BATCH = CodeBatch.__table__
_PURPOSE = "check signs"
_KEPT_FOR = timedelta(seconds=60)
_SIGNS = frozenset(ALPHABET.lower())


@dataclass(frozen=True, kw_only=True)
class Form:
    """What all codes of some batches have in common. `start` is their prefix as a key begins."""

    start: str
    length: int
    key_id: str

    @property
    def size(self) -> int:
        """How many characters the key of a code has, the check sign among them."""
        return len(self.start) + self.length + 1

    def has(self, key: str) -> bool:
        """Tell whether a code with that key could be of this form, whatever its last sign."""
        return (
            len(key) == self.size and key.startswith(self.start) and _SIGNS.issuperset(key[len(self.start) :])
        )


class Forms:
    """All forms of a database, found by the size of a key."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._by_size: dict[int, list[Form]] = {}
        for form in forms:
            self._by_size.setdefault(form.size, []).append(form)

    def match(self, key: str) -> list[Form]:
        """Give the forms that a code with that key has."""
        return [form for form in self._by_size.get(len(key), ()) if form.has(key)]

    def holds(self, form: Form) -> bool:
        """Tell whether a form is among them."""
        return form in self._by_size.get(form.size, ())

    def meets(self, start: str, size: int) -> bool:
        """Tell whether all keys of that size drawn behind `start` have one of the forms."""
        return any(
            start.startswith(form.start) and _SIGNS.issuperset(start[len(form.start) :])
            for form in self._by_size.get(size, ())
        )


def signing_key(keys: Keyring, key_id: str | None = None) -> bytes:
    """Give the key of the check signs: the newest, or the one with that id."""
    return keys.secret(key_id or keys.signing_id, _PURPOSE)


def form_of(prefix: str, length: int, key_id: str) -> Form:
    """Give the form of a batch."""
    return Form(start=canonical(prefix), length=length, key_id=key_id)


def of_batches(conn: Connection) -> Forms:
    """Read the forms of all batches with check signs."""
    query = select(_BATCH.c.prefix, _BATCH.c.length, _BATCH.c.key_id).where(_BATCH.c.check_signs).distinct()
    return Forms(form_of(row.prefix, row.length, row.key_id) for row in conn.execute(query))


def mistyped(ctx: Context, text: str) -> bool:
    """Tell by its form and check sign alone that a code was mistyped.

    A form whose key is not at hand any more cannot be judged: such a code is looked up.
    """
    key = canonical(text)
    forms = _cache.get(ctx.conn.engine, ctx.now, lambda: of_batches(ctx.conn)).match(key)
    return bool(forms) and not any(_may_be_right(ctx.keys, form, key) for form in forms)


def _may_be_right(keys: Keyring, form: Form, key: str) -> bool:
    if form.key_id not in keys.secrets:
        return True
    return check_sign(key[:-1], signing_key(keys, form.key_id)).lower() == key[-1]


class _Cache:
    """The forms of each database, read at most once a minute by a process."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Engine, tuple[datetime, Forms]] = WeakKeyDictionary()
        self._lock = Lock()

    def get(self, engine: Engine, now: datetime, read: Callable[[], Forms]) -> Forms:
        with self._lock:
            at, forms = self._kept.get(engine, (now, None))
        if forms is None or not timedelta(0) <= now - at < _KEPT_FOR:
            forms = read()
            with self._lock:
                self._kept[engine] = (now, forms)
        return forms

    def forget(self, engine: Engine) -> None:
        with self._lock:
            self._kept.pop(engine, None)


_cache = _Cache()


def forget(conn: Connection) -> None:
    """Let the forms be read anew in this process: a batch was made."""
    _cache.forget(conn.engine)
