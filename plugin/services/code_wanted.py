"""What is asked of a batch that is to be drawn, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from ..domain.codes import ALPHABET, LONGEST, canonical
from ..models import Code, CodeBatch
from . import code_forms
from .code_cells import LONGEST_OCCASION
from .code_forms import Form
from .codes import check_contacts, check_limit, credit_of, dates_of, spelled
from .context import Keyring
from .coupons import get_coupon
from .mistakes import FormTaken, Mistake, TooManyToDraw

_BATCH = CodeBatch.__table__
_CODE = Code.__table__
MOST = 5_000_000
"""Codes of one batch."""
_ROOMY = 10**9
"""A form of which nobody has half of all codes: those that are there need not be counted."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A batch to be drawn: `count` codes of a prefix, `length` random signs and, if wanted, a check sign.

    `credit` in minor units is for store credit; None is the coupon's amount. `how` says
    who asks: "generated" a person, "api" a program.
    """

    coupon_id: int
    count: int
    prefix: str = ""
    length: int = 10
    check_signs: bool = True
    occasion: str = ""
    owner_id: int | None = None
    max_uses: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    credit: int | None = None
    how: str = "generated"

    @property
    def size(self) -> int:
        """How many characters the key of a code has."""
        return len(canonical(self.prefix)) + self.length + self.check_signs


def check(conn: Connection, wanted: Wanted) -> Wanted:
    """Give what is wanted with the coupon's credit filled in, or raise the Mistake that speaks against it."""
    coupon = get_coupon(conn, wanted.coupon_id)
    if not 1 <= wanted.count <= MOST:
        raise Mistake(f"The number of codes is from 1 to {MOST}.")
    if wanted.length < 1 or len(wanted.prefix) + wanted.length + wanted.check_signs > LONGEST:
        raise Mistake(f"A code has at most {LONGEST} characters, its prefix among them.")
    spelled(wanted.prefix + ALPHABET[: wanted.length])
    check_limit(wanted.max_uses)
    dates_of(wanted.valid_from, wanted.valid_until)
    check_contacts(conn, wanted.owner_id)
    check_occasion(wanted.occasion)
    _check_room(conn, wanted)
    return replace(wanted, credit=credit_of(coupon, wanted.credit))


def check_occasion(occasion: str) -> None:
    """Raise Mistake where an occasion cannot be printed."""
    if len(occasion) > LONGEST_OCCASION or not occasion.isprintable():
        raise Mistake(f"An occasion has at most {LONGEST_OCCASION} characters, and none that cannot be seen.")


def _check_room(conn: Connection, wanted: Wanted) -> None:
    """Refuse to draw more than half of all codes of a form, those that are there among them."""
    room = int(len(ALPHABET) ** wanted.length)
    there = 0
    if room < max(_ROOMY, 1000 * wanted.count):
        query = (
            select(func.count()).select_from(_CODE).where(*_of_form(canonical(wanted.prefix), wanted.size))
        )
        there = conn.execute(query).scalar_one()
    if 2 * (wanted.count + there) > room:
        raise TooManyToDraw(
            f"{wanted.count} codes of {wanted.length} random signs are too many to be drawn; "
            "give a greater length or another prefix."
        )


def _of_form(start: str, size: int) -> list[Any]:
    return [func.length(_CODE.c.key) == size, func.substr(_CODE.c.key, 1, len(start)) == start]


def check_form(conn: Connection, wanted: Wanted, keys: Keyring) -> Form | None:
    """Give the form of a batch with check signs, or None. Raises FormTaken.

    Codes without a check sign that look as if they had one would be told as mistyped.
    """
    forms = code_forms.of_batches(conn)
    if not wanted.check_signs:
        if forms.meets(canonical(wanted.prefix), wanted.size):
            raise FormTaken(
                "There are codes of this form with a check sign, which these would lack. "
                "Give another prefix or length, or let them have one too."
            )
        return None
    form = code_forms.form_of(wanted.prefix, wanted.length, keys.signing_id)
    if not forms.holds(form):
        check_no_code_has(conn, form)
    return form


def check_no_code_has(conn: Connection, form: Form) -> None:
    """Raise FormTaken where there is a code of a form that was not drawn with a check sign."""
    drawn = select(_BATCH.c.id).where(_BATCH.c.check_signs)
    others = or_(_CODE.c.batch_id.is_(None), _CODE.c.batch_id.not_in(drawn))
    query = select(_CODE.c.key, _CODE.c.display).where(*_of_form(form.start, form.size), others)
    with conn.execute(query.execution_options(yield_per=1000)) as found:
        taken = next((row.display for row in found if form.has(row.key)), None)
    if taken is not None:
        raise FormTaken(
            f"There are codes that look like these, such as {taken}: they would be taken for mistyped "
            "ones. Give another prefix or length, or leave the check sign out."
        )
