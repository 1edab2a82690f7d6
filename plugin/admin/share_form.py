"""The form in which a credit is shared: partners, what each has of it, and why."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wtforms import Field, Form

from ..domain.portions import MOST, Portion, percent_of, weight_of
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import percent
from ..services.mistakes import BadPortions, Mistake
from .contact_field import ContactField
from .fields import HiddenField, NounForm, TextField, TypedField
from .sayings import said

_SPARE = 2
_LEAST = 3
_REFUSALS: Mapping[str, str] = {
    "reason": _l("Please say why."),
    "reason_long": _l("At most 200 characters, please."),
    "weights": _l("Please name each partner once; the weights together are exactly 100 %."),
    "no_partner": _l("Only who is or was a partner can have a part of it."),
    "unchanged": _l("It is shared so already."),
    "key_used": _l("This form was sent before with something else. Please open it anew."),
}


class WeightField(TypedField):
    """What a partner has of a credit; the value is in hundredths of a per cent."""

    kind = "percent"

    def read(self, typed: str, form: Form) -> int:
        """Read a per cent."""
        try:
            return weight_of(typed)
        except ValueError as error:
            raise ValueError(
                _("Please give a per cent above 0 and up to 100, with at most 2 decimals.")
            ) from error

    def write(self, value: int) -> str:
        """Show a weight as it can be typed again."""
        return str(percent_of(value))


class ShareForm(NounForm):
    """Up to so many partners with their weights, the main one first."""

    key = HiddenField("")
    reason = TextField(_l("Reason"), needed=True, hint=_l("Stands in the audit log."))

    def rows(self) -> list[tuple[Field, Field]]:
        """Give the rows to be shown: all that are filled, and a few more."""
        found = [(self[f"partner_{n}"], self[f"weight_{n}"]) for n in range(MOST)]
        filled = [n for n, row in enumerate(found) if any(field.text() or field.errors for field in row)]
        return found[: max(_LEAST, max(filled, default=0) + 1 + _SPARE)]

    def portions(self) -> tuple[Portion, ...] | None:
        """Give what was typed; None, and complaints at the fields, where a row is half filled."""
        found, whole = [], True
        for partner, weight in self._pairs():
            if partner.data is None and weight.data is None:
                continue
            for field in (partner, weight):
                if field.data is None:
                    self.complain(field.name, _("Please fill this in."))
                    whole = False
            if whole:
                found.append(Portion(partner_id=partner.data, weight=weight.data))
        return tuple(found) if whole else None

    def _pairs(self) -> Iterator[tuple[Field, Field]]:
        return ((self[f"partner_{n}"], self[f"weight_{n}"]) for n in range(MOST))

    def refuse(self, mistake: Mistake) -> None:
        """Say why it was refused."""
        if isinstance(mistake, BadPortions):
            name = "reason" if mistake.problem.startswith("reason") else ""
            self.complain(name, str(_REFUSALS.get(mistake.problem, mistake)))
        else:
            self.complain(*said(mistake))


for _n in range(MOST):
    _main = _l("Main partner") if _n == 0 else _l("Partner %(n)s", n=_n + 1)
    setattr(ShareForm, f"partner_{_n}", ContactField(_main))
    setattr(ShareForm, f"weight_{_n}", WeightField(_l("Has of it, in per cent")))


def preset(portions: Sequence[Portion]) -> dict[str, Any]:
    """Give the values with which the form opens."""
    values: dict[str, Any] = {"key": uuid.uuid4().hex}
    for n, portion in enumerate(portions):
        values |= {f"partner_{n}": portion.partner_id, f"weight_{n}": portion.weight}
    return values


def digest(portions: Sequence[Portion], reason: str) -> str:
    """Give a digest of what was previewed, so that exactly that is done."""
    told = [[portion.partner_id, portion.weight] for portion in portions], reason
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def weight_text(weight: int) -> str:
    """Show a weight."""
    return percent(percent_of(weight))
