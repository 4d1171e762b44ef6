"""``tlseku.profiles.expressway.settings.setting``: paths and keys compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlseku.profiles.expressway.settings.setting import Setting, folded, words_of
from tlseku.profiles.expressway.settings.xconf import MODE_KEY


def at(path: str) -> Setting:
    return Setting(words_of(path), "x", 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("xConfiguration SIP TCP Mode", ("SIP", "TCP", "Mode")),
        ("XCONFIGURATION  SIP\tTCP", ("SIP", "TCP")),
        ("Configuration/SIP/TCP", ("SIP", "TCP")),
        ("xStatus SystemUnit", ("SystemUnit",)),
        ("SIP Configuration", ("SIP", "Configuration")),
        ("", ()),
        ("xConfiguration", ()),
        (" / ", ()),
    ],
)
def test_words(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    "path",
    [
        "SIP TLS Certificate ExtendedKeyUsage Checking Mode",
        "sip tls certificate extendedkeyusage checking mode",
        "xConfiguration SIP TLS Certificate ExtendedKeyUse Checking Mode",
        "SIP/TLS/Certificate/ExtendedKeyUsage/CheckingMode",
        "SIP 1 TLS 1 Certificate ExtendedKeyUsage Checking Mode",
        "SIP TLS Certificate Extended-Key-Usage Checking_Mode",
    ],
)
def test_is_at(path: str) -> None:
    assert at(path).is_at(MODE_KEY)
    assert at(path).is_at(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "Checking Mode",
        "SIP TLS Certificate ExtendedKeyUsage Checking",
        "SIP TLS Certificate ExtendedKeyUsage Checking Mode Default",
        "H323 SIP TLS Certificate ExtendedKeyUsage Checking Mode",
        "SIP TLS Certificate KeyUsage Checking Mode",
        "SIP TLS Certificate ExtendedKeyUsed Checking Mode",
    ],
)
def test_is_not_at(path: str) -> None:
    assert not at(path).is_at(MODE_KEY)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (MODE_KEY, True),
        ("Dump 1 SIP 1 TLS Certificate ExtendedKeyUse CheckingMode", True),
        ("SIP TLS Certificate ExtendedKeyUsage Checking Mode Default", False),
        ("Checking Mode", False),
        ("", False),
    ],
)
def test_ends_at(path: str, expected: bool) -> None:
    assert at(path).ends_at(MODE_KEY) is expected


def test_numbers_count_if_the_key_has_any() -> None:
    assert at("Zones Zone 2 Name").is_at("zones zone 2 name")
    assert at("Zones Zone 2 Name").is_at("zones zone name")
    assert not at("Zones Zone 2 Name").is_at("zones zone 3 name")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("checking mode", True),
        ("CheckingMode", True),
        ("TLS", True),
        ("tls certificate", True),
        ("extendedkeyuse", True),
        ("check", False),
        ("mode checking", False),
        ("certificate checking", False),
        ("s certificate", False),
        ("TLS 1", False),
    ],
)
def test_is_under(key: str, expected: bool) -> None:
    assert at(MODE_KEY).is_under(key) is expected


def test_is_under_a_number() -> None:
    assert at("Ethernet 1 IP V4 Address").is_under("ethernet 1")
    assert not at("Ethernet 2 IP V4 Address").is_under("ethernet 1")
    assert at("Ethernet 2 IP V4 Address").is_under("ethernet ip")


@given(st.lists(st.text(max_size=8), max_size=6), st.text(max_size=12))
def test_any_words(words: list[str], key: str) -> None:
    setting = Setting(tuple(words), "", 1)
    setting.is_at(key)
    setting.is_under(key)
    assert folded(setting.path) == folded((setting.name,))
