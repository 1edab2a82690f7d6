"""The text of a letter laid out: paragraphs, one button, small print; and back."""

from __future__ import annotations

import pytest

from flask_firstline.domain.letters import PLANS, Laid, OwnLetter, as_text, lay_out

WORDS = {"name": "Anna", "shop": "Lindenhof", "link": "https://shop.example/in", "why": "a\n\n{name}: b"}


@pytest.mark.parametrize(
    ("text", "laid"),
    [
        (
            "Hi {name}.\n\nSign in: {link}\nIt holds an hour.",
            Laid(
                paragraphs=("Hi Anna.",),
                action=("Sign in", "https://shop.example/in"),
                notes=("It holds an hour.",),
            ),
        ),
        ("Go to {link} now", Laid(paragraphs=("Go to https://shop.example/in now",))),
        (": {link}", Laid(paragraphs=(": https://shop.example/in",))),
        (
            "One: {link}\nTwo: { link }",
            Laid(
                paragraphs=(),
                action=("One", "https://shop.example/in"),
                notes=("Two: https://shop.example/in",),
            ),
        ),
        ("{why}", Laid(paragraphs=("a", "{name}: b"))),
        ("{gone}\nStill here", Laid(paragraphs=("Still here",))),
    ],
)
def test_a_text_is_laid_out_and_what_is_put_in_is_never_read_again(text: str, laid: Laid) -> None:
    assert lay_out(text, WORDS) == laid


def test_a_button_without_an_address_is_left_out_with_its_label() -> None:
    laid = lay_out("Hi.\nOpen my desk: {link}\nBye.", {"link": ""})

    assert laid == Laid(paragraphs=("Hi.",), notes=("Bye.",))


def test_a_layout_written_as_text_gives_itself_again() -> None:
    laid = Laid(paragraphs=("One {name}", "Two"), action=("Open", "{link}"), notes=("Small",))

    assert lay_out(as_text(laid), {"name": "{name}", "link": "{link}"}) == laid


def test_no_letter_lets_an_address_into_its_subject() -> None:
    for letter in OwnLetter:
        assert not {"link", "desk", "sign_in", "friend_link"} & set(PLANS[letter].in_subject), letter
        assert PLANS[letter].needed <= set(PLANS[letter].in_text), letter
