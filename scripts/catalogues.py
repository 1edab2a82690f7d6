"""Keep plugin/translations up to date: collect texts, update the .po files, compile the .mo files.

Without arguments it updates all; with `--check` it says what is stale or missing, and fails.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from flask_firstline.domain.sheets import TEXTS as SHEET_TEXTS
from flask_firstline.errors import CHECKED_LATER, NOT_BESIDE, TEXTS
from flask_firstline.services.cells import TEXTS as CELL_TEXTS

ROOT = Path(__file__).parent.parent
PLUGIN = ROOT / "plugin"
CATALOGUES = PLUGIN / "translations"
LOCALES = ("de", "en", "nl", "ru")
DOMAIN = "firstline"
#: The language of the sources says what the sources say.
SOURCE = "en"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None, "_l": None, "gettext": None, "lazy_gettext": None, "rich": None, "fl_": None, "fl_rich": None,
    "ngettext": (1, 2), "fl_n": (1, 2), "marked": None,
}  # fmt: skip
#: Fixed, so that the same texts give the same file.
MADE = datetime(2026, 1, 1, tzinfo=UTC)


def collect() -> Catalog:
    """Collect the texts of code, templates and refusals."""
    catalogue = _empty(None)
    found = extract_from_dir(PLUGIN, METHODS, keywords=KEYWORDS)
    for name, _line, message, comments, context in found:
        catalogue.add(message, None, [(f"plugin/{name}", 0)], auto_comments=comments, context=context)
    named = {"errors": (*TEXTS.values(), CHECKED_LATER, NOT_BESIDE)}
    named |= {"domain/sheets": tuple(SHEET_TEXTS.values()), "services/cells": tuple(CELL_TEXTS.values())}
    for place, texts in named.items():
        for text in texts:
            catalogue.add(text, None, [(f"plugin/{place}.py", 0)])
    return catalogue


def _empty(locale: str | None) -> Catalog:
    return Catalog(
        locale=locale, domain=DOMAIN, creation_date=MADE, revision_date=MADE, fuzzy=False, charset="utf-8",
        header_comment="# Flask-Firstline, BSD-3-Clause",
    )  # fmt: skip


def folder(locale: str) -> Path:
    """Give where the catalogue of a language is."""
    return CATALOGUES / locale / "LC_MESSAGES"


def read(locale: str) -> Catalog:
    """Read the translations of a language as they are."""
    path = folder(locale) / f"{DOMAIN}.po"
    if not path.exists():
        return _empty(locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale, domain=DOMAIN)


def updated(locale: str, texts: Catalog) -> Catalog:
    """Give the catalogue of a language with the texts of today; translations that nobody asks for go."""
    known, fresh = read(locale), _empty(locale)
    for message in sorted((m for m in texts if m.id), key=lambda m: str(m.id)):
        before = known.get(message.id, message.context)
        fresh.add(
            message.id, _string(locale, message.id, before), message.locations, flags=message.flags,
            context=message.context,
        )  # fmt: skip
    return fresh


def _string(locale: str, id: object, before: Message | None) -> Any:  # noqa: ANN401, A002  # text or texts
    if locale == SOURCE:
        return id
    return before.string if before else None


def po_bytes(catalogue: Catalog) -> bytes:
    """Write a catalogue as .po."""
    out = io.BytesIO()
    write_po(out, catalogue, width=110, include_lineno=False, sort_output=True)
    lines = out.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_CHANGING)).encode()


#: Lines of the header that say when, by whom and by which version a file was written.
_CHANGING = (
    '"Generated-By',
    '"Report-Msgid',
    '"POT-',
    '"PO-Rev',
    '"Last-Tr',
    '"Language-Team',
    '"Project-Id',
)


def mo_bytes(catalogue: Catalog) -> bytes:
    """Write what is translated of a catalogue as .mo."""
    done = _empty(str(catalogue.locale))
    for message in catalogue:
        if message.id and _translated(message.string):
            done.add(message.id, message.string, context=message.context)
    out = io.BytesIO()
    write_mo(out, done)
    return out.getvalue()


def missing(catalogue: Catalog) -> Iterator[str]:
    """Give the texts without a translation, each with the files it stands in."""
    for message in catalogue:
        if message.id and not _translated(message.string):
            files = ", ".join(sorted(name for name, _line in message.locations))
            yield f"no translation of {message.id!r} in {files}"


def _translated(string: object) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def problems() -> Iterator[str]:
    """Say what is stale or missing."""
    texts = collect()
    for locale in LOCALES:
        fresh = updated(locale, texts)
        po, mo = folder(locale) / f"{DOMAIN}.po", folder(locale) / f"{DOMAIN}.mo"
        if not po.exists() or po.read_bytes() != po_bytes(fresh):
            yield f"{po.relative_to(ROOT)} is stale; run python scripts/catalogues.py"
        elif not mo.exists() or _compiled(mo) != _translations(fresh):
            yield f"{mo.relative_to(ROOT)} is stale; run python scripts/catalogues.py"
        if locale != SOURCE:
            yield from (f"{locale}: {text}" for text in missing(fresh))
        yield from (
            f"{locale}: {error} in {message.id!r}" for message, errors in fresh.check() for error in errors
        )


def _compiled(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return _translations(read_mo(file))


def _translations(catalogue: Catalog) -> dict[str, str]:
    return {
        _text(message.id): _text(message.string)
        for message in catalogue
        if message.id and _translated(message.string)
    }


def _text(value: object) -> str:
    return "|".join(value) if isinstance(value, (tuple, list)) else str(value)


def update() -> None:
    """Collect, update and compile all catalogues."""
    texts = collect()
    for locale in LOCALES:
        folder(locale).mkdir(parents=True, exist_ok=True)
        fresh = updated(locale, texts)
        (folder(locale) / f"{DOMAIN}.po").write_bytes(po_bytes(fresh))
        (folder(locale) / f"{DOMAIN}.mo").write_bytes(mo_bytes(fresh))


def main(arguments: list[str]) -> int:
    """Do what is asked and give the exit code."""
    if "--check" not in arguments:
        update()
    found = list(problems())
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
