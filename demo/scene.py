"""Who takes part in the story, and what they do again and again."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TextIO

from flask import Flask

from . import seeds
from .browser import NotThere, Page, Visitor, read_cents
from .clock import now
from .seeds import Person

DESK = "/firstline/desk/"


class StoryBroken(Exception):
    """A step is not as it should be."""


def expect(what: str, seen: object, wanted: object) -> None:
    """Compare what a page shows with what it should show."""
    if seen != wanted:
        raise NotThere(f"{what}: expected {wanted!r}, the shop shows {seen!r}")


def euro(cents: int) -> str:
    """Write cents as the story tells them."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02} EUR"


@dataclass(kw_only=True)
class Story:
    """Who takes part and what is known so far."""

    app: Flask
    home: str
    out: TextIO
    run: int = field(default_factory=lambda: secrets.randbelow(9 * 10**8) + 10**8)
    people: dict[str, Visitor] = field(default_factory=dict)
    held_before: dict[str, int] = field(default_factory=dict)
    payment: str = ""
    order: str = ""
    number: str = ""
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """A new address in each run, so that the story can be played again and again."""
        return f"jana.probst.{self.run}@example.org"

    @property
    def nora(self) -> str:
        """Nora's address, who becomes a partner."""
        return f"nora.lind.{self.run}@example.org"

    @property
    def ben(self) -> str:
        """Ben's address, who comes by Nora's link."""
        return f"ben.adler.{self.run}@example.org"

    @property
    def celine(self) -> str:
        """Céline's address, who is paid in francs."""
        return f"celine.favre.{self.run}@example.org"

    @property
    def celines_code(self) -> str:
        """Céline's code."""
        return f"celine{self.run}"

    @property
    def fair_code(self) -> str:
        """The code of the fair, which two partners share."""
        return f"fair{self.run}"

    @property
    def vera(self) -> str:
        """Vera's address, who brings a friend."""
        return f"vera.blau.{self.run}@example.org"

    @property
    def ruth(self) -> str:
        """Ruth's address, whom rules thank."""
        return f"ruth.lamm.{self.run}@example.org"

    @property
    def password(self) -> str:
        """The password of the buyers."""
        return f"jana-{self.run}"

    def say(self, text: str) -> None:
        """Tell the listener."""
        print(f"   {text}", file=self.out, flush=True)

    def today(self) -> date:
        """Give the day that the shop's calendar shows."""
        with self.app.app_context():
            return now().date()

    def newcomer(self) -> Visitor:
        """Let somebody new open a browser."""
        return Visitor(self.home)

    def flask(self, *words: str) -> Any:  # noqa: ANN401 - what the command answers
        """Run `flask firstline ...` as it is typed, and read its answer."""
        done = self.app.test_cli_runner().invoke(args=["firstline", *words, "--json"])
        if done.exit_code:
            raise NotThere(f"flask firstline {' '.join(words)}: {done.output.strip()}")
        return json.loads(done.stdout)

    def work_in_vain(self) -> None:
        """Let the worker do a round in which one thing fails, as it should; it need not be logged."""
        log = logging.getLogger("flask_firstline")
        log.disabled = True
        try:
            done = self.app.test_cli_runner().invoke(args=["firstline", "work", "--once", "--json"])
        finally:
            log.disabled = False
        expect("what failed", json.loads(done.stdout)["failed"], 1)

    def mailed_link(self, email: str, path: str) -> str:
        """Let the worker send what waits, and find the newest link to a page in the mails to somebody."""
        self.flask("work", "--once")
        reader = self.newcomer()
        for address, _words in reader.open("/test-outbox/").links:
            mail = reader.open(address) if address.startswith("/test-outbox/") else None
            if mail is not None and f"<{email}>" in mail.text:
                for link, _words in mail.links:
                    if link.startswith(self.home + path):
                        return link
        raise NotThere(f"no mail to {email} in the outbox leads to {path}")

    def mail_to(self, email: str, words: str) -> Page:
        """Find the newest mail to somebody that says these words."""
        reader = self.newcomer()
        for address, _words in reader.open("/test-outbox/").links:
            mail = reader.open(address) if address.startswith("/test-outbox/") else None
            if mail is not None and f"{email}>" in mail.text + ">" and words in mail.text:
                return mail
        raise NotThere(f"no mail to {email} in the outbox says “{words}”")

    def on_hold(self, name: str) -> int:
        """Read from a partner's desk what is on hold, in cents."""
        return self.at_desk(name, "On hold")

    def at_desk(self, name: str, figure: str) -> int:
        """Read a figure of a partner's desk, in cents; what is not shown yet is 0."""
        page = self.people[name].open(DESK)
        return page.amount(figure) if figure in page.texts else 0

    def earned(self) -> dict[str, int]:
        """Read what each partner has earned since the story began, in cents."""
        return {name: self.on_hold(name) - before for name, before in self.held_before.items()}


