"""Where coupons, codes and redemptions stand, the filters by it, and the ways from one page to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from flask_firstline import Order
from flask_firstline.admin import sayings
from flask_firstline.admin.reason_words import reason_words
from flask_firstline.domain.coupon import Treatment
from flask_firstline.errors import Reason
from flask_firstline.hooks import orders
from flask_firstline.models import Code, CodeBatch, Coupon
from flask_firstline.services import mistakes, partners
from flask_firstline.services.mistakes import Mistake
from flask_firstline.testing import make_cart, make_code, make_coupon, make_partner

from .office import PREFIX, Office, link, rows, send, text

NEW_BATCH = f"{PREFIX}/batches/new"


@pytest.fixture
def office(firstline_url: str) -> Iterator[Office]:
    with Office(firstline_url) as shop:
        yield shop


def states(office: Office, address: str) -> dict[str, str]:
    """Give the state that each row of a list says."""
    page = office.ines().get(f"{PREFIX}/{address}").get_data(as_text=True)
    found = re.findall(r'data-label="State"><span class="fl-state[^"]*">(.*?)</span></td>', page)
    return dict(zip(rows(office.ines().get(f"{PREFIX}/{address}")), found, strict=True))


def standing(office: Office) -> None:
    """Make a coupon of each standing, each with a code of the same name."""
    now = office.clock.now
    terms: dict[str, dict[str, object]] = {
        "On": {"max_uses": 2},
        "Later": {"valid_from": now + timedelta(seconds=1)},
        "Ended": {"valid_until": now},
        "Spent": {"max_uses": 2},
        "Off": {},
    }
    for name, more in terms.items():
        make_coupon(office.app, name, **more)  # type: ignore[arg-type]
        make_code(office.app, name, coupon=name)
    with office.transaction() as session:
        session.execute(update(Coupon).where(Coupon.name == "On").values(used=1))
        session.execute(update(Coupon).where(Coupon.name == "Spent").values(used=2))
        session.execute(update(Coupon).where(Coupon.name == "Off").values(active=False))


WORDS = {"On": "on", "Later": "begins later", "Ended": "ended", "Spent": "used up", "Off": "off"}
CHOICES = {"on": "On", "later": "Later", "ended": "Ended", "used_up": "Spent", "off": "Off"}


def test_a_coupon_says_why_it_cannot_be_used_and_is_found_by_it(office: Office) -> None:
    standing(office)

    assert states(office, "coupons") == WORDS
    for choice, name in CHOICES.items():
        assert rows(office.ines().get(f"{PREFIX}/coupons?state={choice}")) == [name]


def test_a_code_says_what_of_it_or_its_coupon_is_over_and_is_found_by_it(office: Office) -> None:
    standing(office)

    assert states(office, "codes") == {**WORDS, "Off": "coupon is off"}
    for choice, name in CHOICES.items():
        assert rows(office.ines().get(f"{PREFIX}/codes?state={choice}")) == [name]


@pytest.mark.parametrize(
    ("values", "choice", "says"),
    [
        ({"max_uses": 3, "used": 2}, "on", "on"),
        ({"max_uses": 3, "used": 3}, "used_up", "used up"),
        ({"active": False}, "off", "off"),
        ({"link_only": True}, "link", "with its link only"),
        ({"credit": 500, "credit_left": 0}, "used_up", "used up"),
        ({"credit": 500, "credit_left": 1}, "on", "on"),
    ],
)
def test_limits_and_credit_of_a_code_itself_count_too(
    office: Office, values: dict[str, object], choice: str, says: str
) -> None:
    make_code(office.app, "ONE")
    with office.transaction() as session:
        session.execute(update(Code).values(**values))

    assert states(office, f"codes?state={choice}") == {"ONE": says}
    assert says in text(office.ines().get(f"{PREFIX}/codes/1"))


def test_coupons_are_found_by_what_they_are_and_the_day_they_were_made(office: Office) -> None:
    make_coupon(office.app, "For partners", open_to_partners=True)
    make_coupon(office.app, "Per cent", percent=10)
    today, browser = office.clock.now.date(), office.ines()

    assert rows(browser.get(f"{PREFIX}/coupons?for=partners")) == ["For partners"]
    assert rows(browser.get(f"{PREFIX}/coupons?takes=percent")) == ["Per cent"]
    assert len(rows(browser.get(f"{PREFIX}/coupons?since={today}&until={today}"))) == 2
    assert rows(browser.get(f"{PREFIX}/coupons?until={today - timedelta(days=2)}")) == []


def test_the_way_from_a_batch_to_its_codes_and_cards_says_whose_they_are(office: Office) -> None:
    make_coupon(office.app, "Standing")
    make_code(office.app, "OTHER", coupon="Standing")
    wanted = {"coupon_id": "1", "count": "3", "prefix": "FAIR-", "length": "8", "occasion": "Fair"}
    browser = office.ines()
    send(browser, NEW_BATCH, {**wanted, "sure": "yes"})
    [batch] = office.rows(CodeBatch)
    page = browser.get(f"{PREFIX}/batches/{batch.id}")

    codes = browser.get(link(page, "Look at them") or "")
    cards = browser.get(link(page, "Print cards") or "")

    assert len(rows(codes)) == 3
    assert "Only: batch Fair" in text(codes)
    assert "3 cards" in text(cards)
    for asked in ("fair", "FAIR-"):
        assert len(rows(browser.get(f"{PREFIX}/codes?occasion={asked}"))) == 3


def test_codes_are_found_by_whom_they_are_kept_for(office: Office) -> None:
    make_partner(office.app, "meier", name="Hans Meier")
    make_code(office.app, "HIS", holder="meier")
    make_code(office.app, "ANYBODY", coupon="Coupon HIS")

    assert rows(office.ines().get(f"{PREFIX}/codes?for=meier")) == ["HIS"]


def test_forms_lead_to_what_belongs_to_their_row(office: Office) -> None:
    make_code(office.app, "ONE", amount="5.00")
    browser = office.ines()
    code, coupon = browser.get(f"{PREFIX}/codes/1/edit"), browser.get(f"{PREFIX}/coupons/1/edit")

    assert "1 card" in text(browser.get(link(code, "Print cards") or ""))
    assert "Redemptions per day" in text(browser.get(link(code, "Figures") or ""))
    assert rows(browser.get(link(coupon, "Its codes") or "")) == ["ONE"]
    assert "Only: Coupon ONE" in text(browser.get(link(coupon, "Its redemptions") or ""))
    assert 'value="1" selected' in browser.get(link(coupon, "Make codes") or "").get_data(as_text=True)
    assert link(browser.get(f"{PREFIX}/codes/new"), "Print cards") is None


def test_a_code_with_a_slash_shows_the_link_that_holds(office: Office) -> None:
    make_code(office.app, "Tea//2026")

    page = text(office.ines().get(f"{PREFIX}/codes/1"))

    assert "http://localhost/firstline/c/Tea/-/2026" in page


def test_a_redemption_to_be_checked_says_why_in_words(office: Office) -> None:
    make_code(office.app, "EXPENSIVE", min_order="1000.00")
    with office.app.app_context():
        order = Order.from_cart(make_cart(), ref="f1", codes=("EXPENSIVE",), promised_discount="5")
        orders.placed(office.state, order, commit=True, as_fact=True)

    assert "order too small" in text(office.ines().get(f"{PREFIX}/redemptions"))
    assert "Auftrag zu klein" in text(office.ines("de").get(f"{PREFIX}/redemptions"))


def test_every_reason_has_words_of_its_own_for_lists() -> None:
    said = [reason_words(reason.value) for reason in Reason]

    assert not any("_" in words for words in said)
    assert len(set(said)) == len(said)


GENERAL = {mistakes.BadTerms, mistakes.CodeRefused}
SAID_ELSEWHERE = {
    mistakes.BadApplication,
    mistakes.BadFile,
    mistakes.BadPostback,
    mistakes.BadSource,
    mistakes.BadUser,
    mistakes.BadCode,
    mistakes.NotMapped,
    mistakes.CannotErase,
    mistakes.BadLink,
    mistakes.BadTemplate,
    mistakes.WordsMissing,
    mistakes.PlacesMissing,
    mistakes.InUse,
    mistakes.BadPortions,
    mistakes.BadRule,
    mistakes.FormTaken,
    mistakes.NoLogin,
    mistakes.NotReplaceable,
    mistakes.PostingRefused,
    mistakes.TooManyLinks,
    mistakes.TooManyToDraw,
    mistakes.TooManyTries,
}


def kinds(of: type[Mistake]) -> Iterator[type[Mistake]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_kind_of_mistake_of_a_service_is_said_in_the_admins_language() -> None:
    known = {kind for kind in kinds(Mistake) if kind.__module__ == mistakes.__name__}

    silent = {kind for kind in known if kind not in sayings.SAID}

    assert silent == GENERAL | SAID_ELSEWHERE


def test_a_coupon_with_codes_cannot_become_store_credit_and_it_is_said_in_german(office: Office) -> None:
    make_code(office.app, "ONE", amount="5.00")
    browser = office.ines("de")
    given = {"name": "Coupon ONE", "kind": "amount", "currency": "EUR", "amount": "5,00"}

    answer = send(
        browser,
        f"{PREFIX}/coupons/1/edit",
        {**given, "treatment": Treatment.MULTI_PURPOSE.value, "order_value": "before", "priority": "100"},
    )

    assert answer.status_code == 422
    assert "Es gibt schon Codes: Der Gutschein kann nicht zu Guthaben werden" in text(answer)
    assert office.rows(Coupon)[0].treatment == Treatment.PRICE_CUT.value


def test_who_is_no_partner_any_more_is_told_so_in_german(office: Office) -> None:
    make_partner(office.app, "meier", name="Hans Meier")
    address = f"{PREFIX}/contacts/1/suspend"
    page = office.ines("de").get(address)
    with office.transaction() as session:
        partners.end_partner(session.connection(), 1, why="left", who="ines", now=office.clock.now)

    answer = send(office.ines("de"), address, {"why": "Ruhe"})

    assert page.status_code == 200
    assert "Dieser Kontakt ist kein Partner mehr." in text(answer)


def test_the_level_of_terms_has_an_end_that_is_said_at_its_field(office: Office) -> None:
    given = {"level": "101", "kind": "percent", "percent": "5", "currency": "EUR"}

    answer = send(office.ines("de"), f"{PREFIX}/terms/new", given)

    assert answer.status_code == 422
    assert "Bitte geben Sie höchstens 100 an." in text(answer)


def test_the_radar_says_as_of_when_its_figures_are(office: Office) -> None:
    page = text(office.ines().get(f"{PREFIX}/radar"))

    assert "Figures as of " in page
    assert "the last 7 days" in page
    assert "the last 28 days" in page


def test_a_refused_currency_is_not_told_as_an_amount(office: Office) -> None:
    make_code(office.app, "USD5", amount=5, currency="USD")
    asked = "code=USD5&product=tea&quantity=1&price=10&rate=7"

    page = text(office.ines().get(f"{PREFIX}/why/code?{asked}"))

    assert "The code is refused by the check “ In the coupon's currency ”" in page
    assert "it would give" not in page
