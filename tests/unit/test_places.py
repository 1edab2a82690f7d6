"""Places for words in the texts of mails."""

from __future__ import annotations

import pytest

from flask_firstline.domain.places import BadPlace, bad_place, filled, places_of


def test_words_are_put_in_once_and_never_read_again() -> None:
    assert filled("Hello {name}, { code }!", {"name": "{code}", "code": "BALM"}) == "Hello {code}, BALM!"


def test_the_places_of_a_text_are_named() -> None:
    assert places_of("{name} and {code} and {name}") == {"name", "code"}


@pytest.mark.parametrize(
    ("text", "line", "sign", "written"),
    [
        ("Hello {nam}", 1, 7, "{nam}"),
        ("Hello\nyou {{name}}", 2, 5, "{"),
        ("one }", 1, 5, "}"),
        ("{name} {", 1, 8, "{"),
        ("{name.email}", 1, 1, "{name.email}"),
        ("a\nb\n{% x %}", 3, 1, "{% x %}"),
    ],
)
def test_what_cannot_be_filled_is_named_with_its_place(text: str, line: int, sign: int, written: str) -> None:
    assert bad_place(text, {"name"}) == BadPlace(line=line, sign=sign, written=written)


def test_a_text_with_known_places_or_none_is_right() -> None:
    assert bad_place("Hello {name}\n{code}", {"name", "code"}) is None
    assert bad_place("", set()) is None
