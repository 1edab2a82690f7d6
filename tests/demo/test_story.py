"""The story of Partner Meier, as `make demo` plays it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from demo import create_app, seeds
from demo.base import db
from demo.browser import Visitor
from demo.opening import firstline
from demo.scene import StoryBroken
from demo.story import CHAPTERS, play
from demo.story.postings import DAYS
from tests.browser.live_server import serve

from .acts import meiers_code, office, pay, place, put, sign_in, type_code

ROOT = Path(__file__).parents[2]


# On SQLite `make demo` plays it, below.
@pytest.mark.parametrize(
    "databases", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True, scope="session"
)
def test_the_story_is_as_it_should_be(app: Flask, home: str) -> None:
    told = io.StringIO()
    play(app, home, told)

    assert [chapter.TITLE for chapter in CHAPTERS if chapter.TITLE not in told.getvalue()] == []
    assert "at exactly 0.00 EUR again" in told.getvalue()
    firstline(app, "check")


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


@pytest.mark.slow
def test_make_demo_plays_it_again_and_again_and_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**os.environ, "DEMO_SERVE": "0", "PYTHONPATH": str(ROOT)}
    environment.pop("DATABASE_URL", None)
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "demo"], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "every amount was compared to the cent" in done.stdout
    assert (tmp_path / "instance" / "calendar").read_text() == str(DAYS), "the first play ends today"
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    app = create_app()
    with serve(app) as home:
        pages_are_filled(home)
    with app.app_context():
        db.engine.dispose()


def pages_are_filled(home: str) -> None:
    meier, admin = Visitor(home), office(home)
    sign_in(meier, seeds.MEIER)
    desk = meier.open("/firstline/desk/")
    assert min(desk.amount(figure) for figure in ("Payable", "On hold", "Paid out")) > 0
    assert "GS-" in meier.open("/firstline/desk/statements").text
    assert "paula.vogt@example.org" in meier.open("/firstline/desk/prospects").text
    for page in ("payouts", "statements", "touches", "links", "materials", "partner_terms", "audit", "seals"):
        assert "<tbody" in admin.open(f"/firstline/admin/{page}").html, page