Step = Callable[[Story], None]


def sign_in(visitor: Visitor, person: Person) -> None:
    """Sign in with the password of the seeds."""
    page = visitor.open("/account/sign-in")
    page = visitor.send(page, "/account/sign-in", email=person.email, password=seeds.PASSWORD)
    expect(f"{person.name} is signed in", f"Hello, {person.name}" in page.texts, True)


def sign_in_by_mail(story: Story, name: str, email: str) -> str:
    """Ask for a link at the partners' door and follow it; give the link."""
    partner = story.people[name]
    page = partner.open("/firstline/partners/sign-in")
    partner.send(page, "/partners/sign-in", button="/sign-in/link", email=email)
    door = story.mailed_link(email, "/firstline/partners/sign-in/by/")
    page = partner.open(door)
    page = partner.send(page, page.url)
    expect(f"{name} is at her desk", any(text.startswith(f"Hello, {name}") for text in page.texts), True)
    return door


def put(visitor: Visitor, sku: str, pieces: int) -> None:
    """Put a product into the cart from its page."""
    page = visitor.send(visitor.open(f"/product/{sku}"), "/cart/add", quantity=str(pieces))
    expect("the cart opens", "Your articles" in page.texts, True)


def type_code(visitor: Visitor, code: str) -> Page:
    """Type a code into the coupon field of the cart."""
    return visitor.send(visitor.open("/cart/"), "/firstline/coupon", code=code)


def give_address(
    visitor: Visitor, story: Story, *, email: str | None, name: str = "Jana Probst", house: int = 1
) -> Page:
    """Fill in the address and go on to the review."""
    filled = {"name": name, "street": f"Lindenweg {story.run}{house}", "postcode": "89073", "town": "Ulm"}
    if email:
        filled["email"] = email
    page = visitor.send(visitor.open("/checkout/"), "/checkout/", **filled)
    expect("the review opens", "Please look it over" in page.texts, True)
    return page


def take_back(story: Story, order: str, **filled: str) -> Page:
    """Book a return in the office of the shop."""
    office = story.people["Office"]
    page = office.open(f"/office/order/{order}")
    return office.send(page, "/return", **filled)


def amounts(page: Page) -> list[int]:
    """Read all amounts of a page, in cents."""
    return [read_cents(text) for text in page.texts if "€" in text]


def first_line(story: Story) -> dict[str, int]:
    """Read from Meier's desk how many people of which address type are in his first line."""
    page = story.people["Meier"].open(f"{DESK}firstline")
    if "All" not in page.texts:
        return {"All": 0, "Prospects": 0, "Customers": 0}
    shown = page.texts[page.texts.index("All") :]
    return {kind: int(shown[shown.index(kind) + 1]) for kind in ("All", "Prospects", "Customers")}


def ask(story: Story, order: str) -> Page:
    """Ask why an order earned what it earned."""
    return story.people["Office"].open(f"/firstline/admin/why?q={order}")
