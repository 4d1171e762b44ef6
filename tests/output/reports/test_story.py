"""The story of one flow: exact, step by step, and every part of the flow told once."""

from __future__ import annotations

import pytest

from tests.output.samples import (
    EVERY,
    EVIL,
    REFUSED,
    SCENARIO_1,
    START,
    TLS13,
    certificate,
    flow,
    message,
    presented,
)
from tlseku.flow import Alert, Endpoint, Flow, Message
from tlseku.output.reports.story import story_lines
from tlseku.output.words.terminal_page import Page, plain, width_of

STORY_1 = """\
Flow 1 of scenario-1.pcap.gz
10.106.80.31:25003 → 163.129.37.32:5061
time      2026-03-24 11:55:20.900 to 11:55:22.400 UTC
version   TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
service   sip-tls
SNI       l2sip-cfa-01.example.com
direction outbound as seen from 10.106.80.31

  1. 10.106.80.31 sends ClientHello (frame 13699)
  2. 163.129.37.32 sends ServerHello (frame 13701)
  3. 163.129.37.32 sends Certificate (frame 13711, segments 13703, 13705, 13707, 13709, 13711)
      ✓ ok as TLS server, inbound: leaf lists the purpose
      0  CN=l2sip-cfa-01.example.com,O=Example Calling Services,L=San Jose,ST=California,C=US
         serial    46df76aa000000000029
         issuer    CN=Example Issuing CA,O=Example,C=DE (public CA)
         EKU       serverAuth, clientAuth
         valid     2025-11-01 to 2026-11-01
         key       RSA 2048, signed sha256WithRSAEncryption
         key usage digitalSignature, keyEncipherment
      1  CN=Example Public Issuing CA 1,O=Example,C=US
         serial    40016efb0a205cfaebe18f71d73abb78
         issuer    CN=Example Public Root,O=Example,C=US (public CA)
         EKU       serverAuth, clientAuth
         valid     2025-11-01 to 2026-11-01
         key       RSA 2048, signed sha256WithRSAEncryption
         key usage keyCertSign, cRLSign
      #1 issued nothing in the path
      the issuer of #0, CN=Example Issuing CA,O=Example,C=DE, is not among the presented
        certificates; what stands above may restrict it further
  4. 163.129.37.32 sends ServerKeyExchange (frame 13713)
  5. 163.129.37.32 sends CertificateRequest and ServerHelloDone (frame 13715): asks for a client
     certificate from any CA
      types      rsa_sign, ecdsa_sign
      algorithms rsa_pss_rsae_sha256, rsa_pkcs1_sha256, 0x0999
      answer     presented
      mismatch   key type: the key is of no type that the request lists
      match ?    chain signatures: which algorithm signed it cannot be told
  6. 10.106.80.31 sends Certificate, ClientKeyExchange, CertificateVerify, ChangeCipherSpec and an
     encrypted handshake message (frame 13718, segments 13717, 13718)
      ✓ ok as TLS client, outbound: leaf lists the purpose
      0  CN=smartslave.bgluclab.com
         serial    2f0000004c869c77c8981becde00000000004c
         issuer    CN=bgluclab-WIN-DC-01-CA,DC=bgluclab,DC=com
         EKU       serverAuth, clientAuth
         valid     2025-11-01 to 2026-11-01
         key       RSA 2048, signed sha256WithRSAEncryption
         key usage digitalSignature, keyEncipherment
      the issuer of #0, CN=bgluclab-WIN-DC-01-CA,DC=bgluclab,DC=com, is not among the presented
        certificates; what stands above may restrict it further
  7. 163.129.37.32 sends ChangeCipherSpec and an encrypted handshake message (frame 13721)

Completed: both sides changed to encryption
"""

STORY_2 = """\
Flow 2 of edge.pcap
192.0.2.10:25010 -> 198.51.100.20:5061
time      2026-03-24 11:55:20.900 to 11:55:22.400 UTC
version   TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
service   sip-tls
SNI       far.example
direction outbound as seen from 192.0.2.10

  1. 192.0.2.10 sends ClientHello (frame 17)
  2. 198.51.100.20 sends ServerHello (frame 19)
  3. 198.51.100.20 sends Certificate, CertificateRequest and ServerHelloDone
     (frame 21): asks for a client certificate from 2 CAs
      + ok as TLS server, inbound: leaf lists the purpose
      0  CN=far.example
         serial    1a2b
         issuer    CN=Example Issuing CA,O=Example,C=DE
         EKU       serverAuth
         valid     2025-11-01 to 2026-11-01
         key       RSA 2048, signed sha256WithRSAEncryption
         key usage digitalSignature, keyEncipherment
      the issuer of #0, CN=Example Issuing CA,O=Example,C=DE, is not among the
        presented certificates; what stands above may restrict it further
      types      rsa_sign
      algorithms rsa_pkcs1_sha256
      CA         CN=CA One,O=Example
      CA         =cmd()|\\x1b[31mred\\x1b[0m\\x0d\\x0a"q",\\u202eevil\\u200b\\x9bK\\ud80
                 0\\U000e0041
      answer     presented
  4. 192.0.2.10 sends Certificate (frame 23)
      x wrong as TLS client, outbound: a TLS client needs clientAuth; the leaf
        lists serverAuth
      0  CN=edge.example
         serial    9c
         issuer    CN=Example Issuing CA,O=Example,C=DE
         EKU       serverAuth
         valid     2025-11-01 to 2026-11-01
         key       RSA 2048, signed sha256WithRSAEncryption
         key usage digitalSignature, keyEncipherment
      the issuer of #0, CN=Example Issuing CA,O=Example,C=DE, is not among the
        presented certificates; what stands above may restrict it further
      openssl: refuse at certificate 0 (O1): X509_PURPOSE_SSL_CLIENT wants
        clientAuth
      gnutls: accept (G1): no purpose was asked for
  5. 198.51.100.20 sends fatal alert unsupported_certificate (43) (frame 25)

Refused by server: fatal alert unsupported_certificate after the client's
  Certificate
-> server refused with unsupported_certificate (43) right after the client
  Certificate: what is sent by OpenSSL (Apache httpd, HAProxy, stunnel, Kamailio
  and most others), rustls (granian, Deno) and Mbed TLS 2.28 for an EKU. One
  thing in this chain fits: the leaf lists serverAuth, not clientAuth. Also
  wrong, though this alert does not stand for it: the leaf came alone, so that
  the peer must hold its issuer. Rule-book openssl predicts the refusal by rule
  O1
"""

