"""The standalone app: set up by the environment, its log-ins and roles, its pages without a shop around."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_firstline.delivery.worker import work_once
from flask_firstline.errors import ConfigError
from flask_firstline.models import Audit, StandaloneUser
from flask_firstline.models.base import create_all
from flask_firstline.services import schema
from flask_firstline.standalone import create_app
from flask_firstline.standalone.session import KIND
from flask_firstline.state import State, state_of
from tests.mail_server import html_of, mail_server

from .office import send, text

PASSWORD = "a few quiet words"  # noqa: S105 - of a test
INES, VERA = "ines@shop.example", "vera@shop.example"
LINK = re.compile(r"http://partners\.example(/password/[\w.-]+)")


class Program:
    """A standalone app with Ines, its first owner."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.environ = {"FIRSTLINE_INSTANCE": str(folder), "SERVER_NAME": "partners.example", **environ}
        self.app = create_app(self.environ)
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.state.clock = lambda: self.now
        with self.app.app_context():
            create_all(self.state.engine())
            self.app.extensions["standalone_tables_are_there"] = True
        code, _said = self.command("user", "add", INES, "--name", "Ines Walter", typed=PASSWORD)
        assert code == 0

    @property
    def state(self) -> State:
        return state_of(self.app)

    def close(self) -> None:
        with self.app.app_context():
            self.state.engine().dispose()

    def command(self, *args: str, typed: str = "") -> tuple[int, Any]:
        """Give a command, and type a password twice where it asks for one."""
        runner = self.app.test_cli_runner()
        given = f"{typed}\n{typed}\n" if typed else None
        result = runner.invoke(args=["firstline", *args, "--json"], input=given)
        return result.exit_code, json.loads(result.stdout.splitlines()[-1])

    def browser(self, *, language: str = "en") -> FlaskClient:
        client = self.app.test_client()
        client.environ_base |= {"HTTP_ACCEPT_LANGUAGE": language, "REMOTE_ADDR": "203.0.113.7"}
        return client

    def signed_in(self, email: str = INES, password: str = PASSWORD) -> FlaskClient:
        browser = self.browser()
        answer = send(browser, "/sign-in", {"email": email, "password": password})
        assert answer.status_code == 303, text(answer)
        return browser

    def add(self, name: str, role: str) -> str:
        """Let Ines give somebody a log-in, who sets the password; give the address."""
        email = f"{name}@shop.example"
        page = send(self.signed_in(), "/people/new", {"email": email, "name": name.title(), "role": role})
        [link] = set(LINK.findall(page.get_data(as_text=True)))
        assert send(self.browser(), link, {"new": PASSWORD}).status_code == 303
        return email

    def rows(self, model: Any, **where: object) -> list[Any]:
        with self.app.app_context():
            return list(self.state.session().query(model).filter_by(**where))


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    made = Program(tmp_path)
    yield made
    made.close()


def test_the_environment_is_read_by_the_types_of_the_settings_and_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "firstline.toml"
    file.write_text(
        'FIRSTLINE_CURRENCY = "CHF"\nFIRSTLINE_HOLD_DAYS = 3\nFIRSTLINE_TIMEZONE = "Europe/Bern"\n'
    )
    made = create_app(
        {
            "FIRSTLINE_INSTANCE": str(tmp_path), "FIRSTLINE_SETTINGS": str(file), "FIRSTLINE_HOLD_DAYS": "14",
            "FIRSTLINE_TIMEZONE": "Europe/Berlin", "FIRSTLINE_PARTNER_APPROVAL": "no",
            "FIRSTLINE_LOCALES": "de, en", "FIRSTLINE_PAYOUT_MINIMUM": '{"EUR": "10.00"}',
            "FIRSTLINE_LEVELS_CAP": "25", "FIRSTLINE_WEBHOOK_PRIVATE_HOSTS": '["127.0.0.1"]', "PATH": "/bin",
            "FIRSTLINE_DATABASE_URL": "postgres://db.example/firstline",
        }
    )  # fmt: skip

    found = state_of(made).settings

    assert (found.currency, found.hold_days, found.partner_approval) == ("CHF", 14, False)
    assert (found.locales, found.webhook_private_hosts) == (("de", "en"), ("127.0.0.1",))
    assert {key: str(least) for key, least in found.payout_minimum.items()} == {"EUR": "10.00"}
    assert str(found.levels_cap) == "25"
    assert found.database_url == "postgresql+psycopg://db.example/firstline"


