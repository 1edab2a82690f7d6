"""What a page says to people, piece by piece, and which pieces are English although they need not be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parents[2] / "plugin" / "translations"
LANGUAGES = ("de", "nl", "ru")
Pair = tuple[re.Pattern[str], re.Pattern[str]]
_SAID = frozenset({"aria-label", "alt", "placeholder", "title", "data-fl-confirm", "content"})
_SILENT = frozenset({"script", "style", "code", "textarea", "pre", "samp", "kbd"})
_EMPTY = frozenset({"input", "img", "br", "hr", "link", "meta", "source", "wbr", "path", "col"})
_PLACE = re.compile(r"%\((\w+)\)[sd]")
_ANY_PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
_GAP = re.compile(r"%\(\w+\)[sd]|%[sd]\b")
#: Words of which one stands in nearly every English sentence and in none of the other languages.
_ENGLISH = re.compile(r"\b(the|of|and|to|for|with|this|that|are|is|not|your|from|by|what|who|has|no)\b", re.I)


@dataclass(kw_only=True)
class Said(HTMLParser):
    """A page as people hear it: the language it claims, texts and labels in their order."""

    language: str = ""
    texts: list[str] = field(default_factory=list)
    _silent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        is_other = tag in _SILENT or ("lang" in given and tag != "html")
        # Inside of what is silent the same tag opens and closes too.
        if (is_other and tag not in _EMPTY) or (self._silent and self._silent[-1] == tag):
            self._silent.append(tag)
        if tag != "meta":
            self.texts += [_clean(value) for name, value in attrs if name in _SAID and value]

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(_clean(data))


def _clean(text: str) -> str:
    return " ".join(text.split())


def said(html: str) -> Said:
    """Read a page."""
    page = Said()
    page.feed(html)
    return page


@cache
def sentences(language: str) -> tuple[Pair, ...]:
    """Give each text of the catalogue that is another one in a language, with what it should be."""
    found: list[Pair] = []
    for message in _catalogue(language):
        ids, strings = _several(message.id), _several(message.string)
        if message.id and set(ids).isdisjoint(strings):
            theirs = re.compile("|".join(_shape(text) for text in strings), re.S)
            found += [(re.compile(_shape(text), re.S), theirs) for text in ids if _tells(text)]
    return tuple(found)


def _several(texts: object) -> tuple[str, ...]:
    return tuple(map(str, texts)) if isinstance(texts, (list, tuple)) else (str(texts or ""),)


def _shape(text: str) -> str:
    """Give what a text looks like where values stand in it."""
    parts = _PLACE.split(_clean(text))
    return "".join(".*?" if at % 2 else re.escape(part) for at, part in enumerate(parts)).replace("%%", "%")


def _tells(text: str) -> bool:
    """Say whether enough of a text is fixed, so that no name or number looks like it."""
    return len(re.sub(r"[\W\d_]", "", _PLACE.sub("", text))) >= 3


@cache
def known(language: str) -> tuple[Mapping[str, re.Pattern[str]], tuple[Pair, ...]]:
    """Split the texts into those without values, found at once, and the others."""
    plain: dict[str, re.Pattern[str]] = {}
    shapes: list[Pair] = []
    for ours, theirs in sentences(language):
        if ".*?" in ours.pattern:
            shapes.append((ours, theirs))
        else:
            plain[re.sub(r"\\(.)", r"\1", ours.pattern)] = theirs
    return plain, tuple(shapes)


def untranslated(english: Said, other: Said, language: str) -> Iterator[str]:
    """Give what both pages say though the catalogue knows better, or though it is an English sentence."""
    plain, shapes = known(language)
    for text in sorted(set(english.texts) & set(other.texts)):
        theirs = plain.get(text) or next((them for ours, them in shapes if ours.fullmatch(text)), None)
        if theirs is not None and not theirs.fullmatch(text):
            yield text
        elif theirs is None and len(_ENGLISH.findall(text)) >= 2:
            yield f"{text} (in no catalogue)"


def gaps(page: Said) -> list[str]:
    """Give texts in which a place for a value was left."""
    return [text for text in page.texts if _GAP.search(text)]


def places_differ() -> Iterator[str]:
    """Give translations that lack a place for a value, or have one too many."""
    for language in LANGUAGES:
        for message in _catalogue(language):
            asked = {place for text in _several(message.id) for place in _ANY_PLACE.findall(text)}
            forms = _several(message.string)
            for text in forms if message.id else ():
                there = set(_ANY_PLACE.findall(text))
                # The form for one may say "the line" without its number.
                if not there <= asked or (len(forms) == 1 and there != asked):
                    yield f"{language}: {text}"


def _catalogue(language: str) -> Catalog:
    with (CATALOGUES / language / "LC_MESSAGES" / "firstline.po").open("rb") as file:
        return read_po(file, locale=language)
