"""Messages: what could not leave, mails in the shop's own words, and a reader who wants no more of them."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..scene import Step, Story, expect, give_address, put
from .rules import ENDPOINT

TITLE = "Messages"
MAIL, TITLE_OF_MAIL = "workshop", "Before a workshop"


def call_was_refused(story: Story) -> None:
    """The bookkeeping, which the rule calls, refuses: it does not know the secret; the outbox says so."""
    page = story.people["Office"].open("/firstline/admin/outbox")
    expect("what went wrong", "It answered 401." in page.text, True)
    story.say("it is tried again by itself, a little later each time")


def call_is_taken(story: Story) -> None:
    """Frieda gives it the secret and lets the call be tried again: it is signed, and taken once."""
    office = story.people["Office"]
    page = office.open("/test-receiver/")
    office.send(page, "/test-receiver/secret", secret=story.kept["secret"])
    page = office.open("/firstline/admin/outbox")
    page = office.open(page.link("Call of a webhook"))
    office.send(page, "/again")
    story.flask("work", "--once")
    expect("what waits", "It answered 401." in office.open("/firstline/admin/outbox").text, False)
    page = office.open("/test-receiver/")
    expect("what the bookkeeping has taken", '"seats": 8' in page.text, True)
    page = office.open("/firstline/admin/webhook_deliveries")
    expect("the call in the log", page.row_of(ENDPOINT)[0], "2")
    story.say("two tries under one id, both in the log")


def own_mail(story: Story) -> None:
    """Frieda writes a mail in the shop's own words; what nothing fills in is refused with its place."""
    office = story.people["Office"]
    known = TITLE_OF_MAIL in office.open("/firstline/admin/mail_templates").texts
    way = f"/mail_templates/{MAIL}/edit" if known else "/mail_templates/new"
    page = office.open(f"/firstline/admin{way}")
    filled = {} if known else {"name": MAIL, "title": TITLE_OF_MAIL}
    said = {**filled, "subject_en": "See you at the barn", "text_en": "Bring old clothes, {colour} ones."}
    refused = office.send(page, way, **said)
    expect("the place of the mistake", "in line 1, sign 20" in refused.text, True)
    page = office.send(page, way, **{**said, "text_en": "Bring old clothes, and {friend}."})
    expect("it is saved", "The mail is saved." in page.text, True)
    story.say("{colour} is no word of the mail, {friend} is; no template engine reads what is filled in")


def ruth_wants_no_more(story: Story) -> None:
    """Ruth's mail program ends such mails by one click, as the mail offers it; her next order brings none."""
    ruth = story.people["Ruth"]
    mail = story.mail_to(story.ruth, "Thank you for your purchase.")
    click = next(form for form in mail.forms if "List-Unsubscribe" in form.values)
    # A rule may keep the address at which the shop was when it was saved.
    click.action = urlsplit(click.action).path
    answer = story.newcomer().send(mail, click.action)
    expect("the answer", answer.status, 200)
    before = thanks(story)
    put(ruth, "candle-beeswax", 2)
    page = give_address(ruth, story, email=None, name="Ruth Lamm", house=8)
    page = ruth.send(page, "/checkout/place")
    ruth.send(page, page.url.removeprefix(story.home), way="pay")
    for _round in range(2):
        story.flask("work", "--once")
    expect("mails of thanks", (before, thanks(story)), (1, 1))
    story.say("mails about orders, log-ins and money come as before")


def thanks(story: Story) -> int:
    """Count the mails that thank Ruth."""
    texts = story.newcomer().open("/test-outbox/").texts
    return sum(text == "Thank you" and story.ruth in to for text, to in zip(texts, texts[1:], strict=False))


STEPS: tuple[Step, ...] = (call_was_refused, call_is_taken, own_mail, ruth_wants_no_more)
