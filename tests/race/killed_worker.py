"""A worker that works on until somebody kills it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection as Pipe

from flask_firstline.delivery.worker import work_once
from flask_firstline.testing import FakeShop
from flask_firstline.testing.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a worker works: the database, the mail server, and the time that it sees."""

    url: str
    smtp: str
    now: datetime

    def open(self) -> FakeShop:
        """Open the shop as a worker sees it: without pages."""
        return FakeShop(
            self.url,
            clock=Clock(self.now),
            mount=(),
            FIRSTLINE_SMTP_URL=self.smtp,
            FIRSTLINE_MAIL_FROM="Lindenhof <shop@lindenhof.example>",
            FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=["127.0.0.1"],
        )


def work_until_killed(place: Place, pipe: Pipe) -> None:
    """Say when the work begins, and never end."""
    with place.open() as shop, shop.app.app_context():
        pipe.send("at work")
        while True:
            work_once(shop.state)
