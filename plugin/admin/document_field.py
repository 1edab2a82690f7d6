"""A field in which one names an order or invoice."""

from __future__ import annotations

from wtforms import Form

from ..domain.money import currency_code
from ..i18n import gettext as _
from ..models import Document
from ..services import lookup
from .edge import session
from .fields import TypedField
from .show import document_name


class DocumentField(TypedField):
    """An order or invoice by its number; the value is its id."""

    def read(self, typed: str, form: Form) -> int:
        """Find the one that is meant."""
        found = lookup.documents(session(), typed.replace("\0", ""))
        if len(found) == 1:
            return found[0].id
        if found:
            raise ValueError(_("Several orders are called so. Please give the reference of the shop."))
        raise ValueError(_("No order or invoice is known under this number."))

    def write(self, value: int) -> str:
        """Show it as it can be typed again."""
        document = session().get(Document, value)
        return "" if document is None else document_name(document)


class CurrencyField(TypedField):
    """A currency by its code."""

    def read(self, typed: str, form: Form) -> str:
        """Refuse what is no currency."""
        try:
            return currency_code(typed.upper())
        except ValueError as error:
            raise ValueError(_("This is no currency. Please give its code, such as EUR.")) from error
