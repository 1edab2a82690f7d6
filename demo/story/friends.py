"""Customers bring friends: an order yields a code, a friend buys with it, the kickback comes and goes."""

from __future__ import annotations

from ..browser import Page
from ..scene import Step, Story, expect, give_address, put, take_back, type_code

TITLE = "Customers bring friends"
NAME = "Bring a friend"
OFFER = "€5.00 for your friends, €5.00 for you"
OWN_CODE = "This is your own code. It is meant for others."
DAYS = 14
"""How many days a friend may return."""


def campaign_is_made(story: Story) -> None:
    """Frieda makes a campaign: a friend saves 5.00 EUR, who brought the friend gets 5.00 EUR later."""
    office = story.people["Office"]
    page = office.open("/firstline/admin/campaigns")
    if NAME not in page.texts:
        filled = {"name": NAME, "discount_amount": "5.00", "min_order": "20.00", "kickback_amount": "5.00"}
        page = office.open("/firstline/admin/campaigns/new")
        page = office.send(page, "/campaigns/new", **filled, hold_days=str(DAYS), remind_after_days="3")
    expect("the campaign", NAME in page.text, True)
    story.say(f"from now on each order yields a code; friends may return for {DAYS} days")


def vera_has_a_code(story: Story) -> None:
    """Vera buys two candles as a guest; the shop's mail about the order brings her a code for friends."""
    vera = story.people["Vera"] = story.newcomer()
    put(vera, "candle-beeswax", 2)
    page = give_address(vera, story, email=story.vera, name="Vera Blau", house=6)
    page = vera.send(page, "/checkout/place")
    vera.send(page, page.url.removeprefix(story.home), way="pay")
    story.kept["share"] = story.mailed_link(story.vera, "/firstline/share/")
    page = shared(story)
    expect("the offer", OFFER in page.texts, True)
    story.kept["friend_code"] = page.after("Your code")
    story.kept["friend_link"] = next(text for text in page.texts if "/firstline/s/" in text)
    story.say(
        f"{story.kept['friend_code']}: on a page with a QR code and ways to pass it on, without a log-in"
    )


def shared(story: Story) -> Page:
    """Open Vera's page of codes and rewards, as her mail does."""
    return story.people["Vera"].open(story.kept["share"])


def own_code_refused(story: Story) -> None:
    """Vera tries her own code, with another spelling of her address: it is meant for others."""
    vera = story.newcomer()
    put(vera, "candle-beeswax", 2)
    type_code(vera, story.kept["friend_code"])
    page = give_address(vera, story, email=story.vera.replace("@", "+me@").title(), name="V. Blau", house=60)
    expect("the refusal", OWN_CODE in page.texts, True)
    expect("the total", page.amount("Total"), 2500 + 490)
    story.say("nothing is taken off")


def otto_buys(story: Story) -> None:
    """Otto comes by Vera's link and has the code in his cart; when he has paid, her kickback is pending.

    29.80 - 5.00 + 4.90 shipping = 29.70.
    """
    otto = story.newcomer()
    otto.open(story.kept["friend_link"])
    put(otto, "balm-arnica", 2)
    page = otto.open("/cart/")
    expect("the coupon", page.amount(f"Coupon {story.kept['friend_code']}", skip=1), -500)
    page = give_address(otto, story, email=f"otto.kern.{story.run}@example.org", name="Otto Kern", house=7)
    expect("the total", page.amount("Total"), 2980 - 500 + 490)
    page = otto.send(page, "/checkout/place")
    page = otto.send(page, page.url.removeprefix(story.home), way="pay")
    story.kept["otto"] = page.texts[page.texts.index("paid") - 1].removeprefix("Order ")
    story.flask("work", "--once")
    page = shared(story)
    expect("redeemed", page.after("Redeemed"), "1")
    expect("what Vera reads", "unless the order behind it is returned" in page.text, True)
    expect("the conversion", conversion(story)[5:7], ["€5.00", "waiting"])
    story.say("5.00 EUR off for Otto; Vera sees that a friend has ordered, not who")


def conversion(story: Story) -> list[str]:
    """Read the row of Otto's order among the conversions."""
    return story.people["Office"].open("/firstline/admin/conversions").row_of(story.kept["otto"])


def kickback_comes(story: Story) -> None:
    """14 days go by, Otto can return no more: a mail brings Vera a code over 5.00 EUR for her next order."""
    office = story.people["Office"]
    office.send(office.open("/office/calendar"), "/office/calendar", days=str(DAYS))
    story.flask("work", "--once")
    page = shared(story)
    expect("what Vera reads", "For your next order" in page.text, True)
    code = page.texts[page.texts.index("For your next order") - 2]
    mail = story.mail_to(story.vera, code)
    expect("the code in her mail", code in mail.text, True)
    vera = story.people["Vera"]
    put(vera, "towel-linen", 1)
    give_address(vera, story, email=story.vera, name="Vera Blau", house=6)
    expect("her cart", type_code(vera, code).amount("Total"), 2200 - 500 + 490)
    expect("the conversion", conversion(story)[5:7], ["€5.00", "free to use"])
    story.kept["kickback"] = code
    story.say(f"{code} is for Vera alone, once; in her cart it takes 5.00 EUR off a towel")


def kickback_goes(story: Story) -> None:
    """Otto's balms come back nevertheless, before Vera has ordered: her kickback is withdrawn."""
    page = take_back(story, story.kept["otto"], way="all", reason="Did not help")
    expect("the return is booked", "is booked" in page.text, True)
    story.flask("work", "--once")
    expect("what Vera reads", "Taken back: the order behind it was returned" in shared(story).text, True)
    page = story.people["Vera"].open("/cart/")
    expect("her cart", page.amount("Total"), 2200 + 490)
    expect("the conversion", "taken back" in conversion(story), True)
    story.say("Otto is never asked for anything; had Vera used it, her next kickback would make up for it")


STEPS: tuple[Step, ...] = (
    campaign_is_made,
    vera_has_a_code,
    own_code_refused,
    otto_buys,
    kickback_comes,
    kickback_goes,
)
