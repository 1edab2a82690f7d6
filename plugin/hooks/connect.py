"""Bridges from a shop's own blinker signals to the calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from blinker import Signal
from flask import Flask, current_app, has_app_context

from ..errors import Refused, WrongFact
from ..state import EXTENSION, State, log
from .recording import parking_everything

Convert = Callable[..., Any]
TARGETS = (
    "customer_registered", "customer_changed", "order_placed", "order_changed", "order_cancelled",
    "order_completed", "invoice_paid", "invoice_refunded", "payment_failed", "customer_erased",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """What a signal of the shop leads to."""

    to: str
    call: Callable[[State, Any], object]
    convert: Convert | None
    refuse: bool

    def __call__(self, sender: object, **kwargs: object) -> None:
        """Convert and call; never raises into the shop, but for a refusal that is asked for."""
        state = _state()
        if state is None:
            log.error(
                "a signal for %s was fired in an app without Flask-Firstline, or outside an app context",
                self.to,
            )
            return
        try:
            fact = self._fact(sender, kwargs)
            if fact is not None:
                with parking_everything():
                    self.call(state, fact)
        except Refused as refused:
            if self.refuse:
                raise
            log.warning("%s was refused: %s", self.to, refused.reason)
        except Exception:
            log.exception("a signal for %s could not be worked", self.to)

    def _fact(self, sender: object, kwargs: dict[str, object]) -> object:
        if self.convert is not None:
            return self.convert(sender, **kwargs)
        if len(kwargs) != 1:
            raise WrongFact(
                f"the signal for {self.to} has {len(kwargs)} arguments; give connect(convert=...)"
            )
        return next(iter(kwargs.values()))


def _state() -> State | None:
    if not has_app_context():
        return None
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    state = app.extensions.get(EXTENSION)
    return state if isinstance(state, State) else None


def bridge(signal: Signal, made: Bridge) -> None:
    """Connect a bridge, held strongly."""
    signal.connect(made, weak=False)
