"""A partner's code: a new customer, the discount, three commissions, two returns."""

from __future__ import annotations

from .. import seeds
from ..browser import Page
from ..scene import (
    DESK,
    Step,
    Story,
    amounts,
    euro,
    expect,
    first_line,
    give_address,
    put,
    sign_in,
    take_back,
    type_code,
)

TITLE = "A partner's code"
CODE = "vonmeier"
REFUSAL = "This code is for new customers, and you have ordered here before."
COMMISSIONS = {"Meier": (210, 157), "Schulz": (105, 79), "Opa": (21, 16)}
"""Cents that each partner has earned: when all is paid, and when one of the two teas came back."""


def partners_arrive(story: Story) -> None:
    """Meier, his sponsor Schulz and her sponsor Opa sign in and look at their desks."""
    for name, person in (("Meier", seeds.MEIER), ("Schulz", seeds.SCHULZ), ("Opa", seeds.OPA)):
        story.people[name] = story.newcomer()
        sign_in(story.people[name], person)
        story.held_before[name] = story.on_hold(name)
        story.say(f"{person.name}: on hold so far {euro(story.held_before[name])}")


def meier_makes_a_code(story: Story) -> None:
    """Meier makes his own code on the coupon that is open to partners."""
    meier = story.people["Meier"]
    page = meier.open(f"{DESK}codes")
    if CODE not in page.texts:
        coupon = next(value for name, value in page.form("/desk/codes").choices if name == "coupon")
        page = meier.send(page, "/desk/codes", coupon=coupon, code=CODE)
    expect("the code stands on Meier's list", CODE in page.texts, True)
    story.say(f"{CODE}: 5.00 EUR off from 20.00 EUR, for new customers")


def too_little(story: Story) -> None:
    """Jana, who is new, puts two teas into her cart and types the code: too little for it."""
    jana = story.people["Jana"] = story.newcomer()
    put(jana, "tea-evening", 2)
    page = type_code(jana, "VonMeier")
    expect("the shop says what is missing", "€6.20" in page.text.replace("\N{NO-BREAK SPACE}", ""), True)
    expect("the total", page.amount("Total"), 1380 + 490)
    story.say("13.80 EUR of goods, 6.20 EUR are missing; nothing is taken off")


def discount_in_the_cart(story: Story) -> None:
    """With an arnika balm it is enough, however the code is spelt: the cart shows the discount."""
    jana = story.people["Jana"]
    put(jana, "balm-arnica", 1)
    page = type_code(jana, "VonMeier")
    check_sums(page)
    story.say("28.70 EUR of goods - 5.00 EUR + 4.90 EUR shipping = 28.60 EUR")
    story.say("in it 2.75 EUR VAT at 19 % and 0.75 EUR at 7 %")


def check_sums(page: Page) -> None:
    """Check the sums of the cart, the order or the review.

    5.00 is shared as 14.90 to 13.80: 2.60 and 2.40. 19 %: 12.30 + 4.90 = 17.20, VAT 2.746 -> 2.75.
    7 %: 11.40, VAT 0.7458 -> 0.75.
    """
    expect("the goods", page.amount("Goods"), 2870)
    expect("the coupon", page.amount(f"Coupon {CODE}", skip=1), -500)
    expect("the shipping", page.amount("Shipping"), 490)
    expect("the total", page.amount("Total"), 2860)
    expect("the VAT at 19 %", page.amount("19% VAT in it"), 275)
    expect("the VAT at 7 %", page.amount("7% VAT in it"), 75)


def jana_signs_up(story: Story) -> None:
    """Jana signs up with the code: she is a prospect in Meier's first line."""
    before = first_line(story)
    jana = story.people["Jana"]
    page = jana.open("/account/sign-up")
    filled = {"name": "Jana Probst", "email": story.email, "password": story.password, "code": "VONMEIER"}
    page = jana.send(page, "/account/sign-up", **filled)
    expect("Jana is welcome", "Welcome, Jana Probst." in page.texts, True)
    after = first_line(story)
    expect("prospects in Meier's first line", after["Prospects"], before["Prospects"] + 1)
    check_sums(jana.open("/cart/"))
    story.say(f"Meier's first line has {after['All']} now; the code is still in her cart")


def jana_orders(story: Story) -> None:
    """She orders: the discount stands in the order, and her address type flips to customer."""
    before = first_line(story)
    jana = story.people["Jana"]
    page = give_address(jana, story, email=None)
    check_sums(page)
    page = jana.send(page, "/checkout/place")
    expect("the payment page opens", "Pay €28.60" in page.text, True)
    story.payment = page.url.removeprefix(story.home)
    after = first_line(story)
    expect("prospects in Meier's first line", after["Prospects"], before["Prospects"] - 1)
    expect("customers in Meier's first line", after["Customers"], before["Customers"] + 1)
    story.say("the order says 28.60 EUR; from now on Jana is a customer, not a prospect")


