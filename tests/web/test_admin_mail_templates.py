"""Mails in the shop's own words on a page: written per language, refused with the place of a mistake."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.letters import samples
from flask_firstline.models import MailTemplate, MailText
from flask_firstline.services import templated

from .office import PREFIX, Office, rows, send, text

AT = f"{PREFIX}/mail_templates"
GIVEN = {"name": "thanks", "title": "Thanks", "can_be_left": "y", "subject_de": "Danke, {name}"}


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(FIRSTLINE_LOCALES=["de", "en"]) as shop:
        yield shop


def test_a_mail_is_written_changed_and_found_and_the_log_says_what_it_said(office: Office) -> None:
    browser = office.ines()
    long = "Dein Code: {code}\n" + "x" * 900
    assert send(browser, f"{AT}/new", {**GIVEN, "text_de": long}).status_code == 303
    assert rows(browser.get(AT)) == ["Thanks"]
    [said] = office.rows(MailText)
    assert (said.locale, said.text) == ("de", long)

    page = browser.get(f"{AT}/thanks/edit").get_data(as_text=True)
    assert "Danke, {name}" in page and "subject_nl" not in page and "{sharer}" in page
    changed = {"subject_de": "Danke", "text_de": "Neu.", "subject_en": "Thanks", "text_en": "New."}
    assert send(browser, f"{AT}/thanks/edit", changed).status_code == 303
    assert {row.locale: row.text for row in office.rows(MailText)} == {"de": "Neu.", "en": "New."}
    assert "Dein Code: {code}" in text(browser.get(f"{PREFIX}/audit?noun=mail_text"))


def test_a_saved_mail_is_shown_in_each_of_its_languages_with_examples(office: Office) -> None:
    browser = office.ines()
    send(browser, f"{AT}/new", {**GIVEN, "text_de": "Dein Code: {code} <b>"})

    page = browser.get(f"{AT}/thanks/preview").get_data(as_text=True)
    html = browser.get(f"{AT}/thanks/preview/de/html")
    plain = browser.get(f"{AT}/thanks/preview/de/text").get_data(as_text=True)

    assert f'src="{AT}/thanks/preview/de/html"' in page and "preview/en/" not in page
    assert "Dein Code: ANNA-7K2M &lt;b&gt;" in html.get_data(as_text=True)
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert plain.startswith("Danke, Anna Lindner\n\nGuten Tag Anna Lindner\n\nDein Code: ANNA-7K2M <b>")
    assert "/mails/preferences/" in plain
    assert browser.get(f"{AT}/thanks/preview/en/html").status_code == 404
    with office.app.app_context():
        examples = samples.own_words(office.state.now(), "EUR")
    assert examples.keys() == templated.WORDS - templated.GIVEN


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text_de": "eins\nzwei {coed}"}, "Deutsch: what stands in braces in line 2, sign 6"),
        ({"text_de": ""}, "needs a subject and a text"),
        ({"subject_de": "", "text_de": ""}, "in one language at least"),
        ({"name": "Thanks!", "text_de": "x"}, "small letters"),
        ({"name": "welcome", "text_de": "x"}, "of this name already"),
        ({"text_de": "x" * 10_001}, "At most 10,000" ),
    ],
)  # fmt: skip
def test_what_is_no_mail_is_refused_and_nothing_is_kept(
    office: Office, given: dict[str, str], said: str
) -> None:
    answer = send(office.ines(), f"{AT}/new", {**GIVEN, **given})
    assert answer.status_code == 422
    assert said in text(answer) or said.replace(",", "") in text(answer)
    assert (office.rows(MailTemplate), office.rows(MailText)) == ([], [])
