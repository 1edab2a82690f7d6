"""A program elsewhere that is called: it takes what is signed with the secret that it knows, once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from standardwebhooks.webhooks import Webhook

from demo.browser import Visitor

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")
SECRET, OTHER = "whsec_c2VjcmV0LW9mLXRoZS1zaG9w", "whsec_YW5vdGhlci1zZWNyZXQ"
BODY = '{"type": "payout_paid", "timestamp": "2026-11-22T10:00:00+00:00", "data": {"partner": "1003"}}'


def call(browser: FlaskClient, secret: str = SECRET, *, number: str = "msg_1-a", body: str = BODY) -> int:
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    headers = {
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1,before {Webhook(secret).sign(number, at, BODY)}",
    }
    return browser.post("/test-receiver/calls", data=body, headers=headers).status_code


def test_it_takes_what_is_signed_with_its_secret_once(app: Flask, buyer: Visitor) -> None:
    browser = app.test_client()
    assert call(browser) == 401, "it knows no secret yet"
    buyer.send(buyer.open("/test-receiver/"), "/test-receiver/secret", secret=SECRET)

    taken = [call(browser), call(browser)]
    refused = [
        call(browser, OTHER),
        call(browser, body=BODY.replace("1003", "1")),
        call(browser, number="../x"),
    ]

    assert (taken, refused) == ([204, 204], [401, 401, 401])
    assert buyer.open("/test-receiver/").texts.count("payout_paid") == 1
