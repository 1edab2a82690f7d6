"""The pages and commands of commission terms: plans, history, and the dry run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape

import pytest

from flask_firstline.domain.clauses import Base, Caps, Clauses, Recurring, Span, Tier, Tiers, read_clauses
from flask_firstline.models import CommissionTerms, Document, Posting
from flask_firstline.testing import NOON, make_cart, make_code, make_partner
from tests.small_shop import SmallShop, build

from .cli_kit import CommandLine
from .office import PREFIX, Office, link, rows, send, story, text

TEN = {"level": "1", "kind": "percent", "percent": "10", "currency": "EUR"}


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(FIRSTLINE_TIMEZONE="Europe/Berlin") as shop:
        yield shop


def test_terms_are_planned_and_take_over_on_their_day(office: Office) -> None:
    browser = office.ines()
    send(browser, f"{PREFIX}/terms/new", TEN)

    made = send(browser, f"{PREFIX}/terms/new", {**TEN, "percent": "12", "begins": ["2026-06-01", ""]})

    assert made.status_code == 303
    assert "from Jun 1, 2026 on" in text(browser.get(made.location))
    page = browser.get(f"{PREFIX}/terms")
    assert len(rows(page)) == 2
    assert "planned" in text(page)
    assert len(rows(browser.get(f"{PREFIX}/terms?when=planned"))) == 1
    office.clock.advance(days=30)
    assert "12%" in text(browser.get(f"{PREFIX}/terms"))
    assert len(rows(browser.get(f"{PREFIX}/terms"))) == 1
    assert len(rows(browser.get(f"{PREFIX}/terms_history"))) == 2


def test_today_means_now_and_yesterday_is_refused(office: Office) -> None:
    browser = office.ines()

    assert send(browser, f"{PREFIX}/terms/new", {**TEN, "begins": ["2026-05-04", ""]}).status_code == 303
    late = send(browser, f"{PREFIX}/terms/new", {**TEN, "percent": "9", "begins": ["2026-05-03", ""]})

    assert late.status_code == 422
    assert "This day has passed." in text(late)
    assert [row.valid_from for row in office.rows(CommissionTerms)] == [NOON]


def test_a_plan_with_another_day_is_moved_and_not_doubled(office: Office) -> None:
    browser = office.ines()
    send(browser, f"{PREFIX}/terms/new", {**TEN, "begins": ["2026-06-01", ""]})
    [planned] = office.rows(CommissionTerms)

    send(browser, f"{PREFIX}/terms/{planned.id}/edit", {**TEN, "begins": ["2026-07-01", ""]})

    page = browser.get(f"{PREFIX}/terms")
    assert "Jul 1, 2026" in text(page)
    assert "Jun 1, 2026" not in text(page)


def test_what_was_replaced_cannot_be_edited_any_more(office: Office) -> None:
    browser = office.ines()
    send(browser, f"{PREFIX}/terms/new", TEN)
    send(browser, f"{PREFIX}/terms/new", {**TEN, "percent": "12"})
    old, new = office.rows(CommissionTerms)

    assert browser.get(f"{PREFIX}/terms/{old.id}/edit").status_code == 404
    assert browser.get(f"{PREFIX}/terms/{new.id}/edit").status_code == 200


def test_terms_of_a_campaign_stand_alone(office: Office) -> None:
    wrong = send(office.ines(), f"{PREFIX}/terms/new", {**TEN, "campaign": "Spring", "product_ref": "tea"})
    right = send(office.ines(), f"{PREFIX}/terms/new", {**TEN, "campaign": "Spring"})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "all partners and products in it" in text(wrong)
    assert "sales of the campaign Spring" in text(office.ines().get(f"{PREFIX}/terms?step=campaign"))


def test_the_dry_run_shows_the_difference_and_changes_nothing(office: Office) -> None:
    story(office)
    before = len(office.rows(Posting))
    terms = office.rows(CommissionTerms, level=1)[0]
    browser = office.ines()
    form = browser.get(link(browser.get(f"{PREFIX}/terms/{terms.id}/edit"), "Dry run") or "")

    page = browser.get(f"{PREFIX}/terms/dry-run", query_string={**TEN, "percent": "20", "months": "3"})

    assert 'value="10"' in form.get_data(as_text=True)
    assert page.status_code == 200
    assert "Difference for each partner" in text(page)
    assert "+€" in text(page)
    assert len(office.rows(Posting)) == before


def test_the_dry_run_of_an_end_shows_what_the_partners_would_lose(office: Office) -> None:
    story(office)
    before = len(office.rows(Posting)), len(office.rows(CommissionTerms))
    terms = office.rows(CommissionTerms, level=1)[0]
    browser = office.ines()

    address = link(browser.get(f"{PREFIX}/terms/{terms.id}/edit"), "Dry run of their end") or ""
    page = browser.get(address)

    assert "without these terms: level 1, 10%, In general" in text(page)
    assert "Hans Meier" in text(page)
    assert "could not be saved" not in text(page)
    assert "-€" in text(page) or "−€" in text(page)
    assert browser.get(f"{address}&months=1").status_code == 200
    assert browser.get(f"{address}&months=99").status_code == 422
    assert browser.get(f"{PREFIX}/terms/dry-run?ending=4711").status_code == 404
    assert (len(office.rows(Posting)), len(office.rows(CommissionTerms))) == before


def test_planned_terms_have_no_end_to_reckon(office: Office) -> None:
    browser = office.ines()
    send(browser, f"{PREFIX}/terms/new", {**TEN, "begins": "2100-01-01"})
    [row] = office.rows(CommissionTerms)

    assert "Dry run of their end" not in text(browser.get(f"{PREFIX}/terms/{row.id}/edit"))
    assert browser.get(f"{PREFIX}/terms/dry-run?ending={row.id}").status_code == 404


def test_the_dry_run_says_what_is_wrong_with_its_form(office: Office) -> None:
    page = office.ines().get(
        f"{PREFIX}/terms/dry-run", query_string={**TEN, "percent": "200", "months": "99"}
    )

    assert page.status_code == 422
    assert "from 0 to 100" in text(page)
    assert "24 or less" in text(page)


# The command line ------------------------------------------------------------------------------------------


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    made = build(firstline_url, FIRSTLINE_TIMEZONE="Europe/Berlin")
    yield made
    with made.app.app_context():
        made.engine.dispose()


def test_terms_are_planned_listed_and_removed_from_the_command_line(shop: SmallShop) -> None:
    cli = CommandLine(shop)
    cli.ok("terms", "set", "--level", "1", "--percent", "10")
    cli.ok("terms", "set", "--level", "1", "--percent", "12", "--from", "2100-01-01")
    cli.ok("terms", "set", "--level", "1", "--percent", "30", "--campaign", "Spring")

    now, later = cli.json("terms", "list"), cli.json("terms", "list", "--on", "2100-01-01")
    planned = next(row["id"] for row in later if row["earns"] == "12 %")
    cli.ok("terms", "remove", str(planned))

    assert [(row["earns"], row["where"]) for row in now] == [
        ("10 %", "in general"),
        ("30 %", "campaign Spring"),
    ]
    assert [row["earns"] for row in later] == ["12 %", "30 %"]
    assert [row["earns"] for row in cli.json("terms", "list", "--on", "2100-01-01")] == ["10 %", "30 %"]
    assert len(cli.json("terms", "list", "--history")) == 2
    assert "There are no terms with the id" in cli.refused("terms", "remove", str(planned))


def test_a_dry_run_from_the_command_line(shop: SmallShop) -> None:
    cli = CommandLine(shop)

    said = cli.ok("terms", "dry-run", "--level", "1", "--percent", "12")

    assert "No partner has earned anything." in said
    assert cli.json("terms", "dry-run", "--level", "1", "--percent", "12")["documents"] == 0


def test_a_dry_run_of_an_end_from_the_command_line(shop: SmallShop) -> None:
    cli = CommandLine(shop)
    cli.ok("terms", "set", "--level", "1", "--percent", "12")
    [row] = cli.json("terms", "list")

    assert "nothing was changed" in cli.ok("terms", "dry-run-remove", str(row["id"]))
    assert len(cli.json("terms", "list")) == 1
    assert "There are no terms with the id 4711" in cli.refused("terms", "dry-run-remove", "4711")


WHOLE = {
    **TEN,
    "base": "net_before",
    "shipping": "y",
    "tiers_by": "month",
    "tiers": "1,000.00 = 12\n5,000 = 15.5 %",
    "slab": "y",
    "cap_order": "50",
    "cap_partner": "2,000.00",
    "cap_customer": "100",
    "cap_period": "year",
    "max_months": "12",
}


def test_the_form_keeps_all_that_terms_can_say(office: Office) -> None:
    browser = office.ines()

    made = send(browser, f"{PREFIX}/terms/new", WHOLE)

    assert made.status_code == 303
    [row] = office.rows(CommissionTerms)
    assert read_clauses(row.clauses) == Clauses(
        base=Base.NET_BEFORE,
        shipping=True,
        tiers=Tiers(
            by=Span.MONTH,
            tiers=(Tier(begins=100_000, percent=Decimal(12)), Tier(begins=500_000, percent=Decimal("15.5"))),
            slab=True,
        ),
        caps=Caps(order=5000, partner=200_000, customer=10_000, period=Span.YEAR),
        recurring=Recurring(months=12),
    )
    assert row.currency == "EUR"
    page = text(browser.get(f"{PREFIX}/terms"))
    assert "own sales of the month: from €1,000.00 12%, from €5,000.00 15.5%, each part by its tier" in page
    assert "cap per order €50.00, cap per partner €2,000.00, cap per customer €100.00, in a year" in page
    form = browser.get(f"{PREFIX}/terms/{row.id}/edit").get_data(as_text=True)
    assert "€1,000.00 = 12 %" in form


def test_what_the_form_shows_can_be_saved_again(office: Office) -> None:
    browser = office.ines("de")
    send(office.ines(), f"{PREFIX}/terms/new", WHOLE)
    [row] = office.rows(CommissionTerms)
    page = browser.get(f"{PREFIX}/terms/{row.id}/edit").get_data(as_text=True)
    tiers = unescape(re.findall(r'(?s)<textarea[^>]*name="tiers"[^>]*>(.*?)</textarea>', page)[0])
    kept = {name: value for name, value in WHOLE.items() if name != "level"}
    german = {"tiers": tiers, "cap_order": "50,00", "cap_partner": "2.000,00"}

    saved = send(browser, f"{PREFIX}/terms/{row.id}/edit", {**kept, **german})

    assert saved.status_code == 303
    assert len(office.rows(CommissionTerms)) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tiers": "5000 = 12"}, "belong together"),
        ({"tiers_by": "month"}, "belong together"),
        ({"tiers_by": "month", "tiers": "5000 = 12\n1000 = 15"}, "each higher than the one before"),
        ({"tiers_by": "month", "tiers": "5000"}, "Please write a tier like €1,000.00 = 12 %"),
        ({"tiers_by": "month", "tiers": "5000 = 120"}, "from 0 to 100"),
        ({"payment_rates": "20\n200"}, "from 0 to 100"),
        ({"cap_order": "-1"}, "not below 0"),
        ({"cap_order": "5", "cap_period": "year"}, "goes with a cap per partner"),
        ({"shipping": "y", "base": "margin"}, "has no margin"),
        ({"shipping": "y", "product_ref": "tea"}, "no product or category"),
        ({"kind": "fixed", "fixed": "1", "base": "gross"}, "has no base"),
        ({"tiers_by": "month", "tiers": "5000 = 12", "payment_rates": "5"}, "do not go together"),
    ],
)
def test_clauses_that_cannot_work_are_refused_in_words(
    office: Office, given: dict[str, object], words: str
) -> None:
    answer = send(office.ines(), f"{PREFIX}/terms/new", {**TEN, **given})

    assert answer.status_code == 422
    assert words in text(answer)
    assert office.rows(CommissionTerms) == []


def test_the_why_page_says_which_tier_and_which_cap(office: Office) -> None:
    send(
        office.ines(),
        f"{PREFIX}/terms/new",
        {**TEN, "tiers_by": "order", "tiers": "10 = 20", "cap_order": "2"},
    )
    make_partner(office.app, "meier", name="Hans Meier")
    make_code(office.app, "vonmeier", owner="meier", amount="5.00")
    office.place(make_cart(customer=office.add_customer("sabine")), "o1", codes=["vonmeier"])
    office.pay("o1")
    [document] = office.rows(Document)

    page = text(office.ines().get(f"{PREFIX}/why/{document.id}"))
    accruals = text(office.ines().get(f"{PREFIX}/accruals"))

    assert "20% on level 1 (tier from €10.00: value of the order €16.80; capped from €1.68 to €1.00:" in page
    assert "capped from €1.68 to €1.00: cap per order" in accruals
    desk = office.browser("meier").get("/firstline/desk/commissions")
    assert "capped from €1.68 to €1.00: cap per order" in text(desk)


def test_the_why_page_says_where_a_cost_is_missing(office: Office) -> None:
    send(office.ines(), f"{PREFIX}/terms/new", {**TEN, "base": "margin"})
    make_partner(office.app, "meier")
    make_code(office.app, "vonmeier", owner="meier", amount="5.00")
    office.place(make_cart(customer=office.add_customer("sabine")), "o1", codes=["vonmeier"])
    office.pay("o1")
    [document] = office.rows(Document)

    assert "the line has no cost, so that nothing is earned" in text(
        office.ines().get(f"{PREFIX}/why/{document.id}")
    )


def test_the_command_line_takes_all_that_terms_can_say(shop: SmallShop) -> None:
    cli = CommandLine(shop)
    tiers = ("--tier", "1000=12", "--tier", "5000 = 15%", "--tiers-by", "quarter", "--slab")
    caps = ("--cap-order", "50", "--cap-partner", "2000", "--cap-period", "month")
    rates = ("--payment-rate", "20", "--payment-rate", "10", "--max-payments", "12")

    cli.ok("terms", "set", "--level", "1", "--percent", "10", "--base", "margin", *tiers, *caps)
    cli.ok("terms", "set", "--level", "2", "--percent", "10", "--shipping", *rates)

    assert [row["clauses"] for row in cli.json("terms", "list")] == [
        "base margin; slabs by quarter: from 1000.00 EUR 12 %, from 5000.00 EUR 15 %; "
        "at most 50.00 EUR per order, 2000.00 EUR per partner in a month",
        "on shipping too; recurring: payments at 20 %, 10 %, 12 payments",
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--tier", "1000"), "write from which sum on"),
        (("--tier", "1000=12"), "tiers_by: say what chooses the tier"),
        (("--tiers-by", "month"), "go with tiers"),
        (("--tier", "1000=x", "--tiers-by", "month"), "tier: "),
        (("--tier", "1.234=5", "--tiers-by", "month"), "tier: "),
        (("--base", "turnover"), "base: is one of"),
        (("--cap-period", "month"), "cap_period: goes with"),
        (("--cap-order", "-5"), "a cap is an amount"),
        (("--payment-rate", "101"), "from 0 to 100"),
        (("--max-payments", "0"), "at least 1"),
    ],
)
def test_the_command_line_names_what_is_wrong(
    shop: SmallShop, options: tuple[str, ...], sentence: str
) -> None:
    said = CommandLine(shop).refused("terms", "set", "--level", "1", "--percent", "10", *options)

    assert sentence.lower() in said.lower()


def test_shipping_that_earns_is_named_in_the_readers_language(office: Office) -> None:
    send(office.ines(), f"{PREFIX}/terms/new", {**TEN, "shipping": "y"})
    make_partner(office.app, "meier")
    make_code(office.app, "vonmeier", owner="meier", amount="5.00")
    cart = make_cart(customer=office.add_customer("sabine"), shipping="5.95", shipping_vat_rate=19)
    office.place(cart, "o1", codes=["vonmeier"])
    office.pay("o1")
    [document] = office.rows(Document)

    desk = office.browser("meier")
    desk.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"

    assert "Versand" in text(office.ines("de").get(f"{PREFIX}/why/{document.id}"))
    assert "Versand" in text(desk.get("/firstline/desk/commissions"))
    assert "Versand" in desk.get("/firstline/desk/commissions.csv").get_data(as_text=True)
