"""The roles of the shop's staff in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..domain.roles import Role
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import list_text

NAMES: Mapping[Role, str] = {
    Role.VIEWER: _l("viewers"),
    Role.SUPPORT: _l("support"),
    Role.MARKETING: _l("marketing"),
    Role.FINANCE: _l("finance"),
    Role.OWNER: _l("owners"),
}


def only_these(roles: Iterable[Role]) -> str:
    """Say which roles may do what was refused."""
    named = list_text([str(NAMES[role]) for role in roles])
    return _("Only these roles may do it: %(roles)s.", roles=named)
