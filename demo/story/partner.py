"""Becoming a partner: applied for on the public page, confirmed by mail, approved, paid by bank."""

from __future__ import annotations

from ..scene import DESK, Step, Story, expect, sign_in_by_mail

TITLE = "Becoming a partner"
IBAN = "DE89 3704 0044 0532 0130 00"


def nora_applies(story: Story) -> None:
    """Nora, who has no account in the shop, applies on the public page with Meier's code."""
    nora = story.people["Nora"] = story.newcomer()
    page = nora.open("/firstline/partners/join")
    filled = {
        "name": "Nora Lind",
        "email": story.nora,
        "company": "Yoga am Fluss",
        "code": "vonmeier",
        "terms": "y",
    }
    page = nora.send(page, "/partners/join", **filled)
    expect("she is told to look into her mail", "Please look into your mail" in page.texts, True)
    page = nora.open(story.mailed_link(story.nora, "/firstline/partners/join/"))
    page = nora.send(page, page.url)
    expect("the application is here", "Your application is here" in page.texts, True)
    story.say("the link in the mail proves her address; the shop decides")


def frieda_approves(story: Story) -> None:
    """Frieda, the shop's admin, approves: Nora is a partner below Meier."""
    office = story.people["Office"]
    page = office.open("/firstline/admin/applications")
    page = office.open(page.link("Nora Lind"))
    expect("who invited her", "Hans Meier" in page.texts, True)
    page = office.send(page, page.url, approve="1")
    expect("Nora is a partner", "Nora Lind is a partner now" in page.text, True)
    story.mailed_link(story.nora, "/firstline/partners/password/")
    story.say("a mail tells her the way to her desk")


def nora_signs_in(story: Story) -> None:
    """She signs in by a link in a mail, which works once."""
    door = sign_in_by_mail(story, "Nora", story.nora)
    again = story.newcomer().open(door)
    expect("the link works once", "This link does not hold any more" in again.texts, True)
    story.say("no password, no account in the shop")


def nora_says_how_she_is_paid(story: Story) -> None:
    """She enters her bank account and her tax data, and agrees that the shop writes her invoices."""
    nora = story.people["Nora"]
    page = nora.open(f"{DESK}payouts/details")
    page = nora.send(
        page, "/payouts/details", method="sepa", holder="Nora Lind", iban=IBAN.replace("89", "88", 1)
    )
    expect("a wrong check digit is found", "IBAN" in page.text and page.status == 422, True)
    page = nora.send(page, "/payouts/details", method="sepa", holder="Nora Lind", iban=IBAN)
    expect("her account is kept", "3000" in page.text, True)
    address = {"street": "Uferweg 7", "postcode": "89073", "town": "Ulm", "country": "DE"}
    page = nora.open(f"{DESK}tax")
    filled = {"name": "Nora Lind", "tax_number": "88/123/45678", "status": "regular", "agrees": "y"}
    page = nora.send(page, "/desk/tax", **filled, **address)
    expect("her tax data is saved", "Your tax data is saved." in page.text, True)
    story.say("an IBAN with a wrong check digit was refused; of the right one four digits are shown")


STEPS: tuple[Step, ...] = (
    nora_applies,
    frieda_approves,
    nora_signs_in,
    nora_says_how_she_is_paid,
)
