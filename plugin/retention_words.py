"""Kinds of data in the reader's language: what they are, what happens to them, why they are kept so long."""

from __future__ import annotations

from collections.abc import Mapping

from .domain.retention import PERIODS, End, Kept
from .i18n import gettext as _
from .i18n import lazy_gettext as _l
from .i18n import ngettext, number

NAMES: Mapping[Kept, str] = {
    Kept.CLICKS: _l("Clicks on partners' links"),
    Kept.ATTEMPTS: _l("Tries of codes and log-ins, counts of API requests"),
    Kept.TRAITS: _l("Hashes that people are compared by"),
    Kept.WAITING_CODES: _l("Codes that wait in carts"),
    Kept.FILES: _l("Files of codes that nobody imported"),
    Kept.FILE_LINES: _l("Lines of imported files"),
    Kept.BODIES: _l("What other shops sent"),
    Kept.WEBHOOK_CALLS: _l("Calls of webhooks"),
    Kept.API_ANSWERS: _l("Answers of the API"),
    Kept.WORK_DONE: _l("Work done by the worker, mails among it"),
    Kept.MESSAGES: _l("Mails and short messages of rules"),
    Kept.UNMET_RUNS: _l("Rules that were judged and not met"),
    Kept.UNPROVEN_APPLICATIONS: _l("Applications whose address nobody proved"),
    Kept.DECLINED_APPLICATIONS: _l("Applications that were declined"),
    Kept.PROSPECTS: _l("People who never bought"),
    Kept.CONSENTS: _l("Consents that are over, choices about mails"),
    Kept.FOLLOW_UPS: _l("Partners' notes on prospects"),
    Kept.ONE_TIME_LINKS: _l("Links in mails that hold once"),
    Kept.NOTICES: _l("Warnings to technicians"),
    Kept.AUDIT: _l("Audit log"),
    Kept.CONTACTS: _l("Customers and partners"),
    Kept.BOOKS: _l("Orders, commissions, payouts, statements"),
}
ENDS: Mapping[End, str] = {
    End.DELETED: _l("deleted"),
    End.COUNTED: _l("deleted; the figures per day stay"),
    End.EMPTIED: _l("emptied of what names people"),
    End.ERASED: _l("the person is erased"),
    End.NEVER_STORED: _l("never stored"),
    End.KEPT: _l("kept"),
}
WHY: Mapping[Kept, str] = {
    Kept.CLICKS: _l(
        "A sale is credited by a click some weeks old at most; later only the figures are needed. "
        "Art. 5 (1) (e) GDPR."
    ),
    Kept.ATTEMPTS: _l(
        "Network addresses hold back whoever guesses codes or passwords, for ten minutes. "
        "Art. 6 (1) (f) GDPR."
    ),
    Kept.TRAITS: _l(
        "Who earns by an order may be who buys, also by an earlier phone or account; nothing can be read out "
        "of the hashes. Art. 6 (1) (f) GDPR."
    ),
    Kept.WAITING_CODES: _l("Whoever comes back to a cart finds the code still there. Art. 5 (1) (e) GDPR."),
    Kept.FILES: _l("A file is looked at and then imported, or not needed. Art. 5 (1) (c) GDPR."),
    Kept.FILE_LINES: _l(
        "Bad lines are mended within weeks; what was imported stands among the codes. Art. 5 (1) (c) GDPR."
    ),
    Kept.BODIES: _l(
        "They show why an order stands in the books as it does; what failed stays until somebody has seen "
        "to it. Art. 5 (1) (e) GDPR."
    ),
    Kept.WEBHOOK_CALLS: _l("Whoever runs the other program finds out what it missed. Art. 5 (1) (e) GDPR."),
    Kept.API_ANSWERS: _l("A request that is repeated gets the same answer for a day. Art. 5 (1) (e) GDPR."),
    Kept.WORK_DONE: _l("Whether a mail left is asked within weeks. Art. 5 (1) (e) GDPR."),
    Kept.MESSAGES: _l(
        "What was written is asked within a year; that something was sent keeps it from going twice. "
        "Art. 5 (1) (e) GDPR."
    ),
    Kept.UNMET_RUNS: _l("Somebody asks why nothing was given. Art. 5 (1) (e) GDPR."),
    Kept.UNPROVEN_APPLICATIONS: _l("Nobody has said that the address is theirs. Art. 5 (1) (c) GDPR."),
    Kept.DECLINED_APPLICATIONS: _l(
        "Claims for being turned down come within months. Art. 17 (3) (e) GDPR, § 15 (4) AGG."
    ),
    Kept.PROSPECTS: _l(
        "Without an order nothing has to be kept. Nobody is erased before an owner has set a period; two "
        "years are usual. Art. 5 (1) (e) GDPR."
    ),
    Kept.CONSENTS: _l(
        "That somebody had agreed must be proven after it was taken back, too. Art. 7 (1) GDPR, "
        "§ 7a UWG: five years."
    ),
    Kept.FOLLOW_UPS: _l("They stand on the prospect's consent and go with it. Art. 7 (3) GDPR."),
    Kept.ONE_TIME_LINKS: _l("They are signed and carry their own end. Art. 25 GDPR."),
    Kept.NOTICES: _l("They are mended or of no more use. Art. 5 (1) (e) GDPR."),
    Kept.AUDIT: _l(
        "Who changed what belongs to the records about the books. Art. 5 (2) GDPR, § 147 (3) AO: ten years."
    ),
    Kept.CONTACTS: _l(
        "As long as the shop keeps the account; erased when the shop or an admin says so. Art. 17 GDPR."
    ),
    Kept.BOOKS: _l(
        "The law wants books kept, ten years in Germany. After an erasure they name a number. "
        "Art. 17 (3) (b) GDPR, § 147 AO, § 257 HGB."
    ),
}


def days_text(kind: Kept, days: int | None) -> str:
    """Say how long a kind is kept."""
    end = PERIODS[kind].end
    if end is End.NEVER_STORED:
        return "–"
    if days is None:
        return _("without an end")
    return ngettext("%(num)s day", "%(num)s days", days) if days else _("as soon as they are over")


def bounds_text(kind: Kept, least: int, most: int) -> str:
    """Say between which days the period can be set; a dash where it cannot."""
    if not PERIODS[kind].can_be_set:
        return "–"
    said = _("%(least)s to %(most)s days", least=number(least), most=number(most))
    return _("%(days)s, or without an end", days=said) if PERIODS[kind].can_be_off else said
