"""What people copy into pages of their own: the counter's tag."""

from __future__ import annotations

from flask import url_for
from markupsafe import Markup


def counter_tag(tracking_id: str = "") -> str:
    """Give the tag of the counter, for one partner's link where its tracking id is given."""
    script = url_for("firstline_checkout.counter_script", name="counter", _external=True)
    partner = Markup(' data-partner="{}"').format(tracking_id.lower()) if tracking_id else Markup()
    return str(Markup('<script type="module" src="{}"{}></script>').format(script, partner))
