"""Printed cards: `code cards` writes sheets of A4 with QR codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Connection

from .. import i18n
from ..cards import INSTALL, can_print
from ..cards.layouts import LAYOUTS
from ..cards.printing import MOST_CARDS, parts
from ..cards.wording import CardText, card_text
from ..services.cards import CardFacts, card_facts, count, named_selection
from ..services.mistakes import Mistake
from ..state import State, current_state
from .codes import code
from .group import ID, Answer, answering, in_unit


@code.command("cards")
@click.option("--coupon", required=True, help="The name of the coupon.")
@click.option("--batch", type=ID, help="Only the codes of this batch.")
@click.option("--code", "only", multiple=True, help="Only this code; may be repeated.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, writable=True, path_type=Path), help="A PDF file."
)
@click.option("--layout", type=click.Choice(list(LAYOUTS)), default="business", show_default=True)
@click.option("--lang", help="The language of the cards; by default the shop's first.")
@click.option("--copies", type=click.IntRange(1, MOST_CARDS), default=1, help="Cards of each code.")
@click.option("--name", default="", help="What stands on top of each card; by default the shop's host.")
@click.option("--address", default="", help="Where the shop is, for example https://shop.example.")
@click.option("--part", type=click.IntRange(min=1), help=f"More than {MOST_CARDS} cards come in parts.")
@answering
def cards(
    coupon: str,
    batch: int | None,
    only: tuple[str, ...],
    out: Path,
    layout: str,
    lang: str | None,
    copies: int,
    name: str,
    address: str,
    part: int | None,
) -> Answer:
    """Write cards with QR codes as PDF, ready to be printed and cut.

    Codes that are switched off, over or used up are left out.
    """
    if not can_print():
        raise Mistake(f"Cards need reportlab and fonts: {INSTALL}")
    state = current_state()
    shop, language = _address(state, address), _language(state, lang)
    facts, left_out = in_unit(
        lambda state, conn: _chosen(state, conn, coupon, batch, only, MOST_CARDS // copies, part)
    )
    with i18n.speaking(language):
        prefix, shown = state.settings.url_prefix, name or shop.partition("://")[2].partition("/")[0]
        texts = [card_text(item, name=shown, address=shop, prefix=prefix) for item in facts]
    sheets = _written(out, texts, layout, copies, coupon, language)
    data = {
        "file": str(out), "codes": len(facts), "cards": len(facts) * copies, "sheets": sheets,
        "left_out": left_out,
    }  # fmt: skip
    said = f"{data['cards']} cards on {sheets} sheets are written to {out}."
    more = f" {left_out} codes are left out: switched off, over or used up." if left_out else ""
    return Answer(text=said + more, data=data)


def _written(out: Path, texts: list[CardText], layout: str, copies: int, title: str, language: str) -> int:
    # The extra `pdf` may be missing where nobody prints.
    from ..cards.sheets import write_sheets

    with _progress("Drawing", len(texts) * copies) as told, out.open("wb") as file:
        return write_sheets(
            file, texts, LAYOUTS[layout], copies=copies, title=title, language=language, told=told
        )


def _chosen(
    state: State,
    conn: Connection,
    coupon: str,
    batch: int | None,
    only: tuple[str, ...],
    most: int,
    part: int | None,
) -> tuple[list[CardFacts], int]:
    """Give what stands on the cards of one file, and how many codes are left out of all."""
    selection = named_selection(conn, coupon, batch_id=batch, codes=only)
    counts = count(conn, selection, now=state.now())
    files = parts(counts.printed, most)
    if part is None and files > 1:
        raise Mistake(
            f"These are {counts.printed} codes; a file has at most {most} of them. "
            f"Add --part 1 to --part {files}, one file each."
        )
    facts = card_facts(conn, selection, now=state.now(), skip=((part or 1) - 1) * most, most=most)
    if not facts:
        raise Mistake("There is no code to print: none is there, or all are switched off, over or used up.")
    return facts, counts.left_out


def _address(state: State, given: str) -> str:
    """Give where the shop is: as said, else as the app's settings say."""
    config = state.app.config
    if given and given.startswith(("https://", "http://")):
        return given.rstrip("/")
    if given or not config.get("SERVER_NAME"):
        raise Mistake("The QR codes lead to the shop: say where it is, as --address https://shop.example.")
    root = str(config.get("APPLICATION_ROOT") or "/").rstrip("/")
    return f"{config['PREFERRED_URL_SCHEME']}://{config['SERVER_NAME']}{root}"


def _language(state: State, wanted: str | None) -> str:
    offered = state.settings.locales
    if wanted is not None and wanted not in offered:
        raise Mistake(f"The shop has no language {wanted!r}; it has {', '.join(offered)}.")
    return wanted or offered[0]


@contextmanager
def _progress(label: str, length: int) -> Iterator[Callable[[int], object]]:
    """Show a bar to people; a file or pipe gets none."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update
