"""Which kind a coupon is for VAT: the whole truth table of the questions."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from flask_firstline.domain.coupon import CouponTerms, Kind, Treatment
from flask_firstline.domain.treatment import CONSEQUENCES, INVOICE_TEXTS, NAMES, mix_problem
from flask_firstline.domain.treatment_questions import QUESTIONS, cleaned, in_words, next_question, verdict

CUT, ONE, MANY, SORRY = (
    Treatment.PRICE_CUT,
    Treatment.SINGLE_PURPOSE,
    Treatment.MULTI_PURPOSE,
    Treatment.GOODWILL,
)


# fmt: off
TRUTH = [
    # paid   accepted   known   complaint  kind
    ("yes",  "price",   None,   None,      CUT),
    ("yes",  "payment", "yes",  None,      ONE),
    ("yes",  "payment", "no",   None,      MANY),
    ("no",   "price",   None,   "no",      CUT),
    ("no",   "price",   None,   "yes",     SORRY),
    ("no",   "payment", None,   "no",      CUT),
    ("no",   "payment", None,   "yes",     SORRY),
]
# fmt: on
NAMES_OF_QUESTIONS = ("paid", "accepted", "known", "complaint")


@pytest.mark.parametrize(("paid", "accepted", "known", "complaint", "kind"), TRUTH)
def test_the_answers_lead_to_one_kind(
    paid: str, accepted: str, known: str | None, complaint: str | None, kind: Treatment
) -> None:
    values = zip(NAMES_OF_QUESTIONS, (paid, accepted, known, complaint), strict=True)
    answers = {name: value for name, value in values if value is not None}

    found = verdict(answers)

    assert found is not None
    assert found.treatment is kind
    assert found.why
    assert cleaned(answers) == answers, "no answer is asked for in vain"
    assert next_question(answers) is None


def test_every_way_through_the_questions_ends_after_at_most_three() -> None:
    ends: list[dict[str, str]] = []
    open_: list[dict[str, str]] = [{}]
    while open_:
        answers = open_.pop()
        question = next_question(answers)
        if question is None:
            ends.append(answers)
        else:
            open_ += [{**answers, question.name: choice.value} for choice in question.choices]

    wanted = [
        {name: value for name, value in zip(NAMES_OF_QUESTIONS, row[:4], strict=True) if value}
        for row in TRUTH
    ]
    assert sorted(map(sorted, (end.items() for end in ends))) == sorted(
        map(sorted, (row.items() for row in wanted))
    )
    assert max(map(len, ends)) == len(QUESTIONS) - 1


def test_whatever_is_answered_there_is_either_a_verdict_or_a_next_question() -> None:
    choices = [[None, "nonsense", *(choice.value for choice in q.choices)] for q in QUESTIONS]
    for combination in product(*choices):
        given = {q.name: value for q, value in zip(QUESTIONS, combination, strict=True) if value is not None}

        answers = cleaned(given)

        assert (verdict(answers) is None) is not (next_question(answers) is None), given
        assert answers.items() <= given.items()
        assert cleaned(answers) == answers


def test_answers_that_do_not_count_are_dropped() -> None:
    given = {"complaint": "yes", "paid": "yes", "known": "no", "accepted": "payment", "colour": "red"}

    assert list(cleaned(given).items()) == [("paid", "yes"), ("accepted", "payment"), ("known", "no")]


def test_answers_are_told_in_words() -> None:
    told = in_words({"paid": "no", "accepted": "price", "complaint": "yes"})

    assert told == [
        ("Is anything paid for it?", "No, it is given away"),
        ("What does it do at the till?", "It lowers the price"),
        ("Does it make up for a complaint?", "Yes, it says sorry to one customer"),
    ]


@pytest.mark.parametrize("words", [NAMES, INVOICE_TEXTS, CONSEQUENCES])
def test_every_kind_has_words_of_its_own(words: dict[Treatment, Any]) -> None:
    assert set(words) == set(Treatment)
    assert len(set(words.values())) == len(Treatment)


def voucher(kind: Kind = Kind.AMOUNT, **terms: Any) -> CouponTerms:
    values = {"amount": 5000, "currency": "EUR"} if kind is Kind.AMOUNT else {"percent": Decimal(100)}
    return CouponTerms(**{"name": "x", "kind": kind, **values, **terms})


@pytest.mark.parametrize("treatment", Treatment)
def test_what_is_sold_is_never_open_to_partners(treatment: Treatment) -> None:
    rate = Decimal(7) if treatment is ONE else None
    terms = voucher(treatment=treatment, vat_rate=rate)

    assert mix_problem(terms, open_to_partners=False) is None
    assert (mix_problem(terms, open_to_partners=True) is not None) is (treatment in {ONE, MANY})


# fmt: off
@pytest.mark.parametrize(("percent", "cap", "holds"), [
    ("100", None, True), ("99.9999", None, False), ("50", None, False), ("100", 500, False),
])
# fmt: on
def test_a_single_purpose_voucher_pays_in_full(percent: str, cap: int | None, holds: bool) -> None:
    terms = voucher(
        Kind.PERCENT,
        percent=Decimal(percent),
        cap=cap,
        currency="EUR" if cap else None,
        treatment=ONE,
        vat_rate=Decimal(7),
    )

    assert (mix_problem(terms, open_to_partners=False) is None) is holds
