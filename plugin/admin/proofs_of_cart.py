"""The checks about the cart with which a code comes, in words."""

from __future__ import annotations

from ..i18n import gettext as _
from ..i18n import money, ngettext, number
from .proof_words import Data, Facts, Said, Saying, figure


def currency(data: Data, facts: Facts, ok: bool) -> Said | None:
    """Say in which currency it is."""
    needed = data.get("currency")
    if not needed:
        return None
    text = (
        f"{needed}."
        if ok
        else _("%(needed)s, and this is in %(given)s.", needed=needed, given=facts.currency)
    )
    return Said(_("In the coupon's currency"), text)


def alone(data: Data, facts: Facts, ok: bool) -> Said | None:
    """Say whether it goes with the codes beside it."""
    title = _("May stand beside the other codes")
    if not ok:
        return Said(title, _("Another code that is there cannot stand beside this one."))
    return Said(title) if facts.codes > 1 else None


def beside(data: Data, facts: Facts, ok: bool) -> Said:
    """Say whether the codes beside it hold on with it."""
    return Said(
        _("The other codes hold on"),
        ""
        if ok
        else _("With it the goods would be below or above what another code that is there asks for."),
    )


def number_of_codes(data: Data, facts: Facts, ok: bool) -> Said:
    """Say whether there are too many codes."""
    codes, most = figure(data, "codes"), figure(data, "most")
    text = ngettext("%(num)s code, at most %(most)s.", "%(num)s codes, at most %(most)s.", codes,
                    most=number(most))  # fmt: skip
    return Said(_("Not too many codes at once"), text)


def minimum(data: Data, facts: Facts, ok: bool) -> Said | None:
    """Say from which order it holds."""
    minimum, goods = data.get("minimum"), figure(data, "goods")
    if minimum is None:
        return None
    title = _("From an order of %(amount)s", amount=money(int(str(minimum)), facts.currency))
    lines = ngettext("%(num)s line, without shipping", "%(num)s lines, without shipping", facts.lines)
    text = _("Goods for %(amount)s.", amount=money(goods, facts.currency))
    missing = figure(data, "missing")
    if not ok and missing > 0 and not facts.placed:
        text += " " + _("%(amount)s are missing.", amount=money(missing, facts.currency))
    return Said(title, text, lines)


def maximum(data: Data, facts: Facts, ok: bool) -> Said | None:
    """Say up to which order it holds."""
    maximum, goods = data.get("maximum"), figure(data, "goods")
    if maximum is None:
        return None
    title = _("Up to an order of %(amount)s", amount=money(int(str(maximum)), facts.currency))
    return Said(title, _("Goods for %(amount)s.", amount=money(goods, facts.currency)))


def products(data: Data, facts: Facts, ok: bool) -> Said:
    """Say whether there are articles for it."""
    title = _("There are articles it may be used on")
    if not ok:
        return Said(title, _("None of the lines is meant by the coupon."))
    if not facts.placed:
        return Said(title)
    text = ngettext("%(num)s line was discounted.", "%(num)s lines were discounted.", facts.discounted)
    return Said(title, text)


def discount(data: Data, facts: Facts, ok: bool) -> Said:
    """Say whether there is anything to take off."""
    title = _("There is something to take off")
    return Said(title, "" if ok else _("It would take off nothing: nothing is left that it may reduce."))


def budget(title: str) -> Saying:
    """Give the words for a budget."""

    def said(data: Data, facts: Facts, ok: bool) -> Said:
        values = {
            "limit": money(figure(data, "limit"), facts.currency),
            "more": money(figure(data, "more"), facts.currency),
            "used": money(figure(data, "used"), facts.currency),
        }
        if facts.placed:
            return Said(str(title), _("At most %(limit)s in all.", **values))
        text = _("%(used)s of %(limit)s are used, and this is %(more)s more.", **values)
        return Said(str(title), text)

    return said
