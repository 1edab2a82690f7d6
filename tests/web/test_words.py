"""Words and figures: whose language is spoken, and that the shop's own translations are left alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from flask_firstline import i18n
from flask_firstline.config import Settings

ROOT = Path(__file__).parents[2]


def make_app(*, shops_own: str | None = None, **settings: object) -> Flask:
    """Build an app; `shops_own` is the language that the shop's own Babel has chosen."""
    app = Flask("shop")
    if shops_own is not None:
        Babel(app, locale_selector=lambda: shops_own)
    i18n.install(app, Settings(timezone="Europe/Berlin", **settings))  # type: ignore[arg-type]  # fields of Settings
    return app


def said(app: Flask, accept: str = "") -> str:
    """Give the language and a word on a page."""
    with app.test_request_context(headers={"Accept-Language": accept}):
        return f"{i18n.locale()} {i18n.gettext('Currency')}"


@pytest.fixture(scope="module")
def problems() -> list[str]:
    """Say what is stale or missing in the catalogues."""
    script = str(ROOT / "scripts" / "catalogues.py")
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_catalogues_hold_the_texts_of_today(problems: list[str]) -> None:
    assert [line for line in problems if "no translation" not in line] == []


def test_every_text_is_translated_into_every_language(problems: list[str]) -> None:
    assert [line for line in problems if "no translation" in line] == []


def test_no_text_hides_from_the_catalogues_in_an_f_string() -> None:
    """What collects the texts does not look into f-strings on every Python."""
    asked = {"_", "_l", "gettext", "lazy_gettext", "ngettext", "rich", "marked"}
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "plugin").rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in asked
        if call.args and isinstance(call.args[0], ast.Constant)
    ]

    assert hidden == []


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("de-AT,en;q=0.5", "de Währung"),
        ("fr,nl;q=0.8", "nl Valuta"),
        ("ru", "ru Валюта"),
        ("fr", "en Currency"),
        ("", "en Currency"),
        ("!!", "en Currency"),
    ],
)
def test_without_a_babel_of_the_shop_the_browser_decides(accept: str, expected: str) -> None:
    assert said(make_app(), accept) == expected


def test_the_shops_choice_of_language_wins_over_the_browsers() -> None:
    assert said(make_app(shops_own="de_AT"), "ru") == "de_AT Währung"


def test_a_language_that_is_not_offered_gives_the_first_on_offer() -> None:
    assert said(make_app(shops_own="fr", locales=("nl", "de")), "ru") == "nl Valuta"
    assert said(make_app(locales=("de",)), "ru") == "de Währung"


def test_the_shops_babel_is_left_alone_and_ours_touches_no_template_globals() -> None:
    theirs, ours = make_app(shops_own="de"), make_app()

    assert theirs.extensions["babel"].locale_selector is not None
    assert said(theirs, "ru") == "de Währung"
    assert "gettext" not in ours.jinja_env.globals


def test_a_persons_own_language_is_spoken_where_it_is_offered() -> None:
    with make_app().test_request_context(headers={"Accept-Language": "en"}):
        i18n.speak("fr")
        after_french = i18n.gettext("Currency")
        i18n.speak("nonsense locale")
        i18n.speak("ru-RU")
        after_russian = i18n.gettext("Currency")

    assert (after_french, after_russian) == ("Currency", "Валюта")


def test_mails_are_written_in_a_language_outside_of_requests() -> None:
    with make_app().app_context():
        with i18n.speaking("de"):
            inside = i18n.gettext("Currency")
        outside = i18n.gettext("Currency")

    assert (inside, outside) == ("Währung", "Currency")


def test_outside_of_an_app_texts_stay_as_they_are() -> None:
    assert i18n.gettext("Currency") == "Currency"
    assert str(i18n.lazy_gettext("Currency")) == "Currency"


def test_lazy_texts_are_translated_when_they_are_shown() -> None:
    label = i18n.lazy_gettext("Currency")

    assert said(make_app(), "de") == f"de {_shown(label, 'de')}"
    assert _shown(label, "nl") == "Valuta"


def _shown(label: str, accept: str) -> str:
    with make_app().test_request_context(headers={"Accept-Language": accept}):
        return str(label)


@pytest.mark.parametrize(
    ("accept", "count", "expected"),
    [("en", 1, "1 person"), ("de", 1200, "1.200 Personen"), ("ru", 3, "3 человека"), ("ru", 5, "5 человек")],
)
def test_counts_take_the_plural_of_the_language(accept: str, count: int, expected: str) -> None:
    with make_app().test_request_context(headers={"Accept-Language": accept}):
        assert i18n.ngettext("%(num)s person", "%(num)s people", count) == expected


def test_rich_texts_escape_what_is_put_in() -> None:
    with make_app().test_request_context():
        text = i18n.rich('Link of <span class="fl-code">%(code)s</span>', code="<b>")

    assert text == 'Link of <span class="fl-code">&lt;b&gt;</span>'


def test_figures_and_dates_follow_the_language_and_the_shops_time_zone() -> None:
    late = datetime(2026, 11, 20, 23, 30, 5, tzinfo=UTC)
    with make_app().test_request_context(headers={"Accept-Language": "de"}):
        shown = [
            i18n.money(-123450, "EUR"),
            i18n.money(500, "EUR", plus=True),
            i18n.money(0, "EUR", plus=True),
            i18n.percent(Decimal("7.5")),
            i18n.number(1234567),
            i18n.round_money(10000, "EUR"),
            str(i18n.when(date(2026, 11, 20))),
            str(i18n.when(late)),
            str(i18n.moment(late)),
            i18n.day_text(i18n.last_day(datetime(2026, 11, 30, 23, tzinfo=UTC))),
        ]

    assert shown == [
        "\N{MINUS SIGN}1.234,50\N{NO-BREAK SPACE}€",
        "+5,00\N{NO-BREAK SPACE}€",
        "0,00\N{NO-BREAK SPACE}€",
        "7,5\N{NO-BREAK SPACE}%",
        "1.234.567",
        "10.000\N{NO-BREAK SPACE}€",
        '<time datetime="2026-11-20">20.11.2026</time>',
        '<time datetime="2026-11-21T00:30:05+01:00" title="21.11.2026, 00:30:05">21.11.2026</time>',
        '<time datetime="2026-11-21T00:30:05+01:00">21.11.26, 00:30</time>',
        "30.11.2026",
    ]
