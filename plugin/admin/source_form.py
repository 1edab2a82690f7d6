"""The forms of another shop: where it is, how it tells, its secrets."""

from __future__ import annotations

from ..domain.platforms import PLATFORMS
from ..i18n import lazy_gettext as _l
from ..services import sources
from ..services.sources import LONGEST_SECRET, Wanted
from .fields import CheckField, ChoiceField, NounForm, TextField

_SECRET_HINT = _l("Only where the shop signs with a secret of its own; WooCommerce gets one from us.")


class SourceForm(NounForm):
    """Where a shop is and how it tells."""

    name = TextField(
        _l("Name"), needed=True, longest=sources.LONGEST_NAME,
        hint=_l("Short, such as woo. It stands before the numbers of orders and customers and stays."),
    )  # fmt: skip
    platform = ChoiceField(
        _l("Platform"), choices=[(one.name, one.title) for one in PLATFORMS.values()], default="woocommerce"
    )
    url = TextField(_l("Web address"), needed=True, longest=500, hint=_l("Such as https://shop.example."))
    currency = TextField(_l("Currency"), needed=True, longest=3, hint=_l("Of amounts that come without one."))
    zone = TextField(
        _l("Time zone"), needed=True, longest=64, hint=_l("Of times that come without one: Europe/Berlin.")
    )
    active = CheckField(_l("May tell"), default=True, hint=_l("Switched off, its webhooks are refused."))
    secret = TextField(_l("Secret of the shop"), longest=LONGEST_SECRET, hint=_SECRET_HINT)
    access = TextField(
        _l("Key of its API"), longest=LONGEST_SECRET,
        hint=_l("To fetch orders that were missed, and to carry codes there: WooCommerce ck_…:cs_…, Shopify "
                "shpat_…, Saleor the token of an app. It is kept sealed, never shown."),
    )  # fmt: skip
    groups = (
        (_l("Shop"), ("name", "platform", "url", "currency", "zone", "active")),
        (_l("Secrets"), ("secret", "access")),
    )

    def wanted(self) -> Wanted:
        """Give what was typed in."""
        return Wanted(
            name=self.name.data,
            platform=self.platform.data,
            url=self.url.data,
            currency=self.currency.data,
            zone=self.zone.data,
            active=bool(self.active.data),
        )


class ChangeForm(SourceForm):
    """The same for a shop that is there; its name, platform and secret are not changed here."""

    name = None  # type: ignore[assignment]  # a field of the parent that is left out
    platform = None  # type: ignore[assignment]
    secret = None  # type: ignore[assignment]


class SecretForm(NounForm):
    """A secret that the shop has made."""

    secret = TextField(_l("Secret of the shop"), longest=LONGEST_SECRET, hint=_SECRET_HINT)
