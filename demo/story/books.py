"""The books: all of it computed anew and compared, each day under a seal."""

from __future__ import annotations

from datetime import timedelta

from ..scene import Step, Story, expect
from . import friends, postings

TITLE = "The books"


def books_agree(story: Story) -> None:
    """Frieda has the books checked: everything is computed anew, and nothing differs."""
    office = story.people["Office"]
    page = office.open("/firstline/admin/books")
    office.send(page, "/books/check")
    story.flask("work", "--once")
    page = office.open("/firstline/admin/books")
    expect("the books agree", "The books agree" in page.texts, True)
    expect("the difference", page.after("Difference"), "CHF 0.00, €0.00")
    story.say(f"{page.after('Compared')} amounts, counters and paths compared")


def days_are_sealed(story: Story) -> None:
    """The day of the sales is sealed: a posting that somebody changes in the database is found."""
    page = story.people["Office"].open("/firstline/admin/seals")
    day = story.today() - timedelta(days=postings.DAYS + friends.DAYS)
    shown = f"{day:%b} {day.day}, {day.year}"
    expect(f"the seal of {shown}", shown in page.text, True)
    story.say("each seal holds the one before, a chain of SHA-256 digests")


STEPS: tuple[Step, ...] = (books_agree, days_are_sealed)
