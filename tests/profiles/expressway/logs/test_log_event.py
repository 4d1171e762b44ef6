"""``tlseku.profiles.expressway.logs.log_event``: what events say. Every line here is synthetic, after the public samples."""

from __future__ import annotations

import pytest

from tlseku.flow import Endpoint
from tlseku.profiles.expressway.logs.log_event import LogEvent, event_of
from tlseku.profiles.expressway.logs.log_fields import pieces_of

PREFIX = "2026-03-24T11:54:26.106+00:00 smartslave tvcs: "
SSL = PREFIX + (
    'UTCTime="2026-03-24 11:54:26,106" Module="developer.ssl" Level="ERROR"'
    ' CodeLocation="ppcmains/ssl/ttssl/ttssl_openssl.cpp(68)" Method="::TTSSLErrorOutput" Thread="0x7f":'
    ' TTSSL_continueHandshake: Failed to establish SSL connection iResult="-1" error="1" bServer="true"'
    " localAddress=\"['IPv4''TCP''172.16.2.2:5062']\" remoteAddress=\"['IPv4''TCP''146.20.193.73:58531']\""
    ' ssl_error_reason="error:14089086:SSL routines:ssl3_get_client_certificate: certificate verify failed"'
)


def event(line: str) -> LogEvent:
    (piece,) = pieces_of(line)
    return event_of(piece, 7)


def ends(found: LogEvent) -> tuple[str | None, str | None, str | None]:
    return _text(found.source), _text(found.destination), found.node_is


def _text(end: Endpoint | None) -> str | None:
    return None if end is None else f"{end.ip} {end.port}"


def test_a_sip_message_in_full() -> None:
    line = PREFIX + (
        'UTCTime="2026-03-24 11:54:26,106" Module="network.sip" Level="DEBUG":  Action="Sent"'
        ' Local-ip="10.106.80.31" Local-port="25002" Dst-ip="163.129.37.33" Dst-port="5061"'
    )
    assert event(line)._replace(keys=()) == LogEvent(
        line=7,
        time=1_774_353_266_106_000_000,
        time_source="UTCTime",
        host="smartslave",
        process="tvcs",
        kind="sip_sent",
        role=None,
        source=Endpoint("10.106.80.31", 25002),
        destination=Endpoint("163.129.37.33", 5061),
        node_is="source",
        ssh_target=None,
        detail=None,
        refusal=None,
        fields=(
            ("UTCTime", "2026-03-24 11:54:26,106"),
            ("Module", "network.sip"),
            ("Level", "DEBUG"),
            ("Action", "Sent"),
            ("Local-ip", "10.106.80.31"),
            ("Local-port", "25002"),
            ("Dst-ip", "163.129.37.33"),
            ("Dst-port", "5061"),
        ),
        text="",
    )


