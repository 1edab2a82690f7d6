"""Do what a request asks in one transaction; under an idempotency key, once however often it comes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request
from marshmallow import Schema

from ..services import api_answers
from ..services.api_answers import Claim, Stored
from ..services.context import Context
from ..state import current_state, log
from . import answering
from .problems import Problem

Work = Callable[[Context], object]
Body = Mapping[str, Any]
_KEY = re.compile(r"[!-~]{1,255}\Z")


def act(
    schema: Schema,
    work: Work,
    *,
    status: Callable[[Body], int] | int = 200,
    location: Callable[[Body], str] | None = None,
    reads: bool = False,
) -> Response:
    """Do work in one unit and answer with what it gives; `location` is where a new thing is found.

    Work that only `reads` needs no unit, unless its answer is to be kept.
    """

    def done(ctx: Context) -> Stored:
        value = schema.dump(work(ctx))
        code = status(value) if callable(status) else status
        return Stored(status=code, body=json.dumps(value, ensure_ascii=False))

    claim = _claim()
    if claim is None:
        return _answer(done(answering.reading()) if reads else answering.in_unit(done), location)
    earlier = answering.in_unit(lambda ctx: api_answers.take(ctx, claim))
    if earlier is not None:
        response = _answer(earlier, location)
        response.headers["Idempotency-Replayed"] = "true"
        return response
    return _answer(_claimed(claim, done), location)


def _claimed(claim: Claim, done: Callable[[Context], Stored]) -> Stored:
    def kept(ctx: Context) -> Stored:
        stored = done(ctx)
        api_answers.keep(ctx, claim, stored)
        return stored

    try:
        return answering.in_unit(kept)
    except BaseException:
        _give_up(claim)
        raise


def _give_up(claim: Claim) -> None:
    try:
        answering.in_unit(lambda ctx: api_answers.give_up(ctx, claim))
    except Exception:
        log.exception("an idempotency key could not be freed; it is in two minutes")


def _claim() -> Claim | None:
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if key is None:
        return None
    if not _KEY.match(key):
        raise Problem("malformed", "An Idempotency-Key has 1 to 255 printable ASCII characters, no blanks.")
    return Claim(
        api_key_id=answering.key().id, key=key, request_digest=_request_digest(), at=current_state().now()
    )


def _request_digest() -> str:
    """Tell requests apart by what they mean: the order of keys and blanks in JSON mean nothing."""
    body = json.dumps(json.loads(request.get_data()), sort_keys=True)
    return hashlib.sha256(f"{request.method} {request.full_path} {body}".encode()).hexdigest()


def _answer(stored: Stored, location: Callable[[Body], str] | None) -> Response:
    headers = {} if location is None else {"Location": location(json.loads(stored.body))}
    return answering.answer(stored.body, stored.status, headers)
