"""The story of the partner program, played as people play it: pages, forms, cookies, mails, commands.

Each chapter has one idea. Every amount is worked out by hand in the comments and compared with what the pages
show.
"""

from __future__ import annotations

from typing import TextIO

from flask import Flask

from ..browser import NotThere
from ..scene import Story, StoryBroken
from . import books, code, friends, link, messages, partner, payout, postings, rules, settled, together

CHAPTERS = (code, partner, link, postings, payout, settled, together, friends, rules, messages, books)
DAYS = postings.DAYS + friends.DAYS
"""How many days go by in the story."""


def play(app: Flask, home: str, out: TextIO) -> Story:
    """Play the whole story; raises StoryBroken with the step that is not as it should be."""
    story, number = Story(app=app, home=home, out=out), 0
    for chapter in CHAPTERS:
        print(f"\n{chapter.TITLE}", file=out, flush=True)
        for step in chapter.STEPS:
            number += 1
            sentence = (step.__doc__ or "").partition("\n")[0]
            print(f"{number:2} {sentence}", file=out, flush=True)
            try:
                step(story)
            except (NotThere, OSError) as error:
                raise StoryBroken(f"Step {number}, “{sentence}”: {error}") from error
    return story
