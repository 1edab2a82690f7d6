"""Which settings hold at a moment: those of the configuration, and what was changed since."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from ..config import Settings, read_value
from ..errors import ConfigError
from ..models import SettingChange

_CHANGE = SettingChange.__table__
FRESH = timedelta(seconds=20)
"""How long a process goes by what it has read: changes are made known longer than that before they hold."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A value of a setting from a moment on; without `given`: that of the configuration again."""

    key: str
    given: Mapping[str, Any]
    valid_from: datetime


@dataclass(frozen=True)
class Timeline:
    """The settings of the configuration with all changes, oldest first."""

    base: Settings
    changes: Sequence[Change] = ()

    @cached_property
    def _moments(self) -> list[datetime]:
        return [change.valid_from for change in self.changes]

    @cached_property
    def _states(self) -> list[Settings]:
        """Give the settings before the first change and after each; one that cannot hold changes nothing."""
        found = [self.base]
        for change in self.changes:
            found.append(_changed(self.base, found[-1], change) or found[-1])
        return found

    @property
    def without_effect(self) -> Sequence[Change]:
        """Give the changes whose value does not go with the configuration."""
        pairs = zip(self._states, self.changes, strict=False)
        return [change for before, change in pairs if _changed(self.base, before, change) is None]

    def at(self, moment: datetime) -> Settings:
        """Give the settings that hold at a moment."""
        return self._states[bisect_right(self._moments, moment)] if self.changes else self.base

    def ever(self, key: str, value: object) -> bool:
        """Say whether a setting has or had a value at any time."""
        return any(getattr(state, key) == value for state in self._states)


def _changed(base: Settings, before: Settings, change: Change) -> Settings | None:
    try:
        return replace(before, **{change.key: value_of(base, change.key, change.given)})
    except ConfigError:
        return None


def value_of(base: Settings, key: str, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - each has a type of its own
    """Read what was stored of a setting."""
    return read_value(key, given["is"]) if "is" in given else getattr(base, key)


def load(conn: Connection, base: Settings) -> Timeline:
    """Read all changes by one statement."""
    query = select(_CHANGE.c.key, _CHANGE.c.value, _CHANGE.c.valid_from).where(
        _CHANGE.c.cancelled_at.is_(None)
    )
    rows = conn.execute(query.order_by(_CHANGE.c.valid_from, _CHANGE.c.id))
    return Timeline(
        base, tuple(Change(key=row.key, given=row.value, valid_from=row.valid_from) for row in rows)
    )
