"""The German of the shop is complete and compiled."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import demo

HERE = Path(demo.__file__).parent
WORDS = HERE / "translations" / "de" / "LC_MESSAGES"


def spoken() -> set[str]:
    found = extract_from_dir(
        HERE,
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2")],
        keywords={"gettext": None, "lazy_gettext": None, "_": None, "ngettext": (1, 2)},
    )
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def written() -> Catalog:
    with (WORDS / "messages.po").open("rb") as file:
        return read_po(file)


def test_every_word_of_the_shop_has_its_german() -> None:
    german = written()

    assert {word for word in spoken() if not (entry := german.get(word)) or not entry.string} == set()


def test_no_german_is_left_over() -> None:
    assert set(pairs(written())) == spoken()


def test_the_compiled_words_are_the_written_ones() -> None:
    with (WORDS / "messages.mo").open("rb") as file:
        assert pairs(read_mo(file)) == pairs(written())


def pairs(catalog: Catalog) -> dict[str, list[str]]:
    """Give what each word is in German, plurals in a row."""
    entries = [(listed(entry.id), listed(entry.string)) for entry in catalog if entry.id]
    return {words[0]: german for words, german in entries}


def listed(words: object) -> list[str]:
    return [words] if isinstance(words, str) else [str(word) for word in words]  # type: ignore[attr-defined]
