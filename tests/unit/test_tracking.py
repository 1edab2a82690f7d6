"""Which clicks count, what is kept of an address, and whose a host is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flask_firstline.domain.tracking import (
    is_person,
    network_of,
    owner_by_host,
    tracking_id,
    utm_of,
    window_of,
)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOSTS = {"meier.example": "meier", "{code}.shop.example": "{code}", "aktion-{code}.example": "schulz"}


@pytest.mark.parametrize(
    "agent",
    [
        FIREFOX,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 16; CUBOT KINGKONG) AppleWebKit/537.36 Chrome/143.0 Safari/537.36",
    ],
)
def test_a_browser_is_a_person(agent: str) -> None:
    assert is_person("GET", {"User-Agent": agent})


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "facebookexternalhit/1.1",
        "WhatsApp/2.23.20.0",
        "TelegramBot (like TwitterBot)",
        "Slackbot-LinkExpanding 1.0",
        "Mozilla/5.0 (Windows NT 6.1) SkypeUriPreview Preview/0.5",
        "LinkedInBot/1.0",
        "curl/8.15.0",
        "python-requests/2.32",
        "Mozilla/5.0 (X11) HeadlessChrome/143.0",
        "Mozilla/5.0 (compatible; bingbot/2.0)",
    ],
)
def test_robots_and_previews_are_no_persons(agent: str) -> None:
    assert not is_person("GET", {"User-Agent": agent})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("X-Purpose", "preview"),
        ("X-Moz", "prefetch"),
    ],
)
def test_a_page_loaded_ahead_is_no_click(name: str, value: str) -> None:
    assert not is_person("GET", {"User-Agent": FIREFOX, name: value})


def test_a_request_for_the_head_alone_is_no_click() -> None:
    assert not is_person("HEAD", {"User-Agent": FIREFOX})


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("unix:", None),
        (None, None),
    ],
)
def test_an_address_is_cut_to_what_names_nobody(address: str | None, network: str | None) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("meier.example", ("meier", False)),
        ("MEIER.example.", ("meier", False)),
        ("vonmeier.shop.example", ("vonmeier", True)),
        ("aktion-x.example", ("schulz", False)),
        ("www.shop.example", None),
        ("api.shop.example", None),
        ("a.b.shop.example", None),
        (".shop.example", None),
        ("shop.example", None),
        ("other.example", None),
    ],
)
def test_a_host_is_its_partners_but_never_a_name_that_shops_keep(
    host: str, owner: tuple[str, bool] | None
) -> None:
    assert owner_by_host(host, HOSTS) == owner


def test_a_tracking_id_is_read_in_either_case_and_no_word_is_one() -> None:
    assert tracking_id("k7m2pq9xw4") == "K7M2PQ9XW4"
    assert [tracking_id(text) for text in ("", "admin", "partner", "k7m2pq9xw", "k7m2pq9x/w")] == [None] * 5


def test_of_a_campaign_only_its_own_parameters_are_kept_and_cut() -> None:
    given = {
        "utm_source": " mail ",
        "utm_term": "x" * 300,
        "utm_medium": "a\nb",
        "utm_campaign": "",
        "email": "a@b",
    }

    assert utm_of(given) == {"utm_source": "mail", "utm_term": "x" * 100}


def test_a_window_is_half_an_hour_long() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)

    assert window_of(noon) == window_of(noon + timedelta(minutes=29, seconds=59))
    assert window_of(noon) + 1 == window_of(noon + timedelta(minutes=30))
