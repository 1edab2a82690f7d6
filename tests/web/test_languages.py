"""Every page of buyers, partners and admins speaks each of the four languages, and only that one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from flask_firstline import Reason, i18n
from flask_firstline.config import Settings
from flask_firstline.errors import TEXTS

from .all_pages import Story, Visit
from .office import PREFIX, hidden
from .page_words import LANGUAGES, Said, gaps, places_differ, said, untranslated
from .test_admin_gate import guarded
from .test_standalone import Program

#: Names in the story that look like texts of ours.
NAMES = {"Coupon vonmeier", "Friends"}


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    """Give the shop with somebody for every page."""
    with guarded() as office:
        yield Story(office)


@pytest.fixture(scope="module")
def pages(story: Story) -> dict[str, tuple[Visit, Said]]:
    """Give every page with what it says in English."""
    found = {rule: (visit, visit.read("en")) for rule, visit in story.visits()}
    assert [visit.path for visit, page in found.values() if page is None] == []
    return {rule: (visit, page) for rule, (visit, page) in found.items() if page is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_speaks_the_language_of_its_reader_and_no_english(
    pages: dict[str, tuple[Visit, Said]], language: str
) -> None:
    wrong: dict[str, object] = {}
    for rule, (visit, english) in pages.items():
        page = visit.read(language)
        assert page is not None, rule
        left = set(untranslated(english, page, language)) - NAMES
        if page.language.partition("-")[0] != language or left or gaps(page):
            wrong[rule] = (page.language, left, gaps(page))

    assert wrong == {}


def test_every_page_is_visited(pages: dict[str, tuple[Visit, Said]]) -> None:
    assert len(pages) > 230
    assert {page.language.partition("-")[0] for _visit, page in pages.values()} == {"en"}
    assert [rule for rule, (_visit, page) in pages.items() if gaps(page)] == []


def test_the_app_of_its_own_speaks_each_language_too(tmp_path: Path) -> None:
    program, wrong = Program(tmp_path), {}
    for path in ("/", "/sign-in", "/forgot", "/account", "/people", "/people/new", "/people/1"):
        open_to_all = path in {"/sign-in", "/forgot"}
        visit = Visit(browser=program.browser() if open_to_all else program.signed_in(), path=path)
        english = visit.read("en")
        assert english is not None, path
        for language in LANGUAGES:
            page = visit.read(language)
            assert page is not None
            left = list(untranslated(english, page, language))
            if page.language != language or left or gaps(page):
                wrong[path, language] = (page.language, left)
    program.close()

    assert wrong == {}


INCLUDES = """{% include "firstline/coupon_field.html" %}
{% include "firstline/consent.html" %}{% include "firstline/consent_fields.html" %}"""


def test_what_stands_inside_the_pages_of_a_shop_speaks_the_language_of_its_reader(story: Story) -> None:
    office, shown = story.office, dict[str, Said]()
    office.app.view_functions["fake_shop.start"] = lambda: render_template_string(INCLUDES)
    for language in ("en", *LANGUAGES):
        ina = office.browser("ina")
        ina.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        office.put(ina, "tea")
        for code in ("vonmeier", "nonsense"):
            fields = {**dict(hidden(ina.get("/").text)), "code": code, "next": "/"}
            ina.post("/firstline/coupon", data=fields)
        shown[language] = said(ina.get("/").text)

    assert len(shown["en"].texts) > 15
    assert any(text.startswith("This code needs goods") for text in shown["en"].texts)
    assert {language: [*untranslated(shown["en"], shown[language], language)] for language in LANGUAGES} == {
        "de": [], "nl": [], "ru": []
    }  # fmt: skip


def test_who_is_turned_away_reads_why_in_the_own_language(story: Story) -> None:
    office, wrong = story.office, {}
    visits = [Visit(browser=office.browser("berta"), path=f"{area}/") for area in (PREFIX, "/firstline/desk")]
    for path in ("partners/password/x", "partners/join/x", "partners/sign-in/by/x"):
        visits.append(Visit(browser=office.browser(), path=f"/firstline/{path}"))
    for visit in visits:
        english = visit.refused("en")
        for language in LANGUAGES:
            page = visit.refused(language)
            left = [*untranslated(english, page, language)]
            if page.language != language or left:
                wrong[visit.path, language] = (page.language, left)

    assert wrong == {}


def test_what_is_wrong_in_a_form_is_said_in_the_language_of_its_reader(
    pages: dict[str, tuple[Visit, Said]],
) -> None:
    said_in_english, wrong = 0, {}
    for rule, (visit, _page) in pages.items():
        english = visit.mistaken("en") if rule.endswith(("/new", "/edit", "/join", "/password")) else None
        if english is None:
            continue
        said_in_english += 1
        for language in LANGUAGES:
            page = visit.mistaken(language)
            assert page is not None, rule
            wrong[rule, language] = set(untranslated(english, page, language)) - NAMES

    assert said_in_english >= 15
    assert {where: texts for where, texts in wrong.items() if texts} == {}


def test_every_refusal_has_a_text_of_its_own_in_every_language() -> None:
    app = Flask("shop")
    i18n.install(app, Settings())

    assert set(TEXTS) == set(Reason)
    for language in LANGUAGES:
        with app.app_context(), i18n.speaking(language):
            spoken = {i18n.gettext(text) for text in TEXTS.values()}
        assert len(spoken) == len(Reason)
        assert spoken.isdisjoint(TEXTS.values())


def test_no_translation_lacks_a_place_for_a_value() -> None:
    assert list(places_differ()) == []
