"""Every error as problem details (RFC 9457), on our own addresses only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from flask import Blueprint, Response, current_app, request
from marshmallow import Schema, fields
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, default_exceptions

from ..errors import FirstlineError, Reason, Refused
from ..services.api_answers import ClaimLost, OtherRequest, StillAtWork
from ..services.mistakes import BadCode, CodeTaken, LimitBelowUse, LooksAlike, Mistake, NameTaken, NotThere
from ..services.payout_runs import PayoutRefused
from ..services.told import ToldOtherwise
from ..services.unit import is_transient
from ..state import current_state
from . import fields as exact
from . import quoted
from .kinds import KINDS
from .quote_schemas import PricesSchema

MEDIA_TYPE = "application/problem+json"
_BY_STATUS = {
    400: "malformed", 404: "not-found", 405: "method", 413: "too-large", 415: "media-type", 500: "bug",
}  # fmt: skip
_BY_ERROR: Sequence[tuple[type[Exception], str]] = (
    (NotThere, "not-found"),
    (NameTaken, "name-taken"),
    (LimitBelowUse, "below-use"),
    (CodeTaken, "code-taken"),
    (LooksAlike, "looks-alike"),
    (BadCode, "bad-code"),
    (PayoutRefused, "payout-refused"),
    (Mistake, "contradiction"),
    (StillAtWork, "at-work"),
    (ClaimLost, "at-work"),
    (OtherRequest, "other-request"),
    (ToldOtherwise, "told-otherwise"),
    (FirstlineError, "contradiction"),
)


class Problem(FirstlineError):
    """An error of the API that is known by its kind."""

    def __init__(self, kind: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        self.kind = kind
        self.headers = dict(headers or {})
        super().__init__(detail)


class FieldProblemSchema(Schema):
    """What is wrong with one value: where it stands, as a JSON pointer or the name of a parameter."""

    pointer = fields.String(required=True, metadata={"examples": ["/amount"]})
    detail = fields.String(required=True, metadata={"examples": ["Give a text."]})


class ProblemSchema(Schema):
    """Problem details by RFC 9457; `type` leads to the page that lists all kinds."""

    type = fields.String(required=True, metadata={"format": "uri-reference"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldProblemSchema))
    problem = fields.String(
        metadata={"description": "Of a refused payout, for programs: outdated, not_confirmed, same_eyes, ..."}
    )
    reason = exact.Choice(list(Reason), metadata={"description": "Of a refusal: exactly why."})
    codes = fields.List(fields.String(), metadata={"description": "Of a refusal: the codes that hold still."})
    quote = fields.Nested(
        PricesSchema, metadata={"description": "Of a refusal: what it costs with the codes that hold."}
    )


def response_name(status: int) -> str:
    """Give the name under which the document describes problems of that status."""
    return f"Problem{status}"


def page_of(kind: str) -> str:
    """Give the address that explains a kind of problem."""
    return f"{request.root_path}{current_state().settings.url_prefix}/api/v1/#{kind}"


def answer(
    kind: str,
    detail: str,
    *,
    status: int = 0,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """Give the answer that tells a problem."""
    known = KINDS[kind]
    body: dict[str, object] = {
        "type": page_of(kind),
        "title": known.title,
        "status": status or known.status,
        "detail": detail,
        **(more or {}),
    }
    if errors:
        body["errors"] = list(errors)
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status or known.status, dict(headers or {}), content_type=MEDIA_TYPE)


def install(blueprint: Blueprint) -> None:
    """Answer every error of the blueprint's pages; the shop's own error pages stay what they are."""
    for code in default_exceptions:
        # By its code each: a shop's handler of a code would come before ours of all HTTP errors.
        blueprint.register_error_handler(code, _http)
    blueprint.register_error_handler(FirstlineError, _ours)
    blueprint.register_error_handler(DBAPIError, _database)
    blueprint.register_error_handler(Exception, _bug)


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    kind = _BY_STATUS.get(code)
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    if kind is None:
        return _untyped(code, error.description or "")
    data = getattr(error, "data", None)
    found = list(_errors(data.get("messages"))) if isinstance(data, dict) else []
    detail = found[0]["detail"] if found else error.description or KINDS[kind].title
    return answer(kind, detail, errors=found, headers=headers)


def _untyped(code: int, detail: str) -> Response:
    body = {"type": "about:blank", "title": HTTPStatus(code).phrase, "status": code, "detail": detail}
    return Response(json.dumps(body, ensure_ascii=False), code, content_type=MEDIA_TYPE)


def _errors(messages: object) -> Iterator[dict[str, str]]:
    """Turn marshmallow's messages, which begin with the place of the request, into a list."""
    if not isinstance(messages, Mapping):
        return
    for place, nested in messages.items():
        for pointer, detail in _flat(nested):
            yield {"pointer": pointer if place == "json" else pointer.removeprefix("/"), "detail": detail}


def _flat(messages: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, nested in messages.items():
            here = path if name == "_schema" else f"{path}/{_escaped(str(name))}"
            yield from _flat(nested, here)
    elif isinstance(messages, list | tuple):
        for message in messages:
            yield from _flat(message, path)
    else:
        yield path, str(messages)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1").encode(errors="replace").decode()


def _ours(error: FirstlineError) -> Response:
    if isinstance(error, Problem):
        return answer(error.kind, str(error), headers=error.headers)
    if isinstance(error, Refused):
        return _refusal(error)
    kind = next(kind for type_, kind in _BY_ERROR if isinstance(error, type_))
    more = {"problem": error.problem} if isinstance(error, PayoutRefused) else None
    return answer(kind, str(error), more=more)


def _refusal(refused: Refused) -> Response:
    """Say why a code does not hold and what holds now, so that the shop can show it and send it again."""
    more: dict[str, object] = {"reason": refused.reason.value, "codes": list(refused.codes)}
    if refused.quote is not None:
        more["quote"] = PricesSchema().dump(quoted.shown(refused.quote))
    kind = "changed" if refused.reason is Reason.CHANGED else "refused"
    return answer(kind, refused.message, more=more)


def _database(error: DBAPIError) -> Response:
    if not is_transient(error):
        raise error
    current_app.logger.warning("the database was busy: %s", error)
    return answer("busy", "Send the request again in a moment.", headers={"Retry-After": "1"})


def _bug(error: Exception) -> Response:
    """Let Flask log it, tell it to who listens, and answer with the page of a 500, which is ours."""
    raise error
