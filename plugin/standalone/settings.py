"""What the app is set up with: a file, and the environment, which wins."""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from types import ModuleType

from ..config import PREFIX, Settings
from ..errors import ConfigError

Environment = Mapping[str, str]
FOLDER, FILE, PROXIES = "FIRSTLINE_INSTANCE", "FIRSTLINE_SETTINGS", "FIRSTLINE_PROXIES"
_OWN = frozenset({FOLDER, FILE, PROXIES})
"""Keys of this app alone, which no plugin in a shop knows."""
_OF_FLASK = ("SECRET_KEY", "SERVER_NAME", "PREFERRED_URL_SCHEME")
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
_DRIVERS = ("postgresql://", "postgres://")


def folder_of(environ: Environment) -> Path:
    """Give the instance folder, made where it is missing: the one named, else `instance` in this folder.

    It is not beside the package: whoever makes the virtual environment anew keeps the data.
    """
    found = Path(environ.get(FOLDER) or "instance").absolute()
    found.mkdir(parents=True, exist_ok=True)
    return found


def proxies_of(environ: Environment) -> int:
    """Give how many proxies stand before the app and tell who asks."""
    said = environ.get(PROXIES, "").strip() or "0"
    if not said.isdecimal():
        raise ConfigError(f"{PROXIES}={said!r} is no number of proxies, such as 1.")
    return int(said)


def config_of(environ: Environment, folder: Path) -> dict[str, object]:
    """Give the app's config. Raises ConfigError with what to mend."""
    found = _from_file(environ.get(FILE, "").strip())
    found |= {name: environ[name] for name in _OF_FLASK if environ.get(name)}
    found |= _from_environment(environ)
    found["FIRSTLINE_DATABASE_URL"] = _database(found.get("FIRSTLINE_DATABASE_URL"), folder)
    if not found.get("SECRET_KEY"):
        found["SECRET_KEY"] = kept_secret(folder / "secret_key")
    return found


def _from_environment(environ: Environment) -> dict[str, object]:
    known = {PREFIX + item.name.upper(): str(item.type) for item in fields(Settings)}
    given = {key: said.strip() for key, said in environ.items() if key.startswith(PREFIX)}
    unknown = sorted(set(given) - set(known) - _OWN)
    if unknown:
        raise ConfigError(f"Unknown setting {', '.join(unknown)} in the environment; see docs/standalone.md.")
    return {key: _read(key, known[key], said) for key, said in given.items() if key in known and said}


def _read(key: str, type_: str, said: str) -> object:
    """Read a text of the environment by the type that the setting has."""
    reader = next((read for begin, read in _READERS.items() if type_.startswith(begin)), str)
    try:
        return reader(said)
    except ValueError as error:
        raise ConfigError(f"{key}={said!r} cannot be read: {error}.") from error


def _yes_no(said: str) -> bool:
    if said.lower() not in _YES | _NO:
        raise ValueError("give true or false")
    return said.lower() in _YES


def _whole(said: str) -> int:
    try:
        return int(said)
    except ValueError as error:
        raise ValueError("give a whole number") from error


def _texts(said: str) -> list[str]:
    """Read a list in JSON, or texts with commas between them."""
    if not said.startswith("["):
        return [one.strip() for one in said.split(",") if one.strip()]
    found = json.loads(said)
    return [str(one) for one in found]


def _mapping(said: str) -> dict[str, object]:
    try:
        found = json.loads(said)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError('give JSON such as {"EUR": "10.00"}')
    return found


_READERS: Mapping[str, Callable[[str], object]] = {
    "int": _whole,
    "bool": _yes_no,
    "tuple": _texts,
    "Mapping": _mapping,
}
"""By how the type of a setting begins; other settings are texts."""


def _from_file(name: str) -> dict[str, object]:
    """Read a file of TOML or Python, with keys as in the config of any Flask app."""
    if not name:
        return {}
    path = Path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{FILE}={name!r} cannot be read: {error.strerror}.") from error
    if path.suffix == ".py":
        module = ModuleType("firstline_settings")
        exec(compile(text, name, "exec"), module.__dict__)  # noqa: S102 - the owner's own file
        return {key: value for key, value in vars(module).items() if key.isupper()}
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{FILE}={name!r} is no TOML: {error}.") from error
    return {key: value for key, value in found.items() if key.isupper()}


def _database(given: object, folder: Path) -> str:
    """Give the database with the driver that is installed: the one named, else a file, with patience."""
    url = str(given or "")
    if not url:
        return f"sqlite:///{folder / 'firstline.sqlite'}?timeout=30"
    begin = next((begin for begin in _DRIVERS if url.startswith(begin)), None)
    return url if begin is None else "postgresql+psycopg://" + url.removeprefix(begin)


def kept_secret(file: Path) -> str:
    """Read the secret that was drawn at the first start, or draw it now; of several processes one draws."""
    if not file.exists():
        drawn = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(drawn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(drawn, file)
        drawn.unlink()
    return file.read_text(encoding="ascii").strip()
