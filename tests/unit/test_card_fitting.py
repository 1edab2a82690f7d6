"""Text in its box: it wraps, shrinks, breaks and is cut, and never leaves the box."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.cards.fitting import LEADING, Fitted, clean, evened, fit


def wide(text: str, size: float) -> float:
    """Measure signs that are all half as wide as high."""
    return len(text) * size / 2


def fitted(text: str, *, width: float = 100, height: float = 50, breaks: float = 0) -> Fitted:
    return fit(text, wide, width=width, height=height, largest=20, smallest=4, breaks=breaks)


def test_what_fits_keeps_its_size() -> None:
    assert fitted("vonmeier") == Fitted(20, ("vonmeier",))


def test_a_long_text_wraps_before_it_shrinks() -> None:
    assert fitted("FAIR 7K3M 9XQP") == Fitted(20, ("FAIR 7K3M", "9XQP"))


def test_a_word_that_is_too_wide_shrinks_and_does_not_break() -> None:
    assert fitted("elevensigns") == Fitted(18, ("elevensigns",))


def test_from_a_size_on_words_may_break() -> None:
    assert fitted("W" * 40, breaks=10) == Fitted(10, ("W" * 20, "W" * 20))


def test_what_does_not_even_fit_at_the_smallest_size_is_cut() -> None:
    result = fitted("so many words " * 100, height=10)

    assert (result.size, len(result.lines)) == (4, 2)
    assert result.lines[-1].endswith("…")


def test_lines_of_one_text_become_alike() -> None:
    begun = fitted("FAIR 7K3M 9XQP 2BC", width=150)

    assert begun.lines == ("FAIR 7K3M 9XQP", "2BC")
    assert evened(begun, wide, width=150).lines == ("FAIR 7K3M", "9XQP 2BC")


def test_blanks_and_unseen_signs_become_one_blank_but_tied_ones_stay() -> None:
    assert clean(" a\n\tb\u200b c  5\N{NO-BREAK SPACE}€ ") == "a b c 5\N{NO-BREAK SPACE}€"


@given(
    st.text(max_size=200),
    st.floats(min_value=5, max_value=300),
    st.floats(min_value=5, max_value=100),
    st.sampled_from([0, 9]),
)
def test_no_text_ever_leaves_its_box(text: str, width: float, height: float, breaks: float) -> None:
    result = fitted(clean(text), width=width, height=height, breaks=breaks)

    assert len(result.lines) * result.size * LEADING <= height + 1e-9
    assert all(wide(line, result.size) <= width or len(line) <= 1 for line in result.lines)
