"""Phone numbers in one spelling, or None where that would be a guess."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class _Plan:
    calling_code: str
    trunk: str
    shortest: int
    longest: int


# country: calling code, what is dialled before a national number, fewest and most digits without it
_PLANS_TEXT: Final = """
AT 43 0 7 13|AU 61 0 9 9|BE 32 0 8 9|BG 359 0 7 9|BY 375 80 9 9|CA 1 1 10 10|CH 41 0 9 9|CY 357 - 8 8
CZ 420 - 9 9|DE 49 0 7 11|DK 45 - 8 8|EE 372 - 7 8|ES 34 - 9 9|FI 358 0 6 11|FR 33 0 9 9|GB 44 0 9 10
GR 30 - 10 10|HR 385 0 8 9|HU 36 06 8 9|IE 353 0 7 9|IL 972 0 8 9|IS 354 - 7 7|IT 39 - 8 11|JP 81 0 9 10
KZ 7 8 10 10|LI 423 - 7 7|LT 370 0 8 8|LU 352 - 6 9|LV 371 - 8 8|MT 356 - 8 8|NL 31 0 9 9|NO 47 - 8 8
NZ 64 0 8 10|PL 48 - 9 9|PT 351 - 9 9|RO 40 0 9 9|RS 381 0 8 9|RU 7 8 10 10|SE 46 0 7 9|SI 386 0 8 8
SK 421 0 9 9|TR 90 0 10 10|UA 380 0 9 9|US 1 1 10 10
"""
_PLANS: Final = {
    country: _Plan(calling_code=code, trunk=trunk.strip("-"), shortest=int(shortest), longest=int(longest))
    for country, code, trunk, shortest, longest in map(
        str.split, _PLANS_TEXT.strip().replace("\n", "|").split("|")
    )
}
_BY_CODE: Final = {plan.calling_code: plan for plan in _PLANS.values()}
_WRITTEN: Final = re.compile(r"\+?[0-9 ()./-]+")
_OPTIONAL_TRUNK: Final = re.compile(r"\( ?0 ?\)")
_WORLD_SHORTEST: Final = 8
_WORLD_LONGEST: Final = 15


def phone_e164(phone: str | None, country: str | None = None) -> str | None:
    """Give a phone number as +491701234567, or None where it is none or could be another's."""
    text = _OPTIONAL_TRUNK.sub("(0)", unicodedata.normalize("NFKC", phone or "").strip())
    text = "".join("-" if unicodedata.category(char) == "Pd" else char for char in text)
    if not _WRITTEN.fullmatch(text):
        return None
    digits = re.sub("[^0-9]", "", text)
    if text.startswith("+") or digits.startswith("00"):
        bracketed = "(0)" in text
        world = re.sub("[^0-9]", "", text.replace("(0)", "", 1)) if bracketed else digits
        return _international(world if text.startswith("+") else world.removeprefix("00"), bracketed)
    plan = _PLANS.get((country or "").strip().upper())
    return _national(digits, plan) if plan else None


def _international(digits: str, bracketed: bool) -> str | None:
    plan = next((_BY_CODE[digits[:size]] for size in (1, 2, 3) if digits[:size] in _BY_CODE), None)
    if plan is None:
        known = not bracketed and not digits.startswith("0")
        return f"+{digits}" if known and _WORLD_SHORTEST <= len(digits) <= _WORLD_LONGEST else None
    rest = digits.removeprefix(plan.calling_code)
    if bracketed and plan.trunk != "0":
        return None
    return _written(rest.removeprefix("0") if plan.trunk == "0" else rest, plan)


def _national(digits: str, plan: _Plan) -> str | None:
    if plan.trunk and digits.startswith(plan.trunk):
        found = _written(digits.removeprefix(plan.trunk), plan)
        if found:
            return found
    # Where every number has the same length, one without the trunk digit is no guess.
    certain = not plan.trunk or plan.shortest == plan.longest
    return _written(digits, plan) if certain else None


def _written(number: str, plan: _Plan) -> str | None:
    fits = plan.shortest <= len(number) <= plan.longest and not (plan.trunk and number.startswith("0"))
    return f"+{plan.calling_code}{number}" if fits else None