@pytest.mark.parametrize(
    ("line", "kind", "role", "expected"),
    [
        (
            'Module="network.sip" Action="Received" Local-ip="10.0.0.1" Local-port="5061" Src-ip="10.0.0.2" Src-port="25000"',
            "sip_received",
            None,
            ("10.0.0.2 25000", "10.0.0.1 5061", "destination"),
        ),
        (
            'Event="Inbound TLS Negotiation Error" Src-ip="172.16.2.2" Src-port="25697" DST-ip="172.16.2.3" dst-PORT="5062"',
            "tls_error",
            "server",
            ("172.16.2.2 25697", "172.16.2.3 5062", "destination"),
        ),
        (
            'Event="Outbound TLS Negotiation Error" Src-ip="172.16.2.2" Src-port="25697" Dst-ip="172.16.2.3" Dst-port="5061"',
            "tls_error",
            "client",
            ("172.16.2.2 25697", "172.16.2.3 5061", "source"),
        ),
        ('Event="outbound tls negotiation error"', "tls_error", "client", (None, None, "source")),
        (
            'Event="Call" Src-ip="2001:DB8::1" Src-port="5061" Dst-ip="[2001:db8:0::2]" Dst-port="1"',
            "other",
            None,
            ("2001:db8::1 5061", "2001:db8::2 1", None),
        ),
        (
            'Event="Call" Src-ip="edge.example" Src-port="5061" Dst-ip="10.0.0.1"',
            "other",
            None,
            (None, None, None),
        ),
        ('Event="Call" Src-ip="10.0.0.1" Src-port="65536"', "other", None, (None, None, None)),
        ('Event="Call" Src-ip="10.0.0.1" Src-port="-1"', "other", None, (None, None, None)),
        ('Event="Call" Src-ip="10.0.0.1" Src-port=""', "other", None, (None, None, None)),
        (
            'Module="network.tcp" Src-ip="10.0.0.1" Src-port="45215" Dst-ip="10.0.0.2" Dst-port="5061" Detail="TCP Connecting"',
            "tcp",
            None,
            ("10.0.0.1 45215", "10.0.0.2 5061", None),
        ),
        (
            'Module="network.sip" Src-ip="10.0.0.2"  Src-port="64981"',
            "sip_received",
            None,
            ("10.0.0.2 64981", None, "destination"),
        ),
        (
            'Module="network.sip" Dst-ip="10.0.0.2"  Dst-port="64981"',
            "sip_sent",
            None,
            (None, "10.0.0.2 64981", "source"),
        ),
        (
            'Event=" Inbound TLS Negotiation Error " Src-ip="10.0.0.2" Src-port="1"',
            "tls_error",
            "server",
            ("10.0.0.2 1", None, "destination"),
        ),
        ('Module="network.sip"', "other", None, (None, None, None)),
        ('Module="network.sip" Action="Dropped"', "other", None, (None, None, None)),
        ('Module="network.http" Action="Sent"', "other", None, (None, None, None)),
        ('Event="TLS Negotiation Error"', "other", None, (None, None, None)),
        ('Event="A TLS Negotiation Error"', "other", None, (None, None, None)),
    ],
)
def test_kinds_and_ends(line: str, kind: str, role: str | None, expected: tuple[str | None, ...]) -> None:
    found = event(PREFIX + line)
    assert (found.kind, found.role, ends(found)) == (kind, role, expected)


@pytest.mark.parametrize(
    ("change", "role", "expected"),
    [
        (("", ""), "server", ("146.20.193.73 58531", "172.16.2.2 5062", "destination")),
        (('"true"', '"false"'), "client", ("172.16.2.2 5062", "146.20.193.73 58531", "source")),
        (('bServer="true"', ""), None, ("172.16.2.2 5062", "146.20.193.73 58531", "source")),
        (
            ("'IPv4''TCP''172.16.2.2:5062'", "'IPv6''TCP''[2001:db8::1]:5062'"),
            "server",
            ("146.20.193.73 58531", "2001:db8::1 5062", "destination"),
        ),
        (
            ("'IPv4''TCP''172.16.2.2:5062'", "'IPv6''TCP''2001:db8::1:5062'"),
            "server",
            ("146.20.193.73 58531", "2001:db8::1 5062", "destination"),
        ),
        (("'172.16.2.2:5062'", "'172.16.2.2'"), "server", ("146.20.193.73 58531", None, "destination")),
        (("'172.16.2.2:5062'", "'172.16.2.2:99999'"), "server", ("146.20.193.73 58531", None, "destination")),
    ],
)
def test_the_tls_library(change: tuple[str, str], role: str | None, expected: tuple[str | None, ...]) -> None:
    found = event(SSL.replace(*change) if change[0] else SSL)
    assert (found.kind, found.role, ends(found)) == ("ssl", role, expected)
    assert (
        found.detail == "error:14089086:SSL routines:ssl3_get_client_certificate: certificate verify failed"
    )
    assert found.text == "TTSSL_continueHandshake: Failed to establish SSL connection"
    assert found.refusal is None


