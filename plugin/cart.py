"""The calls about codes in carts: quote, apply, remove, reserve."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, after_this_request, g, has_app_context, has_request_context
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from . import came, visitor
from .config import OnBug
from .domain.codes import canonical
from .domain.money import Number, minor
from .errors import TEXTS, FirstlineError, Reason, WrongFact
from .i18n import gettext
from .models import CameBy
from .services import applied, attempts, candidates, code_forms, quoting, reserving
from .services.attempted import attempted
from .services.candidates import Candidate
from .services.carts import CartReader, Holders
from .services.context import Context
from .services.quoting import Evaluation
from .services.unit import ends_transaction, is_writing, joined, unit
from .shop import Cart, Customer, Order, Quote, read_amount
from .state import State, current_state, log

_CACHE = "_firstline_quotes"


def holders_of(cart: Cart | Order | None, customer: Customer | None, *, make: bool = False) -> Holders:
    """Give where the codes of a cart wait; `make` gives this request's visitor a cookie where it has none."""
    key = None if cart is None else cart.cart_key if isinstance(cart, Order) else cart.key
    ref = customer.ref if customer else None
    if cart is not None and cart.visitor:
        return told_holders(key, cart.visitor, ref)
    found = visitor.ensure_visitor(customer) if make else visitor.visitor_of(customer)
    return Holders(cart=key, visitor=found, customer=ref, carried=came.of_request(current_state()))


def told_holders(key: str | None, told: str | None, customer_ref: str | None) -> Holders:
    """Give where the codes of a cart wait by what is told alone: nothing of this request is asked."""
    if told is not None and told.startswith(came.PREFIX):
        carried = came.read(current_state(), told.removeprefix(came.PREFIX))
        return Holders(cart=key, customer=customer_ref, carried=carried)
    return Holders(cart=key, visitor=told, customer=customer_ref)


def quote(state: State, cart: Cart | None) -> Quote:
    """Price a cart with the codes applied to it. Read only, cached per request; never raises for a code."""
    if not has_app_context() or cart is None:
        return Quote(currency=cart.currency if cart else state.settings.currency)
    reader = CartReader(cart)
    try:
        return _quote(state, reader)
    except Exception as error:
        if not _is_ours(state, error):
            raise
        log.exception("a cart could not be priced with its codes")
        return quoting.undiscounted(reader).refused(Reason.UNAVAILABLE, gettext(TEXTS[Reason.UNAVAILABLE]))


def quote_anywhere(cart: Cart | None) -> Quote:
    """Price a cart; outside an app context, an empty quote."""
    if not has_app_context():
        return Quote(currency=cart.currency if cart else "EUR")
    return quote(current_state(), cart)


def quote_for_template(cart: Cart | None = None) -> Quote:
    """Price the cart of this request, or the one given."""
    state = current_state()
    return quote(state, state.cart() if cart is None else cart)


def _quote(state: State, reader: CartReader) -> Quote:
    session = state.session()
    with session.no_autoflush:
        if not _may_have_codes(state, session, reader):
            return unpriced(reader)
        holders = holders_of(reader.cart, reader.customer)
        waiting = _once(("codes", holders), lambda: _waiting(state, session, holders))
        if not waiting:
            return unpriced(reader)
        _tie_later(state, holders, waiting)
        if not has_request_context():
            return _priced(state, session, reader, waiting)
        content = replace(reader.cart, lines=reader.lines, customer=_plain(reader.customer))
        place = ("quote", holders, repr(content))
        found: Quote = _once(place, lambda: _priced(state, session, reader, waiting))
        return found


def _may_have_codes(state: State, session: Session, reader: CartReader) -> bool:
    """Say whether it is worth asking a shop who its customer is: a cart without a code costs it nothing."""
    cart = reader.cart
    if not isinstance(cart, Cart) or not callable(cart.customer):
        return True
    before = Holders(cart=cart.key, visitor=cart.visitor or visitor.current_visitor())
    ask = _once(
        ("waiting", before),
        lambda: applied.any_waiting(state.context(session.connection()), before),
    )
    return bool(ask)


def _waiting(state: State, session: Session, holders: Holders) -> Sequence[Candidate]:
    return candidates.applied_to(state.context(session.connection()), holders)


