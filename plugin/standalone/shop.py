"""The answers of a shop that is not here: nobody is a customer, and admins have log-ins of our own."""

from __future__ import annotations

from flask import has_request_context, url_for

from ..i18n import gettext as _
from ..shop import Admin, Cart, Customer
from .session import user


class StandaloneShop:
    """Stands where a shop's adapter stands."""

    def current_customer(self) -> Customer | None:
        """Give nobody: customers sign in at their shop."""
        return None

    def current_cart(self) -> Cart | None:
        """Give none: carts are in the shop."""
        return None

    def is_admin(self) -> bool:
        """Say whether somebody with a log-in is signed in."""
        return self.admin_identity() is not None

    def admin_identity(self) -> Admin | None:
        """Give who is signed in, with the one role."""
        found = user() if has_request_context() else None
        return None if found is None else Admin(id=str(found.id), name=found.name, roles=(found.role,))

    def way_out(self, area: str) -> tuple[str, str] | None:
        """Lead admins to their own log-in, partners to the start."""
        if area == "admin" and self.is_admin():
            return _("My log-in"), url_for("standalone.account")
        return _("To the start"), url_for("standalone.start")
