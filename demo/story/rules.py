"""Programs and rules: a recipe is tried and switched on, an event comes from elsewhere, effects follow."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

from .. import seeds
from ..scene import Step, Story, expect, give_address, put, type_code
from .code import CODE

TITLE = "Programs and rules"
PROGRAM = "Partners and workshops"
RECIPE = "Congratulations and thanks on an affiliate sale"
TASK, WAY = "Thank the partner in person", "Send Ruth Lamm the way to the barn"
FILE = Path(__file__).with_name("rules.toml")
ENDPOINT = "Accounts office"
RULE = "A workshop is booked"


def recipe_is_tried(story: Story) -> None:
    """Frieda makes a program and tries a recipe against the sales so far: nothing is done by it."""
    office = story.people["Office"]
    page = office.open("/firstline/admin/programs")
    if PROGRAM not in page.texts:
        page = office.send(office.open("/firstline/admin/programs/new"), "/programs/new", name=PROGRAM)
    page = office.open(page.link(PROGRAM))
    story.kept["program"] = page.url.removesuffix("/edit").rpartition("/")[2]
    before = tasks(story, TASK)
    page = office.open(f"/firstline/admin/rules/new?recipe=affiliate_sale&program={story.kept['program']}")
    page = office.send(page, "/rules/new", do="try")
    met = next(text for text in page.texts if text.startswith("met "))
    expect("whether there were sales", "of 0 times" in met, False)
    expect("tasks", tasks(story, TASK), before)
    story.say(f"{met}, says the dry run, and of each event why; nothing was sent")


def tasks(story: Story, title: str) -> int:
    """Count how often something is to be done."""
    page = story.people["Office"].open(f"/firstline/admin/tasks?{urlencode({'q': title})}")
    said = (re.fullmatch("([0-9]+) entr(?:y|ies)", text) for text in page.texts)
    return next((int(found[1]) for found in said if found), 0)


def recipe_is_switched_on(story: Story) -> None:
    """She saves it as the rule that the program is for, and switches the program on."""
    office = story.people["Office"]
    page = office.open(f"/firstline/admin/rules?program={story.kept['program']}")
    if RECIPE not in page.texts:
        page = office.open(
            f"/firstline/admin/rules/new?recipe=affiliate_sale&program={story.kept['program']}"
        )
        page = office.send(page, "/rules/new", do="save", conversion="y")
        expect("it is saved", "The rule is saved." in page.text, True)
    page = office.open(f"/firstline/admin/programs/{story.kept['program']}/edit")
    page = office.send(page, "/edit", active="y")
    expect("the program is saved", "The program is saved." in page.text, True)
    story.say("mails to partner and customer, a tag, a note, a task")


def rule_from_a_file(story: Story) -> None:
    """Rules stand in a file too: one for bookings of workshops, which calls the shop's bookkeeping."""
    office = story.people["Office"]
    page = office.open("/firstline/admin/webhooks")
    address = f"{story.home}/test-receiver/calls"
    if ENDPOINT in page.texts:
        page = office.open(page.link(ENDPOINT))
        office.send(page, "/edit", url=address)
        # The secret before would hold for some days more.
        office.send(office.open("/test-receiver/"), "/test-receiver/secret", secret="")
        page = office.open(page.link("Another secret"))
        page = office.send(page, "/secret")
    else:
        page = office.open("/firstline/admin/webhooks/new")
        page = office.send(page, "/webhooks/new", name=ENDPOINT, url=address)
    story.kept["secret"] = next(text for text in page.texts if text.startswith("whsec_"))
    story.flask("rule", "add", str(FILE))
    expect("the rule", RULE in office.open("/firstline/admin/rules").texts, True)
    story.say("from 5 seats on: a mail, a tag, a task, a signed call; the secret is shown once")


def ruth_buys(story: Story) -> None:
    """Ruth buys with Meier's code, and all five effects are there, once.

    25.00 - 5.00 = 20.00, VAT 3.19, net 16.81, 10 % = 1.68.
    """
    ruth, office = story.people.setdefault("Ruth", story.newcomer()), story.people["Office"]
    before = tasks(story, TASK)
    page = ruth.open("/account/sign-up")
    filled = {"name": "Ruth Lamm", "email": story.ruth, "password": story.password, "code": CODE}
    ruth.send(page, "/account/sign-up", **filled)
    put(ruth, "candle-beeswax", 2)
    type_code(ruth, CODE)
    page = give_address(ruth, story, email=None, name="Ruth Lamm", house=8)
    page = ruth.send(page, "/checkout/place")
    ruth.send(page, page.url.removeprefix(story.home), way="pay")
    for _round in range(2):
        story.flask("work", "--once")
    mail = story.mail_to(seeds.MEIER.email, "A sale through you")
    expect("the mail to Meier", "you earn 1.68 EUR" in mail.text, True)
    expect(
        "the mail to Ruth",
        "Thank you for your purchase." in story.mail_to(story.ruth, "Thank you").text,
        True,
    )
    story.kept["ruth"] = office.open(f"/firstline/admin/contacts?q={story.ruth}").link("Ruth Lamm")
    expect("the tag", "came by a partner" in office.open(story.kept["ruth"]).text, True)
    expect("tasks", tasks(story, TASK) - before, 1)
    page = office.open(office.open("/firstline/admin/contacts?q=meier%40example.org").link(seeds.MEIER.name))
    expect("the note", "Earned 1.68." in page.text, True)
    story.say("the worker did it in one transaction with the event: once, whatever dies or repeats")


def event_from_elsewhere(story: Story) -> None:
    """The booking program tells by the API of two bookings of Ruth's, of one of them twice."""
    office = story.people["Office"]
    key = story.flask("api", "key", "add", f"bookings {story.run}", "--scope", "events:write")["key"]
    number = office.open(story.kept["ruth"]).after("Customer number")
    before = tasks(story, WAY)
    for seats in (2, 8, 8):
        booked(story, number, seats, key=key)
    story.work_in_vain()
    expect("the tag", "workshops" in office.open(story.kept["ruth"]).text, True)
    expect("tasks", tasks(story, WAY) - before, 1)
    expect("the mail", "old clothes" in story.mail_to(story.ruth, "Your workshop with 8 seats").text, True)
    story.say("2 seats are too few; an event that comes twice counts once")


def booked(story: Story, customer: str, seats: int, *, key: str) -> None:
    """Tell the partner program of a booking, as the booking program does."""
    told = {"name": "workshop_booked", "customer": customer, "ref": f"{story.run}-{seats}"}
    path = "/firstline/api/v1/events"
    answer = story.newcomer().call(path, {**told, "data": {"seats": seats}}, key=key)
    expect("the event is taken", answer.status, 201)


def runs_say_why(story: Story) -> None:
    """The log of runs says of the booking with two seats why nothing was done."""
    office = story.people["Office"]
    page = office.open("/firstline/admin/rule_runs?state=not_met")
    page = office.open(next(link for link, _words in page.links if "/rule_runs/" in link))
    expect("why", "found: 2" in page.text, True)
    expect("what was done", "Nothing: the conditions were not met." in page.text, True)
    story.say("seats: at least 5, found: 2")


STEPS: tuple[Step, ...] = (
    recipe_is_tried,
    recipe_is_switched_on,
    rule_from_a_file,
    ruth_buys,
    event_from_elsewhere,
    runs_say_why,
)
