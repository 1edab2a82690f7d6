"""Every page of buyers, partners and admins speaks each of the four languages, and only that one."""

from __future__ import annotations

import pytest

from flask_firstline import Reason, i18n
from flask_firstline.errors import TEXTS

from .all_pages import Story, Visit
from .page_words import LANGUAGES, Said, gaps, places_differ, untranslated
from .test_admin_gate import Guarded, office  # noqa: F401 - the fixture is used by its name

#: Names in the story that look like texts of ours.
NAMES = {"Coupon vonmeier", "Friends"}


@pytest.fixture(scope="module")
def pages(office: Guarded) -> dict[str, tuple[Visit, Said]]:  # noqa: F811
    """Give every page with what it says in English."""
    found = {rule: (visit, visit.read("en")) for rule, visit in Story(office).visits()}
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


def test_every_refusal_has_a_text_of_its_own_in_every_language(office: Guarded) -> None:  # noqa: F811
    assert set(TEXTS) == set(Reason)
    for language in LANGUAGES:
        with office.app.app_context(), i18n.speaking(language):
            spoken = {i18n.gettext(text) for text in TEXTS.values()}
        assert len(spoken) == len(Reason)
        assert spoken.isdisjoint(TEXTS.values())


def test_no_translation_lacks_a_place_for_a_value() -> None:
    assert list(places_differ()) == []
