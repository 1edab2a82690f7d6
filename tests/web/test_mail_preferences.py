"""Which mails somebody gets: chosen on a page without a log-in, ended by one click of a mail program."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask_wtf import CSRFProtect

from flask_firstline.checkout import preferences as page_of_preferences
from flask_firstline.services import preferences
from flask_firstline.services.preferences import MailSort
from flask_firstline.testing import make_customer

from .office import Office, text


@pytest.fixture
def shop() -> Iterator[Office]:
    with Office() as made:
        made.register(make_customer("ina"))
        yield made


def address(shop: Office, sort: MailSort = MailSort.PROGRAM) -> str:
    with shop.app.app_context():
        keys = shop.state.context(shop.state.session().connection()).keys
    return "/firstline/mails/preferences/" + preferences.sign(keys, 1, sort, now=shop.clock.now)


def unwanted(shop: Office) -> frozenset[MailSort]:
    with shop.transaction() as session:
        return preferences.unwanted(session.connection(), 1)


def test_somebody_chooses_and_finds_the_choice_again(shop: Office) -> None:
    browser, at = shop.browser(), address(shop)
    assert browser.get(at).text.count(" checked") == 3
    assert unwanted(shop) == set()

    answer = browser.post(at, data={"wanted": ["reminder", "mailing", "nonsense"]})
    assert "It is kept." in text(answer)
    assert answer.text.count(" checked") == 2
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert unwanted(shop) == {MailSort.PROGRAM}

    browser.post(at, data={"wanted": ["program", "reminder", "mailing"]})
    assert unwanted(shop) == set()


@pytest.mark.parametrize("sort", list(MailSort))
def test_one_click_of_a_mail_program_ends_the_sort_of_the_mail_alone(shop: Office, sort: MailSort) -> None:
    answer = shop.browser().post(address(shop, sort), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert unwanted(shop) == {sort}


def test_a_look_changes_nothing_and_a_forged_address_is_not_found(shop: Office) -> None:
    browser, at = shop.browser(), address(shop)
    browser.get(at)
    assert unwanted(shop) == set()
    assert browser.get(at + "x").status_code == 404
    assert browser.post("/firstline/mails/preferences/x", data={}).status_code == 404


def test_the_click_needs_no_token_of_the_shop(shop: Office) -> None:
    shop.app.config["WTF_CSRF_ENABLED"] = True
    CSRFProtect(shop.app)
    page_of_preferences.install(shop.app)
    answer = shop.browser().post(address(shop), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
