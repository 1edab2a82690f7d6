"""A field in which one names a contact."""

from __future__ import annotations

from typing import Any

from wtforms import Form

from ..i18n import gettext as _
from ..models import Contact
from ..services import lookup
from .edge import now, session
from .fields import TypedField
from .show import contact_name


class ContactField(TypedField):
    """A contact by customer number, e-mail or whole name; the value is its id."""

    def __init__(self, label: str, *, partners: bool = False, **more: Any) -> None:  # noqa: ANN401
        super().__init__(label, **more)
        self.partners = partners

    @property
    def hint(self) -> str:
        """Name who is meant, before what is to be typed here."""
        contact = None if self.data is None else session().get(Contact, self.data)
        named = contact_name(contact) if contact is not None else ""
        return " · ".join(part for part in (named, str(self._hint)) if part)

    @hint.setter
    def hint(self, text: str) -> None:
        self._hint = text

    def read(self, typed: str, form: Form) -> int:
        """Find the one who is meant."""
        found = lookup.contacts(
            session(), typed.replace("\0", ""), partners_at=now() if self.partners else None
        )
        if len(found) == 1:
            return found[0].id
        if found:
            raise ValueError(
                _("Several contacts are called so. Please give the customer number or the e-mail.")
            )
        if self.partners:
            raise ValueError(
                _("No partner is known under this. Give the customer number, e-mail or whole name.")
            )
        raise ValueError(_("Nobody is known under this. Give the customer number, e-mail or whole name."))

    def write(self, value: int) -> str:
        """Show a contact as it can be typed again."""
        contact = session().get(Contact, value)
        if contact is None:
            return ""
        return contact.ref or contact.email or f"#{contact.id}"
