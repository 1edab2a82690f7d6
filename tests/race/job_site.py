"""A shop as the workers of the command line, Celery and Huey load it; the environment says where it is."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from celery import Celery, Task
from flask import Flask
from huey import RedisHuey

from flask_firstline.delivery import celery, huey
from flask_firstline.testing import FakeShop


def settings(smtp: str, seconds: str = "3600") -> dict[str, Any]:
    """Give the settings of the shop; a round is asked for every so many seconds."""
    return {
        "FIRSTLINE_SMTP_URL": smtp,
        "FIRSTLINE_MAIL_FROM": "Lindenhof <shop@lindenhof.example>",
        "FIRSTLINE_WEBHOOK_PRIVATE_HOSTS": ["127.0.0.1"],
        "FIRSTLINE_WORK_SECONDS": int(seconds),
    }


def celery_of(app: Flask, broker: str) -> Celery:
    """Make a Celery app as the documentation of Flask does."""

    class FlaskTask(Task):
        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    made = Celery(app.name, task_cls=FlaskTask)
    made.config_from_object({"broker_url": broker, "task_ignore_result": True})
    made.set_default()
    celery.firstline_tasks(made, app)
    return made


def huey_of(app: Flask, broker: str) -> RedisHuey:
    """Make a Huey with Redis."""
    made = RedisHuey("shop", url=broker)
    huey.firstline_tasks(made, app)
    return made


if "JOBS_DATABASE" in os.environ:
    ahead = Path(os.environ["JOBS_AHEAD"])
    shop = FakeShop(
        os.environ["JOBS_DATABASE"],
        mount=(),
        **settings(os.environ["JOBS_SMTP"], os.environ["JOBS_SECONDS"]),
    )
    shop.state.clock = lambda: datetime.now(UTC) + timedelta(minutes=int(ahead.read_text()))
    app = shop.app
    if os.environ["JOBS_BROKER"].startswith("redis"):
        huey_app = huey_of(app, os.environ["JOBS_BROKER"])
    celery_app = celery_of(app, os.environ["JOBS_BROKER"])