STORY_3 = """\
Flow 3 of edge.pcap
[2001:db8:1111:2222:3333:4444:5555:6666]:55000 → [2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:443
time      2026-03-24 11:55:20.900 to 11:55:22.400 UTC
version   TLS 1.3, TLS_AES_128_GCM_SHA256
service   https
SNI       www.example.org
ALPN      offered h2, http/1.1

  1. 2001:db8:1111:2222:3333:4444:5555:6666 sends ClientHello (frame 4)
  2. 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff sends ServerHello and ChangeCipherSpec (frame 6)
  3. 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff sends application data (frame 7)
  4. 2001:db8:1111:2222:3333:4444:5555:6666 sends application data (frame 9)

Completed: both sides send application data
░ hidden: server certificate, certificate request and client certificate: TLS 1.3 encrypts them
  A key log opens it (--keylog FILE): either end can write one, see docs/how-to/encrypted.md.
"""


def story(sample: Flow, width: int = 100, *, ascii_only: bool = False) -> str:
    return "".join(f"{plain(line)}\n" for line in story_lines(sample, Page(width, ascii_only)))


def steps(sample: Flow) -> list[str]:
    return [
        line.strip()
        for line in story(sample, 200).splitlines()
        if line[:4].strip().rstrip(".").isdigit() and "sends" in line
    ]


def test_scenario_1() -> None:
    assert story(SCENARIO_1) == STORY_1


def test_a_refused_flow_in_ascii() -> None:
    assert story(REFUSED, 80, ascii_only=True) == STORY_2


def test_a_hidden_handshake() -> None:
    assert story(TLS13) == STORY_3


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("sample", EVERY, ids=lambda sample: str(sample.number))
def test_nothing_is_wider_than_the_page(sample: Flow, width: int) -> None:
    assert all(width_of(line) <= width for line in story_lines(sample, Page(width)))


def test_hostile_text_is_escaped_once() -> None:
    text = story(EVIL)
    assert all(character == "\n" or character.isprintable() for character in text)
    assert "\\\\x1b" not in text


def test_messages_of_one_sender_and_frame_are_one_step() -> None:
    sample = flow(
        messages=(
            message(5, "server", "server_hello"),
            message(5, "server", "certificate"),
            message(5, "client", "alert"),
            message(6, "client", "certificate_url"),
            message(6, "client", "0x63"),
        )
    )
    assert steps(sample) == [
        "1. 198.51.100.20 sends ServerHello and Certificate (frame 5)",
        "2. 192.0.2.10 sends an alert (frame 5)",
        "3. 192.0.2.10 sends CertificateURL and handshake message 0x63 (frame 6)",
    ]


def test_what_has_no_message_gets_a_step_in_its_place() -> None:
    sample = flow(
        messages=(message(1, "client", "client_hello"), message(9, "client", "alert")),
        presented=(presented("server", 5, (certificate(),), "incomplete", frames=(3, 5)),),
        alerts=(
            Alert(9, "client", 2, 42, None, START + 90_000),
            Alert(7, "server", -1, -1, None, START + 70_000),
        ),
    )
    assert steps(sample) == [
        "1. 192.0.2.10 sends ClientHello (frame 1)",
        "2. 198.51.100.20 sends an unfinished Certificate (frame 5, segments 3, 5)",
        "3. 198.51.100.20 sends encrypted alert (frame 7)",
        "4. 192.0.2.10 sends fatal alert bad_certificate (42) (frame 9)",
    ]


def test_hosts_with_one_address_are_told_apart_by_port() -> None:
    sample = flow(
        client=Endpoint("::1", 50000),
        server=Endpoint("::1", 443),
        messages=(message(1, "client", "client_hello"), message(2, "unknown", "server_hello")),
    )
    assert steps(sample) == [
        "1. [::1]:50000 sends ClientHello (frame 1)",
        "2. one side sends ServerHello (frame 2)",
    ]


def test_another_file_is_named() -> None:
    sample = flow(messages=(message(1, "client", "client_hello", file="eth0_01.pcap"),))
    assert steps(sample) == ["1. 192.0.2.10 sends ClientHello (frame 1 of eth0_01.pcap)"]


def test_many_steps_and_segments_are_counted() -> None:
    hello = Message(100, "client", "client_hello", 1, START, tuple(range(1, 101)))
    many = (hello, *(message(frame, "server", "hello_request") for frame in range(101, 701)))
    text = story(flow(messages=many), 200)
    assert "… and 101 more steps" in text
    assert "23, 24, 76 more)" in text


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        (flow(messages=(message(3, "server", "server_hello_done"),)), True),
        (flow(messages=(message(3, "server", "server_hello"),)), False),
        (SCENARIO_1, False),
        (TLS13, False),
    ],
)
def test_not_requested_is_said_only_where_it_is_known(sample: Flow, said: bool) -> None:
    assert ("The server asked for no client certificate." in story(sample)) is said
