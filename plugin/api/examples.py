"""The examples of the document: of each noun one, put where the document shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import campaign_examples, code_examples, money_examples, people_examples, sale_examples
from .kinds import KINDS
from .story import Example

JSON, PROBLEM = "application/json", "application/problem+json"
EXAMPLES: Mapping[str, Example] = {
    **code_examples.EXAMPLES,
    **sale_examples.EXAMPLES,
    **people_examples.EXAMPLES,
    **money_examples.EXAMPLES,
    **campaign_examples.EXAMPLES,
}
"""By the name of the schema in the document."""


def put_into(document: dict[str, Any], root: str) -> None:
    """Give every answer of the document its example; `root` is where the page of the problems is."""
    schemas = document["components"]["schemas"]
    for methods in document["paths"].values():
        for about in methods.values():
            for answer in about["responses"].values() if "responses" in about else ():
                told = answer.get("content", {}).get(JSON)
                if told is not None:
                    told["example"] = of_answer(told["schema"]["$ref"].rpartition("/")[2], schemas)
    for answer in document["components"]["responses"].values():
        told = answer["content"][PROBLEM]
        told["examples"] = {name: {"value": of_problem(name, root)} for name in told.pop("kinds")}


def of_answer(name: str, schemas: Mapping[str, Any]) -> Example:
    """Give the example of a schema; that of a page has one of its items. Raises KeyError."""
    if name in EXAMPLES:
        return EXAMPLES[name]
    item = schemas[name]["properties"]["items"]["items"]["$ref"].rpartition("/")[2]
    return {"items": [EXAMPLES[item]], "next": None}


def of_problem(name: str, root: str) -> Example:
    """Give the example of a kind of problem."""
    kind = KINDS[name]
    found = {"type": f"{root}#{name}", "title": kind.title, "status": kind.status, "detail": kind.said}
    return {**found, **_MORE.get(name, {})}


_MORE: Mapping[str, Example] = {
    "malformed": {"errors": [{"pointer": "/max", "detail": "Give a whole number from 1 to 1000000000."}]},
    "refused": sale_examples.REFUSED,
    "payout-refused": {"problem": "not_confirmed"},
    "changed": sale_examples.CHANGED,
}
