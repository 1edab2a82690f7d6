"""What follows from each signal: a page for all orders, and one for each campaign that has its own."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ..domain.suspicion import OF_ORDERS, OF_PARTNERS, Action, Signal
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..services import suspicion_policy
from ..services.mistakes import Mistake
from ..services.suspicion_policy import GENERAL
from ..suspicion_words import ACTIONS, SIGNALS
from .edge import blueprint, done, perform, session
from .fields import ChoiceField, NounForm, TextField
from .nouns import Way
from .sayings import complain
from .show import to

_ALL = tuple(ACTIONS.items())
_WITHOUT_REJECT = tuple((name, text) for name, text in ACTIONS.items() if name != Action.REJECT.value)
_OWN = (("", _l("as in general")), *_ALL)
_PARTNERS = tuple(signal.value for signal in OF_PARTNERS)


def _fields(signals: tuple[Signal, ...], choices: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {signal.value: ChoiceField(SIGNALS[signal.value], choices=choices) for signal in signals}


class _General(NounForm):
    """The policy of whatever has none of its own."""

    groups = (
        (_l("Who buys and who earns have in common"), tuple(signal.value for signal in OF_ORDERS)),
        (_l("About partners as such"), _PARTNERS),
    )
    leads = {  # noqa: RUF012
        "account": _l(
            "Allow: nothing happens. Show: it is listed. Hold: what the partner earns by the order is not "
            "paid out until you decide. Reject: it is reversed at once."
        ),
        "double": _l("Looked at every night. Hold: payouts to the partner are blocked until you decide."),
    }


class _OfCampaign(NounForm):
    """The policy of one campaign."""

    campaign = TextField(
        _l("Campaign"),
        needed=True,
        longest=64,
        hint=_l("As it stands with the coupons. Its own policy holds for orders with a code of them."),
    )


GeneralForm = type(
    "GeneralForm",
    (_General,),
    {
        **_fields(OF_ORDERS, _ALL),
        **_fields(OF_PARTNERS, _WITHOUT_REJECT),
    },
)
CampaignForm = type("CampaignForm", (_OfCampaign,), _fields(OF_ORDERS, _OWN))


@blueprint.route("/suspicions/policy", methods=["GET", "POST"])
def suspicion_policy_page() -> str | BaseResponse | tuple[str, int]:
    """Show and change what follows from signals in general."""
    policies = suspicion_policy.load(session().connection())
    form = GeneralForm(
        _given(), data={signal.value: action.value for signal, action in policies[GENERAL].items()}
    )
    ways = [
        Way(icon="gift", text=name, href=to("suspicion_policy_of", campaign=name))
        for name in policies
        if name != GENERAL
    ]
    ways.append(Way(icon="plus", text=_("For one campaign"), href=to("suspicion_policy_of")))
    return _shown(form, GENERAL, to("suspicion_policy_page"), _("What follows from signals"), ways)


@blueprint.route("/suspicions/policy/campaign", methods=["GET", "POST"])
def suspicion_policy_of() -> str | BaseResponse | tuple[str, int]:
    """Show and change what follows for the orders of one campaign."""
    named = request.args.get("campaign", "").strip()[:64]
    own = suspicion_policy.load(session().connection()).get(named, {}) if named else {}
    start = {"campaign": named, **dict.fromkeys((signal.value for signal in OF_ORDERS), "")}
    form = CampaignForm(
        _given(), data={**start, **{signal.value: action.value for signal, action in own.items()}}
    )
    campaign = (request.form.get("campaign") or named).strip()
    return _shown(form, campaign, to("suspicion_policy_of"), _("What follows for one campaign"), [])


def _given() -> Any:  # noqa: ANN401 - a form's values
    return request.form if request.method == "POST" else None


def _shown(
    form: NounForm, campaign: str, action: str, title: str, ways: list[Way]
) -> str | BaseResponse | tuple[str, int]:
    if request.method == "POST" and form.validate() and _saved(form, campaign):
        return done(to("suspicions"), _("The policy is saved. It holds for what is looked at from now on."))
    page = render_template(
        "firstline/admin/form.html",
        here="suspicions",
        title=title,
        lead=_("The exact own code is not meant here: the setting “own code” says whether it can be used."),
        notes=(),
        ways=ways,
        fields=form,
        action=action,
        way_back=to("suspicions"),
    )
    return page if request.method == "GET" else (page, 422)


def _saved(form: NounForm, campaign: str) -> bool:
    wanted = {
        Signal(field.name): Action(field.data) if field.data else None
        for field in form
        if field.name in SIGNALS
    }
    try:
        perform(
            lambda acting: suspicion_policy.save(
                acting.conn, campaign, wanted, who=acting.who, now=acting.now
            )
        )
    except Mistake as mistake:
        complain(form, mistake)
        return False
    return True
