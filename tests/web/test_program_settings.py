"""The page of the program's settings, its preview and history, and the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.cli.doctor_running import check_settings
from flask_firstline.models import SettingChange
from flask_firstline.services.program_settings import KEYS
from flask_firstline.setting_words import CHOICES, NAMES
from flask_firstline.state import state_of
from tests.service.pay_kit import act

from .cli_kit import CommandLine
from .office import PREFIX, Office, hidden, multi, send, text

PAGE = f"{PREFIX}/settings"


@pytest.fixture
def office(firstline_url: str) -> Iterator[Office]:
    with Office(firstline_url) as shop:
        yield shop


def holds(shop: Office, key: str) -> object:
    with shop.app.app_context():
        return getattr(state_of(shop.app).settings_now(), key)


def test_an_owner_sees_what_will_happen_and_plans_it(office: Office) -> None:
    ines = office.ines()
    shown = send(ines, f"{PAGE}/hold_days", {"value": "14", "reason": "shorter returns"})
    assert "14 instead of 30" in text(shown)
    assert "What is on hold already keeps its day." in text(shown)
    assert office.rows(SettingChange) == []

    sure = ines.post(f"{PAGE}/hold_days", data=multi([*hidden(shown.get_data(as_text=True))]))
    assert sure.status_code == 303
    office.clock.advance(seconds=30)
    assert "14" in text(ines.get(PAGE))
    assert holds(office, "hold_days") == 30
    office.clock.advance(seconds=30)
    assert holds(office, "hold_days") == 14

    assert "shorter returns" in text(ines.get(f"{PREFIX}/setting_changes"))
    late = send(ines, f"{PREFIX}/setting_changes/act", {"act": "off", "key": "1"},
                form_at=f"{PREFIX}/setting_changes")  # fmt: skip
    assert "it holds already, or within a minute" in text(late)
    assert ("Ines Walter", "plan", "setting") in office.acts()


def test_what_cannot_be_is_said_at_the_field(office: Office) -> None:
    ines = office.ines()
    wrong = send(ines, f"{PAGE}/levels_cap", {"value": "101", "sure": "yes"})
    assert (wrong.status_code, "not possible here" in text(wrong)) == (422, True)
    early = send(ines, f"{PAGE}/own_code", {"value": "allow", "begins": "2020-01-01", "sure": "yes"})
    assert (early.status_code, "in a minute at the earliest" in text(early)) == (422, True)
    assert ines.get(f"{PAGE}/currency").status_code == 404
    assert office.rows(SettingChange) == []


def test_every_setting_has_a_name_and_a_form_that_keeps_what_holds(office: Office) -> None:
    assert set(NAMES) == set(KEYS)
    ines = office.ines()
    for key in KEYS:
        page = ines.get(f"{PAGE}/{key}")
        shown = send(ines, f"{PAGE}/{key}", {"value": value_in(page.text, key), "begins": "2027-01-01"})
        assert "Plan it so" in text(shown), key


def value_in(page: str, key: str) -> str:
    """Give what stands in the field at first."""
    if key in CHOICES:
        return page.partition(" selected>")[0].rpartition('value="')[2].rstrip('"')
    return page.partition('name="value"')[2].partition('value="')[2].partition('"')[0]


def test_the_command_line_plans_shows_and_calls_off(office: Office) -> None:
    cli = CommandLine(office)  # type: ignore[arg-type]  # any shop that has an app
    assert "in a minute" in cli.ok("settings", "set", "hold_days", "14")
    office.clock.advance(minutes=1)
    cli.ok("settings", "plan", "hold_days", "--usual", "--from", "2027-01-01")
    [row] = [one for one in cli.json("settings", "show") if one["key"] == "hold_days"]
    assert (row["now"], row["configured"], row["next"]) == (14, 30, 30)
    assert row["from"].startswith("2027-01-01")
    assert "called off" in cli.ok("settings", "call-off", "2")
    [told] = act(office, lambda ctx: list(check_settings(ctx)))
    assert "FIRSTLINE_HOLD_DAYS" in told.text
    assert cli("settings", "set", "hold_days", "many").exit_code != 0
    assert cli("settings", "set", "hold_days").exit_code != 0