def _priced(state: State, session: Session, reader: CartReader, waiting: Sequence[Candidate]) -> Quote:
    ctx = state.context(session.connection())
    return quoting.to_quote(ctx, quoting.evaluate(ctx, reader, waiting))


def left_out(state: State, cart: Cart | None, quoted: Quote) -> tuple[str, ...]:
    """Give the codes that wait in a cart and do not hold: the buyer can order again when they are out."""
    if cart is None:
        return ()
    reader = CartReader(cart)
    session = state.session()
    holders = holders_of(cart, reader.customer)
    with session.no_autoflush:
        waiting = _once(("codes", holders), lambda: _waiting(state, session, holders))
    return tuple(candidate.code for candidate in waiting if candidate.code not in quoted.codes)


def _tie_later(state: State, holders: Holders, waiting: Sequence[Candidate]) -> None:
    """Let codes that the visitor brought to a new cart key be found by the key alone, after this page."""
    if not has_request_context() or holders.cart is None or "_firstline_tie" in g:
        return
    name = f"cart:{holders.cart}"
    if all(name in candidate.holders for candidate in waiting):
        return
    g._firstline_tie = True
    codes = {candidate.code_id: candidate.came_by for candidate in waiting}

    @after_this_request
    def tie(response: Response) -> Response:
        try:
            if not is_writing(state.session().connection()):
                state.in_own_unit(lambda session: _tie(state, session, holders, codes))
        except Exception:
            log.exception("codes could not be tied to cart %s", holders.cart)
        return response


def _tie(state: State, session: Session, holders: Holders, codes: Mapping[int, CameBy]) -> None:
    applied.keep(state.context(session.connection()), holders, codes)


