"""Cells of files that are imported: what can be wrong with one, and how that is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Problem(StrEnum):
    """What can be wrong with a cell."""

    EMPTY = "empty"
    CHARACTERS = "characters"
    TOO_LONG = "too_long"
    REPEATED = "repeated"
    ALIKE_LINE = "alike_line"
    ALIKE = "alike"
    OTHER_COUPON = "other_coupon"
    DRAWN = "drawn"
    NO_CONTACT = "no_contact"
    SHARES = "shares"
    NO_PARTNER = "no_partner"
    NO_NUMBER = "no_number"
    LIMIT = "limit"
    LIMIT_BELOW = "limit_below"
    NO_DATE = "no_date"
    ENDS_BEFORE = "ends_before"
    NO_AMOUNT = "no_amount"
    NO_CREDIT = "no_credit"
    CREDIT_STAYS = "credit_stays"
    OCCASION_STAYS = "occasion_stays"
    TOO_MANY_CELLS = "too_many_cells"


class LegacyProblem(StrEnum):
    """What can be wrong with a cell of a file from another system."""

    TOO_MANY_CELLS = "too_many_cells"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    NEEDED = "needed"
    NO_EMAIL = "no_email"
    NO_WAY = "no_way"
    NO_LANGUAGE = "no_language"
    NO_STATUS = "no_status"
    NO_PARTNER_THERE = "no_partner_there"
    NO_YES = "no_yes"
    NO_SITE = "no_site"
    NO_DAY = "no_day"
    FUTURE = "future"
    NO_SUM = "no_sum"
    OTHER_CURRENCY = "other_currency"
    NO_CURRENCY = "no_currency"
    SAME_LINE = "same_line"
    OTHER_PERSON = "other_person"
    TWO_PEOPLE = "two_people"
    UNPROVEN = "unproven"
    GUARDED = "guarded"
    NOBODY = "nobody"
    ABOVE_BAD = "above_bad"
    CIRCLE = "circle"
    SPONSOR_STAYS = "sponsor_stays"
    NEVER_PARTNER = "never_partner"
    POSTED = "posted"


CellProblem = Problem | LegacyProblem
TEXTS: Mapping[CellProblem, str] = {
    Problem.EMPTY: "A code needs letters or digits.",
    Problem.CHARACTERS: "There is a character in it that cannot be shown.",
    Problem.TOO_LONG: "It is too long: at most %(other)s characters.",
    Problem.REPEATED: "The same code stands in line %(other)s.",
    Problem.ALIKE_LINE: "It looks like the code in line %(other)s.",
    Problem.ALIKE: "It looks like the code %(other)s, which is taken.",
    Problem.OTHER_COUPON: "This code belongs to another coupon.",
    Problem.DRAWN: "Codes of this form are drawn here and end with a check sign.",
    Problem.NO_CONTACT: "Nobody has this customer number.",
    Problem.SHARES: "Shares are written like meier=60|schulz=40 and add up to 100.",
    Problem.NO_PARTNER: "Only who is or was a partner has a portion.",
    Problem.NO_NUMBER: "Give a whole number, or nothing for no limit.",
    Problem.LIMIT: "A limit is from 1 to 1000000000.",
    Problem.LIMIT_BELOW: "The code has been used more often already: %(other)s.",
    Problem.NO_DATE: "This is no date. Write 2026-12-31 or 31.12.2026; a time such as 18:00 may follow.",
    Problem.ENDS_BEFORE: "The code ends before it begins.",
    Problem.NO_AMOUNT: "This is no amount. Write it like 25.00.",
    Problem.NO_CREDIT: "Only codes of store credit hold an amount.",
    Problem.CREDIT_STAYS: "The credit of a code that is there stays as it is: %(other)s.",
    Problem.OCCASION_STAYS: "The occasion of a code that is there stays as it is.",
    Problem.TOO_MANY_CELLS: "There are more cells than columns.",
    LegacyProblem.NEEDED: "This must be given.",
    LegacyProblem.NO_EMAIL: "This is no e-mail address.",
    LegacyProblem.NO_WAY: "Give an e-mail address or a customer number, by which to find this one.",
    LegacyProblem.NO_LANGUAGE: "This is no language. Write it like de or en-GB.",
    LegacyProblem.NO_STATUS: "This status is not known. Write active, suspended or ended.",
    LegacyProblem.NO_PARTNER_THERE: "This one is no partner there. Leave the line out, or import a contact.",
    LegacyProblem.NO_YES: "Write yes or no, or prospect or customer.",
    LegacyProblem.NO_SITE: "This is no address of a web site, such as https://meier.example.",
    LegacyProblem.NO_DAY: "This is no date of the order that was chosen. Write it like %(other)s.",
    LegacyProblem.FUTURE: "This date is not over yet.",
    LegacyProblem.NO_SUM: "This is no amount with the decimal sign that was chosen. Write it like %(other)s.",
    LegacyProblem.OTHER_CURRENCY: "The amount names another currency than the line: %(other)s.",
    LegacyProblem.NO_CURRENCY: "This is no currency. Write its three letters, such as EUR.",
    LegacyProblem.SAME_LINE: "Line %(other)s is about the same. Leave one out, or put them together.",
    LegacyProblem.OTHER_PERSON: "The cells of this line lead to two people, one of them %(other)s. Mend one.",
    LegacyProblem.TWO_PEOPLE: "Several people here have this address. Write the customer number beside it.",
    LegacyProblem.UNPROVEN: "The customer %(other)s has this address, which is not proven. If it is the "
    "same person, write the customer number beside it.",
    LegacyProblem.GUARDED: "A partner without this customer number has this address: %(other)s. Leave the "
    "number empty, and let the partner connect both by the link in the invitation.",
    LegacyProblem.NOBODY: "Nobody is called so, neither here nor in this file. Mend it, or empty it.",
    LegacyProblem.ABOVE_BAD: "Line %(other)s, which this one names, has a mistake itself.",
    LegacyProblem.CIRCLE: "This closes a circle: this one would stand above itself. Mend it, or empty it.",
    LegacyProblem.SPONSOR_STAYS: "Has another sponsor here already, who stays: %(other)s.",
    LegacyProblem.NEVER_PARTNER: "This one was never a partner here. Import the partners first.",
    LegacyProblem.POSTED: "An opening balance of %(other)s was posted already. Correct it by hand.",
}


@dataclass(frozen=True, kw_only=True)
class BadCell:
    """A cell because of which its line is not imported. `other` is the figure or code that it is about."""

    line: int
    column: str
    value: str
    problem: CellProblem
    other: str = ""

    @property
    def text(self) -> str:
        """What is wrong, in English."""
        return TEXTS[self.problem] % {"other": self.other}


class WrongCell(ValueError):
    """Raised where a cell cannot be read."""

    def __init__(self, problem: CellProblem, other: object = "") -> None:
        self.problem = problem
        self.other = str(other)
        super().__init__(TEXTS[problem] % {"other": other})


LONGEST_SHOWN = 200
"""Signs of a cell that are kept to be shown."""


def bad_cell(line: int, column: str, text: str, wrong: WrongCell) -> BadCell:
    """Tell of a cell that cannot be read."""
    shown = text[:LONGEST_SHOWN]
    return BadCell(line=line, column=column, value=shown, problem=wrong.problem, other=wrong.other)