def test_a_python_file_is_read_too_and_what_is_wrong_is_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    file.write_text("days = 7\nFIRSTLINE_HOLD_DAYS = days * 2\n")
    own = {"FIRSTLINE_INSTANCE": str(tmp_path)}
    assert state_of(create_app({**own, "FIRSTLINE_SETTINGS": str(file)})).settings.hold_days == 14

    wrong = {
        "FIRSTLINE_CURENCY": "EUR", "FIRSTLINE_HOLD_DAYS": "ten", "FIRSTLINE_PARTNER_APPROVAL": "perhaps",
        "FIRSTLINE_PAYOUT_MINIMUM": "EUR 10", "FIRSTLINE_SETTINGS": "gone.toml", "FIRSTLINE_PROXIES": "one",
    }  # fmt: skip
    for key, said in wrong.items():
        with pytest.raises(ConfigError, match=key):
            create_app({**own, key: said})


def test_the_secret_is_drawn_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    own = {"FIRSTLINE_INSTANCE": str(tmp_path)}

    one, other = create_app(own), create_app(own)

    assert one.secret_key == other.secret_key
    assert len(str(one.secret_key)) > 40
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.glob("secret_key*")] == ["secret_key"]
    assert create_app({**own, "SECRET_KEY": "given"}).secret_key == "given"


def test_without_tables_each_page_says_what_to_do_and_afterwards_the_app_works(tmp_path: Path) -> None:
    app = create_app({"FIRSTLINE_INSTANCE": str(tmp_path)})
    browser = app.test_client()

    before = browser.get("/sign-in")
    assert (before.status_code, browser.get("/healthz").status_code) == (503, 503)
    assert "firstline db upgrade" in text(before)
    runner = app.test_cli_runner()
    assert "db upgrade" in runner.invoke(args=["firstline", "user", "list"]).output
    assert runner.invoke(args=["firstline", "db", "upgrade"]).exit_code == 0

    assert browser.get("/healthz").text == "ok\n"
    page = browser.get("/sign-in")
    assert page.status_code == 200
    assert "firstline user add" in text(page)
    with app.app_context():
        assert schema.check(state_of(app).engine()).ok
        state_of(app).engine().dispose()


def test_what_is_not_there_is_said_on_a_page_to_people_and_plainly_to_programs(program: Program) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "de"}
    client = program.app.test_client()

    shown = client.get("/partner", headers=browser)
    plain = client.get("/partner", headers={"Accept": "*/*"})
    wrong = client.delete("/sign-in", headers=browser)

    assert (shown.status_code, wrong.status_code, plain.status_code) == (404, 405, 404)
    assert "Diese Seite gibt es nicht" in shown.text
    assert "Zum Anfang" in shown.text
    assert "GET" in wrong.headers["Allow"]
    assert "fl-" not in plain.text


