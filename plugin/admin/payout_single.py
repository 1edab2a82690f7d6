"""Pay one partner, take back a payout that did not arrive, and the settings of payouts."""

from __future__ import annotations

from dataclasses import asdict

from flask import abort, render_template, request
from sqlalchemy import func, select
from werkzeug.wrappers import Response as BaseResponse

from ..domain.bank import grouped, squeezed
from ..domain.money import currency_code
from ..domain.payout import Method
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import money
from ..models import AccountKind, Balance, Contact, Payout
from ..payout_words import METHODS, problem_text
from ..services import payout_release, payout_settings, payouts
from ..services.mistakes import Mistake
from ..services.payout_settings import BadPaySettings, PaySettings
from .contact_field import ContactField
from .decision_forms import WhyForm
from .edge import blueprint, done, perform, session, settings
from .fields import CheckField, ChoiceField, NounForm, TextField
from .number_fields import MoneyField, WholeField
from .payout_acting import actor, do, is_known_by_name, refusal
from .payouts import run_name
from .show import contact_name, to


class SingleForm(NounForm):
    """Whom to pay, how, and how much."""

    partner_id = ContactField(_l("Partner"), needed=True, hint=_l("Customer number, e-mail or whole name."))
    currency = ChoiceField(_l("Currency"))
    amount = MoneyField(_l("Amount"), hint=_l("Empty: all that is payable. The rest stays payable."))
    method = ChoiceField(_l("Way"))


@blueprint.route("/payout_runs/single", methods=["GET", "POST"])
def payout_single() -> str | BaseResponse | tuple[str, int]:
    """Prepare a payout to one partner; it is released on the page of its run."""
    given = request.form if request.method == "POST" else None
    form = SingleForm(given, data=_preset())
    form.currency.choices = [(code, code) for code in _currencies()]
    form.method.choices = [
        ("", _("as the partner has chosen")),
        *((name, str(text)) for name, text in METHODS.items()),
    ]
    form.amount.currency = form.currency.data or settings().currency
    if given is None:
        return _single_page(form)
    if form.validate():
        try:
            run_id = do(
                lambda ctx: payouts.make_single(
                    ctx,
                    form.partner_id.data,
                    actor(),
                    currency=currency_code(form.currency.data),
                    method=Method(form.method.data) if form.method.data else None,
                    amount=form.amount.data,
                )
            )
            return done(to("payout_run", run_id=run_id), _("Nothing is paid yet. Look at it first."))
        except Mistake as mistake:
            form.complain("", refusal(mistake))
    return _single_page(form), 422


def _preset() -> dict[str, object]:
    """Fill in the partner of the address, and what is owed."""
    asked = request.args.get("partner", "")
    contact = session().get(Contact, int(asked)) if asked.isdecimal() and len(asked) < 18 else None
    if contact is None:
        return {"currency": settings().currency}
    owed = select(Balance.currency, func.sum(Balance.amount)).where(
        Balance.partner_id == contact.id, Balance.kind == AccountKind.PAYABLE.value
    )
    found = session().execute(owed.group_by(Balance.currency)).all()
    payable = [(str(code), int(amount)) for code, amount in found if amount > 0]
    best = next((one for one in payable if one[0] == settings().currency), payable[0] if payable else None)
    values: dict[str, object] = {"partner_id": contact.id, "currency": settings().currency}
    return values if best is None else {**values, "currency": best[0], "amount": best[1]}


def _currencies() -> list[str]:
    found = session().scalars(select(Balance.currency).distinct().order_by(Balance.currency))
    return sorted({settings().currency, *found})


def _single_page(form: NounForm) -> str:
    return render_template(
        "firstline/admin/decide.html",
        here="payout_runs",
        title=_("Pay one partner"),
        name=_("You see a preview first. The minimum is not asked here."),
        sentence="",
        fields=form,
        action=to("payout_single"),
        button=_("Show what will happen"),
        danger=False,
        way_back=to("payout_runs"),
    )


