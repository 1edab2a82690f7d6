"""Mails: try whether they arrive."""

from __future__ import annotations

import click

from ..delivery.effects import CannotYet, Never
from ..delivery.mails import send_trial
from ..domain.mail import mailbox
from ..services.mistakes import Mistake
from ..state import current_state
from .group import Answer, Commands, answering, firstline

mail = Commands("mail", help="Mails.")
firstline.add_command(mail)


@mail.command("test")
@click.argument("address")
@answering
def try_mail(address: str) -> Answer:
    """Send a trial mail to ADDRESS at once, by the way that all mails take, and say how that went."""
    try:
        mailbox(address)
    except ValueError as error:
        raise Mistake(f"{address!r} is no e-mail address: {error}.") from error
    try:
        way = send_trial(current_state(), address)
    except (CannotYet, Never) as why:
        return _failed(address, str(why))
    except Exception as error:  # whatever a shop's code or a mail server may do
        return _failed(address, f"{type(error).__name__}: {error}")
    text = f"A trial mail to {address} was handed to {way.name}."
    return Answer(text=text, data={"to": address, "way": way.name, "error": None})


def _failed(address: str, said: str) -> Answer:
    text = f"No mail was sent to {address}. {said}"
    return Answer(text=text, data={"to": address, "way": None, "error": said}, ok=False)
