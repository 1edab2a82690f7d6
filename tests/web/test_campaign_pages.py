"""Campaigns on their pages: made by an admin, shared by buyers, followed by the shop's staff."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from flask_firstline.models import Campaign, Code, Contact, Promoter, Reward, Share, ShareAct
from flask_firstline.services import campaigns
from flask_firstline.testing import make_code, make_partner, make_terms
from tests.service.campaign_kit import FIVE, buy, campaign, do, reward_codes, rewards_of, share_code, work
from tests.service.kit import cart_of

from .office import PREFIX, Office, hidden, link, multi, rows, send, text

PHONE = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"}


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(SERVER_NAME="shop.example") as shop:
        yield shop


def browser_of(shop: Office, who: object = None, address: str = "203.0.113.7") -> FlaskClient:
    browser = shop.browser(who)
    browser.environ_base.update({**PHONE, "REMOTE_ADDR": address})
    return browser


def shared(shop: Office) -> str:
    """Let Anna order, and give the address of her share page."""
    shop.add_customer("anna", name="Anna Berg")
    buy(shop, shop.customers["anna"], "a1")
    with shop.app.test_request_context():
        found = shop.firstline.share("a1")
    assert found is not None
    page = re.search(r"http://shop\.example(/firstline/share/[^\s\"]+)", found.text)
    assert page is not None
    return page[1]


def test_an_admin_makes_a_campaign_and_reads_what_it_offers(office: Office) -> None:
    answer = send(
        office.ines(),
        f"{PREFIX}/campaigns/new",
        {
            "name": "Bring a friend", "discount_amount": "5.00", "kickback_percent": "10",
            "share_steps": "1.00\n2.50\n5 %", "hold_days": "14", "remind_after_days": "3",
            "new_customers_only": "y", "products": "balm", "for_categories": "care", "max_redemptions": "100",
        },
    )  # fmt: skip

    assert answer.status_code == 303
    (made,) = office.rows(Campaign)
    assert (made.kickback["percent"], made.hold_days, made.remind_after_days) == ("10", 14, 3)
    assert [step.get("amount") for step in made.share_steps] == [100, 250, None]
    page = office.ines().get(f"{PREFIX}/campaigns/{made.id}/edit")
    assert "€5.00 for your friends, 10% for you" in text(page)
    assert "1.00\n2.50\n5 %" in page.get_data(as_text=True)
    log = text(office.ines().get(f"{PREFIX}/audit"))
    assert "For each redemption: 10%" in log
    assert "For ways of sharing that are proven: €1.00, €2.50, 5%" in log
    assert ("Ines Walter", "create", "campaign") in office.acts()
    for form in ("codes/new", "batches/new", "imports/new"):
        assert "There is no coupon yet." in text(office.ines().get(f"{PREFIX}/{form}")), form


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"discount_amount": ""}, "Please give an amount or a per cent."),
        ({"discount_percent": "5"}, "Please give an amount or a per cent, not both."),
        ({"kickback_amount": ""}, "Please give a kickback for redemptions, for sharing, or both."),
        ({"kickback_amount": "0"}, "Please give an amount above 0."),
        ({"kickback_amount": "", "kickback_percent": "101"}, "Please give a per cent above 0"),
        ({"share_steps": "lots"}, "This is no amount."),
        ({"share_steps": "0"}, "Please give an amount above 0."),
        ({"share_steps": "101 %"}, "Please give a per cent above 0 and at most 100."),
        ({"share_steps": "1\n" * 11}, "At most 10 steps, please."),
        ({"starts_at": "2027-02-01", "ends_at": "2027-01-01"}, "The end is before the beginning."),
        ({"name": ""}, "Please fill this in."),
    ],
)  # fmt: skip
def test_what_cannot_work_is_said_at_its_field(office: Office, given: dict[str, str], said: str) -> None:
    fine = {"name": "Friends", "discount_amount": "5.00", "kickback_amount": "5.00"}

    answer = send(office.ines(), f"{PREFIX}/campaigns/new", {**fine, **given})

    assert answer.status_code == 422
    assert said in text(answer)
    assert office.rows(Campaign) == []


def test_an_admin_changes_a_campaign_and_switches_it_off_and_on(office: Office) -> None:
    made = campaign(office)
    page = f"{PREFIX}/campaigns/{made}/edit"
    given = {"name": "Friends", "discount_amount": "7.00", "kickback_amount": "3.00", "hold_days": "7"}

    assert send(office.ines(), page, given).status_code == 303
    assert office.rows(Campaign)[0].kickback["amount"] == 300
    for act, active in (("off", False), ("on", True)):
        act_on(office, "campaigns", act, made)
        assert office.rows(Campaign)[0].active is active


def test_friends_land_on_the_page_that_the_campaign_names(office: Office) -> None:
    made = campaign(office)
    page = f"{PREFIX}/campaigns/{made}/edit"
    given = {"name": "Friends", "discount_amount": "7.00", "kickback_amount": "3.00", "hold_days": "7"}

    elsewhere = [
        send(office.ines(), page, {**given, "landing": landing})
        for landing in ("//evil.example/", "https://evil.example/", "balm", "/\\evil.example")
    ]
    answer = send(office.ines(), page, {**given, "landing": "/balm?from=friends"})

    assert [one.status_code for one in elsewhere] == [422] * 4
    assert "Please give the path of a page of this shop" in text(elsewhere[0])
    assert answer.status_code == 303, text(answer)
    assert "Friends land on: /balm?from=friends" in text(office.ines().get(f"{PREFIX}/audit"))
    address = shared(office)
    assert "Your friends land on shop.example/balm?from=friends." in text(browser_of(office).get(address))
    code = office.rows(Code, id=office.rows(Promoter)[0].code_id)[0].display
    for path, leads in (
        (f"s/{code}", "/balm?from=friends"), (f"s/{code}/qr", "/balm?from=friends"), ("s/unknown", "/"),
        (f"s/{code}?next=/soap", "/soap"), (f"s/{code}?next=//evil.example", "/balm?from=friends"),
    ):  # fmt: skip
        assert browser_of(office).get(f"/firstline/{path}").location == leads, path


def test_the_share_page_shows_the_code_and_every_way_and_needs_no_script(office: Office) -> None:
    campaign(office)
    address = shared(office)

    page = browser_of(office).get(address)

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert office.rows(Code, id=office.rows(Promoter)[0].code_id)[0].display in text(page)
    for way in ("WhatsApp", "E-mail", "SMS", "Telegram", "Facebook", "X"):
        assert link(page, way) is not None, way
    assert 'aria-label="QR code for ' in page.get_data(as_text=True)


def test_a_button_leads_on_with_the_message_and_is_noted(office: Office) -> None:
    campaign(office)
    browser = browser_of(office)
    way = link(browser.get(shared(office)), "WhatsApp")
    assert way is not None

    answer = browser.get(way)

    assert answer.status_code == 303
    sent = parse_qs(urlsplit(answer.location).query)["text"][0]
    assert sent.startswith("With this you save €5.00: http://shop.example/firstline/s/")
    assert sent.endswith("/whatsapp")
    assert [(row.channel, row.pressed) for row in office.rows(ShareAct)] == [("whatsapp", 1)]


@pytest.mark.parametrize("channel", ["email", "sms", "telegram", "facebook", "x"])
def test_every_other_way_opens_its_own_program(office: Office, channel: str) -> None:
    campaign(office)
    browser = browser_of(office)

    location = browser.get(f"{shared(office)}/{channel}").location

    begins = {"email": "mailto:?", "sms": "sms:?", "telegram": "https://t.me/", "facebook": "https://www.f"}
    assert location.startswith(begins.get(channel, "https://x.com/"))
    assert channel in location


def test_nobody_guesses_a_share_page(office: Office) -> None:
    campaign(office)
    address = shared(office)
    browser = browser_of(office)

    assert browser.get(f"{address}x").status_code == 404
    assert browser.get(f"{address}/pigeon").status_code == 404
    assert browser.get("/firstline/share/nothing").status_code == 404


def test_the_page_of_an_erased_person_is_gone(office: Office) -> None:
    campaign(office)
    address = shared(office)
    with office.app.app_context():
        office.firstline.customer_erased("anna", commit=True)

    assert browser_of(office).get(address).status_code == 404
    assert browser_of(office).get(f"{address}/email").status_code == 404


def test_a_friend_comes_by_the_link_has_the_code_in_the_cart_and_proves_the_way(office: Office) -> None:
    campaign(office, kickback=None, share_steps=(FIVE,), hold_days=0)
    anna = browser_of(office)
    page = anna.get(shared(office))
    code = office.rows(Code, id=office.rows(Promoter)[0].code_id)[0].display
    assert code in text(page)

    anna.get(f"/firstline/s/{code}/email")
    work(office)
    assert rewards_of(office, "anna") == []

    friend = browser_of(office, address="198.51.100.7")
    assert friend.get(f"/firstline/s/{code}/email").status_code == 303
    work(office)
    assert rewards_of(office, "anna") == ["active"]
    assert [row.visits for row in office.rows(ShareAct)] == [1]


def test_a_robot_proves_nothing(office: Office) -> None:
    campaign(office, kickback=None, share_steps=(FIVE,))
    shared(office)
    code = office.rows(Code, id=office.rows(Promoter)[0].code_id)[0].display
    robot = office.browser()
    robot.environ_base["HTTP_USER_AGENT"] = "WhatsApp/2.23 A"

    assert robot.get(f"/firstline/s/{code}/whatsapp").status_code == 303

    assert office.rows(ShareAct) == []


def test_a_buyer_sees_the_own_codes_and_rewards_when_signed_in(office: Office) -> None:
    campaign(office, hold_days=0)
    shared(office)
    office.add_customer("ben")
    buy(office, "ben", "b1", share_code(office, "a1"))
    work(office)

    page = browser_of(office, "anna").get("/firstline/share")
    (code,) = reward_codes(office, "anna")

    assert code in text(page)
    assert "For your next order" in text(page)
    assert browser_of(office).get("/firstline/share").status_code == 302
    nothing = browser_of(office, "ben").get("/firstline/share")
    assert "There is no code to pass on now" in text(nothing)


def test_a_campaign_that_is_over_offers_nothing_and_keeps_the_rewards(office: Office) -> None:
    made = campaign(office, hold_days=0)
    address = shared(office)
    buy(office, "ben", "b1", share_code(office, "a1"))
    work(office)
    do(office, lambda ctx: campaigns.set_active(ctx.conn, made, False, who="Ines", now=ctx.now))

    said = text(browser_of(office).get(address))

    assert "There is no code to pass on now" in said
    assert reward_codes(office, "anna")[0] in said


def act_on(office: Office, noun: str, act: str, key: int) -> None:
    """Do an act on one row of a list: tick it, look at what will happen, and say yes."""
    address, browser = f"{PREFIX}/{noun}", office.ines()
    preview = send(browser, f"{address}/act", {"act": act, "key": key}, form_at=address)
    fields = multi([*hidden(preview.get_data(as_text=True))])
    assert browser.post(f"{address}/act", data={**fields, "sure": "yes"}).status_code == 303


def played(office: Office) -> None:
    """Play a campaign: Anna brings Ben, who pays, and Cora, who returns; Dora shares with nobody."""
    campaign(office)
    shared(office)
    code = share_code(office, "a1")
    buy(office, "ben", "b1", code)
    buy(office, "cora", "c1", code)
    work(office)
    office.refund("c1")
    buy(office, "dora", "d1")
    share_code(office, "d1")
    work(office)


def test_the_pages_of_results_say_who_brought_whom(office: Office) -> None:
    played(office)
    browser = office.ines()

    assert rows(browser.get(f"{PREFIX}/promoters")) == ["dora@shop.example", "Anna Berg"]
    assert rows(browser.get(f"{PREFIX}/promoters?shared=redeemed")) == ["Anna Berg"]
    assert rows(browser.get(f"{PREFIX}/promoters?shared=not")) == ["dora@shop.example"]
    assert rows(browser.get(f"{PREFIX}/conversions")) == ["c1", "b1"]
    assert rows(browser.get(f"{PREFIX}/conversions?reward=pending")) == ["b1"]
    assert rows(browser.get(f"{PREFIX}/conversions?q=ben@shop.example")) == ["b1"]
    assert rows(browser.get(f"{PREFIX}/consumers?state=ordered")) == ["cora@shop.example", "ben@shop.example"]
    assert rows(browser.get(f"{PREFIX}/consumers?state=household")) == []
    assert len(rows(browser.get(f"{PREFIX}/rewards"))) == 2
    assert len(rows(browser.get(f"{PREFIX}/rewards?state=void"))) == 1
    assert "the order was returned" in text(browser.get(f"{PREFIX}/rewards?state=void"))
    assert rows(browser.get(f"{PREFIX}/campaigns?state=on")) == ["Bring a friend"]
    for noun in ("promoters", "conversions", "rewards", "consumers"):
        assert browser.get(f"{PREFIX}/{noun}?campaign=1").status_code == 200
        file = browser.get(f"{PREFIX}/{noun}.csv")
        assert file.mimetype == "text/csv"
        assert "anna" in file.get_data(as_text=True).lower()


THANKS = """
[[rule]]
program = "Advisers"
name = "Say thanks"
conversion = true
trigger = { on = "sale", who = "anyone" }
actions = [{ do = "task", to = "partner", title = "Say thanks" }]

