"""What our pages have of the shop: its name, and its layout where it lends one."""

from __future__ import annotations

import json
import re

from flask import current_app, request
from jinja2 import Template

from .domain.mail import read_mailbox
from .errors import ConfigError
from .i18n import gettext as _
from .shop import LaysOut, LeadsOut
from .state import current_state

_NAME = re.compile(r"[A-Za-z_]\w*")


def brand() -> str:
    """Name the shop on our pages: as the sender of its mails does, else by its host."""
    sender = current_state().settings.mail_from
    named = read_mailbox(sender).name if sender else ""
    return named or request.host.partition(":")[0]


def frame(area: str) -> dict[str, object]:
    """Give what a page needs to bear the shop's name, and to stand in its layout where it lends one."""
    shop = current_state().shop
    lent = shop.layout(area) if isinstance(shop, LaysOut) else None
    if lent is None:
        return {"brand": brand()}
    template, block, context = lent
    return {**context, "brand": brand(), "firstline_frame": _around(template, block)}


def way_out(area: str) -> dict[str, str]:
    """Give what the way out of our pages says and where it leads: as the shop has it, else to its start."""
    shop = current_state().shop
    lent = shop.way_out(area) if isinstance(shop, LeadsOut) else None
    text, href = lent or (_("To the shop"), request.root_path + "/")
    return {"text": text, "href": href}


def _around(template: str, block: str) -> Template:
    """Make the template between the shop's layout and our page: our body goes into the shop's block."""
    if not _NAME.fullmatch(block):
        raise ConfigError(f"layout() gave the block {block!r}; give the name of a block of {template!r}.")
    source = (
        f"{{% extends {json.dumps(template)} %}}{{% block {block} %}}{{{{ firstline_head() }}}}"
        '<div class="fl-root">{% block body %}{% endblock %}</div>{% endblock %}'
    )
    return current_app.jinja_env.from_string(source)
