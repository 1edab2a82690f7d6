"""The kinds of problems: their names stand in the addresses that explain them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its status, what it is called, and an example of what it says."""

    status: int
    title: str
    said: str


KINDS: Mapping[str, Kind] = {
    "malformed": Kind(
        400,
        "The request does not have the form that the document asks for",
        "Give a whole number from 1 to 1000000000.",
    ),
    "not-json": Kind(
        400, "The body is no JSON", "The body is no JSON: Expecting value: line 1 column 1 (char 0)"
    ),
    "no-key": Kind(401, "A key is needed", "Send a key: `Authorization: Bearer ...`."),
    "bad-key": Kind(
        401,
        "The key is unknown or revoked",
        "This key is unknown or revoked. Make a new one: `flask firstline api key add`.",
    ),
    "not-allowed": Kind(
        403,
        "The key does not have the scope for this",
        "This needs the scope codes:write; the key 'Warehouse' has codes:read.",
    ),
    "needs-approval": Kind(
        403,
        "Somebody else must agree to this",
        "Somebody else must agree to this. Nothing was changed: propose it on the pages of the staff.",
    ),
    "not-found": Kind(404, "There is nothing here", "There is no such code."),
    "method": Kind(405, "This cannot be done here", "At this address there is only GET, HEAD, OPTIONS."),
    "name-taken": Kind(
        409, "The name is taken", "There is a coupon called 'Welcome' already; give another name."
    ),
    "code-taken": Kind(409, "The code is taken", "This code is taken already. Please choose another one."),
    "looks-alike": Kind(
        409,
        "The code looks like another one",
        "This code looks like one that is taken. Please choose another one.",
    ),
    "below-use": Kind(
        409,
        "The limit is below what is used already",
        "It has been used 2 times already; a limit of 1 is below that.",
    ),
    "changed": Kind(
        409,
        "The discount has changed",
        "The discount has changed. Please check the new total and order again.",
    ),
    "told-otherwise": Kind(
        409,
        "This ref stands for something else already",
        "The invoice R-4711, payment R-4711 is known with other content. What was told first stands.",
    ),
    "at-work": Kind(
        409,
        "The same request is still at work",
        "The same request is still at work. Send it again in a moment.",
    ),
    "no-length": Kind(411, "The length of the body is needed", "Send the body with its Content-Length."),
    "too-large": Kind(413, "The body is too large", "A body has at most 1000000 bytes."),
    "media-type": Kind(415, "The body must be JSON", "Send the body as application/json."),
    "contradiction": Kind(422, "What is asked for cannot be", "There is no contact with the ref '2099'."),
    "refused": Kind(
        422, "A code does not hold", "This code needs goods for at least €20.00. €5.10 are missing."
    ),
    "bad-code": Kind(422, "No code can be spelled like this", "A code needs letters or digits."),
    "payout-refused": Kind(
        422,
        "Payouts cannot be made so",
        "The number or the sum is not that of the run; look at it again.",
    ),
    "other-request": Kind(
        422,
        "The idempotency key belongs to another request",
        "This Idempotency-Key was sent with another request before. Give each request a key of its own.",
    ),
    "too-many": Kind(429, "Too many requests", "A key makes at most 600 requests in a minute."),
    "bug": Kind(500, "Something is wrong on our side", "Something is wrong on our side"),
    "busy": Kind(503, "The database is busy", "Send the request again in a moment."),
}
