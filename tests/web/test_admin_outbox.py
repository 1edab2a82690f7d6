"""The outbox on a page and by the command line, and webhooks with their log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from flask_firstline.config import Settings
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Outbox, WebhookDelivery, WebhookEndpoint
from flask_firstline.services import mails, outbox
from flask_firstline.services.mails import Letter
from flask_firstline.testing import make_customer
from tests.http_server import HttpServer, http_server
from tests.mail_server import mail_server

from .office import INES, PREFIX, VERA, Office, rows, send, text

SECRET = re.compile(r'<pre class="fl-pre"[^>]*>(whsec_[\w+/=]+)</pre>')


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(
        FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=["127.0.0.1"], FIRSTLINE_MAIL_FROM="shop@shop.example"
    ) as shop:
        shop.register(make_customer("berta"))
        work(shop)
        yield shop


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with http_server() as running:
        yield running


def work(shop: Office) -> None:
    with shop.app.app_context():
        work_once(shop.state)


def put_mail(shop: Office) -> int:
    """Write a mail down that nothing can send yet."""
    with shop.transaction() as session:
        values = {"desk": "https://shop.example/desk", "shop": "shop.example"}
        mails.put(session.connection(), Letter.WELCOME, 1, values, now=shop.clock.now)
        return int(session.execute(select(Outbox.id).order_by(Outbox.id.desc())).scalars().first() or 0)


def command(shop: Office, *args: str) -> str:
    result = shop.app.test_cli_runner().invoke(args=["firstline", "outbox", *args])
    return f"{result.exit_code} {result.output}"


def test_a_mail_that_cannot_leave_says_why_and_what_to_do_and_leaves_once_that_is_mended(
    office: Office,
) -> None:
    row_id = put_mail(office)
    work(office)
    browser = office.ines()

    assert rows(browser.get(f"{PREFIX}/outbox")) == ["Mail: you are a partner"]
    page = text(browser.get(f"{PREFIX}/outbox/{row_id}"))
    assert "FIRSTLINE_SMTP_URL" in page and "let it be tried at once" in page
    assert re.search(r"Last round of a worker \S.* flask firstline work", page)

    with mail_server() as server:
        office.state.settings = settings_with(office, server.url)
        again = send(browser, f"{PREFIX}/outbox/{row_id}/again", {}, form_at=f"{PREFIX}/outbox/{row_id}")
        assert "next round" in text(browser.get(again.location))
        work(office)
        assert [str(mail["To"]) for mail in server.mails] == ["berta@shop.example"]
        assert rows(browser.get(f"{PREFIX}/outbox")) == []

        again = send(browser, f"{PREFIX}/outbox/{row_id}/again", {}, form_at=f"{PREFIX}/outbox/{row_id}")
        assert "sent once more" in text(browser.get(again.location))
        work(office)
        assert len({str(mail["Message-ID"]) for mail in server.mails}) == len(server.mails) == 2
    assert office.acts() == [("Ines Walter", "replay", "outbox"), ("Ines Walter", "send again", "outbox")]


def settings_with(office: Office, url: str) -> Settings:
    return replace(office.state.settings, smtp_url=url)


def give_up(office: Office) -> int:
    """Leave a row that was given up."""
    row_id = put_mail(office)
    with office.transaction() as session:
        row = session.get(Outbox, row_id)
        assert row is not None
        row.state, row.error, row.attempts = "dead", "refused\nfor ever", 12
    return row_id


def test_what_was_given_up_is_counted_in_the_menu_and_tried_again_many_at_once(office: Office) -> None:
    give_up(office)
    browser = office.ines()
    assert re.search(
        r'(?s)href="[^"]*/outbox"[^>]*>.{0,400}?Outbox.{0,120}?>1<',
        browser.get(f"{PREFIX}/").get_data(as_text=True),
    )
    at = f"{PREFIX}/outbox"
    key = str(office.rows(Outbox, state="dead")[0].id)
    chosen = {"act": "retry", "key": key, "sure": "yes", "seen": "1"}
    send(browser, f"{at}/act", chosen, form_at=at)
    [row] = office.rows(Outbox, id=int(key))
    assert (row.state, row.attempts, row.run_at) == ("waiting", 0, office.clock.now)


def test_what_is_done_or_in_a_workers_hands_is_left_alone(office: Office) -> None:
    row_id = give_up(office)
    with office.transaction() as session:
        row = session.get(Outbox, row_id)
        assert row is not None
        row.state, row.leased_until = "waiting", office.clock.now.replace(year=2100)
    browser = office.ines()
    answer = send(browser, f"{PREFIX}/outbox/{row_id}/again", {}, form_at=f"{PREFIX}/outbox/{row_id}")
    assert "The worker has it" in text(browser.get(answer.location))
    assert command(office, "retry", str(row_id)).startswith("1 ")


def test_the_command_line_lists_and_retries(office: Office) -> None:
    row_id = give_up(office)

    listed = command(office, "list", "--dead")
    assert listed.startswith("0 ") and "refused" in listed and "for ever" not in listed
    assert '"error": "refused\\nfor ever"' in command(office, "list", "--json")
    assert "1 to be tried again" in command(office, "retry")
    assert "Nothing was given up." in command(office, "list", "--dead")
    assert str(row_id) in command(office, "list")


def test_only_a_mail_that_was_sent_is_sent_once_more(office: Office) -> None:
    with office.transaction() as session:
        outbox.put(session.connection(), "firstline_joined", {"contact_id": 1}, now=office.clock.now)
    work(office)
    row = office.rows(Outbox, topic="firstline_joined")[-1]
    browser = office.ines()
    assert "Send once more" not in text(browser.get(f"{PREFIX}/outbox/{row.id}"))
    answer = send(browser, f"{PREFIX}/outbox/{row.id}/again", {}, form_at=f"{PREFIX}/tasks/new")
    assert "Only a mail" in text(browser.get(answer.location))


def make(office: Office, url: str, *events: str, name: str = "ERP") -> str:
    given = {"name": name, "url": url, "active": "y", **dict.fromkeys(events, "y")}
    answer = send(office.ines(), f"{PREFIX}/webhooks/new", given)
    assert answer.status_code == 200, text(answer)
    found = SECRET.search(answer.get_data(as_text=True))
    assert found is not None
    return found[1]


def test_an_endpoint_is_made_called_and_called_again(office: Office, server: HttpServer) -> None:
    secret = make(office, server.url, "firstline_joined")
    browser = office.ines()
    listed = browser.get(f"{PREFIX}/webhooks")
    assert rows(listed) == ["ERP"] and secret not in listed.get_data(as_text=True)
    with office.transaction() as session:
        outbox.put(session.connection(), "firstline_joined", {"contact_id": 1}, now=office.clock.now)
    server.answers = [(500, b"<oops>", {})]
    work(office)
    work(office)

    assert rows(browser.get(f"{PREFIX}/webhook_deliveries?of=1&state=waiting")) == [
        "A contact joined a first line"
    ]
    page = text(browser.get(f"{PREFIX}/webhook_deliveries/1"))
    assert "It answered 500." in page and "<oops>" in page and '"contact_id": 1' in page

    office.clock.now = office.clock.now.replace(hour=23)
    work(office)
    at = f"{PREFIX}/webhook_deliveries/1"
    again = send(browser, f"{at}/again", {}, form_at=at)
    assert "called again" in text(browser.get(again.location))
    work(office)
    assert [row.state for row in office.rows(WebhookDelivery)] == ["sent"]
    assert len(server.posted) == 3
    assert len({posted.headers["webhook-id"] for posted in server.posted}) == 1


def test_an_endpoint_is_changed_and_gets_another_secret(office: Office) -> None:
    old = make(office, "https://erp.example/", "payout_paid")
    browser = office.ines()
    at = f"{PREFIX}/webhooks/1"
    page = browser.get(f"{at}/edit").get_data(as_text=True)
    assert re.search(r'name="payout_paid" value="y" checked', page)

    answer = send(browser, f"{at}/edit", {"name": "Store", "url": "https://erp.example/2"})
    assert answer.status_code == 303
    [row] = office.rows(WebhookEndpoint)
    assert (row.name, row.url, row.events, row.active) == ("Store", "https://erp.example/2", [], False)

    shown = SECRET.search(send(browser, f"{at}/secret", {}).get_data(as_text=True))
    assert shown is not None and shown[1] != old
    assert [act for _who, act, _noun in office.acts()] == ["create", "change", "renew_secret"]


@pytest.mark.parametrize("url", ["http://erp.example/", "https://10.0.0.1/", "https://a b/"])
def test_an_address_that_cannot_be_called_is_refused_at_its_field(office: Office, url: str) -> None:
    answer = send(office.ines(), f"{PREFIX}/webhooks/new", {"name": "ERP", "url": url, "active": "y"})
    assert answer.status_code == 422
    assert "This address cannot be called" in text(answer)


def test_two_endpoints_cannot_have_one_name(office: Office) -> None:
    make(office, "https://erp.example/")
    given = {"name": "ERP", "url": "https://other.example/", "active": "y"}
    answer = send(office.ines(), f"{PREFIX}/webhooks/new", given)
    assert (answer.status_code, "endpoint of this name" in text(answer)) == (422, True)


def test_others_than_owners_change_no_endpoint(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from flask_firstline import Admin

    from . import office as offices

    make(office, "https://erp.example/")
    monkeypatch.setitem(offices.STAFF, INES, Admin(id="1", name="Ines Walter", roles=("marketing",)))
    for page in ("new", "1/edit", "1/secret"):
        assert office.ines().get(f"{PREFIX}/webhooks/{page}").status_code == 403
    assert office.browser(VERA).get(f"{PREFIX}/webhooks/1/edit").status_code == 403
    assert rows(office.ines().get(f"{PREFIX}/webhooks")) == ["ERP"]