[[program]]
name = "Advisers"
active = true
"""


def test_friends_of_a_program_have_its_name_and_have_ordered(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(THANKS, encoding="utf-8")
    answer = office.app.test_cli_runner().invoke(args=["firstline", "rule", "add", str(file)])
    assert answer.exit_code == 0, answer.output
    make_partner(office.app, "meier", name="Hans Meier")
    make_terms(office.app, 10)
    make_code(office.app, "vonmeier", owner="meier", amount="5.00")
    buy(office, "ben", "b1", "vonmeier")
    work(office)
    work(office)
    browser = office.ines()

    page = browser.get(f"{PREFIX}/consumers?state=ordered")

    assert rows(page) == ["ben@shop.example"]
    assert "Hans Meier Advisers joined a first line" in text(page)
    assert rows(browser.get(f"{PREFIX}/consumers?state=not")) == []
    assert "Rule “Say thanks”" in text(browser.get(f"{PREFIX}/tasks"))


def test_an_admin_withdraws_a_reward(office: Office) -> None:
    played(office)
    pending = office.rows(Reward, state="pending")[0].id

    act_on(office, "rewards", "withdraw", pending)

    [withdrawn] = office.rows(Reward, id=pending)
    assert withdrawn.why == "withdrawn by an admin"
    [whose] = office.rows(Contact, id=withdrawn.contact_id)
    assert "Taken back by the shop" in text(browser_of(office, whose.ref or "").get("/firstline/share"))
    assert [row[1:] for row in office.acts()][-1] == ("withdraw", "reward")


def test_a_mail_program_ends_the_mails_of_campaigns_with_one_click(office: Office) -> None:
    campaign(office)
    office.sent = []  # type: ignore[attr-defined]
    office.state.shop = office
    office.send_mail = office.sent.append  # type: ignore[attr-defined]
    office.add_customer("anna")
    buy(office, "anna", "a1")
    work(office)
    office.clock.advance(minutes=10)
    work(office)
    (mail,) = office.sent  # type: ignore[attr-defined]
    leave = urlsplit(mail["List-Unsubscribe"].strip("<>")).path

    assert office.browser().post(leave).status_code == 200

    buy(office, "anna", "a2")
    office.clock.advance(minutes=10)
    work(office)
    assert len(office.sent) == 1  # type: ignore[attr-defined]
    assert len(office.rows(Share)) == 2
    assert cart_of("anna").customer is not None
