"""The shop's calls about customers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace

from .. import consent_words
from ..cart import code_text, holders_of
from ..domain.money import major
from ..errors import WrongFact
from ..i18n import gettext
from ..services import consents, customers, erasing, events, holds, inbox, ledger
from ..services.carts import Holders
from ..services.context import Context
from ..services.unit import joined, unit
from ..shop import Balance, ContactView, Customer, ref_text
from ..state import State, log
from .recording import Told, run


def registered(
    state: State, customer: Customer, code: str | None = None, *, commit: bool = False
) -> ContactView:
    """Record a new customer; a code that does not attach never raises, `refusal` says why."""
    customer = _asked(customer)
    typed = code_text(code).strip()
    holders = holders_of(None, customer, make=bool(typed))

    def work(ctx: Context) -> ContactView:
        view = customers.register(ctx, customer, typed, holders)
        _keep_consent(ctx, customer)
        return view

    return run(state, _about("customer_registered", customer, work, {"code": typed}), commit=commit)


def _keep_consent(ctx: Context, customer: Customer) -> None:
    """Keep what was agreed to in the sign-up form of this request, where there is a sponsor to see it."""
    agreed = consent_words.of_sign_up(ctx.now)
    contact_id = customers.find_id(ctx, customer) if agreed is not None else None
    standing = None if contact_id is None else consents.standing(ctx.conn, contact_id, now=ctx.now)
    if agreed is not None and standing is not None and standing.sponsor_id is not None:
        grant, read = agreed
        consents.give(ctx.conn, standing.contact_id, standing.sponsor_id, grant, wording=read, now=ctx.now)


def changed(state: State, customer: Customer, *, commit: bool = False) -> ContactView:
    """Record changed details of a customer."""
    customer = _asked(customer)

    def work(ctx: Context) -> ContactView:
        return customers.register(ctx, customer, None, Holders())

    return run(state, _about("customer_changed", customer, work, {}), commit=commit)


def _asked(customer: Customer) -> Customer:
    if not (customer.ref or customer.email):
        raise WrongFact("a customer needs a ref or an e-mail address")
    return replace(
        customer, has_bought=customer.has_bought() if callable(customer.has_bought) else customer.has_bought
    )


def _about(
    kind: str, customer: Customer, work: Callable[[Context], ContactView], more: inbox.Json
) -> Told[ContactView]:
    ref = customer.ref or (customer.email or "")[:64]
    return Told(
        kind=kind,
        key=ref,
        subject_ref=ref,
        payload=lambda: {"customer": inbox.pack(customer), **more},
        work=work,
        after_bug=lambda: ContactView(
            ref=customer.ref,
            address_type="prospect",
            sponsor_ref=None,
            partner=False,
            email=customer.email,
            name=customer.name,
        ),
    )


def erased(state: State, customer_ref: object, *, commit: bool = False) -> None:
    """Forget a person; the books stay."""
    ref = ref_text(customer_ref, "customer_ref")

    def work(ctx: Context) -> None:
        erasing.erase(ctx, ref)

    told: Told[None] = Told(
        kind="customer_erased",
        key=ref,
        subject_ref=ref,
        payload=lambda: {"ref": ref},
        work=work,
        after_bug=lambda: None,
    )
    run(state, told, commit=commit)


def contact(state: State, who: object) -> ContactView | None:
    """Give the contact of a customer or ref, or None."""
    customer = _customer(who)
    session = state.session()
    with session.no_autoflush:
        return customers.find_view(state.context(session.connection()), customer)


def _customer(who: object) -> Customer:
    return who if isinstance(who, Customer) else Customer(ref=ref_text(who, "ref"))


def balance(state: State, who: object) -> dict[str, Balance]:
    """Give a partner's balances per currency; holds that are over are moved first."""
    session = state.session()
    with session.no_autoflush:
        ctx = state.context(session.connection())
        contact_id = customers.find_id(ctx, _customer(who))
        if contact_id is None:
            return {}
        if holds.has_due(ctx, contact_id):
            _release(state, contact_id)
        found = ledger.balances(state.context(session.connection()), contact_id)
    return {
        currency: Balance(**{name: major(amount, currency) for name, amount in accounts.items()})
        for currency, accounts in sorted(found.items())
    }


def _release(state: State, contact_id: int) -> None:
    session = state.session()
    opened = unit(session) if state.owns_database else joined(session)
    with opened as conn:
        holds.release_due(state.context(conn), partner_id=contact_id)


def event(
    state: State,
    name: str,
    who: object,
    data: Mapping[str, object],
    ref: object = None,
    *,
    commit: bool = False,
) -> None:
    """Record any further fact."""
    if not name or len(name) > 64:
        raise WrongFact(gettext("an event needs a name of 1 to 64 characters"))
    if not isinstance(data, Mapping):
        raise WrongFact(f"data of an event is {type(data).__name__}; give a mapping")
    customer = _asked(_customer(who))
    key = uuid.uuid4().hex if ref is None else ref_text(ref, "ref")

    def work(ctx: Context) -> None:
        call = events.note(ctx, name, customer, data, key)
        if not call.new and call.digest != inbox.digest_of(events.packed(name, customer, data)):
            log.warning("event %s came again with other content; the first one stands", key)

    told: Told[None] = Told(
        kind="event",
        key=key,
        subject_ref=customer.ref,
        payload=lambda: events.packed(name, customer, data),
        work=work,
        after_bug=lambda: None,
    )
    run(state, told, commit=commit)
