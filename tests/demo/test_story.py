"""The story of Partner Meier, as `make demo` plays it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from demo import create_app, seeds
from demo.base import db
from demo.browser import Visitor
from demo.opening import firstline
from demo.scene import StoryBroken
from demo.story import CHAPTERS, DAYS, play
from tests.browser.live_server import serve
from tests.databases import Databases

from .acts import meiers_code, office, pay, place, put, sign_in, type_code
from .conftest import let_go

ROOT = Path(__file__).parents[2]
PLAYS = int(os.environ.get("FIRSTLINE_DEMO_PLAYS", "1"))
"""How often the story is played in one shop: `make proof` plays it twice, and on PostgreSQL too."""
PLACES = ["sqlite", *([pytest.param("postgresql", marks=pytest.mark.postgres)] if PLAYS > 1 else [])]
FILLED = (
    "payouts", "statements", "touches", "links", "materials", "partner_terms", "audit", "seals", "campaigns",
    "promoters", "conversions", "consumers", "rules", "rule_runs", "rule_events", "tasks", "mail_templates",
    "outbox?state=done", "webhooks", "webhook_deliveries",
)  # fmt: skip
"""Pages of the admin that have something to show."""
everywhere = pytest.mark.parametrize("databases", PLACES, indirect=True, scope="session")


@dataclass(frozen=True, kw_only=True)
class Played:
    """What `make demo` has said, and the folder and settings in which it was played."""

    told: str
    folder: Path
    environment: Mapping[str, str]


@pytest.fixture(scope="module")
def played(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Play the demo as `make demo` does, once for all that reads of it."""
    folder = tmp_path_factory.mktemp("played")
    environment = {**os.environ, "DEMO_SERVE": "0", "PYTHONPATH": str(ROOT)}
    environment.pop("DATABASE_URL", None)
    with databases.fresh() as url:
        if databases.server is not None:
            environment["DATABASE_URL"] = url
        for _ in range(PLAYS):
            done = subprocess.run(
                [sys.executable, "-m", "demo"], cwd=folder, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stdout + done.stderr
        yield Played(told=done.stdout, folder=folder, environment=environment)


@everywhere
def test_the_story_is_as_it_should_be(played: Played) -> None:
    assert [chapter.TITLE for chapter in CHAPTERS if chapter.TITLE not in played.told] == []
    assert "at exactly 0.00 EUR again" in played.told
    assert "every amount was compared to the cent" in played.told
    days = int((played.folder / "instance" / "calendar").read_text())
    assert days == (PLAYS - 1) * DAYS, "the first play ends today"


@everywhere
def test_the_shop_looks_as_if_months_had_gone_by(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(played.folder)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if "DATABASE_URL" in played.environment:
        monkeypatch.setenv("DATABASE_URL", played.environment["DATABASE_URL"])
    app = create_app()
    # The worker does so by night only.
    assert app.test_cli_runner().invoke(args=["firstline", "suspicions", "look"]).exit_code == 0
    with serve(app) as home:
        pages_are_filled(home)
    let_go(app)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")
def test_a_step_that_is_not_as_it_should_be_is_named(
    app: Flask, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"Meier": (211, 0), "Schulz": (105, 0), "Opa": (21, 0)}
    monkeypatch.setattr("demo.story.code.COMMISSIONS", wrong)
    steps = [step.__name__ for chapter in CHAPTERS for step in chapter.STEPS]
    number = 1 + steps.index("three_commissions")

    with pytest.raises(
        StoryBroken, match=rf"Step {number}, .*expected '2\.11 EUR', the shop shows '2\.10 EUR'"
    ):
        play(app, home, io.StringIO())


def test_books_that_do_not_agree_end_the_demo(app: Flask, home: str, buyer: Visitor) -> None:
    code = meiers_code(home)
    put(buyer, "candle-beeswax", 2)
    type_code(buyer, code)
    pay(buyer, place(buyer))
    with app.app_context():
        db.session.execute(text("UPDATE firstline_balance SET amount = amount + 1"))
        db.session.commit()

    with pytest.raises(SystemExit, match="1"):
        firstline(app, "check")


def pages_are_filled(home: str) -> None:
    meier, admin = Visitor(home), office(home)
    sign_in(meier, seeds.MEIER)
    desk = meier.open("/firstline/desk/")
    assert min(desk.amount(figure) for figure in ("Payable", "On hold", "Paid out")) > 0
    assert "GS-" in meier.open("/firstline/desk/statements").text
    assert "paula.vogt@example.org" in meier.open("/firstline/desk/prospects").text
    for page in FILLED:
        assert "<tbody" in admin.open(f"/firstline/admin/{page}").html, page
    suspected = admin.open("/firstline/admin/suspicions").text
    assert suspected.count("The partner and ") == suspected.count("a partner before: same tax number.") == 1
    for state in ("pending", "active", "used", "void"):
        assert "<tbody" in admin.open(f"/firstline/admin/rewards?state={state}").html, state
