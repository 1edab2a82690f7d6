"""The examples that the requirements give for rules, by pages, HTTP and received mails alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from flask.testing import FlaskClient

from flask_firstline import Invoice, Refund
from tests.api.kit import Caller
from tests.mail_server import text_of

from .form_reader import press
from .office import PREFIX, Office, link, rows, send, text

NEW = f"{PREFIX}/rules/new"
SECRET = re.compile(r'<pre class="fl-pre"[^>]*>(flk_[\w-]+)</pre>')


class Shop(Office):
    """A shop that sends mails, and has pages to pay an order and to send it back."""

    def __init__(self) -> None:
        super().__init__(mount=("checkout", "desk", "admin", "api"))
        self.mails: list[EmailMessage] = []
        self.app.add_url_rule("/orders/<ref>/pay", view_func=self.take_payment, methods=["POST"])
        self.app.add_url_rule("/orders/<ref>/return", view_func=self.take_back, methods=["POST"])

    def send_mail(self, message: EmailMessage) -> None:
        """Keep what would be sent."""
        self.mails.append(message)

    def take_payment(self, ref: str) -> str:
        """Answer to a payment."""
        self.firstline.invoice_paid(Invoice(ref=ref, order_ref=ref, currency="EUR"), commit=True)
        return "paid"

    def take_back(self, ref: str) -> str:
        """Answer to a return."""
        self.firstline.invoice_refunded(Refund(ref=f"back-{ref}", order_ref=ref, currency="EUR"), commit=True)
        return "back"


class Story:
    """Ines runs the shop, Hans Meier is its partner, and a program outside has a key to the API."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.ines = shop, shop.ines()
        meier = {"ref": "meier", "email": "meier@shop.example", "name": "Hans Meier"}
        self.fill("partners/new", **meier)
        self.fill("terms/new", level="1", kind="percent", percent="10", currency="EUR")
        five = {"name": "Five", "kind": "amount", "currency": "EUR", "amount": "5.00"}
        self.fill("coupons/new", **five)
        self.fill("codes/new", display="vonMeier", coupon_id="1", owner_id="meier")
        made = send(
            self.ines, f"{PREFIX}/api_keys/new", {"name": "CRM", "scope": ["events:write", "contacts:write"]}
        )
        secret = SECRET.search(made.get_data(as_text=True))
        assert secret is not None, text(made)
        self.crm = Caller(shop, secret[1])
        self.fill("programs/new", name="Friends")

    def fill(self, page: str, **given: object) -> str:
        """Fill in a form of the admin pages, and give where it leads."""
        answer = send(self.ines, f"{PREFIX}/{page}", given)
        assert answer.status_code == 303, text(answer)
        return str(answer.location)

    def use(self, *recipes: str) -> None:
        """Save the rules of recipes in the builder, the first as the conversion, and switch them on."""
        for number, recipe in enumerate(recipes):
            page = self.ines.get(f"{NEW}?recipe={recipe}")
            saved = press(self.ines, page, NEW, "save", conversion=None if number else "y")
            assert saved.status_code == 303, text(saved)
        self.fill("programs/1/edit", name="Friends", active="y")

    def friend(self, name: str = "ina") -> FlaskClient:
        """Sign somebody up in the shop with the partner's code."""
        browser = self.shop.browser()
        browser.post("/sign-up", data={"email": f"{name}@shop.example", "code": "vonmeier"})
        self.work()
        return browser

    def buy(self, browser: FlaskClient) -> str:
        """Order three teas, pay them, and give the order's address."""
        self.shop.put(browser, "tea", 3)
        order = str(browser.post("/checkout", data={}).location)
        browser.post(f"{order}/pay")
        self.work()
        return order

    def tell(self, name: str, customer: str, **data: object) -> None:
        """Send an event by the API."""
        self.crm.post("/events", {"name": name, "customer": customer, "data": data})
        self.work()

    def work(self) -> None:
        """Let the worker do what is due."""
        answer = self.shop.app.test_cli_runner().invoke(args=["firstline", "work", "--once"])
        assert answer.exit_code == 0, answer.output

    def mailed(self) -> list[tuple[str, str]]:
        """Give to whom mails went, with their subjects."""
        return [(one["To"].addresses[0].username, str(one["Subject"])) for one in self.shop.mails]

    def page(self, name: str) -> Any:  # noqa: ANN401
        return self.ines.get(f"{PREFIX}/{name}")

    def card(self, name: str) -> str:
        """Read the card of a contact as it is called in the list."""
        address = link(self.page("contacts"), name)
        assert address is not None, text(self.page("contacts"))
        return text(self.ines.get(address))


@pytest.fixture
def story() -> Iterator[Story]:
    with Shop() as shop:
        yield Story(shop)


def ref_of(browser: FlaskClient) -> str:
    """Give under which number a shopper is signed in."""
    with browser.session_transaction() as kept:
        return str(kept["customer"])