@blueprint.route("/payouts/<firstline_id:payout_id>/failed", methods=["GET", "POST"])
def payout_failed(payout_id: int) -> str | BaseResponse | tuple[str, int]:
    """Say what happens when a payout did not arrive, ask why, post it back."""
    payout = session().get(Payout, payout_id)
    if payout is None:
        abort(404)
    given = request.form if request.method == "POST" else None
    form, way_back = WhyForm(given), to("payout_run", run_id=payout.run_id)
    if given is not None and form.validate():
        try:
            do(lambda ctx: payout_release.fail(ctx, payout_id, actor(), why=form.why.data))
            return done(way_back, _("The payout is taken back. Its amount is payable again."))
        except Mistake as mistake:
            form.complain("", refusal(mistake))
    payout = session().get_one(Payout, payout_id)
    amount = money(payout.amount, payout.currency)
    page = render_template(
        "firstline/admin/decide.html",
        here="payouts",
        title=_("The payout did not arrive"),
        name=f"{contact_name(payout.partner)}, {amount}, {run_name(payout.run_id)}",
        sentence=_(
            "The amount is payable again, by a posting of its own, and comes into the next run. "
            "The payout stays in the list."
        ),
        fields=form,
        action=to("payout_failed", payout_id=payout_id),
        button=_("Take it back"),
        danger=True,
        way_back=way_back,
    )
    return page if given is None else (page, 422)


class SettingsForm(NounForm):
    """Where the money comes from, and how careful the shop is."""

    groups = (
        (_l("Account of the shop"), ("debtor_name", "debtor_iban", "debtor_bic")),
        (_l("Care"), ("cool_down_days", "four_eyes", "tax_gate")),
    )
    leads = {"debtor_name": _l("Stands in the SEPA file as the one who pays.")}  # noqa: RUF012
    debtor_name = TextField(_l("Account holder"), longest=70)
    debtor_iban = TextField(_l("IBAN"))
    debtor_bic = TextField(_l("BIC"), hint=_l("Only where your bank asks for it."))
    cool_down_days = WholeField(
        _l("Days until changed payout details hold"),
        least=0,
        needed=True,
        hint=_l("So long nothing is paid to a partner who has changed them: time to notice a theft."),
    )
    four_eyes = CheckField(
        _l("Four eyes"), hint=_l("Whoever made or changed a run cannot release it; another admin must.")
    )
    tax_gate = CheckField(
        _l("Pay only with complete tax data"),
        hint=_l("Partners without tax data, or who have not agreed to statements, are skipped."),
    )


@blueprint.route("/payout_runs/settings", methods=["GET", "POST"])
def payout_settings_page() -> str | BaseResponse | tuple[str, int]:
    """Show and change the settings of payouts."""
    given = request.form if request.method == "POST" else None
    kept = asdict(payout_settings.load(session().connection()))
    form = SettingsForm(given, data={**kept, "debtor_iban": grouped(kept["debtor_iban"])})
    if given is None:
        return _settings_page(form)
    if form.validate() and _saved(form):
        return done(to("payout_runs"), _("The settings are saved."))
    return _settings_page(form), 422


def _saved(form: NounForm) -> bool:
    if form.four_eyes.data and not is_known_by_name():
        text = _("The shop does not tell its admins apart: the adapter needs admin_identity() for four eyes.")
        form.complain("four_eyes", text)
        return False
    wanted = PaySettings(
        debtor_name=form.debtor_name.data or "",
        debtor_iban=squeezed(form.debtor_iban.data or ""),
        debtor_bic=squeezed(form.debtor_bic.data or ""),
        cool_down_days=form.cool_down_days.data,
        four_eyes=bool(form.four_eyes.data),
        tax_gate=bool(form.tax_gate.data),
    )
    try:
        perform(lambda acting: payout_settings.save(acting.conn, wanted, who=acting.who, now=acting.now))
    except BadPaySettings as bad:
        for name, problem in bad.problems.items():
            form.complain(name, problem_text(problem))
        return False
    return True


def _settings_page(form: NounForm) -> str:
    return render_template(
        "firstline/admin/form.html",
        here="payout_runs",
        title=_("Settings of payouts"),
        lead="",
        notes=(),
        ways=(),
        fields=form,
        action=to("payout_settings_page"),
        way_back=to("payout_runs"),
    )
