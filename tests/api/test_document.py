"""The OpenAPI document: everything in it is true."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from werkzeug.test import TestResponse

from flask_firstline.api.kinds import KINDS
from flask_firstline.services.api_keys import SCOPES
from flask_firstline.testing import FakeShop, make_code, make_partner
from tests.tables import file_with_tables

from .kit import ROOT, make_key


class Running:
    """A shop that runs from the collection of the tests on: each operation is a test of its own.

    Its clock goes on by a second with every look, so that no key spends its minute.
    """

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.shop = FakeShop(file_with_tables(Path(self.folder)))
        make_partner(self.shop.app, "meier")
        make_code(self.shop.app, "vonmeier", owner="meier")
        self.secret = make_key(self.shop, "warehouse")
        self.shop.state.clock = lambda: self.shop.clock.advance(seconds=1)
        atexit.register(self.close)

    def close(self) -> None:
        self.shop.close()
        shutil.rmtree(self.folder)

    def get(self, path: str) -> TestResponse:
        return self.shop.browser().get(ROOT + path)

    def document(self) -> Any:
        """Give the document as schemathesis reads it.

        422 is for what no schema can say: terms that contradict each other, refs that nobody has.
        """
        found = schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", self.shop.app)
        found.config.analysis.constants.enabled = False  # all sources are read once for each operation
        accepted = found.config.checks.positive_data_acceptance
        accepted.expected_statuses = [*accepted.expected_statuses, "422"]
        return found


running = Running()
OPERATIONS = [
    about["operationId"]
    for methods in running.get("/openapi.json").get_json()["paths"].values()
    for method, about in methods.items()
    if method != "parameters"
]


@pytest.fixture(scope="module")
def document() -> Any:
    """Give the document with all that schemathesis has to ask."""
    load_all_checks()
    return running.document()


@settings(
    max_examples=25 if os.environ.get("FIRSTLINE_EVERY_CASE") else 6,  # beside all that the schema names
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)
def keeps(case: Any) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {running.secret}"})


@pytest.mark.slow
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_each_operation_keeps_what_the_document_promises(document: Any, operation_id: str) -> None:
    # Schemathesis' own collection would think out what to ask of all operations in each process.
    operation = document.find_operation_by_id(operation_id)
    asked = build_operation_test(
        config=document.config,
        operation=operation,
        test_func=keeps,
        given_kwargs={},
        feedback=FeedbackSources(),
    )
    asked()


def test_the_document_is_openapi_3_1_and_every_operation_is_explained() -> None:
    found = running.get("/openapi.json").get_json()

    assert found["openapi"] == "3.1.0"
    for path, methods in found["paths"].items():
        assert path.startswith(ROOT)
        for method, about in methods.items():
            if method == "parameters":
                continue
            assert about["summary"] and about["operationId"] and about["security"], (method, path)
            assert {"401", "403", "429"} <= set(about["responses"])
            keyed = method == "post" and not path.endswith((".xml", ".csv"))
            assert ("Idempotency-Key" in str(about.get("parameters"))) == keyed
            for code, answer in about["responses"].items():
                if int(code) >= 400:
                    assert answer == {"$ref": f"#/components/responses/Problem{code}"}


def test_the_page_for_people_names_every_operation_and_every_problem() -> None:
    page, found = running.get("/"), running.get("/openapi.json").get_json()

    text = page.get_data(as_text=True)
    assert page.status_code == 200
    for path, methods in found["paths"].items():
        for method in methods:
            assert method == "parameters" or f"{method.upper()} {path}" in text
    assert 'id="name-taken"' in text
    assert "<style" not in text and "style=" not in text and "onclick" not in text


def test_the_docs_tell_every_scope_and_every_problem() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")

    assert [scope for scope in SCOPES if f"`{scope}`" not in page] == []
    told = [f"| {kind.status} | `{name}` | {kind.title} |" for name, kind in KINDS.items()]
    assert [row for row in told if row not in page] == []
