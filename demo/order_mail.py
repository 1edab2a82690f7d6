"""The shop's own mail about an order, with the code for friends that the order yields."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formataddr

from flask import current_app, render_template
from flask_babel import gettext

from .partners import firstline
from .sales import Order


def write(order: Order) -> EmailMessage:
    """Write it within the order's transaction; what it says holds when that is committed."""
    facts = {"order": order, "share": firstline.share(order.number)}
    mail = EmailMessage()
    mail["From"] = current_app.config["FIRSTLINE_MAIL_FROM"]
    mail["To"] = formataddr((" ".join(order.name.split()), order.email))
    mail["Subject"] = gettext("Your order %(number)s", number=order.number)
    mail.set_content(render_template("mail/order.txt", **facts))
    mail.add_alternative(render_template("mail/order.html", **facts), subtype="html")
    return mail
