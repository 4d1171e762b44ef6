"""Who refuses without an alert: every row once, and the lists that sentences take from them."""

from __future__ import annotations

from typing import get_args

from tlseku.policy.refusals_without_alert import QUIET, How, quiet_names


def test_rows_are_whole() -> None:
    assert len(set(QUIET)) == len(QUIET)
    assert {each.how for each in QUIET} == set(get_args(How))
    assert all("2026" in each.source for each in QUIET)


def test_lists() -> None:
    assert quiet_names("server", "closes") == "gRPC, Bun, Node and s2n"
    assert quiet_names("server", "closes_after_handshake") == "curl_cffi and Node in TLS 1.2"
    assert quiet_names("client", "closes_after_handshake") == "slapd, rsyslog with GnuTLS and unbound"
    assert quiet_names("client", "answers_inside").startswith("nginx (HTTP 400), Dovecot (IMAP NO), ")