def jana_pays(story: Story) -> None:
    """She pays, and the payment provider reports it five times."""
    jana = story.people["Jana"]
    page = jana.send(jana.open(story.payment), story.payment, way="repeat")
    expect("the order is paid", "paid" in page.texts, True)
    check_sums(page)
    story.order, story.number = page.url, page.texts[page.texts.index("paid") - 1].removeprefix("Order ")
    story.say(f"order {story.number} is paid once, whatever the provider repeats")


def invoice_with_star(story: Story) -> None:
    """Her invoice shows the discount line, the VAT per rate and the partner star."""
    page = story.people["Jana"].open(f"{story.order}/invoice")
    expect("the coupon on the invoice", page.amount(f"Coupon {CODE}", skip=1), -500)
    expect("the net total", page.amount("Net"), 2860 - 275 - 75)
    expect("the VAT at 19 %", page.amount("19% VAT"), 275)
    expect("the VAT at 7 %", page.amount("7% VAT"), 75)
    expect("the total", page.amount("Total"), 2860)
    expect("the star", "Partner invoice" in page.texts, True)
    story.say("25.10 EUR net + 2.75 EUR + 0.75 EUR VAT = 28.60 EUR, marked with a star")


def three_commissions(story: Story) -> None:
    """Meier gets 10 %, Schulz 5 %, Opa 1 % of the net goods, posted once.

    Net: balm 12.30 - 1.96 = 10.34, teas 11.40 - 0.75 = 10.65. Meier 1.03 + 1.07, Schulz 0.52 + 0.53,
    Opa 0.10 + 0.11.
    """
    expect_earned(story, 0)
    story.say("10.34 EUR and 10.65 EUR net: Meier 2.10, Schulz 1.05, Opa 0.21 EUR, on hold")


def second_order_refused(story: Story) -> None:
    """Jana tries the code again: it is for new customers."""
    jana = story.people["Jana"]
    put(jana, "candle-beeswax", 2)
    page = type_code(jana, CODE)
    expect("the refusal", REFUSAL in page.texts, True)
    expect("the total", page.amount("Total"), 2500 + 490)
    story.say("25.00 EUR of goods, nothing is taken off")


def guest_refused(story: Story) -> None:
    """She tries as a guest, with another spelling of her e-mail address."""
    guest = story.newcomer()
    put(guest, "candle-beeswax", 2)
    type_code(guest, "von-meier")
    page = give_address(guest, story, email=story.email.replace("@", "+again@").title())
    expect("the refusal", REFUSAL in page.texts, True)
    expect("the total", page.amount("Total"), 2500 + 490)
    story.say("Jana.Probst+again is still Jana: nothing is taken off")


def one_tea_comes_back(story: Story) -> None:
    """One of the two teas comes back: its share of each commission is taken back.

    Half of the teas' 1.07 is 0.535 -> 0.54, of 0.53 is 0.265 -> 0.27, of 0.11 is 0.055 -> 0.06; so 1.57,
    0.79 and 0.16 stay. The buyer gets half of 11.40: 5.70.
    """
    office = story.people["Office"] = story.newcomer()
    sign_in(office, seeds.ADMIN)
    page = take_back(
        story, story.number, way="lines", **{"quantity-tea-evening": "1"}, reason="One bag was torn"
    )
    expect("the refund", -570 in amounts(page), True)
    expect_earned(story, 1)
    story.say("5.70 EUR go back to Jana; Meier -0.53, Schulz -0.26, Opa -0.05 EUR")


def all_comes_back(story: Story) -> None:
    """Everything else comes back: nobody has earned anything on this order."""
    page = take_back(story, story.number, way="all")
    expect("the refund", -(2860 - 570) in amounts(page), True)
    expect("what is earned", story.earned(), dict.fromkeys(story.held_before, 0))
    story.say("22.90 EUR go back to Jana; Meier, Schulz and Opa are at exactly 0.00 EUR again")


def something_to_look_at(story: Story) -> None:
    """Another new customer orders as a guest and keeps everything, so that there is something to look at."""
    guest = story.newcomer()
    put(guest, "balm-arnica", 1)
    put(guest, "tea-evening", 2)
    type_code(guest, CODE)
    page = give_address(guest, story, email=f"tom.ebert.{story.run}@example.org", name="Tom Ebert", house=2)
    check_sums(page)
    page = guest.send(page, "/checkout/place")
    page = guest.send(page, page.url.removeprefix(story.home), way="pay")
    expect("the order is paid", "paid" in page.texts, True)
    story.kept["tom"] = page.texts[page.texts.index("paid") - 1].removeprefix("Order ")
    expect_earned(story, 0)
    story.say("Tom Ebert paid 28.60 EUR; the three commissions stand again")


def expect_earned(story: Story, when: int) -> None:
    """Compare what was earned since the story began with the amounts worked out by hand."""
    for name, cents in story.earned().items():
        expect(f"commission of {name}", euro(cents), euro(COMMISSIONS[name][when]))


STEPS: tuple[Step, ...] = (
    partners_arrive,
    meier_makes_a_code,
    too_little,
    discount_in_the_cart,
    jana_signs_up,
    jana_orders,
    jana_pays,
    invoice_with_star,
    three_commissions,
    second_order_refused,
    guest_refused,
    one_tea_comes_back,
    all_comes_back,
    something_to_look_at,
)
