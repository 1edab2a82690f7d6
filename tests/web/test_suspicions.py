"""Suspicions on the admin pages, the desk and the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline import Admin, Customer
from flask_firstline.domain.payout import Method
from flask_firstline.models import AllowedPair, Document, Suspicion, SuspicionPolicy
from flask_firstline.services import suspicions
from flask_firstline.testing import make_cart
from tests.service.campaign_kit import FIVE, buy, campaign, share_code
from tests.service.campaign_kit import work as finish
from tests.service.pay_kit import act, books_agree, wants

from . import office as office_kit
from .office import PREFIX, Office, rows, send, story, text

LIST = f"{PREFIX}/suspicions"
PHONE = "+49 40 1234567"


@pytest.fixture
def office(firstline_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    mara = Admin(id="4", name="Mara Market", roles=("marketing",))
    monkeypatch.setattr(office_kit, "STAFF", {**office_kit.STAFF, "mara": mara})
    with Office(firstline_url) as shop:
        story(shop)
        suspected(shop)
        yield shop


def suspected(shop: Office) -> None:
    """Let a customer of meier's, known already, order again by meier's phone."""
    assert act(shop, suspicions.look_next) == 2
    shop.register(Customer(ref="meier", email="meier@shop.example", phone=PHONE))
    sabine = shop.add_customer("sabine", name="Sabine Krüger", phone=PHONE)
    shop.place(make_cart(customer=sabine), "o3", number="2026-11900")
    shop.pay("o3")
    assert act(shop, suspicions.look_next) == 1


def test_a_suspicion_is_shown_with_its_evidence_and_released(office: Office) -> None:
    ines, why = office.ines(), f"{PREFIX}/why/{office.rows(Document, ref='o3')[0].id}"
    assert "1 suspicion to decide" in text(ines.get(f"{PREFIX}/"))
    page = text(ines.get(LIST))
    assert "The buyer Sabine Krüger and the partner: same phone number." in page
    assert "The commission is on hold." in page and rows(ines.get(LIST)) == ["2026-11900"]
    assert rows(ines.get(f"{LIST}?signal=mail")) == [] and rows(ines.get(f"{LIST}?signal=phone"))
    assert "Suspicion: Hans Meier" in text(ines.get(why))
    partner = office.rows(Suspicion)[0].partner_id
    assert "same phone number" in text(ines.get(f"{PREFIX}/contacts/{partner}"))
    desk = text(office.browser("meier").get("/firstline/desk/commissions"))
    assert "on hold: being checked" in desk and "Sabine" not in desk and "phone" not in desk
    assert "held by a suspicion" in text(ines.get(f"{PREFIX}/accruals?state=held"))

    asked = {"act": "release", "key": "1", "stage": "1", "why": "a family", "allow": "y"}
    seen = send(ines, f"{LIST}/act", asked, form_at=LIST)
    assert "1 suspicion is released: what it holds goes on" in text(seen)
    answer = send(ines, f"{LIST}/act", {**asked, "sure": "yes", "seen": "1"}, form_at=LIST)

    assert answer.status_code == 303
    assert "a family" in text(ines.get(LIST))
    assert rows(ines.get(f"{PREFIX}/allowed_pairs")) == ["Hans Meier"]
    assert ("Ines Walter", "release suspicion", "suspicion") in office.acts()
    assert "on hold: being checked" not in text(office.browser("meier").get("/firstline/desk/commissions"))
    pair = office.rows(AllowedPair)[0]
    forbid = {"act": "forbid", "key": f"{pair.low_id}:{pair.high_id}", "sure": "yes", "seen": "1"}
    send(ines, f"{PREFIX}/allowed_pairs/act", forbid, form_at=f"{PREFIX}/allowed_pairs")
    assert office.rows(AllowedPair) == [] and books_agree(office)


def test_only_finance_and_owners_decide_and_set_the_policy(office: Office) -> None:
    mara = office.browser("mara")
    assert mara.get(LIST).status_code == 200
    asked = {"act": "confirm", "key": "1", "stage": "1", "why": "x", "sure": "yes", "seen": "1"}
    assert send(mara, f"{LIST}/act", asked, form_at=LIST).status_code == 403
    assert mara.get(f"{LIST}/policy").status_code == 403
    assert office.rows(Suspicion)[0].state == "open"


def test_the_policy_is_set_in_general_and_for_a_campaign(office: Office) -> None:
    ines, policy = office.ines(), f"{LIST}/policy"
    chosen = dict.fromkeys(("account", "mail", "name", "bank"), "hold")
    general = {**chosen, "phone": "reject", "home": "flag", "domain": "allow"}
    partners = dict.fromkeys(("double", "pace", "crowd"), "flag")

    assert send(ines, policy, {**general, **partners}).status_code == 303
    assert send(ines, policy, {**general, **partners, "pace": "reject"}).status_code == 422
    own = {"campaign": "spring", **dict.fromkeys(general, ""), "phone": "flag"}
    assert send(ines, f"{policy}/campaign", own).status_code == 303

    found = {(row.campaign, row.signal, row.action) for row in office.rows(SuspicionPolicy)}
    assert found == {("", "phone", "reject"), ("", "domain", "allow"), ("spring", "phone", "flag")}
    assert "spring" in text(ines.get(policy))
    assert 'value="flag" selected' in ines.get(f"{policy}/campaign?campaign=spring").get_data(as_text=True)


def test_the_payout_preview_says_that_it_is_checked(office: Office) -> None:
    wants(office, "meier", Method.CASH)
    office.clock.advance(days=31)
    ines = office.ines()

    answer = send(ines, f"{PREFIX}/payout_runs/new", {})

    assert "On hold, being checked: 2026-11900" in text(ines.get(answer.location))


def test_suspicions_on_the_command_line(office: Office) -> None:
    def cli(*words: str) -> tuple[int, str]:
        answer = office.app.test_cli_runner().invoke(args=["firstline", "suspicions", *words])
        return answer.exit_code, answer.output

    assert "phone" in cli("list")[1] and "2026-11900" in cli("list", "--json")[1]
    assert cli("confirm", "1", "--reason", "the same phone") == (0, "1 suspicion is confirmed.\n")
    assert cli("list") == (0, "No suspicions.\n")
    assert "confirmed" in cli("list", "--state", "all")[1]
    assert cli("release", "1", "--reason", "wrong", "--allow") == (0, "1 suspicion is released.\n")
    assert "There is no suspicion 9" in cli("release", "9", "--reason", "x")[1]
    assert cli("forbid", "meier", "sabine") == (0, "They are looked at again.\n")
    assert cli("allow", "meier", "sabine", "--reason", "a family") == (0, "They belong together.\n")
    assert cli("look") == (0, "Suspicions to decide: 0.\n")
    assert cli("policy", "home", "hold")[0] == 0
    assert cli("policy", "home", "allow", "--campaign", "spring")[0] == 0
    assert "spring" in cli("policy", "--json")[1]
    assert "about no order" in cli("policy", "pace", "reject")[1]
    assert books_agree(office)


def test_a_reward_for_a_friends_order_is_shown_where_it_is_decided(office: Office) -> None:
    campaign(office, discount=FIVE, kickback=FIVE)
    account = {"payment_account": "DE89 3704 0044 0532 0130 00"}
    buy(office, Customer(ref="anna", email="anna@a.example", name="Anna Berg", data=account), "a1")
    finish(office)
    friend = Customer(ref="ben", email="ben@b.example", name="Ben Kraft", data=account)
    buy(office, friend, "b1", share_code(office, "a1"))
    finish(office)
    ines = office.ines()

    page = text(ines.get(f"{LIST}?about=kickback"))
    assert "The friend Ben Kraft and who passed the code on: same account for payments." in page
    assert "The reward waits for the decision." in page
    why_page = f"{PREFIX}/why/{office.rows(Document, ref='b1')[0].id}"
    why = text(ines.get(why_page))
    assert "Suspicion: Anna Berg" in why and "The reward waits for the decision." in why
    told = office.app.test_cli_runner().invoke(args=["firstline", "suspicions", "list"]).output
    assert "kickback" in told and "bank" in told

    confirm = ["firstline", "suspicions", "confirm", "2", "--reason", "one account"]
    assert "1 suspicion is confirmed" in office.app.test_cli_runner().invoke(args=confirm).output
    assert "The reward is withdrawn." in text(
        ines.get(f"{PREFIX}/why/{office.rows(Document, ref='b1')[0].id}")
    )
    assert "the friend may be the sharer" in text(ines.get(f"{PREFIX}/rewards"))
    assert books_agree(office)
