"""Admin pages for files of other systems: the file, its columns, the preview, the import and its report."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Balance, Contact, SavedMapping, Upload
from flask_firstline.services import legacy_uploads, lookup
from flask_firstline.state import state_of
from flask_firstline.testing import make_partner

from .office import PREFIX, Office, hidden, rows, send, story, text

PARTNERS = (
    "Partnernummer;E-Mail;Name;Werber;Beigetreten;IBAN\n"
    "7;anna@old.example;<b>Anna</b>;;01/02/2024;DE89370400440532013000\n"
    "8;bert@old.example;Bert;7;03/02/2024;\n"
    "9;carl;Carl;8;03/02/2024;\n"
)


@pytest.fixture
def office(firstline_url: str) -> Iterator[Office]:
    with Office(firstline_url) as shop:
        story(shop)
        yield shop


def upload(
    browser: FlaskClient, content: str, what: str = "partners", origin: str = "Old shop"
) -> TestResponse:
    page = f"{PREFIX}/imports/{what}/new"
    fields = dict(hidden(browser.get(page).get_data(as_text=True)))
    data = {**fields, "origin": origin, "file": (io.BytesIO(content.encode()), "old.csv")}
    return browser.post(page, data=data, content_type="multipart/form-data")


def columns(*names: str) -> dict[str, str]:
    return {f"c{place}": name for place, name in enumerate(names)}


ALL = columns("old", "email", "name", "above", "since", "")


def test_partners_come_in_page_by_page_and_dates_in_doubt_are_asked_for(office: Office) -> None:
    browser = office.ines()
    page = upload(browser, PARTNERS).headers["Location"]
    shown = browser.get(page).get_data(as_text=True)
    assert [f'<option value="{name}" selected' in shown for name in ("old", "email", "above", "since")] == [
        True
    ] * 4
    assert "Bank and tax details are not taken" in shown
    assert "DE89" not in shown
    assert "&lt;b&gt;Anna" in shown

    asked = send(browser, page, ALL)
    assert asked.status_code == 422
    assert "The dates of this file can be read in several ways." in text(asked)

    looked = send(browser, page, {**ALL, "dates": "dmy", "save_as": "Old export"})
    preview = text(browser.get(looked.headers["Location"]))
    assert "New 2 will be made" in preview
    assert "This is no e-mail address." in preview
    assert "DE89" not in browser.get(looked.headers["Location"]).get_data(as_text=True)
    mistakes = browser.get(looked.headers["Location"] + "/mistakes.csv").get_data(as_text=True)
    assert list(csv.reader(io.StringIO(mistakes)))[1] == ["4", "E-Mail", "carl", "This is no e-mail address."]

    none = send(
        browser, f"{looked.headers['Location']}/import", {"mode": "all"}, form_at=looked.headers["Location"]
    )
    assert "there are mistakes in the file" in text(browser.get(none.headers["Location"]))
    send(
        browser, f"{looked.headers['Location']}/import", {"mode": "good"}, form_at=looked.headers["Location"]
    )
    done = browser.get(looked.headers["Location"])
    assert "New 2 were made" in text(done)
    report = browser.get(looked.headers["Location"] + "/report.csv").get_data(as_text=True)
    assert [row[1] for row in csv.reader(io.StringIO(report))] == ["Outcome", "New", "New"]
    anna = office.rows(Contact, email_key="anna@old.example")[0]
    assert anna.partner_since.date().isoformat() == "2024-02-01"
    assert rows(browser.get(f"{PREFIX}/partners?q=7")) == ["<b>Anna</b>"]
    assert "Number in another system Old shop: 7" in text(browser.get(f"{PREFIX}/contacts/{anna.id}"))
    with office.app.app_context():
        assert [found.id for found in lookup.contacts(state_of(office.app).session(), "7")] == [anna.id]
    assert "Partners Old shop" in text(browser.get(f"{PREFIX}/imports"))

    again = browser.get(upload(browser, PARTNERS).headers["Location"])
    assert "A mapping is kept for files with these columns Old export" in text(again)
    assert '<option value="dmy" selected' in again.get_data(as_text=True)
    assert [row.name for row in office.rows(SavedMapping)] == ["Old export"]


def test_what_is_missing_or_chosen_twice_is_said(office: Office) -> None:
    browser = office.ines()
    page = upload(browser, PARTNERS).headers["Location"]

    wrong = send(browser, page, {**columns("old", "name", "name"), "dates": "dmy"})

    assert wrong.status_code == 422
    assert "Two columns are chosen as Whole name." in text(wrong)
    assert "Please say which column is: Customer number or E-mail address." in text(wrong)
    assert upload(browser, PARTNERS, origin=" ").status_code == 422
    assert "There is nothing in it." in text(upload(browser, ""))


def test_balances_are_finances_and_people_supports(office: Office) -> None:
    finja, sue = office.browser("finja"), office.browser("sue")
    owed = "partner;saldo\nmeier;1250,50\nschulz;-3,00\n"
    assert sue.post(f"{PREFIX}/imports/balances/new").status_code == 403
    assert finja.post(f"{PREFIX}/imports/partners/new").status_code == 403
    page = upload(finja, owed, "balances").headers["Location"]

    given = {**columns("partner", "amount"), "currency": "EUR", "reason": "Start"}
    preview = send(finja, page, given).headers["Location"]
    assert "1,247.50" in text(finja.get(preview))
    send(finja, f"{preview}/import", {"mode": "all"}, form_at=preview)

    meier = office.rows(Contact, ref="meier")[0]
    payable = office.rows(Balance, partner_id=meier.id, kind="payable")
    assert sum(row.amount for row in payable) >= 125_050
    assert "Balances that were posted" in text(finja.get(preview))


def test_what_has_changed_since_is_shown_before_it_is_done(office: Office) -> None:
    browser = office.ines()
    page = upload(browser, "number,name\nnew1,One\n").headers["Location"]
    preview = send(browser, page, columns("number", "name")).headers["Location"]
    make_partner(office.app, "new1", name="One")

    send(browser, f"{preview}/import", {"mode": "all"}, form_at=preview)

    assert "Something has changed since you looked at the file." in text(browser.get(preview))
    assert "There is nothing to import" in text(browser.get(preview))


def test_a_large_file_is_the_workers_and_its_page_says_how_far_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(legacy_uploads, "AT_ONCE", 1)
    browser = office.ines("de")
    page = upload(browser, "Kundennummer,Werber\nk1,k2\nk2,meier\n", "contacts").headers["Location"]
    preview = send(browser, page, columns("number", "above")).headers["Location"]
    send(browser, f"{preview}/import", {"mode": "all"}, form_at=preview)
    assert "0 von 2 Zeilen" in text(browser.get(preview))

    with office.app.app_context():
        work_once(office.state)

    assert [row.state for row in office.rows(Upload)] == ["done"]
    assert "Mit Sponsor 2 wurden zugeordnet" in text(browser.get(preview))