def _once(place: Hashable, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is asked
    """Ask once per request."""
    cache = _cache()
    if place not in cache:
        cache[place] = ask()
    return cache[place]


def _plain(customer: Customer | None) -> Customer | None:
    return None if customer is None else replace(customer, has_bought=None)


def _cache() -> dict[Any, Any]:
    """Give what this request has asked already."""
    if not has_request_context():
        return {}
    cache: dict[Any, Any] = g.setdefault(_CACHE, {})
    return cache


def forget_quotes() -> None:
    """Let quotes be asked anew: something has changed in this request."""
    if has_request_context():
        g.pop(_CACHE, None)


class _UnpricedQuote(Quote):
    """A quote without codes whose lines are asked only when somebody looks at its totals."""

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - any field
        if name in _LAZY:
            self.__dict__.update(self.__dict__.pop("_reader_price", dict)())
        return super().__getattribute__(name)


_LAZY = frozenset({"total", "to_pay", "vat", "allocation", "pending"})


def unpriced(reader: CartReader) -> Quote:
    """Give the quote of a cart without codes; it costs the shop nothing until its totals are read."""
    if not callable(reader.cart.lines):
        return quoting.undiscounted(reader)
    found = _UnpricedQuote(currency=reader.currency)

    def ask() -> dict[str, object]:
        asked = quoting.undiscounted(reader)
        return {name: getattr(asked, name) for name in _LAZY}

    found.__dict__["_reader_price"] = ask
    return found


def apply_coupon(
    state: State,
    cart: Cart | None,
    code: str,
    client: str | None = None,
    *,
    came_by: CameBy = CameBy.TYPED,
    commit: bool = False,
) -> Quote:
    """Put a code into a cart. Never raises for a code: `ok` is False, with the reason and a message."""
    reader = CartReader(cart or Cart(currency=state.settings.currency, lines=None))
    holders = holders_of(reader.cart, reader.customer, make=True)
    if not holders.names:
        raise WrongFact("a cart without a key needs a visitor: give Cart.key, or call inside a request")

    def work(ctx: Context) -> Quote:
        return _apply(ctx, reader, holders, _Try(code=code_text(code), client=client, came_by=came_by))

    return _worked(state, reader, work, commit=commit)


def code_text(code: object) -> str:
    """Give a code as a text, however the shop hands it over: a number in JSON is one too."""
    return "" if code is None else str(code)


def _worked(state: State, reader: CartReader, work: Any, *, commit: bool) -> Quote:  # noqa: ANN401 - a callable
    session = state.session()
    forget_quotes()
    opened = unit(session) if commit or state.owns_database else joined(session)
    try:
        with session.no_autoflush, opened as conn:
            ctx = state.context(conn)
            found: Quote = work(ctx)
            state.send(ctx)
        return found
    except Exception as error:
        if not _is_ours(state, error):
            raise
        log.exception("a code could not be worked")
        return quoting.undiscounted(reader).refused(Reason.UNAVAILABLE, gettext(TEXTS[Reason.UNAVAILABLE]))


def _is_ours(state: State, error: Exception) -> bool:
    """Say whether an error is a bug of ours that the shop must not suffer from."""
    if state.settings.on_bug is OnBug.RAISE or isinstance(error, (FirstlineError, RuntimeError)):
        return False
    return not (isinstance(error, DBAPIError) and ends_transaction(error))


@dataclass(frozen=True, kw_only=True)
class _Try:
    """A code as it was tried: typed or by a link, and from which address."""

    code: str
    client: str | None
    came_by: CameBy


def _apply(ctx: Context, reader: CartReader, holders: Holders, tried: _Try) -> Quote:
    # A mistyped code is looked up no more than an empty one.
    key = "" if code_forms.mistyped(ctx, tried.code) else canonical(tried.code)
    places = attempts.places(holders, tried.client)
    there, wanted, tries = candidates.with_wanted(ctx, holders, key, places, tried.came_by)
    if tries >= attempts.MOST:
        return _refused(ctx, reader, there, Reason.TOO_MANY_TRIES)
    if wanted is None:
        attempts.count(ctx, places)
        return _refused(ctx, reader, there, Reason.UNKNOWN)
    others = [candidate for candidate in there if candidate.code_id != wanted.code_id]
    found = quoting.evaluate(ctx, reader, [*others, wanted])
    check = next((check for name, check in found.refused if name == wanted.code), None)
    if check is not None:
        if (check.reason or Reason.UNKNOWN).public is Reason.UNKNOWN:
            attempts.count(ctx, places)
        without = replace(found, refused=((wanted.code, check),))
        return quoting.to_quote(ctx, without)
    applied.keep(ctx, holders, {wanted.code_id: wanted.came_by})
    ctx.tell(
        "coupon_applied", stored=False, code=wanted.code, customer_ref=holders.customer, cart_key=holders.cart
    )
    return quoting.to_quote(ctx, replace(found, refused=()))


def _refused(ctx: Context, reader: CartReader, there: Sequence[Candidate], reason: Reason) -> Quote:
    found = quoting.evaluate(ctx, reader, there)
    message = ctx.translate(TEXTS[reason.public])
    return quoting.to_quote(ctx, replace(found, refused=())).refused(reason, message)


def remove_coupon(state: State, cart: Cart | None, code: str | None = None, *, commit: bool = False) -> Quote:
    """Take a code out of a cart, or all of them; what is reserved for it is freed."""
    reader = CartReader(cart or Cart(currency=state.settings.currency, lines=None))
    holders = holders_of(reader.cart, reader.customer)

    def work(ctx: Context) -> Quote:
        there = candidates.applied_to(ctx, holders)
        key = None if code is None else canonical(code_text(code))
        gone = [c for c in there if key is None or c.row.key == key]
        reserving.drop(ctx, holders, gone)
        left = [c for c in there if c not in gone]
        return quoting.to_quote(ctx, quoting.evaluate(ctx, reader, left))

    return _worked(state, reader, work, commit=commit)


def reserve(state: State, cart: Cart, promised_discount: Number | None = None) -> Quote:
    """Hold limited codes and the person's claim for this cart; raises Refused. Repeating extends."""
    forget_quotes()
    reader = CartReader(cart)
    session = state.session()
    holders = holders_of(cart, reader.customer, make=True)
    promised = (
        None
        if promised_discount is None
        else minor(read_amount(promised_discount, "promised_discount"), cart.currency)
    )

    def work(ctx: Context) -> Quote:
        held = reserving.reserve(ctx, reader, holders, promised)
        state.send(ctx)
        return held

    with session.no_autoflush:
        return attempted(
            lambda: unit(session) if state.owns_database else joined(session), state.context, work
        )


def evaluated(ctx: Context, reader: CartReader, holders: Holders) -> Evaluation:
    """Judge and price a cart with the codes that wait in it."""
    return quoting.evaluate(ctx, reader, candidates.applied_to(ctx, holders))
