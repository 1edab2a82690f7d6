"""How other shops' APIs are asked: with patience where they ask for it, with a sentence where they refuse."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from ..domain.endpoint import read_url
from ..services.asking import Answer, HTTPException, ask
from ..services.mistakes import BadSource
from ..services.pushed_codes import ToMake
from ..state import State

_MOST_BYTES = 20_000_000
_TRIES = 6
_LONGEST_PAUSE = 30.0
_TOO_MANY = 429
_GOOD = frozenset({200, 201})


@dataclass(frozen=True, kw_only=True)
class Made:
    """What came of one code: made there under an id, known there already, or refused with these words."""

    code_id: int
    code: str
    remote_id: str = ""
    known: bool = False
    refused: str = ""


class ShopApi(Protocol):
    """What we ask of a shop, whatever its platform. Each raises BadSource where it does not answer well."""

    def orders(self, since: datetime) -> Iterator[list[str]]:
        """Give the orders changed since a moment, page by page, the oldest change first, each as JSON."""

    def make(self, codes: tuple[ToMake, ...]) -> Iterator[Made]:
        """Make codes there, and say of each what came of it; what is there stays as it is."""

    def end(self, remote_id: str, now: datetime) -> None:
        """Switch a code off there that was made by us."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Asks one shop with its key."""

    state: State
    url: str
    headers: Mapping[str, str]
    pause: Callable[[float], None] = time.sleep

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Ask for a path, again where the shop says that it is too often."""
        sent = b"" if body is None else json.dumps(body, default=_number).encode()
        for _ in range(_TRIES):
            answer = self._once(method, path, sent)
            if answer.status != _TOO_MANY:
                break
            self.pause(_wait(answer))
        if answer.status not in _GOOD:
            raise BadSource("access", f"The shop answered {answer.status}.")
        return answer

    def _once(self, method: str, path: str, sent: bytes) -> Answer:
        hosts = self.state.settings.webhook_private_hosts
        headers = {
            "Accept": "application/json",
            "User-Agent": "Flask-Firstline",
            **({"Content-Type": "application/json"} if sent else {}),
            **self.headers,
        }
        try:
            return ask(method, read_url(self.url + path, hosts), sent, headers, hosts, most=_MOST_BYTES)
        except (ValueError, OSError, HTTPException) as error:
            raise BadSource("url", f"The shop cannot be asked: {error}.") from error

    def query(self, path: str, query: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        """Ask in GraphQL and give the data, again where the shop says that it is too often."""
        said: Any = None
        errors: object = None
        for _ in range(_TRIES):
            said = read(self.ask("POST", path, {"query": query, "variables": variables}))
            errors = said.get("errors") if isinstance(said, dict) else None
            if not _throttled(errors):
                break
            self.pause(1.0)
        if errors or not isinstance(said, dict) or not isinstance(said.get("data"), dict):
            raise BadSource("access", f"The shop refuses the question: {_first(errors)}.")
        data: Mapping[str, Any] = said["data"]
        return data


def read(answer: Answer) -> Any:  # noqa: ANN401 - JSON
    """Read an answer in JSON."""
    try:
        return json.loads(answer.text)
    except ValueError as error:
        raise BadSource("url", "The shop's answer is no JSON, or too large.") from error


def bodies(orders: object) -> list[str]:
    """Give each order of a list as JSON of its own."""
    if not isinstance(orders, list):
        raise BadSource("url", "The shop's answer is no list of orders.")
    return [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in orders]


def _wait(answer: Answer) -> float:
    try:
        asked = float(answer.headers.get("retry-after", "1"))
    except ValueError:
        asked = 1.0
    return min(max(asked, 0.0), _LONGEST_PAUSE)


def _throttled(errors: object) -> bool:
    if not isinstance(errors, list):
        return False
    codes = [one.get("extensions", {}).get("code") for one in errors if isinstance(one, dict)]
    return "THROTTLED" in codes


def _first(errors: object) -> str:
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("message", ""))[:200]
    return "its answer cannot be read"


def _number(value: object) -> float:
    """Write a decimal as a number of JSON, where the API takes no text."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
