"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask

from ..state import state_of

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Clock:
    """Gives the time that the plugin sees: plug it into an app, then set it or let time pass."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = _aware(now)

    def __call__(self) -> datetime:
        """Give the time, aware and in UTC."""
        return self.now

    def set(self, now: datetime) -> None:
        """Set the time; a naive one is read as UTC."""
        self.now = _aware(now)

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Let time pass and give the new time."""
        self.now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self.now

    def plug_into(self, app: Flask) -> None:
        """Let the plugin of this app read its time here."""
        state_of(app).clock = self


def _aware(now: datetime) -> datetime:
    return now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)