def test_a_failure_is_said_on_a_page_that_needs_no_database(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(program.app.view_functions, "standalone.start", broken)
    program.app.config["PROPAGATE_EXCEPTIONS"] = False

    shown = program.app.test_client().get("/", headers={"Accept": "text/html"})

    assert shown.status_code == 500
    assert "Something went wrong" in shown.text
    assert "too secret to be shown" not in shown.text


def broken() -> str:
    raise RuntimeError("too secret to be shown")


def test_pages_lead_to_the_log_in_and_from_there_to_where_one_wanted_to_go(program: Program) -> None:
    browser = program.browser()

    led = browser.get("/firstline/admin/coupons?q=x")
    assert led.headers["Location"] == "/sign-in?next=/firstline/admin/coupons?q%3Dx"
    answer = send(browser, led.headers["Location"], {"email": " INES@shop.example", "password": PASSWORD})

    assert answer.headers["Location"] == "/firstline/admin/coupons?q=x"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = browser.get("/firstline/admin/")
    assert "Ines Walter" in text(page)
    assert 'href="/account"' in page.get_data(as_text=True)
    for address in ("/", "/firstline/admin/"):
        policy = browser.get(address).headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
    assert browser.get("/firstline/desk/").headers["Location"].startswith("/firstline/partners/sign-in")
    assert browser.get("/firstline/partners/join").status_code == 200
    assert browser.get("/sign-in?next=//evil.example").headers["Location"] == "/firstline/admin/"


def test_a_session_is_a_new_one_at_each_log_in_and_holds_no_more_after_signing_out(program: Program) -> None:
    browser = program.signed_in()
    first = browser.get_cookie(KIND.cookie, "partners.example")
    assert first is not None
    again = program.signed_in().get_cookie(KIND.cookie, "partners.example")
    assert again is not None
    assert first.value != again.value
    stolen = program.browser()
    stolen.set_cookie(KIND.cookie, first.value, domain="partners.example")
    assert stolen.get("/account").status_code == 200

    assert send(browser, "/sign-out", {}, form_at="/account").status_code == 303

    assert stolen.get("/account").status_code == 303
    program.now += timedelta(hours=1)
    late = program.signed_in()
    program.now += timedelta(hours=13)
    assert late.get("/account").status_code == 303


def test_guessing_is_slowed_down_by_name_and_by_address_and_says_nothing_of_who_is_there(
    program: Program,
) -> None:
    for email in (INES, "nobody@shop.example"):
        browser = program.browser()
        browser.environ_base["REMOTE_ADDR"] = f"203.0.113.{len(email)}"
        said = {
            text(send(browser, "/sign-in", {"email": email, "password": "wrong words"})) for _ in range(10)
        }
        assert len(said) == 1
        assert "do not fit together" in said.pop()
        assert send(browser, "/sign-in", {"email": email, "password": PASSWORD}).status_code == 429

    elsewhere = program.browser()
    assert send(elsewhere, "/sign-in", {"email": INES, "password": PASSWORD}).status_code == 429
    program.now += timedelta(minutes=10)
    assert program.signed_in().get("/account").status_code == 200


def test_forms_are_good_for_their_own_session_alone(program: Program) -> None:
    vera = program.signed_in(program.add("vera", "owner"))
    page = program.signed_in().get("/people/2").get_data(as_text=True)
    [token] = set(re.findall(r'name="firstline_token" value="([^"]*)"', page))

    assert vera.post("/people/1/off", data={"firstline_token": token}).status_code == 400
    assert vera.post("/people/1/off", data={}).status_code == 400
    admin = program.signed_in().get("/firstline/admin/products/new").get_data(as_text=True)
    token = re.findall(r'name="firstline_token" value="([^"]*)"', admin)[0]
    assert vera.post("/firstline/admin/products/new", data={"firstline_token": token}).status_code == 400


def test_each_role_may_what_it_may(program: Program) -> None:
    theirs = {"support": "partners", "marketing": "products", "finance": "terms", "viewer": ""}
    for role in theirs:
        browser = program.signed_in(program.add(role, role))
        assert browser.get("/firstline/admin/").status_code == 200
        assert browser.get("/people").status_code == 403
        assert browser.get("/firstline/admin/sources/new").status_code == 403
        for noun in ("partners", "products", "terms"):
            answer = browser.post(f"/firstline/admin/{noun}/new", data={})
            assert answer.status_code == (400 if theirs[role] == noun else 403)
    assert program.signed_in().get("/firstline/admin/sources/new").status_code == 200


def test_an_owner_changes_roles_and_switches_off_and_the_last_owner_stays(program: Program) -> None:
    vera = program.add("vera", "viewer")
    browser, hers = program.signed_in(), program.signed_in(vera)

    assert send(browser, "/people/2/role", {"role": "owner"}, form_at="/people/2").status_code == 303
    assert hers.get("/people").status_code == 200
    assert send(browser, "/people/1/role", {"role": "viewer"}, form_at="/people/1").status_code == 303
    assert browser.get("/people").status_code == 403

    refused = send(hers, "/people/2/off", {}, form_at="/people/2")
    assert "the only owner who can sign in" in text(hers.get(refused.headers["Location"]))
    assert program.command("user", "disable", vera)[1]["error"].startswith("This is the only owner")
    assert program.command("user", "role", INES, "owner")[0] == 0
    assert program.command("user", "disable", vera) == (0, {"email": vera, "active": False})
    assert hers.get("/account").status_code == 303
    assert send(program.browser(), "/sign-in", {"email": vera, "password": PASSWORD}).status_code == 422
    assert send(browser, "/people/2/on", {}, form_at="/people/2").status_code == 303
    program.signed_in(vera)
    acts = [(row.who, row.act, row.subject) for row in program.rows(Audit, noun="user")]
    assert ("Ines Walter", "change", vera) in acts
    assert ("Ines Walter", "change", INES) in acts
    assert "Log-in of an admin vera@shop.example" in text(browser.get("/firstline/admin/audit"))


def test_a_link_sets_the_password_once_and_within_a_day(program: Program) -> None:
    code, made = program.command("user", "add", VERA, "--name", "Vera Blum", "--role", "support", "--link")
    assert code == 0
    [link] = LINK.findall(made["link"])

    short = send(program.browser(), link, {"new": "short"})
    assert (short.status_code, "10 characters" in text(short)) == (422, True)
    assert send(program.browser(), link, {"new": PASSWORD}).status_code == 303
    assert program.browser().get(link).status_code == 410

    [late] = LINK.findall(program.command("user", "password", VERA, "--link")[1]["link"])
    program.now += timedelta(hours=25)
    assert program.browser().get(late).status_code == 410
    assert program.browser().get(late[:-2]).status_code == 410


def test_a_link_is_mailed_and_nobody_learns_who_has_a_log_in(tmp_path: Path) -> None:
    with mail_server() as server:
        mail = {"FIRSTLINE_SMTP_URL": server.url, "FIRSTLINE_MAIL_FROM": "Lindenhof <shop@lindenhof.example>"}
        program = Program(tmp_path, **mail)
        said = set()
        for email in (INES, "nobody@shop.example"):
            said.add(text(send(program.browser(language="de"), "/forgot", {"email": email})))
        assert len(said) == 1
        with program.app.app_context():
            work_once(program.state)
        [sent] = server.mails
        program.close()

    assert sent["To"] == "Ines Walter <ines@shop.example>"
    [link] = set(LINK.findall(html_of(sent)))
    assert send(program.browser(), link, {"new": "other quiet words"}).status_code == 303
    program.signed_in(password="other quiet words")  # noqa: S106
    program.close()


def test_the_own_password_is_changed_by_who_knows_it_and_other_sessions_end(program: Program) -> None:
    browser, elsewhere = program.signed_in(), program.signed_in()

    wrong = send(browser, "/account", {"old": "not this one", "new": "other quiet words"})
    assert (wrong.status_code, "not the password until now" in text(wrong)) == (422, True)
    assert send(browser, "/account", {"old": PASSWORD, "new": "other quiet words"}).status_code == 303

    assert browser.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    [row] = program.rows(StandaloneUser)
    assert row.password.startswith("scrypt:")


def test_mistakes_in_a_new_log_in_stand_at_their_fields(program: Program) -> None:
    browser = program.signed_in()
    good = {"email": VERA, "name": "Vera", "role": "viewer"}
    for field, bad in {"email": "vera", "name": "", "role": "king"}.items():
        answer = send(browser, "/people/new", {**good, field: bad})
        assert answer.status_code == 422
        assert f'id="fl-{field}-error"' in answer.get_data(as_text=True)
    assert send(browser, "/people/new", {**good, "email": INES.upper()}).status_code == 422
    short = program.command("user", "add", VERA, "--name", "Vera", typed="short")
    assert (short[0], len(program.rows(StandaloneUser))) == (2, 1)


def test_the_commands_list_people_and_belong_to_this_app_alone(program: Program) -> None:
    assert program.command("user", "password", INES, typed="other quiet words")[0] == 0
    program.signed_in(password="other quiet words")  # noqa: S106

    _code, [ines] = program.command("user", "list")

    assert (ines["email"], ines["role"], ines["active"], ines["password"]) == (INES, "owner", True, True)
    assert "user" not in Flask("shop").cli.commands
    from flask_firstline.cli.group import firstline

    assert "user" not in firstline.commands


def test_a_proxy_tells_who_asks_and_pages_for_carts_have_nothing_to_break(tmp_path: Path) -> None:
    program = Program(tmp_path, FIRSTLINE_PROXIES="1")
    browser = program.browser()
    told = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "partners.example",
        "X-Forwarded-For": "198.51.100.4",
    }

    page = browser.get("/sign-in", headers=told)
    assert page.status_code == 200
    assert browser.get("/firstline/c/vonmeier").headers["Location"] == "/"
    assert browser.post("/firstline/coupon", data={"code": "x"}).status_code == 400
    program.close()
