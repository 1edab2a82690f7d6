"""What no invoice tells: a sale posted by hand, a dispute, another currency; and days that go by."""

from __future__ import annotations

from ..scene import Step, Story, ask, expect, give_address, put, sign_in_by_mail, type_code

TITLE = "By hand, in dispute, in francs"
COMMISSIONS = "/firstline/desk/commissions"
RATE = "0.9421"
DAYS = 31
"""How many days the story lets go by: a day more than the hold."""


def sale_by_hand(story: Story) -> None:
    """Nora has sold at the river market, which the shop has no invoice of: Frieda posts 12.50 EUR by hand."""
    office = story.people["Office"]
    held = story.on_hold("Nora")
    page = office.open("/firstline/admin/accruals/new")
    filled = {"partner_id": story.nora, "amount": "12.50", "reason": "River market in Ulm"}
    page = office.send(page, "/accruals/new", **filled)
    expect("it is posted", "It is posted." in page.text, True)
    expect("on hold for Nora", story.on_hold("Nora") - held, 1250)
    expect(
        "the reason at her desk", "River market in Ulm" in story.people["Nora"].open(COMMISSIONS).text, True
    )
    story.say("on hold as any commission; the reason stands at Nora's desk")


def celine_is_paid_in_francs(story: Story) -> None:
    """Céline in Geneva, entered by Frieda, is paid in Swiss francs; the rate is kept with its day."""
    office = story.people["Office"]
    page = office.open("/firstline/admin/partners/new")
    filled = {"name": "Céline Favre", "email": story.celine, "sponsor_id": "1002"}
    page = office.send(page, "/partners/new", **filled)
    expect("she is a partner", "Céline Favre" in page.text, True)
    story.flask("rate", "currency", story.celine, "CHF")
    story.flask("rate", "set", "EUR", "CHF", RATE, "--source", "central bank")
    page = office.open("/firstline/admin/codes/new")
    coupon = page.form("/codes/new").options["coupon_id", "5 EUR for new customers"]
    filled = {"display": story.celines_code, "owner_id": story.celine, "coupon_id": coupon}
    page = office.send(page, "/codes/new", **filled)
    expect("her code", story.celines_code in page.texts, True)
    story.say(f"1 EUR = {RATE} CHF, from today on")


def lia_orders(story: Story) -> None:
    """Lia buys two candles with Céline's code: 1.68 EUR are 1.58 CHF.

    25.00 - 5.00 = 20.00, VAT 3.19, net 16.81; 10 % = 1.68; x 0.9421 = 1.5827.
    """
    lia = story.newcomer()
    put(lia, "candle-beeswax", 2)
    type_code(lia, story.celines_code)
    page = give_address(lia, story, email=f"lia.{story.run}@example.org", name="Lia Roth", house=4)
    expect("the total", page.amount("Total"), 2500 - 500 + 490)
    page = lia.send(page, "/checkout/place")
    page = lia.send(page, page.url.removeprefix(story.home), way="pay")
    order = page.texts[page.texts.index("paid") - 1].removeprefix("Order ")
    page = ask(story, order)
    expect("in francs", "CHF 1.58" in page.texts, True)
    story.say("the posting keeps the 1.68 EUR, the rate, its day and its source")


def dispute(story: Story) -> None:
    """The bank asks about Tom's payment: a dispute is opened, and what his order earned is held."""
    office = story.people["Office"]
    page = ask(story, story.kept["tom"])
    page = office.open(page.link("Open a dispute"))
    page = office.send(page, page.url, why="Card reported stolen")
    expect("the dispute is open", "A dispute is open" in page.text, True)
    story.say("Meier's 2.10, Schulz's 1.05 and Opa's 0.21 EUR stay on hold until it is decided")


def days_go_by(story: Story) -> None:
    """31 days go by in the shop's calendar: what is not in dispute is payable now."""
    office = story.people["Office"]
    office.send(office.open("/office/calendar"), "/office/calendar", days=str(DAYS))
    story.flask("work", "--once")
    sign_in_by_mail(story, "Nora", story.nora)  # a log-in of a partner holds 14 days
    expect("payable to Nora", story.at_desk("Nora", "Payable"), 488 + 1250)
    expect("on hold for Nora", story.on_hold("Nora"), 0)
    expect("on hold for Meier", story.on_hold("Meier"), 210)
    story.say("Nora 4.88 + 12.50 = 17.38 EUR; Meier's 2.10 EUR of the dispute are on hold")


STEPS: tuple[Step, ...] = (
    sale_by_hand,
    celine_is_paid_in_francs,
    lia_orders,
    dispute,
    days_go_by,
)
