"""What the services refuse, said in the admin's language at the field it is about."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain.codes import CodeProblem
from ..i18n import lazy_gettext as _l
from ..services import mistakes
from ..services.mistakes import Mistake
from .fields import NounForm

SAID: Mapping[type[Mistake], tuple[str, str]] = {
    mistakes.NameTaken: ("name", _l("There is a coupon of this name already. Please choose another name.")),
    mistakes.CodeTaken: (
        "display",
        _l("This code is taken, in this or another spelling. Please choose another one."),
    ),
    mistakes.BadSetting: (
        "",
        _l("This cannot be: the value is not possible, or the change holds already or within a minute."),
    ),
    mistakes.ProposedAlready: ("", _l("The same change is proposed already and waits for approval.")),
    mistakes.Decided: (
        "",
        _l("This is decided already, or only somebody else may decide it: look at it again."),
    ),
    mistakes.LooksDrawn: (
        "display",
        _l("Codes of this form are drawn at random and end with a check sign. Please choose another one."),
    ),
    mistakes.LooksAlike: ("display", _l("This looks like a code that is taken. Please choose another one.")),
    mistakes.ClosesCircle: (
        "sponsor_id",
        _l("The new sponsor stands below this contact. Please choose somebody else."),
    ),
    mistakes.BadOrigin: ("origin", _l("Please say in a few words which system the file comes from.")),
    mistakes.SeenOtherwise: (
        "",
        _l("Something has changed since you looked at the file. This is what it would do now."),
    ),
    mistakes.HasBadLines: ("", _l("Nothing was imported: there are mistakes in the file.")),
    mistakes.LimitBelowUse: (
        "",
        _l("A limit is below what is used already. Please give a higher one, or none."),
    ),
    mistakes.HasCodes: (
        "treatment",
        _l(
            "There are codes already: the coupon cannot become store credit or cease to be it, nor can "
            "credit change its currency. Please make another coupon."
        ),
    ),
    mistakes.NoPartner: ("", _l("This contact is no partner any more. Please look at the card again.")),
    mistakes.BadSite: ("site", _l("This is no address of a web site, such as https://meier.example.")),
    mistakes.NoParent: ("until", _l("Nobody stands above this partner. Please name the sponsor first.")),
    mistakes.BadHost: (
        "origin",
        _l("Please give the host alone, such as https://spring.example, without a page behind it."),
    ),
    mistakes.HostTaken: ("origin", _l("This host is on the list already.")),
    mistakes.BadPicture: (
        "picture",
        _l("Please choose a picture: PNG, JPEG, GIF or WebP, of at most 1 MB and 4000 pixels each way."),
    ),
    mistakes.SamePerson: (
        "winner_id",
        _l("These are one contact already, or one of them is merged. Please choose another one."),
    ),
    mistakes.WinnerBelow: (
        "winner_id",
        _l(
            "This one stands below the other. Name another sponsor for it first, or merge them the other way."
        ),
    ),
    mistakes.HasMoney: (
        "",
        _l("This contact has earned, so its books go on. Open the other contact and merge it into this one."),
    ),
    mistakes.ChangePlanned: (
        "at",
        _l("Another sponsor is planned for this contact already. Call that off first, in Planned sponsors."),
    ),
    mistakes.SentAlready: ("", _l("These contacts have got this very mail already. Nothing was sent again.")),
    mistakes.RuleNameTaken: ("name", _l("There is one of this name already. Please choose another name.")),
    mistakes.NoConversion: (
        "",
        _l("A program that is on needs at least one rule that is on and marked as what it is for."),
    ),
    mistakes.PageTaken: ("path", _l("This page is on the list already.")),
    mistakes.UnderWay: ("", _l("This file is being imported already.")),
    mistakes.BadEndpoint: (
        "url",
        _l(
            "This address cannot be called. It begins with https:// and leads to a public host; hosts of "
            "your own net are named in FIRSTLINE_WEBHOOK_PRIVATE_HOSTS."
        ),
    ),
    mistakes.SourceTaken: ("name", _l("There is a shop of this name already. Please choose another name.")),
    mistakes.CannotSeal: (
        "",
        _l("Secrets of other shops are kept sealed. Please install the extra Flask-Firstline[hooks] first."),
    ),
    mistakes.BadTag: (
        "tag",
        _l("A tag has 1 to 64 characters and no comma, and a contact has at most 50 tags."),
    ),
    mistakes.BadText: ("text", _l("Please write something, and not more than fits.")),
    mistakes.BadPeriod: ("days", _l("It cannot be kept for this time. Please look at the bounds.")),
    mistakes.NotThere: ("", _l("Somebody has removed this in the meantime. Please look at the list again.")),
}
_PROBLEMS: Mapping[str, str] = {
    CodeProblem.EMPTY.value: _l("A code needs letters or digits."),
    CodeProblem.CHARACTERS.value: _l("There is a character in it that cannot be shown."),
    CodeProblem.TOO_LONG.value: _l("At most 64 characters, please."),
}
_NOT_REPLACEABLE: Mapping[str, str] = {
    "credit": _l("Store credit is not replaced. Switch the code off and issue a new one with what is left."),
    "replaced": _l("There is a fresh code for it already."),
    "used_up": _l("It is used up: nothing is left that a fresh code could give."),
}


_BAD_SOURCES: Mapping[str, str] = {
    "name": _l("A name has 1 to 20 of the signs a-z, 0-9 and -; shop and admin are taken."),
    "url": _l(
        "This address cannot be called. It begins with https:// and leads to a public host; hosts of "
        "your own net are named in FIRSTLINE_WEBHOOK_PRIVATE_HOSTS."
    ),
    "currency": _l("This is no currency: give a code such as EUR."),
    "zone": _l("This is no time zone: give one such as Europe/Berlin."),
    "secret": _l("This platform signs with a secret of its own: please give it here."),
    "access": _l("This is no key of the shop's API."),
}


def said(mistake: Mistake) -> tuple[str, str]:
    """Give the field and the sentence of a mistake; the service's own words where there are none of ours."""
    if isinstance(mistake, mistakes.BadCode) and mistake.problem in _PROBLEMS:
        return "display", str(_PROBLEMS[mistake.problem])
    if isinstance(mistake, mistakes.NotReplaceable):
        return "", str(_NOT_REPLACEABLE[mistake.problem])
    if isinstance(mistake, mistakes.BadSource) and mistake.field in _BAD_SOURCES:
        return mistake.field, str(_BAD_SOURCES[mistake.field])
    field, text = SAID.get(type(mistake), ("", ""))
    return field, str(text) if text else str(mistake)


def complain(form: NounForm, error: ValueError) -> None:
    """Tie a mistake to its field; other errors of values to the form."""
    field, text = said(error) if isinstance(error, Mistake) else ("", str(error))
    form.complain(field, text)
