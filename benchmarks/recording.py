"""Record what one call sends, and send the same again with nothing but psycopg."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection, event, text

from tests.small_shop import SmallShop

_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One statement as the driver got it; `many` says that the parameters are a list for an executemany."""

    statement: str
    parameters: Any
    many: bool


def recorded(shop: SmallShop, call: Callable[[], object]) -> list[Sent]:
    """Do a call, take it back with the ids that it drew, and give what it has sent, savepoints too."""
    shop.session.rollback()
    sequences = _sequences(shop)
    with _listening(shop) as sent:
        call()
    shop.session.rollback()
    _set_back(shop, sequences)
    return sent


@contextmanager
def _listening(shop: SmallShop) -> Iterator[list[Sent]]:
    sent: list[Sent] = []

    def note(
        _conn: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        sent.append(Sent(statement=statement, parameters=parameters, many=many))

    event.listen(shop.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(shop.engine, "before_cursor_execute", note)


def _sequences(shop: SmallShop) -> dict[str, tuple[int, bool]]:
    with shop.engine.connect() as conn:
        names = conn.execute(text(_SEQUENCES)).scalars().all()
        states = {
            name: conn.execute(text(f"SELECT last_value, is_called FROM {name}")).one() for name in names
        }
    return {name: (state.last_value, state.is_called) for name, state in states.items()}


def _set_back(shop: SmallShop, sequences: dict[str, tuple[int, bool]]) -> None:
    """Let the next rows get the ids that the recorded parameters speak of."""
    with shop.engine.begin() as conn:
        for name, (value, called) in sequences.items():
            conn.execute(
                text("SELECT setval(:name, :value, :called)"),
                {"name": name, "value": value, "called": called},
            )


def replay(raw: psycopg.Connection[Any], sent: Sequence[Sent]) -> None:
    """Send the same statements in a transaction of the same kind, and read what comes back."""
    with raw.cursor() as cursor:
        for one in sent:
            if one.many:
                cursor.executemany(one.statement, one.parameters)
            else:
                cursor.execute(one.statement, one.parameters)
            if cursor.description is not None:
                cursor.fetchall()
    raw.commit()
