"""Addresses of webhooks: what can be called, and what leads into the shop's own net."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from flask_firstline.domain.endpoint import Target, is_public, read_url


def test_an_address_is_read_into_what_is_connected_to() -> None:
    assert read_url("https://Erp.Example:8443/hooks?x=1") == Target(
        tls=True, host="erp.example", port=8443, path="/hooks?x=1", header="erp.example:8443"
    )
    assert read_url("https://erp.example") == Target(
        tls=True, host="erp.example", port=443, path="/", header="erp.example"
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example/",
        "ftp://erp.example/",
        "erp.example",
        "https://",
        "https://user:secret@erp.example/",
        "https://erp.example/#x",
        "https://erp.example/a b",
        "https://erp.example/\n",
        "https://localhost/",
        "https://db.internal/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://erp.example:99999/",
        "https://erp.example/" + "x" * 500,
    ],
)
def test_what_cannot_or_must_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any text
        read_url(url)


def test_hosts_of_the_own_net_are_called_where_a_setting_names_them() -> None:
    assert read_url("http://127.0.0.1:5000/in", ["127.0.0.1"]).port == 5000
    assert read_url("https://db.internal/", ["db.internal"]).tls


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "2002:0a00:0001::1",
        "64:ff9b::7f00:1", "ff02::1", "2001:db8::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_told(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1946", "64:ff9b::808:808"])
def test_addresses_of_the_public_net_are_told(address: str) -> None:
    assert is_public(ip_address(address))
