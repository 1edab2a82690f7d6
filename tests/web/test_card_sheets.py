"""Sheets of cards, read back: codes scan, texts stand inside their cards, no card is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flask_firstline.cards.layouts import (
    BUSINESS,
    LABELS8,
    LABELS21,
    LAYOUTS,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    Layout,
)

from .card_kit import CARD, card, read, sheets

ALL = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
NASTY = card(
    name="W" * 200,
    occasion="Й" * 200,
    gives="100.000.000.000,00\N{NO-BREAK SPACE}€ Guthaben auf alles",
    code="W" * 64,
    whose="empfohlen von " + "Wladimir Konstantinowitsch " * 20,
    terms="Очень длинные условия. " * 60,
    link="https://" + "x" * 60 + ".example/firstline/c/" + "%D0%99" * 64,
)


@ALL
def test_every_code_of_a_sheet_scans(layout: Layout) -> None:
    cards = [card(number) for number in range(layout.per_sheet)]

    with read(sheets(cards, layout)) as pdf:
        assert sorted(pdf.scanned()) == sorted(text.link for text in cards)


@ALL
def test_a_link_of_400_characters_scans_too(layout: Layout) -> None:
    with read(sheets([NASTY], layout)) as pdf:
        assert pdf.scanned() == [NASTY.link]


@ALL
@pytest.mark.parametrize("beside", [-1, 0, 1])
def test_a_sheet_is_full_before_the_next_begins(layout: Layout, beside: int) -> None:
    cards = [card(number, code=f"NR {number}") for number in range(layout.per_sheet + beside)]

    with read(sheets(cards, layout)) as pdf:
        words = " ".join(pdf.text(page) for page in range(pdf.pages))
        assert pdf.pages == (2 if beside == 1 else 1)
        assert all(f"NR {number} " in words for number in range(len(cards)))
        assert words.count("mit dem Code") == len(cards)


def test_copies_of_a_code_fill_sheets_and_each_scans() -> None:
    with read(sheets([card(1), card(2)], BUSINESS, copies=15)) as pdf:
        found = [pdf.scanned(page) for page in range(pdf.pages)]

    assert found[0] == [card(1).link] * 10
    assert sorted(found[1]) == [card(1).link] * 5 + [card(2).link] * 5
    assert found[2] == [card(2).link] * 10


def test_copies_do_not_make_the_file_grow() -> None:
    once, often = sheets([card()], BUSINESS), sheets([card()], BUSINESS, copies=1_000)

    assert len(often) < len(once) + 100_000


def inside(layout: Layout, box: tuple[float, float, float, float]) -> bool:
    """Say whether a sign stands in a card, apart from its edge."""
    left, top, right, bottom = box
    return any(
        x + 1 <= left and right <= x + layout.width - 1 and y + 1 <= top and bottom <= y + layout.height - 1
        for x, y in layout.places()
    )


@ALL
def test_no_sign_leaves_its_card_whatever_is_written(layout: Layout) -> None:
    with read(sheets([NASTY, card()] * (layout.per_sheet // 2), layout)) as pdf:
        signs = list(pdf.signs())
        outside = [sign for sign in signs if not inside(layout, sign)]

    assert len(signs) > 500
    assert outside == []


words = st.text(alphabet=st.characters(codec="utf-8", max_codepoint=0x2FFF), max_size=120)


@given(name=words, occasion=words, gives=words, code=words, whose=words, terms=words)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_no_sign_leaves_its_card_with_any_words(**texts: str) -> None:
    with read(sheets([replace(CARD, **texts)], LABELS21)) as pdf:
        assert [sign for sign in pdf.signs() if not inside(LABELS21, sign)] == []


@ALL
def test_texts_do_not_touch_the_qr_code(layout: Layout) -> None:
    with read(sheets([NASTY] * layout.per_sheet, layout)) as pdf:
        assert pdf.scanned() == [NASTY.link] * layout.per_sheet


@ALL
def test_all_cards_stand_on_the_page_and_none_on_another(layout: Layout) -> None:
    places = sorted(layout.places())

    assert all(x >= 4 and x + layout.width <= PAGE_WIDTH - 4 for x, _y in places)
    assert all(y >= 10 and y + layout.height <= PAGE_HEIGHT - 10 for _x, y in places)
    for x, y in places:
        beside = [abs(a - x) + 0.001 >= layout.width for a, b in places if b == y and a != x]
        below = [abs(b - y) + 0.001 >= layout.height for a, b in places if b != y]
        assert all(beside) and all(below)


def test_cyrillic_and_signs_of_money_are_text_and_emoji_are_left_out() -> None:
    russian = card(name="😀 Лавка", gives="500 ₽ скидка", code="отМайера", whose="рекомендует Иван")

    with read(sheets([russian], LABELS8)) as pdf:
        text = pdf.text()

    assert all(word in text for word in ("Лавка", "500 ₽ скидка", "отМайера", "рекомендует Иван"))
    assert "😀" not in text


def test_the_same_cards_give_the_same_file() -> None:
    assert sheets([card(1), card(2)], BUSINESS) == sheets([card(1), card(2)], BUSINESS)


def test_the_file_tells_its_language_and_forbids_scaling() -> None:
    content = sheets([card()], BUSINESS, language="nl")

    assert b"/Lang (nl)" in content
    assert b"/PrintScaling /None" in content


def test_who_waits_hears_of_every_card() -> None:
    heard: list[int] = []

    sheets([card(number) for number in range(12)], BUSINESS, told=heard.append)

    assert heard == [10, 2]
