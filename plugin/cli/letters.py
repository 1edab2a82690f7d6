"""The letters that the program writes by itself, in the shop's words."""

from __future__ import annotations

from typing import IO

import click

from .. import i18n
from ..domain.letters import PLANS
from ..letters import own
from ..services import letter_frame, own_letters
from ..services.context import Context
from ..services.mistakes import Mistake
from ..state import current_state
from .group import Answer, Commands, answering, firstline, in_context, table, who

letter = Commands("letter", help="Mails that the program writes by itself, in your words.")
firstline.add_command(letter)
_LANGUAGE = click.option("--language", required=True, help="One of FIRSTLINE_LOCALES.")


@letter.command("list")
@answering
def list_() -> Answer:
    """List all letters, and in which languages they say what you say."""
    found = in_context(lambda ctx: own_letters.all_texts(ctx.conn))
    data = [{"name": one.value, "yours": list(texts)} for one, texts in found.items()]
    rows = [(one.value, ", ".join(texts)) for one, texts in found.items()]
    return Answer(text=table(("name", "yours in"), rows, empty=""), data=data)


@letter.command("show")
@click.argument("name")
@_LANGUAGE
@answering
def show(name: str, language: str) -> Answer:
    """Show what the letter NAME says in a language, and the places that it knows."""
    one, tongue = own_letters.find(name), _tongue(language)
    kept = in_context(lambda ctx: own_letters.texts(ctx.conn, one)).get(tongue)
    with i18n.speaking(tongue):
        subject, text = own.our_text(one) if kept is None else (kept.subject, kept.text)
    plan = PLANS[one]
    data = {
        "name": one.value, "language": tongue, "yours": kept is not None, "subject": subject, "text": text,
        "places": list(plan.in_text), "needed": sorted(plan.needed),
    }  # fmt: skip
    whose = "yours" if kept is not None else "standard"
    known = " ".join(f"{{{word}}}" for word in plan.in_text)
    return Answer(text=f"{subject}\n\n{text}\n\n({whose}; places: {known})", data=data)


@letter.command("set")
@click.argument("name")
@_LANGUAGE
@click.option("--subject", required=True)
@click.option(
    "--text",
    "file",
    type=click.File(encoding="utf-8"),
    required=True,
    help="A file; - reads what is piped in.",
)
@answering
def set_(name: str, language: str, subject: str, file: IO[str]) -> Answer:
    """Let the letter NAME say this in a language from now on."""
    one, tongue, text = own_letters.find(name), _tongue(language), file.read()
    changed = in_context(lambda ctx: own_letters.save(ctx, one, tongue, subject, text, who=who()))
    said = f"{one} says this in {tongue} from now on." if changed else "It says so already."
    return Answer(text=said, data={"changed": changed})


@letter.command("reset")
@click.argument("name")
@_LANGUAGE
@answering
def reset(name: str, language: str) -> Answer:
    """Let the letter NAME have the standard text in a language again."""
    one, tongue = own_letters.find(name), _tongue(language)
    changed = in_context(lambda ctx: own_letters.reset(ctx, one, tongue, who=who()))
    said = f"{one} has the standard text in {tongue}." if changed else "It has the standard text already."
    return Answer(text=said, data={"changed": changed})


@letter.command("frame")
@_LANGUAGE
@click.option("--greeting", help="Such as 'Dear {name}'; '' for the usual one.")
@click.option("--closing", type=click.File(encoding="utf-8"), help="A file; - reads what is piped in.")
@answering
def frame(language: str, greeting: str | None, closing: IO[str] | None) -> Answer:
    """Show or set how all mails to customers and partners greet and what stands at their end."""
    tongue = _tongue(language)
    read = None if closing is None else closing.read()

    def work(ctx: Context) -> dict[str, str]:
        kept = letter_frame.frames(ctx.conn).get(tongue)
        said = {"greeting": kept.subject, "closing": kept.text} if kept else {"greeting": "", "closing": ""}
        if greeting is None and read is None:
            return said
        wanted = {
            "greeting": said["greeting"] if greeting is None else greeting,
            "closing": said["closing"] if read is None else read,
        }
        letter_frame.save(ctx, tongue, **wanted, who=who())
        return wanted

    data = in_context(work)
    text = "\n\n".join(part.strip() for part in data.values() if part.strip())
    return Answer(text=text or "As usual: no words of yours.", data={"language": tongue, **data})


def _tongue(language: str) -> str:
    """Give the name under which texts of a language are kept; Mistake where it is not on offer."""
    offered = {}
    for tag in current_state().settings.locales:
        with i18n.speaking(tag):
            offered[tag] = own.tongue()
    if language in offered.values():
        return language
    if language not in offered:
        raise Mistake(f"{language!r} is none of FIRSTLINE_LOCALES: {', '.join(offered)}.")
    return offered[language]
