"""An address is believed only from proxies that are trusted."""

import pytest

from trigger_audit.remote_address import remote_address

PROXIES = ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]


@pytest.fixture
def proxies(settings):
    settings.TRIGGER_AUDIT_REMOTE_ADDR_HEADER = "X-Forwarded-For"
    settings.TRIGGER_AUDIT_TRUSTED_PROXIES = PROXIES


def asked(rf, peer, forwarded=None):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return remote_address(rf.get("/", headers=headers, REMOTE_ADDR=peer))


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("", None),
        ("garbage", None),
    ],
)
def test_without_settings_it_is_who_connected(rf, peer, address):
    assert asked(rf, peer, "6.6.6.6") == address


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        # Nobody forwarded it.
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        # Whoever connected is no proxy of ours.
        ("198.51.100.7", "6.6.6.6", "198.51.100.7"),
        ("", "6.6.6.6", None),
        ("garbage", "6.6.6.6", None),
        # One proxy, then more of them.
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 192.0.2.1,10.1.1.1", "198.51.100.7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", "2001:470::7", "2001:470::7"),
        # The client wrote the beginning itself.
        ("10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 10.0.0.9, 198.51.100.7, 10.1.1.1", "198.51.100.7"),
        # A request from a proxy itself.
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        # What is no address ends the way, and is not believed.
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "'; DROP TABLE */", "10.0.0.1"),
        # With ports.
        ("10.0.0.1", "198.51.100.7:1234", "198.51.100.7"),
        ("10.0.0.1", "[2001:470::7]:1234", "2001:470::7"),
        ("10.0.0.1:5", "198.51.100.7", "198.51.100.7"),
    ],
)
def test_behind_proxies(rf, proxies, peer, forwarded, address):
    assert asked(rf, peer, forwarded) == address


def test_a_unix_socket_is_trusted_where_it_is_said(rf, proxies, settings):
    assert asked(rf, "", "198.51.100.7") is None
    settings.TRIGGER_AUDIT_TRUSTED_PROXIES = ["unix", "10.0.0.0/8"]
    assert asked(rf, "", "198.51.100.7") == "198.51.100.7"
    assert asked(rf, "", "198.51.100.7, 10.0.0.1") == "198.51.100.7"
    assert asked(rf, "", None) is None
    assert asked(rf, "garbage", "198.51.100.7") is None


def test_no_header_is_read_that_no_setting_names(rf, settings):
    settings.TRIGGER_AUDIT_TRUSTED_PROXIES = PROXIES
    assert asked(rf, "10.0.0.1", "198.51.100.7") == "10.0.0.1"