def test_a_gift_card_of_twenty_dollars_for_every_five_qualified_leads(story: Story) -> None:
    story.use("five_leads")
    ina, eva = (ref_of(story.friend(name)) for name in ("ina", "eva"))
    for _lead in range(4):
        story.tell("lead_qualified", ina)
    assert rows(story.page("rewards")) == [] and story.mailed() == []

    story.tell("lead_qualified", eva)

    assert rows(story.page("rewards")) == ["Hans Meier"]
    assert "$20.00" in text(story.page("rewards"))
    assert story.mailed() == [("meier", "20.00 USD for you")]
    code = re.search(r"Your code is (\S+)\.", text_of(story.shop.mails[0]))
    assert code is not None and code[1] in text(story.page("rewards"))
    for _lead in range(5):
        story.tell("lead_qualified", ina)
    assert rows(story.page("rewards")) == ["Hans Meier"] * 2


def test_hundred_dollars_at_the_first_sign_up_and_five_hundred_when_the_deal_is_closed_won(
    story: Story,
) -> None:
    story.use("first_sign_up", "closed_won")

    ina = ref_of(story.friend())
    assert story.mailed() == [("ina", "100.00 USD for you")]
    story.tell("deal", ina, stage="proposal")
    assert "$500.00" not in text(story.page("rewards"))
    story.tell("deal", ina, stage="closed-won")

    assert story.mailed()[1:] == [("meier", "500.00 USD for you")]
    said = text(story.page("rewards"))
    assert "$100.00" in said and "$500.00" in said


def test_a_mail_when_a_demo_is_done(story: Story) -> None:
    story.use("demo_done")
    ina = ref_of(story.friend())

    story.tell("demo_done", ina)

    assert story.mailed() == [("meier", "A friend of yours has seen the demo")]
    assert "The demo that you made possible is done." in text_of(story.shop.mails[0])


def test_an_affiliate_sale_congratulates_thanks_tags_notes_and_gives_a_task(story: Story) -> None:
    story.use("affiliate_sale")

    story.buy(story.friend())

    by_rule = [one for one in story.mailed() if one[1] in ("A sale through you", "Thank you")]
    assert by_rule == [("meier", "A sale through you"), ("ina", "Thank you")]
    congratulations = next(one for one in story.shop.mails if one["Subject"] == "A sale through you")
    assert "Congratulations: you earn 3.04 EUR on a sale." in text_of(congratulations)
    assert "came by a partner" in story.card("ina@shop.example")
    assert "Earned 3.04." in story.card("Hans Meier")
    assert rows(story.page("tasks")) == ["Thank the partner in person"]


def test_five_friends_who_stayed_active_subscribers_for_half_a_year(story: Story) -> None:
    story.use("five_who_stayed")
    for name in ("anna", "bert", "cleo", "dora", "emil"):
        friend = ref_of(story.friend(name))
        changed = story.crm("PATCH", f"/contacts/{friend}", {"fields": {"subscription": "active"}})
        assert changed.status_code == 200, text(changed)
        story.work()
    story.shop.clock.advance(days=182)
    story.work()
    assert rows(story.page("rewards")) == []

    story.shop.clock.advance(days=1)
    story.work()

    assert rows(story.page("rewards")) == ["Hans Meier"]
    assert story.mailed() == [("meier", "100.00 USD for you")]


def test_a_reward_goes_when_the_purchase_comes_back(story: Story) -> None:
    story.use("closed_won", "came_back")
    ina = story.friend()
    story.tell("deal", ref_of(ina), stage="closed-won")
    assert "free to use" in text(story.page("rewards")).lower()

    order = story.buy(ina)
    ina.post(f"{order}/return")
    story.work()

    assert rows(story.page("rewards?state=void")) == ["Hans Meier"]


def test_a_rule_is_tried_renamed_and_switched_off_and_each_run_is_seen(story: Story) -> None:
    story.use("demo_done", "closed_won")
    ina = ref_of(story.friend())
    story.tell("deal", ina, stage="lost")
    address = f"{PREFIX}/rules/2"

    tried = press(story.ines, story.ines.get(address), address, "try", **{"c.0-value": "lost"})
    assert "met 1 of 1 times" in text(tried)
    assert rows(story.page("rewards")) == [] and story.mailed() == []
    press(story.ines, story.ines.get(address), address, "save", name="Deals")
    send(story.ines, f"{address}/switch", {"active": "no"}, form_at=address)
    story.tell("deal", ina, stage="closed-won")

    assert rows(story.page("rules")) == ["A mail when a demo is done", "Deals"]
    runs = story.page("rule_runs")
    assert len(rows(runs)) == 1 and "not met" in text(runs)
    run = text(story.ines.get(f"{PREFIX}/rule_runs/1"))
    assert "Run of “Deals”" in run and "Event: stage is closed-won found: lost" in run
