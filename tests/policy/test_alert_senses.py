"""What alerts can mean: one row for each thing that was measured, and as many that must not be said."""

from __future__ import annotations

from typing import get_args

import pytest

from tlseku.policy.alert_senses import (
    FRONTIER,
    GO_SOURCE,
    LIVE_CLIENTS,
    LIVE_SERVERS,
    LIVE_STACKS,
    OPENSSL_SOURCE,
    OWN_RUN,
    SENDERS,
    STANDARD,
    UNSEEN,
    UNUSUAL,
    Answered,
    senders_without_certificate,
    sense_of,
    speaks_of_certificates,
    speaks_of_purposes,
)
from tlseku.policy.causes import CauseName
from tlseku.policy.peer_software.stacks import stacks
from tlseku.policy.rule_books import BUILT_IN
from tlseku.policy.rule_books.releases import read_release
from tlseku.registry.names import ALERTS

TLS12, TLS13 = 0x0303, 0x0304
SOURCES = (LIVE_SERVERS, LIVE_CLIENTS, LIVE_STACKS, FRONTIER, OPENSSL_SOURCE, GO_SOURCE, OWN_RUN, STANDARD)
OF_CHAINS = (40, 42, 43, 44, 45, 46, 48, 49, 50, 51)


@pytest.mark.parametrize("sender", SENDERS)
def test_rows_are_whole(sender: object) -> None:
    each = SENDERS[SENDERS.index(sender)]  # type: ignore[arg-type]
    assert each.alert in ALERTS or each.alert is None
    assert each.causes
    assert each.causes <= set(get_args(CauseName))
    assert set(each.stacks) <= set(BUILT_IN) & {stack.name for stack in stacks()}
    for release in (each.since, each.until):
        assert release is None or (read_release(release) and len(each.stacks) == 1)
    assert each.source in SOURCES
    assert not each.name.endswith(".")


def test_no_row_stands_twice() -> None:
    assert len(set(SENDERS)) == len(SENDERS)
    assert set(UNSEEN) <= {each.alert for each in SENDERS}


# What each server does when it refuses a client certificate (measured), and how the phrase begins.
MEASURED: list[tuple[int, Answered, int, CauseName, str]] = [
    (43, "client", TLS12, "eku", "OpenSSL (Apache httpd, HAProxy, stunnel, Kamailio and most others), rustls"),
    (42, "client", TLS13, "eku", "Go (Caddy, etcd, Prometheus), wolfSSL 5.5 and NSS 3.87 for an EKU"),
    (42, "client", TLS12, "eku", "Go (Caddy, etcd, Prometheus), wolfSSL 5.5, Botan 2.19 and NSS 3.87 for an EKU"),
    (46, "client", TLS13, "eku", "Java (Tomcat, Jetty) and NSS 3.87 for an EKU"),
    (40, "client", TLS12, "eku", "Erlang/OTP 25 (RabbitMQ, EMQX) for an EKU"),
    (40, "server", TLS13, "eku", "Erlang/OTP 25 (RabbitMQ, EMQX) for an EKU"),
    (49, "client", TLS13, "issuer", "GnuTLS (lighttpd, gnutls-serv) for an issuer that it does not trust"),
    (49, "client", TLS12, "validity", "GnuTLS (lighttpd, gnutls-serv) for a certificate outside its validity"),
    (45, "client", TLS12, "validity", "OpenSSL, rustls, Erlang, wolfSSL, NSS, Mbed TLS and Go since 1.21 for"),
    (45, "server", TLS12, "validity", "OpenSSL, rustls, Erlang, wolfSSL, NSS, Mbed TLS, Java 17 and Java 25 for"),
    (45, "server", TLS13, "validity", "OpenSSL, rustls, Erlang, wolfSSL, NSS and Java 25 for"),
    (42, "server", TLS13, "validity", "Go, GnuTLS (exim, gnutls-cli) and OpenSSL for a certificate outside"),
    (46, "server", TLS13, "validity", "Java 17 and others for a certificate outside its validity"),
    (42, "client", TLS12, "encoding", "Go (Caddy, etcd, Prometheus), wolfSSL 5.5, Botan 2.19, Mbed TLS 2.28, OpenSSL and Java"),
    (42, "server", TLS13, "encoding", "Go, wolfSSL 5.5, OpenSSL and Java for an encoding"),
    (51, "client", TLS12, "signature_algorithm", "rustls and anybody that cannot verify a signature for"),
    (51, "server", TLS13, "key_type", "rustls for a kind of key"),
    (47, "server", TLS13, "key_usage", "Bun for a key usage"),
    (80, "server", TLS12, "signature_algorithm", "Botan 2.19 for a signature algorithm"),
    (80, "client", TLS13, "key_usage", "GnuTLS (gnutls-serv, gnutls-cli) for a key usage"),
    (46, "client", TLS12, "validity", "Java (Tomcat, Jetty) for a certificate outside its validity"),
    (42, "client", TLS12, "validity", "Go up to 1.20, Botan 2.19, GnuTLS (exim, gnutls-cli) and OpenSSL for"),
    (46, "client", TLS13, "encoding", "Java (Tomcat, Jetty), rustls and OpenSSL for an encoding"),
    (42, "server", TLS13, "eku", "Go, wolfSSL 5.5, gnutls-cli 3.7 and NSS 3.87 for an EKU"),
    (43, "server", TLS13, "signature_algorithm", "Java 25 and others for a signature algorithm"),
]  # fmt: skip


