"""What every use case works with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, select

from ..config import Settings
from ..errors import ConfigError
from ..models import Secret
from ..models.base import SHOP
from .timeline import Timeline


@dataclass(frozen=True)
class Keyring:
    """Secrets by key id: the last signs, all verify."""

    secrets: Mapping[str, str]
    shop: str = ""
    """What tells this shop's database from another's that has the same secrets."""

    @property
    def signing_id(self) -> str:
        """The id of the key that signs."""
        return list(self.secrets)[-1]

    def secret(self, key_id: str, purpose: str) -> bytes:
        """Give a key for one purpose, derived from the secret."""
        return hashlib.sha256(f"{purpose}:{self.secrets[key_id]}".encode()).digest()

    def signing(self, purpose: str) -> bytes:
        """Give the signing key for one purpose."""
        return self.secret(self.signing_id, purpose)

    def for_tokens(self, purpose: str) -> list[bytes]:
        """Give the keys of what is signed for this shop alone: the last signs, all verify."""
        return [self.secret(key_id, f"{purpose}:{self.shop}") for key_id in self.secrets]


def load_keyring(conn: Connection, settings: Settings) -> Keyring:
    """Give the keys of FIRSTLINE_KEYS, or those drawn when the database was made."""
    table = Secret.__table__
    drawn = {row.id: row.secret for row in conn.execute(select(table).order_by(table.c.created_at))}
    secrets = settings.keys or drawn
    if not secrets:
        raise ConfigError("No secret was drawn yet: run `flask firstline db upgrade`, or set FIRSTLINE_KEYS.")
    first = next(iter(drawn.values()), "")
    return Keyring(dict(secrets), shop=hashlib.sha256(first.encode()).hexdigest()[:16])


class Moment(Protocol):
    """A transaction, and the time that holds in it."""

    @property
    def conn(self) -> Connection:
        """What the transaction goes over."""

    @property
    def now(self) -> datetime:
        """The time, aware and in UTC."""


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Something that others hear about: by an outgoing signal, and mostly as a row of the outbox."""

    name: str
    data: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that rules may follow: kept as an event by the worker, once by kind and key."""

    kind: str
    key: str
    data: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Context:
    """One call's surroundings. `as_fact` says that the sale has happened, so nothing may be refused."""

    conn: Connection
    settings: Settings
    keys: Keyring
    now: datetime
    timeline: Timeline | None = None
    """Which settings held when; None: always these."""
    source: str = SHOP
    told_by: str = ""
    """The source under which calls stand in the inbox, where it is not that of the documents."""
    as_fact: bool = False
    locale: str = "en"
    translate: Callable[[str], str] = str
    """Turns our English texts into the reader's language."""
    line_locked: bool = False
    """Whether the buyer with all below, and the code's owner with all above, are locked in the tree."""
    frees_expired: bool = False
    """Whether reservations that have run out are freed before codes are used: a guard has refused before."""
    happened: list[Happened] = field(default_factory=list)
    unwritten: list[Happened] = field(default_factory=list)
    """What has happened and does not stand in the outbox yet."""
    facts: list[Fact] = field(default_factory=list)
    _seqs: dict[int, int] = field(default_factory=dict)

    def settings_at(self, moment: datetime) -> Settings:
        """Give the settings that held at another moment than now."""
        return self.settings if self.timeline is None else self.timeline.at(moment)

    def tell(self, name: str, *, stored: bool = True, **data: object) -> None:
        """Note something that others will hear about when the call has succeeded."""
        told = Happened(name=name, data=data)
        self.happened.append(told)
        if stored:
            self.unwritten.append(told)

    def fact(self, kind: str, key: object, **data: object) -> None:
        """Note something that rules may follow; `outbox.flush` writes it down for the worker."""
        self.facts.append(Fact(kind=kind, key=str(key), data=data))

    def next_seq(self, call_id: int) -> int:
        """Give the next number for a posting of a call, which may be about several documents."""
        self._seqs[call_id] = self._seqs.get(call_id, 0) + 1
        return self._seqs[call_id]
