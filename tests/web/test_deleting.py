"""Own mails and endpoints are deleted, unless rules name them; what was sent stays in the log."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import MailTemplate, MailText, TemplatedMail, WebhookDelivery
from flask_firstline.services import programs, templated, webhook_calls, webhooks
from flask_firstline.services.mistakes import BadRule
from tests.mail_server import text_of
from tests.service.pay_kit import act
from tests.service.rule_kit import program, rule

from .office import PREFIX, Office, rows, send, text

OWN = {"do": "own_mail", "to": "customer", "template": "thanks"}
CALL = {"do": "webhook", "endpoint": "erp"}
ADDRESS = "http://127.0.0.1:1/"
MAILS, HOOKS = f"{PREFIX}/mail_templates", f"{PREFIX}/webhooks"


class Post(Office):
    """An office that keeps the mails it sends."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        super().__init__(SERVER_NAME="localhost", FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=["127.0.0.1"])

    def send_mail(self, message: EmailMessage) -> None:
        """Keep it."""
        self.mails.append(message)

    def see_a_demo(self) -> None:
        """Tell of a demo and let the worker do what follows."""
        ina = Customer(ref="ina", email="ina@post.example", name="Ina")
        with self.app.app_context():
            self.firstline.event("demo", ina, {"code": "BALM", "order_ref": "o7"}, commit=True)
            work_once(self.state)

    def let_the_rule(self, *do: dict[str, str]) -> None:
        """Change the one rule to do this."""
        act(
            self,
            lambda ctx: programs.change_rule(
                ctx.conn, 1, rule(name="demo", who="anyone", do=list(do)),
                name="Thank", conversion=True, who="Ines", now=ctx.now,
            ),
        )  # fmt: skip


@pytest.fixture
def office() -> Iterator[Post]:
    with Post() as shop:
        act(shop, lambda ctx: templated.add_template(ctx, "thanks", "Thanks", who="Ines"))
        said = "Dear {name}, {code} is for {order}.{until}"
        act(shop, lambda ctx: templated.set_text(ctx, "thanks", "en", "For {event}", said, who="Ines"))
        given = ("erp", ADDRESS, ["payout_paid"])
        hosts = ["127.0.0.1"]
        act(shop, lambda ctx: webhooks.add(ctx, ctx.keys, *given, private_hosts=hosts, who="Ines"))
        act(shop, lambda ctx: webhook_calls.call(ctx, 1, "payout_paid", {}))
        program(shop, rule(name="demo", who="anyone", do=[OWN, CALL]))
        yield shop


def test_a_rule_sends_an_own_mail_with_what_the_event_says(office: Post) -> None:
    office.see_a_demo()

    [mail] = office.mails
    assert mail["Subject"] == "For demo"
    assert "Dear Ina, BALM is for o7." in text_of(mail)
    assert "/mails/preferences/" in mail["List-Unsubscribe"]


def test_a_rule_cannot_name_a_mail_that_is_not_there(office: Post) -> None:
    with pytest.raises(BadRule) as refused:
        office.let_the_rule({**OWN, "template": "nothing"}, CALL)

    assert [fault.path for fault in refused.value.faults] == ["actions[0].template"]


def test_what_a_rule_names_stays_and_the_rules_are_named(office: Post) -> None:
    browser = office.ines()
    for what in (f"{MAILS}/thanks", f"{HOOKS}/1"):
        answer = send(browser, f"{what}/remove", {})
        assert "Rules use it: Friends: Rule 1." in text(browser.get(answer.headers["Location"]))
    renamed = send(browser, f"{HOOKS}/1/edit", {"name": "crm", "url": "http://127.0.0.1:1/", "active": "y"})

    assert renamed.status_code == 422 and "Rules use it: Friends: Rule 1." in text(renamed)
    assert rows(browser.get(MAILS)) == ["Thanks"] and rows(browser.get(HOOKS)) == ["erp"]


def test_an_endpoint_goes_and_its_calls_stay(office: Post) -> None:
    office.let_the_rule(OWN)
    browser = office.ines()
    assert send(browser, f"{HOOKS}/1/remove", {}).status_code == 303

    assert rows(browser.get(HOOKS)) == []
    assert browser.get(f"{HOOKS}/1/edit").status_code == 404
    [call] = office.rows(WebhookDelivery)
    page = browser.get(f"{PREFIX}/webhook_deliveries/{call.id}").get_data(as_text=True)
    assert "given up" in page and "deleted on" in page and "/again" not in page
    with office.app.app_context():
        assert work_once(office.state).failed == 0
    send(browser, f"{HOOKS}/new", {"name": "erp", "url": "http://127.0.0.1:1/2", "active": "y"})
    assert rows(browser.get(HOOKS)) == ["erp"]


def test_an_own_mail_goes_with_what_waits_of_it_and_can_be_made_again(office: Post) -> None:
    office.see_a_demo()
    office.let_the_rule(CALL)
    [sent] = office.rows(TemplatedMail)
    words = dict.fromkeys(("code", "order", "until", "event"), "")
    act(office, lambda ctx: templated.mail(ctx, "thanks", sent.contact_id, words))
    browser = office.ines()
    assert send(browser, f"{MAILS}/thanks/remove", {}).status_code == 303

    with office.app.app_context():
        work_once(office.state)
    assert [row.state for row in office.rows(TemplatedMail)] == ["sent", "skipped"]
    assert len(office.mails) == 1
    assert rows(browser.get(MAILS)) == [] and office.rows(MailText) == []
    assert browser.get(f"{MAILS}/thanks/edit").status_code == 404
    assert "Dear {name}" in text(browser.get(f"{PREFIX}/audit?noun=mail_text"))
    new = {"name": "thanks", "title": "Thanks anew", "subject_en": "Hi", "text_en": "Hi again."}
    assert send(browser, f"{MAILS}/new", new).status_code == 303
    assert [row.title for row in office.rows(MailTemplate)] == ["Thanks anew"]