@pytest.mark.parametrize(
    ("line", "role", "target"),
    [
        (
            'ssh: Detail="ssh: connect to host edge.example port 2222: Connection timed out"',
            "client",
            ("edge.example", 2222),
        ),
        ("ssh: ssh: connect to host 10.0.0.2 port 2222: Connection refused", "client", ("10.0.0.2", 2222)),
        ('ssh: Detail="admin@edge: Permission denied (publickey)."', "client", None),
        ('ssh: Detail="connect to host x port 99999: y"', "client", None),
        ('sshd[12]: Detail="Accepted publickey"', "server", None),
    ],
)
def test_ssh(line: str, role: str, target: tuple[str, int] | None) -> None:
    found = event(f"2026-03-29T12:33:12.384+05:30 core {line}")
    assert (found.kind, found.role, found.ssh_target) == ("ssh", role, target)


def test_only_the_process_makes_it_ssh() -> None:
    assert event(PREFIX + 'Detail="ssh: connect to host edge.example port 2222: x"').kind == "other"
    assert event(PREFIX + 'Detail="ssh: connect to host edge.example port 2222: x"').ssh_target is None


@pytest.mark.parametrize(
    "line",
    [
        'Event="Inbound TLS Negotiation Error" Detail="unsupported certificate purpose"',
        'Event="Inbound TLS Negotiation Error" Detail="Unsuitable Certificate Purpose"',
        'Event="Inbound TLS Negotiation Error" Detail="error:0A000086: (unsuitable certificate purpose) verify failed"',
        'Module="developer.ssl" ssl_error_reason="unsupported certificate purpose"',
        'Module="developer.ssl" Detail="x" ssl_error_reason="unsupported certificate purpose"',
        'Module="network.tcp" Detail="TCP Connection Closed" Reason="unsupported certificate purpose"',
        'Module="developer.ssl": verify: unsuitable certificate purpose depth="0"',
    ],
)
def test_refusals_for_the_eku(line: str) -> None:
    assert event(PREFIX + line).refusal == "eku"


@pytest.mark.parametrize(
    "line",
    [
        'Event="Inbound TLS Negotiation Error" Detail="self signed certificate in certificate chain"',
        'Event="Inbound TLS Negotiation Error" Detail="unsupported certificate"',
        'Event="Inbound TLS Negotiation Error" Detail="certificate purpose"',
        'Event="Inbound TLS Negotiation Error" Detail="unsupported  certificate purpose"',
        'Event="Inbound TLS Negotiation Error" Detail=""',
        'Event="Inbound TLS Negotiation Error"',
        'Module="network.sip" Action="Received" Detail="unsupported certificate purpose"',
        'Module="network.sip" Action="Sent": unsupported certificate purpose',
        'Module="network.tcp" Detail="TCP Connection Closed" Reason="no certificate returned"',
        'Event="x" Common-name="unsupported certificate purpose"',
    ],
)
def test_no_refusals_for_the_eku(line: str) -> None:
    assert event(PREFIX + line).refusal is None


@pytest.mark.parametrize(
    "detail", ["No SSL error available, probably remote disconnect", "", "\u202e \udcff"]
)
def test_a_detail_is_kept_as_it_is(detail: str) -> None:
    assert event(PREFIX + f'Event="Outbound TLS Negotiation Error" Detail="{detail}"').detail == detail


@pytest.mark.parametrize(
    ("line", "time", "source"),
    [
        ('a="1"', 1_774_353_266_106_000_000, "prefix"),
        ('UTCTime="2026-03-24 09:12:01,123"', 1_774_343_521_123_000_000, "UTCTime"),
        ('utctime="2026-03-24 09:12:01,123"', 1_774_343_521_123_000_000, "UTCTime"),
        ('UTCTime="soon"', 1_774_353_266_106_000_000, "prefix"),
    ],
)
def test_times(line: str, time: int, source: str) -> None:
    found = event(PREFIX + line)
    assert (found.time, found.time_source) == (time, source)


def test_no_time() -> None:
    found = event('Event="x" UTCTime="soon"')
    assert (found.time, found.time_source, found.host, found.process) == (None, "none", None, None)


def test_keys_are_found_in_any_case() -> None:
    found = event(PREFIX + 'DST-ip="1" Dst-ip="2" Empty=""')
    assert (found.get("dst-IP"), found.get("empty"), found.get("none")) == ("1", "", None)
