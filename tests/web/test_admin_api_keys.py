"""The admin's page of API keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from flask_firstline import Admin
from flask_firstline.admin.api_keys import MEANINGS
from flask_firstline.models import ApiKey, Audit
from flask_firstline.services.api_keys import SCOPES

from . import office as offices
from .office import INES, PREFIX, VERA, Office, hidden, link, rows, send, text

SHOWN = re.compile(r'<pre class="fl-pre"[^>]*>(flk_[\w-]+)</pre>')


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(mount=("admin", "api")) as shop:
        yield shop


def make(office: Office, name: str = "Till", *scopes: str) -> str:
    answer = send(
        office.ines(), f"{PREFIX}/api_keys/new", {"name": name, "scope": list(scopes or ("quote",))}
    )
    assert answer.status_code == 200, text(answer)
    found = SHOWN.search(answer.get_data(as_text=True))
    assert found is not None
    return found[1]


def test_each_scope_says_what_it_opens() -> None:
    assert set(MEANINGS) == set(SCOPES)


def test_a_key_is_shown_once_works_and_is_revoked(office: Office) -> None:
    secret = make(office, "Till", "codes:read", "quote")
    api = {"Authorization": f"Bearer {secret}"}
    address = "/firstline/api/v1/codes"
    browser = office.ines()

    listed = browser.get(f"{PREFIX}/api_keys")
    worked = office.browser().get(address, headers=api).status_code
    chosen = {"act": "revoke", "key": "1", "sure": "yes", "seen": "1"}
    send(browser, f"{PREFIX}/api_keys/act", chosen, form_at=f"{PREFIX}/api_keys")

    assert rows(listed) == ["Till"]
    assert "codes:read, quote" in text(listed) and secret not in listed.get_data(as_text=True)
    assert worked == 200
    assert office.browser().get(address, headers=api).status_code == 401
    assert "revoked" in text(browser.get(f"{PREFIX}/api_keys"))
    assert [(act, noun) for _, act, noun in office.acts()] == [("create", "api key"), ("revoke", "api key")]
    assert "API key Till" in text(browser.get(f"{PREFIX}/audit"))


def test_revoking_is_asked_before_it_is_done(office: Office) -> None:
    make(office)
    chosen = {"act": "revoke", "key": "1"}

    asked = send(office.ines(), f"{PREFIX}/api_keys/act", chosen, form_at=f"{PREFIX}/api_keys")

    assert "1 key opens nothing any more" in text(asked)
    assert office.rows(ApiKey)[0].revoked_at is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "", "scope": ["quote"]}, "give the key a name"),
        ({"name": "Till", "scope": []}, "tick what the key may do"),
        ({"name": "Till", "scope": ["everything"]}, "tick what the key may do"),
        ({"name": "Taken", "scope": ["quote"]}, "There is a key of this name already"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    office: Office, given: dict[str, object], said: str
) -> None:
    make(office, "Taken")

    answer = send(office.ines(), f"{PREFIX}/api_keys/new", given)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in text(answer)
    assert f'value="{given["name"]}"' in page
    assert ('value="quote" checked' in page) == ("quote" in str(given["scope"]))
    assert len(office.rows(ApiKey)) == 1


def test_only_owners_make_and_revoke_keys(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    make(office)
    monkeypatch.setitem(offices.STAFF, "mia", Admin(id="3", name="Mia", roles=("marketing",)))
    mia = office.browser("mia")

    form = mia.get(f"{PREFIX}/api_keys/new")
    fields = dict(hidden(mia.get(f"{PREFIX}/api_keys").get_data(as_text=True)))
    revoked = mia.post(
        f"{PREFIX}/api_keys/act", data={**fields, "act": "revoke", "key": "1", "sure": "yes", "seen": "1"}
    )

    assert (form.status_code, revoked.status_code) == (403, 403)
    assert office.rows(ApiKey)[0].revoked_at is None


def test_viewers_see_the_list_and_no_buttons(office: Office) -> None:
    make(office)

    page = office.browser(VERA).get(f"{PREFIX}/api_keys")

    assert rows(page) == ["Till"]
    assert link(page, "New key") is None


def test_an_app_without_the_api_has_no_such_page() -> None:
    with Office(mount=("admin",)) as office:
        browser = office.browser(INES)

        assert browser.get(f"{PREFIX}/api_keys").status_code == 404
        assert browser.get(f"{PREFIX}/api_keys/new").status_code == 404
        assert link(browser.get(f"{PREFIX}/"), "API keys") is None


def test_the_secret_of_a_key_is_nowhere_in_the_log(office: Office) -> None:
    secret = make(office)

    assert secret not in repr([(act.before, act.after, act.subject) for act in office.rows(Audit)])
