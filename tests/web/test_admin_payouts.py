"""Payout runs on the admin pages: preview, amounts, typed confirmation, files, what did not arrive."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline import Admin
from flask_firstline.domain.payout import Method
from flask_firstline.models import Contact, Payout, PayoutFile, PayoutRun
from tests.service.pay_kit import books_agree, earned, wants

from . import office as office_kit
from .office import PREFIX, VERA, Office, hidden, rows, send, story, text

RUNS, NEW, SINGLE = f"{PREFIX}/payout_runs", f"{PREFIX}/payout_runs/new", f"{PREFIX}/payout_runs/single"
RUN = f"{RUNS}/1"
SETTINGS = f"{RUNS}/settings"
ACCOUNT = {"debtor_name": "Lindenhof", "debtor_iban": "DE89 3704 0044 0532 0130 00", "cool_down_days": "3"}


@pytest.fixture
def office(firstline_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    staff = {
        **office_kit.STAFF,
        "fred": Admin(id="3", name="Fred Finance", roles=("finance",)),
        "mara": Admin(id="4", name="Mara Market", roles=("marketing",)),
    }
    monkeypatch.setattr(office_kit, "STAFF", staff)
    with Office(firstline_url) as shop:
        story(shop)
        wants(shop, "meier")
        wants(shop, "schulz", Method.PAYPAL, paypal="petra@pay.example")
        earned(shop, "p1")
        yield shop


def post(browser: FlaskClient, address: str, form_at: str = RUN, **given: object) -> TestResponse:
    """Press a button of a page."""
    fields = dict(hidden(browser.get(form_at).get_data(as_text=True)))
    token = {"firstline_token": fields["firstline_token"]}
    return browser.post(address, data={**token, **given})


def made(office: Office) -> FlaskClient:
    """Make a run as Ines; give her browser."""
    ines = office.ines()
    assert post(ines, NEW, NEW).location == RUN
    return ines


def released(office: Office) -> FlaskClient:
    ines = made(office)
    answer = post(ines, f"{RUN}/release", **confirmation(office))
    assert answer.status_code == 303, text(answer)
    return ines


def confirmation(office: Office) -> dict[str, str]:
    """Give what is typed to release the run."""
    total = sum(row.amount for row in office.rows(Payout, run_id=1))
    return {"count": "2", "sum-EUR": f"{total / 100:.2f}", "seen": "yes"}


def test_the_first_step_says_what_is_payable_and_makes_nothing(office: Office) -> None:
    page = office.ines().get(NEW)

    assert "to 2 partners" in text(page) or "to 0 partners" in text(page)
    assert office.rows(PayoutRun) == []


def test_a_run_shows_whom_it_pays_and_whom_it_skips_for_which_reason(office: Office) -> None:
    ines = made(office)

    said = text(ines.get(RUN))

    assert "Hans Meier" in said and "DE·· 3000" in said and "DE89370400440532013000" not in said
    assert "Petra Schulte" in said and "p…@pay.example" in said
    assert "Karl Brenner" in said and "No way to be paid is chosen" in said
    assert "waits for release" in said
    assert rows(ines.get(RUNS)) == ["Payout run 1"]
    assert "1 payout run to release" in text(ines.get(f"{PREFIX}/"))


def test_a_run_is_released_by_typing_number_and_sum(office: Office) -> None:
    ines = made(office)

    answer = post(ines, f"{RUN}/release", **confirmation(office))

    assert answer.status_code == 303
    assert {row.state for row in office.rows(Payout)} == {"released"}
    assert "are paid out" in text(ines.get(RUN))
    assert ("Ines Walter", "release run", "payout run") in office.acts()
    assert books_agree(office)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"count": "3"}, "not that of the run"),
        ({"sum-EUR": "1.00"}, "not that of the run"),
        ({"sum-EUR": ""}, "not that of the run"),
        ({"seen": ""}, "seen who is skipped"),
    ],
)
def test_what_is_typed_wrong_releases_nothing_and_says_so(
    office: Office, wrong: dict[str, str], said: str
) -> None:
    ines = made(office)

    answer = post(ines, f"{RUN}/release", **{**confirmation(office), **wrong})

    assert answer.status_code == 422
    assert said in text(answer)
    assert {row.state for row in office.rows(Payout)} == {"draft"}


def test_an_amount_is_lowered_on_the_page_and_too_much_is_refused(office: Office) -> None:
    ines = made(office)
    meier = next(row for row in office.rows(Payout) if row.method == "sepa")

    too_much = post(ines, f"{RUN}/amounts", **{f"amount-{meier.id}": "9999"})
    unread = post(ines, f"{RUN}/amounts", **{f"amount-{meier.id}": "ten"})
    lowered = post(ines, f"{RUN}/amounts", **{f"amount-{meier.id}": "2.50"})

    assert (too_much.status_code, unread.status_code, lowered.status_code) == (422, 422, 303)
    assert "at most what is payable" in text(too_much)
    assert 'value="9999"' in too_much.text
    assert office.rows(Payout, id=meier.id)[0].amount == 250


def test_who_may_not_move_money_looks_and_changes_nothing(office: Office) -> None:
    made(office)
    for name in (VERA, "mara"):
        browser = office.browser(name)
        assert "Only finance and owners" in text(browser.get(RUN))
        assert "Type the sum" not in text(browser.get(RUN))
        assert browser.get(NEW).status_code == 403
    fred = office.browser("fred")

    assert post(fred, f"{RUN}/release", **confirmation(office)).status_code == 303


def test_with_four_eyes_another_admin_releases(office: Office) -> None:
    ines = office.ines()
    assert send(ines, SETTINGS, {**ACCOUNT, "four_eyes": "y"}).status_code == 303
    made(office)

    own = post(ines, f"{RUN}/release", **confirmation(office))
    other = post(office.browser("fred"), f"{RUN}/release", **confirmation(office))

    assert own.status_code == 422
    assert "Another admin releases it" in text(own)
    assert other.status_code == 303


def test_a_return_after_the_preview_is_told_and_the_run_is_brought_up_to_date(office: Office) -> None:
    ines = made(office)
    office.refund("p1", "back")

    said = text(ines.get(RUN))
    refreshed = post(ines, f"{RUN}/refresh")

    assert "Something has changed since the preview" in said
    assert refreshed.status_code == 303
    assert "Something has changed" not in text(ines.get(RUN))


def test_a_run_is_thrown_away(office: Office) -> None:
    ines = made(office)

    assert post(ines, f"{RUN}/discard").status_code == 303
    assert "thrown away" in text(ines.get(RUN))
    assert {row.state for row in office.rows(Payout)} == {"discarded"}


def test_files_are_taken_after_the_release_and_it_is_noted(office: Office) -> None:
    ines = released(office)
    no_account = post(ines, f"{RUN}/sepa.file", currency="EUR")
    assert no_account.status_code == 303
    send(ines, SETTINGS, ACCOUNT)

    sepa = post(ines, f"{RUN}/sepa.file", currency="EUR")
    paypal = post(ines, f"{RUN}/paypal.file", currency="EUR")

    assert "attachment" in sepa.headers["Content-Disposition"]
    assert "pain.001.001.09" in sepa.text and "DE89370400440532013000" in sepa.text
    assert paypal.text.startswith("petra@pay.example,")
    assert [row.made_by for row in office.rows(PayoutFile)] == ["Ines Walter"] * 2
    assert {row.state for row in office.rows(Payout)} == {"sent"}
    assert "taken by Ines Walter" in text(ines.get(RUN))
    post(ines, f"{RUN}/paid")
    assert {row.state for row in office.rows(Payout)} == {"paid"}


def test_accruals_name_the_payout_that_they_are_in(office: Office) -> None:
    ines = released(office)
    accruals = f"{PREFIX}/accruals"

    paid = text(ines.get(f"{accruals}?state=paid"))
    open_ = text(ines.get(f"{accruals}?state=payable"))

    assert "in payout 1" in paid and "Karl Brenner" not in paid
    assert "Karl Brenner" in open_ and "in payout" not in open_
    send(ines, f"{PREFIX}/payouts/1/failed", {"why": "account closed"})
    assert "in payout 1" not in text(ines.get(accruals))


def test_what_did_not_arrive_is_posted_back_with_the_reason(office: Office) -> None:
    ines = released(office)
    address = f"{PREFIX}/payouts/1/failed"

    without = send(ines, address, {"why": ""})
    done = send(ines, address, {"why": "account closed"})

    assert (without.status_code, done.status_code) == (422, 303)
    assert office.rows(Payout, id=1)[0].state == "failed"
    assert "account closed" in text(ines.get(RUN))
    assert books_agree(office)


def test_one_partner_is_paid_from_its_card_with_what_is_owed_filled_in(office: Office) -> None:
    ines = office.ines()
    opa = next(row.id for row in office.rows(Contact) if row.ref == "opa")
    address = f"{SINGLE}?partner={opa}"
    post(ines, NEW, NEW)

    page = ines.get(address)
    answer = send(ines, SINGLE, {"partner_id": "opa", "currency": "EUR", "amount": "0.50", "method": "cash"})
    wrong = send(ines, SINGLE, {"partner_id": "opa", "currency": "EUR", "amount": "0.50", "method": "cash"})

    assert 'value="opa"' in page.text
    assert answer.location == f"{RUNS}/2"
    assert wrong.status_code == 422
    assert "waits for release" in text(wrong)
    assert office.rows(Payout, run_id=2)[0].amount == 50


def test_settings_are_checked_field_by_field(office: Office) -> None:
    wrong = send(office.ines(), SETTINGS, {**ACCOUNT, "debtor_iban": "DE88 3704 0044 0532 0130 00"})

    assert wrong.status_code == 422
    assert "check digits do not fit" in text(wrong)


def test_payouts_to_a_partner_are_blocked_and_the_run_says_why(office: Office) -> None:
    ines = office.ines()
    meier = next(row.id for row in office.rows(Contact) if row.ref == "meier")
    card = f"{PREFIX}/contacts/{meier}"

    assert send(ines, f"{card}/block", {"why": "open dispute"}).status_code == 303
    assert "open dispute" in text(ines.get(card))
    made(office)
    assert "Blocked: open dispute" in text(ines.get(RUN))
    assert send(ines, f"{card}/unblock", {"why": "settled"}).status_code == 303


def test_balances_of_a_partner_are_spread_and_brought_together_from_the_card(office: Office) -> None:
    ines = office.ines()
    meier = next(row.id for row in office.rows(Contact) if row.ref == "meier")
    card = f"{PREFIX}/contacts/{meier}"
    assert "not prepared for" in text(ines.get(card))
    assert "In the busiest minute of the last day" in text(ines.get(f"{card}/spread"))

    assert send(ines, f"{card}/spread", {"why": "a fair"}).status_code == 303
    assert "balances are spread" in text(ines.get(card))
    again = send(ines, f"{card}/spread", {"why": "a fair"})
    assert (again.status_code, "It is so already" in text(again)) == (422, True)

    assert send(ines, f"{card}/fold", {"why": "it is over"}).status_code == 303
    assert "not prepared for" in text(ines.get(card))
    assert "balances brought together" in text(ines.get(f"{PREFIX}/audit"))


def test_a_run_is_sent_as_a_file_with_those_it_skips(office: Office) -> None:
    ines = made(office)

    lines = list(csv.reader(io.StringIO(ines.get(f"{RUN}.csv").text)))

    assert [line[2] for line in lines[1:]] == ["Hans Meier", "Petra Schulte", "Karl Brenner"]
    assert lines[3][8] == "No way to be paid is chosen"


@pytest.mark.parametrize("language", ["en", "de", "nl", "ru"])
def test_all_pages_of_payouts_open_in_every_language(office: Office, language: str) -> None:
    released(office)
    browser = office.ines(language)

    more = (f"{PREFIX}/payouts", f"{PREFIX}/payouts/1/failed", f"{RUN}.csv")
    for address in (RUNS, RUN, NEW, SINGLE, SETTINGS, *more):
        assert browser.get(address).status_code == 200, address
    assert browser.get(f"{RUNS}/99").status_code == 404