@pytest.mark.parametrize(("alert", "answers", "version", "cause", "phrase"), MEASURED)
def test_who_sends_it_for_that(
    alert: int, answers: Answered, version: int, cause: CauseName, phrase: str
) -> None:
    sense = sense_of(alert, answers, version, {cause})
    assert sense is not None
    assert cause in sense.express
    assert sense.phrase({cause}).startswith(phrase)


NOT_FOR: list[tuple[int, Answered, int, CauseName]] = [
    (44, "client", TLS12, "eku"),
    (45, "client", TLS12, "eku"),
    (48, "client", TLS12, "eku"),
    (48, "server", TLS12, "name"),
    (49, "client", TLS12, "eku"),
    (50, "client", TLS12, "eku"),
    (51, "client", TLS12, "eku"),
    (40, "client", TLS12, "validity"),
    (40, "client", TLS12, "issuer"),
    (40, "client", TLS12, "key_usage"),
    (43, "client", TLS13, "issuer"),
    (43, "client", TLS13, "validity"),
    (45, "server", TLS13, "issuer"),
    (48, "server", TLS13, "validity"),
    (51, "server", TLS12, "eku"),
]


@pytest.mark.parametrize(("alert", "answers", "version", "cause"), NOT_FOR)
def test_nobody_sends_it_for_that(alert: int, answers: Answered, version: int, cause: CauseName) -> None:
    sense = sense_of(alert, answers, version)
    assert sense is not None
    assert cause not in sense.express


def test_an_alert_of_one_role_and_version_only() -> None:
    assert sense_of(49, "server", TLS12) is None
    # Go as a client tells neither of both apart.
    for alert in (45, 48):
        theirs = sense_of(alert, "server", TLS13)
        assert theirs is not None
        assert theirs.of_stacks(("go",)) is None
    tls13 = sense_of(42, "client", TLS13)
    assert tls13 is not None
    assert "Botan" not in tls13.phrase({"eku"})


@pytest.mark.parametrize("code", sorted(UNUSUAL))
def test_one_that_is_about_something_else_wants_the_cause(code: int) -> None:
    for answers in get_args(Answered):
        assert sense_of(code, answers, None) is None
        assert sense_of(code, answers, None, {"eku", "validity", "no_certificate"}) is None


@pytest.mark.parametrize("code", [code for code in ALERTS if code not in OF_CHAINS])
def test_other_alerts_do_not_speak_of_a_chain(code: int) -> None:
    assert sense_of(code, "client", None) is None
    assert sense_of(code, "server", None) is None


def test_what_nothing_explains_names_the_senders_without_reasons() -> None:
    sense = sense_of(42, "client", TLS12)
    assert sense is not None
    assert sense.phrase() == (
        "Go (Caddy, etcd, Prometheus), Go up to 1.20, wolfSSL 5.5, Botan 2.19, GnuTLS (exim, gnutls-cli), "
        "Mbed TLS 2.28, OpenSSL, Java, Erlang/OTP 25 and NSS 3.87, by each for other faults"
    )
    assert sense.books == ("go", "wolfssl", "botan", "mbedtls", "openssl", "java", "erlang", "nss")


WITHOUT: list[tuple[int, int | None, str | None]] = [
    (40, TLS12, "OpenSSL, Go since 1.25, Java 25, Erlang, Botan or Bun"),
    (42, TLS12, "Java 17 (Tomcat, Jetty), Go up to 1.24 or NSS"),
    (42, TLS13, "Java 17 (Tomcat, Jetty) or Go 1.19 (etcd, Caddy, Prometheus)"),
    (50, TLS12, "GnuTLS (exim, gnutls-serv)"),
    (50, TLS13, None),
    (116, TLS12, "rustls (granian, Deno)"),
    (116, TLS13, "most servers"),
    (116, None, "most servers"),
    (43, TLS12, None),
    (46, TLS12, None),
    (48, TLS13, None),
    (80, TLS12, None),
]


@pytest.mark.parametrize(("alert", "version", "expected"), WITHOUT)
def test_for_want_of_a_certificate(alert: int, version: int | None, expected: str | None) -> None:
    assert senders_without_certificate(alert, version) == expected


def test_what_alerts_are_about() -> None:
    assert [code for code in ALERTS if speaks_of_certificates(code)] == [42, 43, 44, 45, 46, 48, 116]
    assert [code for code in ALERTS if speaks_of_purposes(code)] == [43]
