"""Which changes need approval, and from which numbers on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ..approval_words import KINDS
from ..domain.money import exponent, major
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import ApprovalKind
from ..services import approval_rules
from ..services.approval_rules import LIMITS, Rule, Rules
from .edge import blueprint, done, perform, session, settings
from .fields import CheckField, NounForm
from .number_fields import MoneyField, PercentField, WholeField
from .payout_acting import is_known_by_name
from .show import to


class ApprovalForm(NounForm):
    """A switch for each kind, and the numbers up to which one admin alone may act."""

    groups = (
        (_l("Always"), ("terms", "rates", "bank")),
        (_l("Payouts"), ("payout", "payout_sum")),
        (_l("Coupons"), ("coupon", "coupon_percent", "coupon_amount", "coupon_budget", "coupon_max_uses")),
    )
    terms = CheckField(KINDS["terms"])
    rates = CheckField(KINDS["rates"])
    bank = CheckField(KINDS["bank"])
    payout = CheckField(KINDS["payout"])
    payout_sum = MoneyField(
        _l("Sum that one may release alone"),
        hint=_l("Empty: none. Counted for each currency in its own units."),
    )
    coupon = CheckField(
        KINDS["coupon"],
        hint=_l("A number that gets above one of these needs approval; empty ones ask nothing."),
    )
    coupon_percent = PercentField(_l("Discount in per cent"))
    coupon_amount = MoneyField(_l("Discount as an amount"))
    coupon_budget = MoneyField(_l("Budget"), hint=_l("To take a budget away needs approval too."))
    coupon_max_uses = WholeField(_l("Times in all"), least=0)


@blueprint.route("/approvals/settings", methods=["GET", "POST"])
def approval_settings() -> str | BaseResponse | tuple[str, int]:
    """Show and change which changes need approval."""
    given = request.form if request.method == "POST" else None
    form = ApprovalForm(given, data=_start(approval_rules.load(session().connection())))
    for field in form:
        if isinstance(field, MoneyField):
            field.currency, field.currency_of = settings().currency, _currency_of  # type: ignore[method-assign]
    if given is None:
        return _page(form)
    if form.validate() and _may_be_on(form):
        perform(lambda act: approval_rules.save(act.conn, _wanted(form), who=act.who, now=act.now))
        return done(to("approvals"), _("The settings are saved."))
    return _page(form), 422


def _currency_of(form: object) -> str:
    return settings().currency


def _may_be_on(form: ApprovalForm) -> bool:
    if is_known_by_name() or not any(form[kind.value].data for kind in ApprovalKind):
        return True
    text = _("The shop does not tell its admins apart: the adapter needs admin_identity() for four eyes.")
    form.complain("", text)
    return False


def _start(rules: Rules) -> Mapping[str, Any]:
    found: dict[str, Any] = {kind.value: rule.active for kind, rule in rules.items()}
    for kind, names in LIMITS.items():
        for name in names:
            limit = rules[kind].limits.get(name)
            if limit is not None:
                found[f"{kind.value}_{name}"] = _typed(name, limit)
    return found


def _typed(name: str, limit: Decimal) -> object:
    if name in {"sum", "amount", "budget"}:
        return int(limit.scaleb(exponent(settings().currency)))
    return int(limit) if name == "max_uses" else limit


def _wanted(form: ApprovalForm) -> Rules:
    return {
        kind: Rule(
            active=bool(form[kind.value].data),
            limits={
                name: _limit(name, form[f"{kind.value}_{name}"].data)
                for name in LIMITS.get(kind, ())
                if form[f"{kind.value}_{name}"].data is not None
            },
        )
        for kind in ApprovalKind
    }


def _limit(name: str, value: Any) -> Decimal:  # noqa: ANN401 - each field has a type of its own
    return major(value, settings().currency) if name in {"sum", "amount", "budget"} else Decimal(value)


def _page(form: ApprovalForm) -> str:
    return render_template(
        "firstline/admin/form.html",
        here="approvals",
        title=_("What needs approval"),
        lead=_(
            "Somebody else than who proposes a change must agree. With one admin alone, leave all of it off. "
            "The command line and the API refuse such changes."
        ),
        notes=(),
        ways=(),
        fields=form,
        action=to("approval_settings"),
        way_back=to("approvals"),
    )
