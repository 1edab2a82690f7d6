"""Check the books: invoices x terms = postings = balances, counters = rows, paths = sponsors.

Everything is computed anew from what was told and compared with what is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Connection, Engine

from ..domain.money import major


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that does not agree: what was computed and what is kept."""

    subject: str
    computed: str
    kept: str


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One check: how many things it compared, and what does not agree.

    `difference` is per currency, in major units, with every currency that was seen: 0.00 where all is right.
    """

    name: str
    compared: int
    findings: tuple[Finding, ...] = ()
    difference: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.findings


class Comparison:
    """Collects one check. Amounts in minor units of their currency."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._compared = 0
        self._findings: list[Finding] = []
        self._off: dict[str, int] = {}

    def amount(self, subject: str, currency: str, *, computed: int, kept: int) -> None:
        """Compare two amounts."""
        self._compared += 1
        self._off[currency] = self._off.get(currency, 0) + abs(computed - kept)
        if computed != kept:
            self._add(
                subject, f"{major(computed, currency)} {currency}", f"{major(kept, currency)} {currency}"
            )

    def count(self, subject: str, *, computed: int, kept: int) -> None:
        """Compare two numbers."""
        self._compared += 1
        if computed != kept:
            self._add(subject, str(computed), str(kept))

    def states(self, subject: str, *, computed: str, kept: str) -> None:
        """Compare two states in words."""
        self._compared += 1
        if computed != kept:
            self._add(subject, computed, kept)

    def _add(self, subject: str, computed: str, kept: str) -> None:
        self._findings.append(Finding(subject=subject, computed=computed, kept=kept))

    def done(self) -> Checked:
        """Give the check with all it found."""
        return Checked(
            name=self._name,
            compared=self._compared,
            findings=tuple(self._findings),
            difference={currency: major(off, currency) for currency, off in sorted(self._off.items())},
        )


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open a connection that sees one moment of the database, whatever is sold meanwhile."""
    with engine.connect() as conn:
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql("BEGIN")
        else:
            conn = conn.execution_options(isolation_level="REPEATABLE READ")
        try:
            yield conn
        finally:
            conn.rollback()


def all_ok(checks: Iterable[Checked]) -> bool:
    """Tell whether every check agrees."""
    return all(check.ok for check in checks)
