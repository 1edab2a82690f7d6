"""What people who set the program up can get wrong; each text says what to do instead."""

from __future__ import annotations

from ..domain.condition import Fault
from ..errors import FirstlineError


class Mistake(FirstlineError, ValueError):
    """What was asked for cannot be done; nothing was changed."""


class NotThere(Mistake):
    """Something that was named does not exist."""


class NameTaken(Mistake):
    """Another coupon has this name."""


class BadTerms(Mistake):
    """Terms of a coupon or a commission that cannot work."""


class HasCodes(BadTerms):
    """A coupon with codes that would become store credit, or cease to be it, or change its currency."""


class NoPartner(Mistake):
    """Somebody who is no partner, or is one no more."""


class UnderWay(Mistake):
    """Work that has been begun already."""


class BadOrigin(Mistake):
    """A file from another system of which nobody said from which."""


class SeenOtherwise(Mistake):
    """A file that would do something else by now than when it was looked at."""


class HasBadLines(Mistake):
    """A file with mistakes of which all lines were wanted, or none."""


class NotMapped(Mistake):
    """A file of which some columns, dates or amounts cannot be read before somebody has chosen how."""


class LimitBelowUse(Mistake):
    """A limit that is lower than what is used already."""


class ClosesCircle(Mistake):
    """A sponsor who stands below the contact."""


class BadLink(Mistake):
    """A page that no link of a partner can lead to, or a note that is too long."""


class TooManyLinks(Mistake):
    """More links than a partner may have."""


class BadHost(Mistake):
    """An address that is no bare host of a web site."""


class HostTaken(Mistake):
    """A host that is on the list already."""


class PageTaken(Mistake):
    """A landing page that is on the list already."""


class BadPicture(Mistake):
    """A file that is no picture browsers show, or a picture that is too large."""


class SamePerson(Mistake):
    """Two contacts of whom one is merged already, or the same one twice."""


class WinnerBelow(Mistake):
    """A contact that stands below its double, and so cannot be the one that goes on."""


class HasMoney(Mistake):
    """A contact that has earned, and so cannot be the one that ends."""


class ChangePlanned(Mistake):
    """A contact for whom another sponsor is planned already."""


class SentAlready(Mistake):
    """A mail that the same contacts have got already."""


class CodeRefused(Mistake):
    """A code that cannot be made; `problem` names the reason for programs."""

    def __init__(self, text: str, problem: str) -> None:
        self.problem = problem
        super().__init__(text)


class BadCode(CodeRefused):
    """A spelling that no code, or no partner's own code, can have."""


class CodeTaken(CodeRefused):
    """The code exists, in this or another spelling; a disabled one stays taken."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "taken")


class LooksAlike(CodeRefused):
    """A code that people would mistake for another one."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "looks_alike")


class NotReplaceable(Mistake):
    """A code in whose place no fresh one can be made; `problem` names the reason for programs."""

    def __init__(self, text: str, problem: str) -> None:
        self.problem = problem
        super().__init__(text)


class LooksDrawn(CodeRefused):
    """A code of the form in which codes with a check sign are drawn: it would be told as mistyped."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "looks_drawn")


class TooManyToDraw(Mistake):
    """More codes than can be drawn at random from all of a form."""


class FormTaken(Mistake):
    """A form of codes with a check sign that codes made otherwise have already."""


class BadSite(Mistake):
    """A web site whose address is none."""


class TooManyTries(Mistake):
    """More tries than a person makes in ten minutes."""


class BadApplication(Mistake):
    """An application that cannot be right; `field` names what to mend."""

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        super().__init__(text)


class NoLogin(Mistake):
    """A log-in of our own where there can be none."""


class NoParent(Mistake):
    """An act about the partner above where there is nobody."""


class BadRule(Mistake):
    """A rule that cannot work; `faults` has every mistake with its place."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{f.path}: {f.problem} {f.about}".rstrip() for f in faults))


class RuleNameTaken(Mistake):
    """Another program, or rule of the program, has this name."""


class NoConversion(Mistake):
    """A program that would be on without a rule that says what it is for."""


class BadPortions(Mistake):
    """Portions of a shared credit that cannot be; `problem` names the reason for programs."""

    def __init__(self, problem: str, text: str) -> None:
        self.problem = problem
        super().__init__(text)


class PostingRefused(Mistake):
    """An act on the books that cannot be done so; `problem` names the reason for programs."""

    def __init__(self, problem: str, text: str) -> None:
        self.problem = problem
        super().__init__(text)


class BadTag(Mistake):
    """A tag that is empty, too long or one too many, or has a comma in it."""


class BadText(Mistake):
    """A note, task or short message without words, or with too many."""


class BadEndpoint(Mistake):
    """An address that no webhook can be called at."""


class BadPostback(Mistake):
    """A postback that cannot be as it was asked for.

    `why` names what is wrong; a place that cannot be filled is in `written`, at the `sign`, counted from 1.
    """

    def __init__(self, why: str, text: str, *, written: str = "", sign: int = 0) -> None:
        self.why, self.written, self.sign = why, written, sign
        super().__init__(text)


class BadTemplate(Mistake):
    """A mail that cannot be written so; `place` is the line and the sign in it where the mistake stands."""

    def __init__(self, text: str, place: tuple[int, int] | None = None) -> None:
        self.place = place
        super().__init__(text)


class WordsMissing(Mistake):
    """A mail whose text has places for which nothing was given."""


class PlacesMissing(BadTemplate):
    """A mail without places that it needs; `words` are their names."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        super().__init__(f"This mail is of no use without {', '.join(f'{{{word}}}' for word in words)}.")


class InUse(Mistake):
    """Something that rules name, and so cannot go; `rules` are their names."""

    def __init__(self, rules: tuple[str, ...]) -> None:
        self.rules = rules
        super().__init__(f"Rules use it: {', '.join(rules)}. Change these first.")


class BadSource(Mistake):
    """A shop that cannot be known so; `field` names what to mend."""

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        super().__init__(text)


class SourceTaken(Mistake):
    """A shop of this name that is there already."""


class CannotSeal(Mistake):
    """A secret that cannot be kept, since nothing is installed that seals it."""


class BadFile(Mistake):
    """A file in which there are no orders; `line` is the one that cannot be read."""

    def __init__(self, text: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(text)


class BadUser(Mistake):
    """A log-in of the standalone app that cannot be so; `problem` names the reason for programs."""

    def __init__(self, problem: str, text: str) -> None:
        self.problem = problem
        super().__init__(text)


class BadPeriod(Mistake):
    """A time for which a kind of data cannot be kept."""


class CannotErase(Mistake):
    """A person whom something keeps from being erased; `problem` names it for programs."""

    def __init__(self, problem: str, text: str) -> None:
        self.problem = problem
        super().__init__(text)


class BadSetting(Mistake):
    """A change of a setting that cannot be; `problem` says what is wrong: key, value, early or late."""

    def __init__(self, problem: str, text: str) -> None:
        self.problem = problem
        super().__init__(text)


class ProposedAlready(Mistake):
    """The same change waits for approval already."""


class Decided(Mistake):
    """A proposed change is decided already, or by nobody else than who proposed it."""
