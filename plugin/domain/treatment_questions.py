"""Which kind a coupon is for VAT: a few questions, and the answer that follows from them.

After directive (EU) 2016/1065: a voucher is what must be accepted as payment and was paid for; what lowers a
price is none. For a tax adviser to confirm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .coupon import Treatment
from .tongue import marked

Answers = Mapping[str, str]
YES, NO = "yes", "no"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One possible answer; `value` is what is stored."""

    value: str
    text: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question; `name` is the key under which its answer is stored."""

    name: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the answers say: the kind, and why."""

    treatment: Treatment
    why: str


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="paid",
        text=marked("Is anything paid for it?"),
        choices=(
            Choice(
                value=YES,
                text=marked("Yes, it is sold or stands for money that is owed"),
                hint=marked("A gift voucher, a refund kept as credit, a commission paid out as credit."),
            ),
            Choice(
                value=NO,
                text=marked("No, it is given away"),
                hint=marked("Advertising, a partner's code, a thank-you, an apology."),
            ),
        ),
    ),
    Question(
        name="accepted",
        text=marked("What does it do at the till?"),
        choices=(
            Choice(
                value="price",
                text=marked("It lowers the price"),
                hint=marked("5.00 off, 10 per cent off, free shipping."),
            ),
            Choice(
                value="payment",
                text=marked("It is accepted as payment, like money"),
                hint=marked("The price stays; the customer pays less because a part is paid already."),
            ),
        ),
    ),
    Question(
        name="known",
        text=marked("When it is sold, are the VAT rate and the country of what it buys known?"),
        choices=(
            Choice(
                value=YES,
                text=marked("Yes, one rate and one country"),
                hint=marked("A voucher for a book, in a shop that delivers to one country."),
            ),
            Choice(
                value=NO,
                text=marked("No, there may be several rates or countries"),
                hint=marked("A voucher for anything in a shop with books and tea."),
            ),
        ),
    ),
    Question(
        name="complaint",
        text=marked("Does it make up for a complaint?"),
        choices=(
            Choice(
                value=YES,
                text=marked("Yes, it says sorry to one customer"),
                hint=marked("A late parcel, a scratch, a long wait."),
            ),
            Choice(
                value=NO,
                text=marked("No, it is to bring orders"),
                hint=marked("New customers, regular customers, a season, a partner's followers."),
            ),
        ),
    ),
)
_BY_NAME: Mapping[str, Question] = {question.name: question for question in QUESTIONS}

_TABLE: tuple[tuple[Answers, Verdict], ...] = (
    (
        {"paid": YES, "accepted": "price"},
        Verdict(
            treatment=Treatment.PRICE_CUT,
            why=marked(
                "Whoever buys a right to lower prices has bought a service: it is taxed when it is sold. "
                "What it takes off later is a price cut."
            ),
        ),
    ),
    (
        {"paid": YES, "accepted": "payment", "known": YES},
        Verdict(
            treatment=Treatment.SINGLE_PURPOSE,
            why=marked(
                "It was paid for, must be accepted as payment, and the VAT is known when it is sold: VAT is "
                "due at that moment."
            ),
        ),
    ),
    (
        {"paid": YES, "accepted": "payment", "known": NO},
        Verdict(
            treatment=Treatment.MULTI_PURPOSE,
            why=marked(
                "It was paid for and must be accepted as payment, but its VAT is not known yet: it is store "
                "credit, and VAT is due when it pays for goods."
            ),
        ),
    ),
    (
        {"paid": NO, "accepted": "price", "complaint": NO},
        Verdict(
            treatment=Treatment.PRICE_CUT,
            why=marked("Nobody paid for it and it lowers the price: it is a discount, not a voucher."),
        ),
    ),
    (
        {"paid": NO, "accepted": "price", "complaint": YES},
        Verdict(
            treatment=Treatment.GOODWILL,
            why=marked(
                "Nobody paid for it and it makes up for a complaint: it lowers the price, as goodwill."
            ),
        ),
    ),
    (
        {"paid": NO, "accepted": "payment", "complaint": NO},
        Verdict(
            treatment=Treatment.PRICE_CUT,
            why=marked("What nobody paid for cannot pay: whatever it is called, it lowers the price."),
        ),
    ),
    (
        {"paid": NO, "accepted": "payment", "complaint": YES},
        Verdict(
            treatment=Treatment.GOODWILL,
            why=marked(
                "What nobody paid for cannot pay: it makes up for a complaint and lowers the price, as "
                "goodwill."
            ),
        ),
    ),
)


def verdict(answers: Answers) -> Verdict | None:
    """Give what the answers say; None while a question is open."""
    return next((found for needed, found in _TABLE if needed.items() <= answers.items()), None)


def next_question(answers: Answers) -> Question | None:
    """Give the first question that is still open and matters after these answers; None when all is said."""
    open_ = [
        needed
        for needed, _found in _TABLE
        if all(answers.get(name, value) == value for name, value in needed.items())
    ]
    names = {name for needed in open_ for name in needed if name not in answers}
    return next((question for question in QUESTIONS if question.name in names), None)


def cleaned(given: Answers) -> dict[str, str]:
    """Give the answers that count, in the order of the questions; the rest is dropped."""
    answers: dict[str, str] = {}
    while (question := next_question(answers)) is not None:
        value = given.get(question.name)
        if value not in {choice.value for choice in question.choices}:
            break
        answers[question.name] = str(value)
    return answers


def in_words(answers: Answers) -> list[tuple[str, str]]:
    """Give each question that was answered and its answer, as marked texts."""
    said = []
    for name, value in cleaned(answers).items():
        question = _BY_NAME[name]
        said.append((question.text, next(c.text for c in question.choices if c.value == value)))
    return said
