"""A partner's link: the click is counted, consent decides what is known, a prospect becomes a customer."""

from __future__ import annotations

from datetime import timedelta

from ..scene import DESK, Step, Story, ask, expect, give_address, put

TITLE = "A partner's link"
WISH = "Asks how the towels are washed"
FIRST = {"Nora": 488, "Meier": 244, "Schulz": 49}
"""Cents on Ben's order, which he pays whole."""


def nora_makes_a_link(story: Story) -> None:
    """Nora makes a link to the linen towel, for her newsletter."""
    nora = story.people["Nora"]
    page = nora.open(f"{DESK}links")
    page = nora.send(page, "/desk/links", other="/product/towel-linen", label="Newsletter")
    story.kept["link"] = next(text for text in page.texts if "/firstline/r/" in text)
    expect("clicks so far", page.row_of("Newsletter")[0], "0")
    story.say("the link stands at her desk, with a QR code and its figures")


def ben_comes(story: Story) -> None:
    """Ben, who lets the shop know him again, clicks it twice: that is one click."""
    ben = story.people["Ben"] = story.newcomer()
    ben.send(ben.open("/"), "/known-again/", answer="yes")
    for _ in range(2):
        page = ben.open(story.kept["link"])
        expect("the towel", "Linen towel" in page.texts, True)
    clicks, visitors = story.people["Nora"].open(f"{DESK}links").row_of("Newsletter")[:2]
    expect("clicks and visitors", (clicks, visitors), ("1", "1"))
    story.say("what repeats within half an hour is not counted, nor are robots; without his yes: no cookie")


def ben_signs_up(story: Story) -> None:
    """He signs up and lets his adviser see his e-mail address: a prospect in Nora's first line."""
    ben, nora = story.people["Ben"], story.people["Nora"]
    page = ben.open("/account/sign-up")
    filled = {"name": "Ben Adler", "email": story.ben, "password": story.password}
    page = ben.send(page, "/account/sign-up", **filled, firstline_consent="email")
    expect("Ben is welcome", "Welcome, Ben Adler." in page.texts, True)
    expect("who is his adviser", "Nora Lind sees your name and e-mail address." in page.text, True)
    page = nora.open(f"{DESK}prospects")
    expect("his address at Nora's desk", story.ben in page.texts, True)
    expect("joined by the link", nora.open(f"{DESK}links").row_of("Newsletter")[3], "1")
    story.say("he gave no code: the link decided")


def nora_follows_up(story: Story) -> None:
    """Nora notes what he asked, to be reminded tomorrow."""
    nora = story.people["Nora"]
    noted = {"state": "interested", "note": WISH, "remind_on": f"{story.today() + timedelta(days=1)}"}
    story.kept["prospect"] = nora.open(f"{DESK}prospects").link("Ben Adler")
    page = nora.open(story.kept["prospect"])
    page = nora.send(page, page.url, **noted)
    page = nora.open(f"{DESK}prospects")
    expect("the note", WISH in page.texts, True)
    expect("the status", "interested" in page.texts, True)
    story.say("only she reads the note; it is deleted when the consent ends")


def ben_orders(story: Story) -> None:
    """Ben buys two linen towels and three mint teas, and pays: three levels earn.

    Goods 44.00 + 12.60 = 56.60, shipping free. Net: 44.00 - 7.03 = 36.97, 12.60 - 0.82 = 11.78. Nora 10 %:
    3.70 + 1.18, Meier 5 %: 1.85 + 0.59, Schulz 1 %: 0.37 + 0.12.
    """
    ben = story.people["Ben"]
    before = {name: story.on_hold(name) for name in FIRST}
    put(ben, "towel-linen", 2)
    put(ben, "tea-mint", 3)
    page = give_address(ben, story, email=None, name="Ben Adler", house=3)
    expect("the total", page.amount("Total"), 5660)
    page = ben.send(page, "/checkout/place")
    page = ben.send(page, page.url.removeprefix(story.home), way="pay")
    story.kept["order"] = page.texts[page.texts.index("paid") - 1].removeprefix("Order ")
    earned = {name: story.on_hold(name) - held for name, held in before.items()}
    expect("the commissions", earned, FIRST)
    page = story.people["Nora"].open(f"{DESK}prospects")
    expect("Ben among the prospects", "Ben Adler" in page.texts, False)
    story.say("Nora 4.88, Meier 2.44, Schulz 0.49 EUR on hold; Ben is a customer now")


def why(story: Story) -> None:
    """Frieda asks why: the page names the link, the terms and the net of each line."""
    page = ask(story, story.kept["order"])
    expect("the link", "/product/towel-linen" in page.text or "link" in page.text, True)
    expect("the net of the towels", "€36.97" in page.texts, True)
    expect("the net of the teas", "€11.78" in page.texts, True)
    expect("all commissions", page.amount("Commission"), sum(FIRST.values()))
    story.say("4.88 + 2.44 + 0.49 = 7.81 EUR, and the books add up")


STEPS: tuple[Step, ...] = (
    nora_makes_a_link,
    ben_comes,
    ben_signs_up,
    nora_follows_up,
    ben_orders,
    why,
)
