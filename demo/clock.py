"""The shop's clock: that of this machine, moved by the days that its calendar says.

A hold of thirty days cannot be waited for. So the shop has a calendar that an admin may move on; all that
asks for the time asks here: the shop, the partner program, the command line and the worker.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, current_app

from flask_firstline.state import state_of

EXTENSION = "shop_clock"


class ShopClock:
    """Gives the time; the days stand in a file, so that every process has the same."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __call__(self) -> datetime:
        """Give the time, aware and in UTC."""
        return datetime.now(UTC) + timedelta(days=self.days)

    @property
    def days(self) -> int:
        """How many days the calendar is ahead; below 0 it is behind."""
        return int(self.file.read_text(encoding="ascii")) if self.file.exists() else 0

    def begin(self, days: int) -> None:
        """Set the calendar of a shop in which nothing has happened yet."""
        self.file.write_text(str(days), encoding="ascii")

    def let_pass(self, days: int) -> None:
        """Move the calendar on. It is never moved back: what has happened would stand in the future."""
        if days < 1:
            raise ValueError("a calendar goes forward")
        self.begin(self.days + days)


def install(app: Flask) -> None:
    """Let the shop and the partner program of this app read the same clock."""
    app.extensions[EXTENSION] = state_of(app).clock = ShopClock(Path(app.instance_path) / "calendar")


def shop_clock() -> ShopClock:
    """Give the clock of the current app."""
    found: ShopClock = current_app.extensions[EXTENSION]
    return found


def now() -> datetime:
    """Give the time of the shop."""
    return shop_clock()()
