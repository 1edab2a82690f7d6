"""After the money has gone: a return, a dispute that is won, other terms, a consent taken back."""

from __future__ import annotations

from ..scene import Step, Story, ask, expect, give_address, put, take_back

TITLE = "What comes afterwards"
PLACE = {"level": "1", "kind": "percent", "percent": "12"}


def towel_comes_back(story: Story) -> None:
    """One of Ben's towels comes back after Nora was paid: her share is set off against what comes.

    Half of 3.70 is 1.85.
    """
    page = take_back(story, story.kept["order"], way="lines", **{"quantity-towel-linen": "1"})
    expect("the return is booked", "is booked" in page.text, True)
    expect("payable to Nora", story.at_desk("Nora", "Payable"), -185)
    expect("paid to Nora", story.at_desk("Nora", "Paid out"), 488 + 1250)
    story.say("Nora -1.85 EUR; what is paid stays paid, the next payout is smaller")


def dispute_is_won(story: Story) -> None:
    """The dispute about Tom's order is won: what was due meanwhile is payable at once."""
    office = story.people["Office"]
    before = story.at_desk("Meier", "Payable")
    page = ask(story, story.kept["tom"])
    page = office.open(page.link("It is won"))
    page = office.send(page, page.url, why="The bank followed our proof")
    expect("the dispute is decided", "The dispute is decided." in page.text, True)
    expect("on hold for Meier", story.on_hold("Meier"), 0)
    expect("more payable to Meier", story.at_desk("Meier", "Payable") - before, 210)
    story.say("Meier's 2.10 EUR are payable")


def dry_run(story: Story) -> None:
    """What would 12 % have made for Nora? The dry run reckons past months anew and changes nothing.

    Kept of Ben's order: 2.22 of 12 % of 36.97 = 4.44, and 12 % of 11.78 = 1.41; posted are 1.85 + 1.18.
    """
    office = story.people["Office"]
    page = office.open("/firstline/admin/terms/dry-run")
    page = office.send(page, "/terms/dry-run", **PLACE, partner_id=story.nora)
    row = [text for text in page.row_of("Nora Lind") if "€" in text][:3]
    expect("posted, would be, difference", row, ["€3.03", "€3.63", "+€0.60"])
    story.say("3.03 EUR posted and kept, 3.63 EUR would be: 0.60 EUR more")


def better_terms(story: Story) -> None:
    """Frieda gives Nora 12 % from now on, and Ben buys two jars of honey.

    19.60, VAT 1.28, net 18.32: Nora 12 % = 2.20, Meier 5 % = 0.92, Schulz 1 % = 0.18.
    """
    office, ben = story.people["Office"], story.people["Ben"]
    page = office.open("/firstline/admin/terms/new")
    page = office.send(page, "/terms/new", **PLACE, partner_id=story.nora)
    expect("the terms stand on the list", "12%" in page.text, True)
    before = {name: story.on_hold(name) for name in ("Nora", "Meier", "Schulz")}
    put(ben, "honey-linden", 2)
    page = give_address(ben, story, email=None, name="Ben Adler", house=3)
    page = ben.send(page, "/checkout/place")
    ben.send(page, page.url.removeprefix(story.home), way="pay")
    earned = {name: story.on_hold(name) - held for name, held in before.items()}
    expect("the commissions", earned, {"Nora": 220, "Meier": 92, "Schulz": 18})
    story.say("Nora 2.20 instead of 1.83 EUR; sales of before keep the terms of before")


def consent_is_taken_back(story: Story) -> None:
    """Ben takes his consent back on his account page, with one click."""
    ben, nora = story.people["Ben"], story.people["Nora"]
    expect("what Nora sees", story.ben in nora.open(story.kept["prospect"]).text, True)
    page = ben.open("/account/")
    expect("Ben reads how often she looked", "Looked at" in page.text, True)
    page = ben.send(page, "/firstline/consent", take_back="1")
    expect("it is taken back", "Taken back." in page.text, True)
    expect("what Nora sees", story.ben in nora.open(story.kept["prospect"]).text, False)
    story.say("Nora sees initials and address type again; her note is deleted")


STEPS: tuple[Step, ...] = (
    towel_comes_back,
    dispute_is_won,
    dry_run,
    better_terms,
    consent_is_taken_back,
)
