"""The check sign: every code passes, and nearly every typing error shows."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.codes import ALPHABET, draw, generate, guesses, has_valid_check_sign
from flask_firstline.services.code_forms import Form, Forms

KEY = b"secret"
PREFIXES = st.sampled_from(["", "FAIR-", "Öl 1", "x"])


@given(PREFIXES, st.integers(2, 12), st.binary(min_size=1, max_size=64), st.randoms())
def test_every_code_passes_however_it_is_typed(
    prefix: str, length: int, key: bytes, chance: random.Random
) -> None:
    (code,) = generate(1, prefix=prefix, length=length, key=key)
    typed = "".join(chance.choice((sign.lower(), sign.upper(), f"{sign} ", f"-{sign}")) for sign in code)

    assert has_valid_check_sign(code, key, prefix, length)
    assert has_valid_check_sign(typed, key, prefix, length)


def _swapped(code: str, at: int) -> str:
    return code[:at] + code[at + 1] + code[at] + code[at + 2 :]


def test_one_wrong_sign_of_32_shows_in_31_of_32_cases() -> None:
    codes = generate(400, length=6, key=KEY)
    wrong = [
        code[:at] + sign + code[at + 1 :]
        for code in codes
        for at in range(6)
        for sign in ALPHABET
        if sign != code[at]
    ]

    slipped = sum(has_valid_check_sign(code, KEY, "", 6) for code in wrong)

    # 74 400 errors, of which one in 32 slips through: 2 325 with a deviation of 47.
    assert len(wrong) == 400 * 6 * 31
    assert slipped == pytest.approx(len(wrong) / 32, abs=6 * 47)


def test_a_wrong_check_sign_always_shows() -> None:
    for code in generate(200, length=6, key=KEY):
        wrong = [code[:-1] + sign for sign in ALPHABET if sign != code[-1]]
        assert not any(has_valid_check_sign(one, KEY, "", 6) for one in wrong)


def test_two_signs_in_the_wrong_order_show_in_31_of_32_cases() -> None:
    codes = generate(5_000, length=6, key=KEY)
    wrong = [_swapped(code, at) for code in codes for at in range(6) if code[at] != code[at + 1]]

    slipped = sum(has_valid_check_sign(code, KEY, "", 6) for code in wrong)

    assert slipped / len(wrong) == pytest.approx(1 / 32, abs=0.006)


def test_another_key_makes_other_signs() -> None:
    codes = generate(2_000, length=6, key=KEY)

    same = sum(has_valid_check_sign(code, b"another", "", 6) for code in codes)

    assert same / len(codes) == pytest.approx(1 / 32, abs=0.02)


def test_what_stands_behind_the_prefix_is_drawn_alone() -> None:
    bodies = iter([bytes(range(20))])

    assert draw(2, prefix="X", random=lambda _size: next(bodies)) == ["23456789AB", "CDEFGHJKLM"]


@pytest.mark.parametrize(
    ("count", "length", "check_sign", "wanted"),
    [(1, 2, False, 1024), (1, 2, True, 32768), (512, 2, False, 2)],
)
def test_guesses_say_how_many_tries_hit_a_code(
    count: int, length: int, check_sign: bool, wanted: int
) -> None:
    assert guesses(count, length=length, check_sign=check_sign) == wanted


def test_forms_are_found_by_what_a_key_looks_like() -> None:
    fair, plain = Form(start="fair", length=4, key_id="1"), Form(start="", length=8, key_id="1")
    forms = Forms([fair, plain])

    assert forms.match("fairabcd2") == [fair]
    assert forms.match("farrabcd2") == [plain]
    assert forms.match("fairabc02") == forms.match("fairabcd") == forms.match("fairabcd22") == []
    assert forms.holds(fair)
    assert not forms.holds(Form(start="fair", length=4, key_id="2"))


@pytest.mark.parametrize(
    ("start", "size", "meets"),
    [
        ("fair", 9, True),
        ("fairx", 9, True),
        ("fairi", 9, False),
        ("fair", 8, False),
        ("fai", 9, False),
        ("", 9, False),
    ],
)
def test_a_prefix_meets_a_form_when_all_its_codes_would_have_it(start: str, size: int, meets: bool) -> None:
    assert Forms([Form(start="fair", length=4, key_id="1")]).meets(start, size) is meets
