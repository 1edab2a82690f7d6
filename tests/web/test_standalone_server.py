"""The standalone app under gunicorn: other shops tell it by webhook, the worker posts the commission."""

from __future__ import annotations

import base64
import hmac
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_firstline.standalone import create_app
from flask_firstline.state import state_of
from tests.service import hook_kit, test_saleor_hooks, test_shopify_hooks

pytest.importorskip("gunicorn")

SHOPIFY = "shpss_of_the_app"
SET_UP = """
db upgrade
partner add --ref meier --email meier@post.example --name Meier
coupon add Five --amount 5.00 --currency EUR
code add vonmeier --coupon Five --owner meier
terms set --level 1 --percent 10
hooks add spy --platform shopify --url https://spy.example --secret shpss_of_the_app
"""


def command(app: Flask, line: str) -> Any:
    """Give a command and read what it says."""
    result = app.test_cli_runner().invoke(args=["firstline", *line.split(), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


@contextmanager
def gunicorn(environ: dict[str, str]) -> Iterator[str]:
    """Run two workers on a free port; give the address once they answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    args = ["-w", "2", "-b", f"127.0.0.1:{port}", "--log-level", "warning"]
    made = "flask_firstline.standalone:create_app()"
    given = {**{k: v for k, v in os.environ.items() if not k.startswith("FIRSTLINE_")}, **environ}
    with subprocess.Popen([sys.executable, "-m", "gunicorn", *args, made], env=given) as server:
        try:
            yield answering(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()


def answering(home: str) -> str:
    """Wait until the app is healthy."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{home}/healthz") as answer:
                assert answer.read() == b"ok\n"
                return home
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("gunicorn does not answer")


def post(address: str, body: object, headers: dict[str, str]) -> int:
    request = urllib.request.Request(address, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def digest(secret: str, body: object) -> hmac.HMAC:
    return hmac.new(secret.encode(), json.dumps(body).encode(), sha256)


@pytest.mark.slow
def test_three_platforms_tell_and_the_partner_earns_by_each(tmp_path: Path) -> None:
    environ = {"FIRSTLINE_INSTANCE": str(tmp_path), "FIRSTLINE_HOLD_DAYS": "0"}
    app = create_app(environ)
    for line in SET_UP.strip().splitlines():
        command(app, line)
    woo = command(app, "hooks add woo --url https://woo.example")["secret"]
    sal = command(app, "hooks add sal --platform saleor --url https://sal.example")["secret"]
    woos, spys, sals = hook_kit.paid(), test_shopify_hooks.paid(), test_saleor_hooks.order(39.7, minute=2)

    with gunicorn(environ) as home:
        signed = base64.b64encode(digest(woo, woos).digest()).decode()
        as_woo = {"X-WC-Webhook-Signature": signed, "X-WC-Webhook-Topic": "order.updated"}
        signed = base64.b64encode(digest(SHOPIFY, spys).digest()).decode()
        as_spy = {"X-Shopify-Hmac-SHA256": signed, "X-Shopify-Topic": "orders/paid"}
        as_sal = {"Saleor-Signature": digest(sal, sals).hexdigest(), "Saleor-Event": "order_fully_paid"}
        hooks = f"{home}/firstline/hooks"
        told = [post(f"{hooks}/woo", woos, as_woo), post(f"{hooks}/spy", spys, as_spy)]
        told += [post(f"{hooks}/sal", sals, as_sal), post(f"{hooks}/woo", {**woos, "id": 9}, as_woo)]
        with urllib.request.urlopen(f"{home}/firstline/admin/") as led:
            assert led.url == f"{home}/sign-in?next=/firstline/admin/"

    assert told == [200, 200, 200, 401]
    assert command(app, "work --once")["failed"] == 0
    [balance] = command(app, "balances")
    # 10 per cent of each line net: 35.00; 36.00 / 1.19 and 9.00 / 1.19; 34.80 / 1.19
    assert (balance["partner"], balance["payable"]) == ("meier", "10.21")
    with app.app_context():
        state_of(app).engine().dispose()
