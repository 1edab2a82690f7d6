"""Letters to the staff: a change waits for approval, and what became of it."""

from __future__ import annotations

from ..approval_words import KINDS
from ..i18n import gettext as _
from ..models import ApprovalState
from .wording import Told, Wording, button, greeting, some


def approval_waits(told: Told) -> Wording:
    """Tell who may approve that somebody proposed something."""
    values = told.values
    return Wording(
        subject=_("A change waits for your approval: %(kind)s", kind=KINDS[values["kind"]]),
        heading=greeting(told),
        paragraphs=some(
            _("%(who)s has proposed a change: %(kind)s. Nothing is changed until somebody else agrees.",
              who=values["asker"], kind=KINDS[values["kind"]]),
            _said(values["reason"]),
        ),
        action=button(_("Look at the change"), told),
        reason=_reason(told),
    )  # fmt: skip


def approval_decided(told: Told) -> Wording:
    """Tell who proposed a change what became of it."""
    values = told.values
    kind, who = KINDS[values["kind"]], values["decider"]
    texts = {
        ApprovalState.APPROVED.value: _("%(who)s has approved your change: %(kind)s. It is done.",
                                        who=who, kind=kind),
        ApprovalState.REJECTED.value: _("%(who)s has rejected your change: %(kind)s. Nothing was changed.",
                                        who=who, kind=kind),
        ApprovalState.STALE.value: _("Your change could not be done: %(kind)s. What it would change has "
                                     "changed meanwhile. Please propose it anew.", kind=kind),
    }  # fmt: skip
    return Wording(
        subject=_("What became of your change: %(kind)s", kind=kind),
        heading=greeting(told),
        paragraphs=some(texts[values["state"]], _said(values["answer"])),
        action=button(_("Look at the change"), told),
        reason=_reason(told),
    )


def _said(text: str) -> str:
    return _("In their own words: “%(said)s”", said=text) if text else ""


def _reason(told: Told) -> str:
    return _(
        "You get this mail because you work in the administration of %(shop)s. Whether you get such mails "
        "you say there, under Approvals.",
        shop=told.shop,
    )
