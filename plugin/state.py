"""What the plugin knows of one app: its settings, its shop, and how to reach the database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from flask import Flask, current_app, g, has_app_context
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from . import i18n, signals
from .config import Settings
from .errors import ConfigError
from .models.base import SHOP
from .services.context import Context, Keyring, load_keyring
from .services.timeline import FRESH, Timeline
from .services.timeline import load as load_timeline
from .services.unit import retried, unit
from .shop import Cart, Customer, Shop

EXTENSION = "firstline"
log = logging.getLogger("flask_firstline")
SessionSource = Callable[[], Session]


class Bell(Protocol):
    """Wakes workers in other processes."""

    def ring(self) -> None:
        """Say that there is something to do; never waits and never raises."""

    def trouble(self) -> str:
        """Try to reach the workers' broker; say what is wrong, or nothing."""


@dataclass
class State:
    """One app's settings, shop and session; kept in `app.extensions`."""

    app: Flask
    settings: Settings
    shop: Shop
    session_given: Any = None
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    bells: dict[str, Bell] = field(default_factory=dict)
    """By the kind of workers what wakes them once a transaction has committed; others look by themselves."""
    _keys: Keyring | None = None
    _own: scoped_session[Session] | None = None
    _timeline: Timeline | None = None
    _timeline_read: datetime | None = None

    def now(self) -> datetime:
        """Give the time, aware and in UTC."""
        return self.clock()

    def session(self) -> Session:
        """Give the session of this request: the one given, the shop's, or one of our own."""
        if self.session_given is not None:
            return _plain(self.session_given)
        if self.settings.database_url:
            return self._own_session()()
        extension = self.app.extensions.get("sqlalchemy")
        if extension is None:
            raise ConfigError(
                "No database session: give init_app(app, shop=..., session=your_scoped_session), "
                "mount after Flask-SQLAlchemy, or set FIRSTLINE_DATABASE_URL."
            )
        return _plain(extension.session)

    @property
    def owns_database(self) -> bool:
        """Whether the tables are in a database of our own, which the shop never commits."""
        return self.session_given is None and bool(self.settings.database_url)

    def _own_session(self) -> scoped_session[Session]:
        if self._own is None:
            engine = create_engine(self.settings.database_url or "")
            self._own = scoped_session(sessionmaker(engine))
        return self._own

    def close_own_session(self) -> None:
        """Give the session of our own back at the end of an app context."""
        if self._own is not None:
            self._own.remove()

    def engine(self) -> Engine:
        """Give the engine that our tables are reached by."""
        from .models import Call

        bind = self.session().get_bind(clause=cast("Any", Call.__table__))
        return bind.engine if isinstance(bind, Connection) else bind

    def context(
        self, conn: Connection, *, source: str = SHOP, as_fact: bool = False, now: datetime | None = None
    ) -> Context:
        """Give the surroundings of one call."""
        moment, timeline = now or self.now(), self.timeline(conn)
        return Context(
            conn=conn,
            settings=timeline.at(moment),
            timeline=timeline,
            keys=self._keyring(conn),
            now=moment,
            source=source,
            as_fact=as_fact,
            locale=str(i18n.locale()),
            translate=i18n.gettext,
        )

    def _keyring(self, conn: Connection) -> Keyring:
        if self._keys is None:
            self._keys = load_keyring(conn, self.settings)
        return self._keys

    def timeline(self, conn: Connection) -> Timeline:
        """Give which settings hold when; read again when what is known gets old."""
        now, known = self.now(), self._timeline
        read = self._timeline_read
        if known is None or read is None or known.base is not self.settings or abs(now - read) > FRESH:
            known, self._timeline_read = load_timeline(conn, self.settings), now
            self._timeline = known
        return known

    def settings_now(self) -> Settings:
        """Give the settings that hold now."""
        return self.timeline(self.session().connection()).at(self.now())

    def form_keys(self) -> list[bytes]:
        """Give the keys of form tokens: the last signs, all verify."""
        return self._keyring(self.session().connection()).for_tokens("form tokens")

    def shop_mark(self) -> str:
        """Give what tells this shop from another one that signs with the same keys."""
        return self._keyring(self.session().connection()).shop

    @contextmanager
    def own_unit(self) -> Iterator[Session]:
        """Open a session of our own beside the shop's, committed once at its end."""
        session = Session(self.engine())
        try:
            with unit(session):
                yield session
        finally:
            session.close()

    def in_own_unit(self, work: Callable[[Session], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        """Do work in a unit of our own, again where the database asks for it."""

        def once() -> Any:  # noqa: ANN401
            with self.own_unit() as session:
                return work(session)

        return retried(once)

    def customer(self) -> Customer | None:
        """Ask the shop who is signed in."""
        return self.shop.current_customer()

    def cart(self) -> Cart | None:
        """Ask the shop for the cart of this request."""
        return self.shop.current_cart()

    def send(self, ctx: Context) -> None:
        """Send the outgoing signals of a call; a receiver's error is logged and goes no further."""
        for told in ctx.happened:
            signal = signals.BY_NAME[told.name]
            for receiver in signal.receivers_for(self.app):
                try:
                    with ctx.conn.begin_nested():
                        receiver(self.app, **told.data)
                except Exception:
                    log.exception("a receiver of %s failed", told.name)


def _plain(session: Any) -> Session:  # noqa: ANN401 - scoped or plain
    return cast("Session", session() if isinstance(session, scoped_session) or callable(session) else session)


def current_state() -> State:
    """Give the state of the current app, or raise RuntimeError with what is missing."""
    if not has_app_context():
        raise RuntimeError(
            "Flask-Firstline was called outside an app context; open one: `with app.app_context():`."
        )
    return state_of(current_app._get_current_object())  # type: ignore[attr-defined]


def state_of(app: Flask) -> State:
    """Give the state of an app, or raise RuntimeError with what is missing."""
    state = app.extensions.get(EXTENSION)
    if not isinstance(state, State):
        raise RuntimeError(
            "Flask-Firstline is not mounted in this app; call firstline.init_app(app, shop=...)."
        )
    return state


def request_time() -> datetime:
    """Give the time of this request: one moment for all that it does."""
    moment: datetime = g.setdefault("firstline_now", current_state().now())
    return moment


def request_context() -> Context:
    """Give the surroundings to read in, at the time of this request."""
    state = current_state()
    return state.context(state.session().connection(), now=request_time())
