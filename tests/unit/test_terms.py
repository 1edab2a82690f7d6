"""Commission terms: which row answers, and rows that cannot work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from flask_firstline.domain.terms import Step, Terms, TermsBook


def row(percent: int, *, level: int = 1, **place: Any) -> Terms:
    return Terms(level=level, percent=Decimal(percent), **place)


EVERYWHERE = {
    Step.PARTNER_PRODUCT: row(1, partner_id=7, product_ref="p"),
    Step.PARTNER: row(2, partner_id=7),
    Step.PRODUCT: row(3, product_ref="p"),
    Step.CATEGORY: row(4, category="c"),
    Step.GENERAL: row(5),
}


@pytest.mark.parametrize(("step", "terms"), EVERYWHERE.items())
def test_a_row_knows_its_step(step: Step, terms: Terms) -> None:
    assert terms.step is step


@pytest.mark.parametrize("missing", range(len(EVERYWHERE)))
def test_the_most_specific_row_answers(missing: int) -> None:
    rows = list(EVERYWHERE.values())[missing:]

    found = TermsBook(rows, currency="EUR").find(
        level=1, partner_id=7, product_ref="p", categories=("x", "c")
    )

    assert found is rows[0]


# fmt: off
@pytest.mark.parametrize(("partner_id", "product_ref", "categories", "percent"), [
    (7, "p", ("c",), 1),
    (7, "q", ("c",), 2),
    (8, "p", ("c",), 3),
    (8, "q", ("c",), 4),
    (8, "q", (),     5),
])
# fmt: on
def test_each_place_gets_its_own_rate(
    partner_id: int, product_ref: str, categories: tuple[str, ...], percent: int
) -> None:
    book = TermsBook(EVERYWHERE.values(), currency="EUR")

    found = book.find(level=1, partner_id=partner_id, product_ref=product_ref, categories=categories)

    assert found is not None
    assert found.percent == percent


def test_the_first_category_of_the_line_that_has_a_row_answers() -> None:
    book = TermsBook([row(4, category="c"), row(6, category="d")], currency="EUR")

    found = book.find(level=1, partner_id=7, product_ref="p", categories=("x", "d", "c"))

    assert found is not None
    assert found.percent == 6


def test_a_row_answers_for_its_very_level_only() -> None:
    book = TermsBook([row(1, partner_id=7), row(5, level=2)], currency="EUR")

    second = book.find(level=2, partner_id=7, product_ref="p")

    assert second is not None
    assert second.percent == 5
    assert book.find(level=3, partner_id=7, product_ref="p") is None


def test_nought_per_cent_is_an_answer() -> None:
    book = TermsBook([row(0, partner_id=7), row(5)], currency="EUR")

    found = book.find(level=1, partner_id=7, product_ref="p")

    assert found is not None
    assert found.percent == 0


def test_a_fixed_amount_in_another_currency_is_no_answer() -> None:
    fixed = Terms(level=3, fixed=150, currency="EUR", partner_id=7)
    general = row(5, level=3)

    book = TermsBook([fixed, general], currency="CHF")

    assert book.find(level=3, partner_id=7, product_ref="p") is general
    assert TermsBook([fixed], currency="CHF").levels == 0


def test_the_levels_go_as_deep_as_the_deepest_row() -> None:
    assert TermsBook([row(1), row(1, level=4)], currency="EUR").levels == 4
    assert TermsBook([], currency="EUR").levels == 0


# fmt: off
@pytest.mark.parametrize(("terms", "sentence"), [
    ({"level": 0, "percent": Decimal(5)},                                       "level is 1 or more"),
    ({"level": 1},                                                              "either a per cent or"),
    ({"level": 1, "percent": Decimal(5), "fixed": 5, "currency": "EUR"},        "either a per cent or"),
    ({"level": 1, "percent": Decimal(-1)},                                      "from 0 to 100"),
    ({"level": 1, "percent": Decimal("100.01")},                                "from 0 to 100"),
    ({"level": 1, "fixed": -1, "currency": "EUR"},                              "not below 0"),
    ({"level": 1, "fixed": 5},                                                  "has a currency"),
    ({"level": 1, "percent": Decimal(5), "category": "c", "partner_id": 7},     "all partners and products"),
    ({"level": 1, "percent": Decimal(5), "category": "c", "product_ref": "p"},  "all partners and products"),
])
# fmt: on
def test_a_row_that_cannot_work_is_refused_with_a_sentence(terms: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Terms(**terms)
