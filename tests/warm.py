"""What all apps of a run share because it is the same in each, and a disk that nobody waits for."""

from __future__ import annotations

import sqlite3
from copy import copy
from dataclasses import dataclass
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import Compiled
from sqlalchemy.engine.interfaces import DBAPIConnection
from werkzeug.datastructures import ImmutableDict
from werkzeug.routing import BaseConverter, Rule
from werkzeug.routing.rules import RulePart
from werkzeug.security import generate_password_hash

MOST_STATEMENTS = 4000


class SharedTemplates(BytecodeCache):
    """Compiled templates, kept by their source and by all of their app that the compiler looks at."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket where an app like this one has compiled its template."""
        code = self._kept.get((bucket.key, bucket.checksum, *_likeness(bucket.environment)))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what an app has compiled."""
        key = (bucket.key, bucket.checksum, *_likeness(bucket.environment))
        self._kept[key] = bucket.bytecode_to_string()


def _likeness(app: Environment) -> tuple[object, ...]:
    return (
        type(app),
        app.lexer,  # one for each set of signs and of blanks that are cut
        getattr(app.autoescape, "__func__", app.autoescape),
        app.finalize,
        app.optimized,
        app.is_async,
        getattr(app, "newstyle_gettext", None),
        *map(frozenset, (app.extensions, app.filters, app.tests)),
    )


class SharedStatements(dict[tuple[object, ...], Compiled]):
    """Compiled statements, kept for all databases of one kind instead of for one engine."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:  # noqa: ANN401 - as dict's
        """Give what was compiled for a database of this kind."""
        dialect, *statement = key
        return super().get((_kind(dialect), *statement), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        """Keep what was compiled; now and then all is let go, with the tables of apps that are gone."""
        if len(self) >= MOST_STATEMENTS:
            self.clear()
        dialect, *statement = key
        super().__setitem__((_kind(dialect), *statement), compiled)


def _kind(dialect: Dialect) -> tuple[object, ...]:
    names = ("server_version_info", "default_schema_name", "_json_serializer", "_json_deserializer")
    return (type(dialect), dialect.paramstyle, *(getattr(dialect, name, None) for name in names))


@dataclass(frozen=True, kw_only=True)
class ReadRule:
    """What werkzeug reads from a rule."""

    parts: list[RulePart]
    trace: list[tuple[bool, str]]
    converters: dict[str, BaseConverter]
    arguments: set[str]
    build: Any
    build_unknown: Any


class SharedRules(dict[tuple[object, ...], ReadRule]):
    """What rules say and what builds their URLs, kept for all that read alike: an app has hundreds."""

    def take_over(self) -> None:
        """Let werkzeug read each kind of rule once; every rule has converters of its own."""
        read = Rule.compile

        def find_or_read(rule: Rule) -> None:
            key = _reading(rule)
            known = self.get(key)
            if known is None:
                read(rule)
                self[key] = _told(rule)
                return
            rule._parts, rule._trace = [*known.parts], [*known.trace]
            rule._converters = {name: _of(rule, converter) for name, converter in known.converters.items()}
            rule.arguments |= known.arguments
            rule._build = known.build.__get__(rule, None)
            rule._build_unknown = known.build_unknown.__get__(rule, None)

        Rule.compile = find_or_read  # type: ignore[assignment, method-assign]


def _reading(rule: Rule) -> tuple[object, ...]:
    """Give all that werkzeug looks at when it reads a rule."""
    domain = rule.host if rule.map.host_matching else rule.subdomain
    converters = tuple(rule.map.converters.items())
    return rule.rule, domain, rule.merge_slashes, converters, repr(rule.defaults)


def _told(rule: Rule) -> ReadRule:
    return ReadRule(
        parts=[*rule._parts],
        trace=[*rule._trace],
        converters=dict(rule._converters),
        arguments={*rule.arguments},
        build=rule._build.__func__,  # type: ignore[attr-defined]
        build_unknown=rule._build_unknown.__func__,  # type: ignore[attr-defined]
    )


def _of(rule: Rule, converter: BaseConverter) -> BaseConverter:
    """Give the same converter for the map of another rule."""
    own = copy(converter)
    own.map = rule.map
    return own


def hash_quickly() -> None:
    """Let passwords be hashed as they are, but in a moment: nobody guesses those of a test."""
    generate_password_hash.__defaults__ = ("scrypt:1024:8:1", 16)


def keep_warm() -> None:
    """Let every app that is made from now on find what others have compiled."""
    SharedRules().take_over()
    Flask.jinja_options = {"bytecode_cache": SharedTemplates()}
    options = shared_options()
    Flask.default_config = ImmutableDict({**Flask.default_config, "SQLALCHEMY_ENGINE_OPTIONS": options})


def shared_options() -> dict[str, object]:
    """Give the options of an engine that keeps its statements with all others."""
    return {"execution_options": {"compiled_cache": _statements}}


_statements = SharedStatements()


def forget_the_disk() -> None:
    """Let SQLite write without waiting for the disk: a power cut may break what a test has written."""

    @event.listens_for(Engine, "connect")
    def write_on(raw: DBAPIConnection, _entry: object) -> None:
        if isinstance(raw, sqlite3.Connection):
            raw.execute("PRAGMA synchronous = OFF")
