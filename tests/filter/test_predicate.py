"""What a filter chooses, and what it must not choose."""

from __future__ import annotations

import pytest

from tests.output.samples import EVERY, ODD_PURPOSES, REFUSED, SCENARIO_1, TLS13
from tlseku.filter import FilterError, compile, compile_for_certificates
from tlseku.filter.fields import FIELDS

ALL = {1, 2, 3, 4, 5, 6, 7}

CHOSEN = [
    ("flow.number == 3", {3}),
    ("flow.number != 3", ALL - {3}),
    ("flow.number in {1, 3..5}", {1, 3, 4, 5}),
    ("flow.number < 3 or flow.number >= 7", {1, 2, 7}),
    ('tls.client.verdict == "wrong"', {2}),
    ("tls.client.verdict == wrong and ip.addr == 192.0.2.0/24", {2}),
    ("tls.client.verdict == wrong and ip.addr == 10.0.0.0/8", set()),
    ("tls.verdict == any", {6}),
    ("tls.client.verdict", {1, 2, 4, 5, 6}),
    ("not tls.client.verdict", {3, 7}),
    ("tls.client.verdict != ok", {2, 4, 5}),
    ("any tls.client.verdict != ok", {2, 4, 5, 6}),
    ("all tls.client.verdict == ok", {1}),
    ("!(tls.client.verdict == ok)", ALL - {1, 6}),
    ("ip.addr == 10.106.80.31", {1}),
    ("ip.src == 10.0.0.0/8", {1}),
    ("ip.dst == 10.0.0.0/8", set()),
    ("ip.addr != 10.0.0.0/8", ALL - {1}),
    ("ip.addr == 2001:db8::/32", {3}),
    ("ipv6.addr", {3}),
    ("ip.addr == ::/0", {3}),
    ("ip.addr in {10.106.80.30..10.106.80.40}", {1}),
    ("ip.addr in {10.106.80.32..10.106.80.40, 163.129.37.0/24}", {1}),
    ("tcp.port == 5061", ALL - {3}),
    ("tcp.port != 5061", {3}),
    ("tcp.dstport == 443", {3}),
    ("all tcp.port > 1023", ALL - {3}),
    ("any tcp.port > 1023", ALL),
    ("frame.number == 13703", {1}),
    ("tls.version == 1.3", {3}),
    ("tls.version < 1.3", {1, 2, 4, 6, 7}),
    ('tls.cipher contains "AES_256"', {1, 2, 4, 6, 7}),
    ('tls.sni contains "example.com"', {1}),
    ('tls.sni contains "EXAMPLE.com"', {1}),
    ('tls.sni == "FAR.Example"', {2}),
    ('tls.sni in {"FAR.Example", other.example}', {2}),
    ('tls.sni != "FAR.Example"', {1, 3, 7}),
    ("x509.san.dns == Server.EXAMPLE", ALL - {3}),
    ("flow.closed_by == server", set()),
    ("tls.client.accepted == true", ALL),
    ("tls.client.accepted == false", set()),
    (r'tls.sni matches "^FAR\.EX"', {2}),
    ("tls.sni", {1, 2, 3, 7}),
    ("tls.alpn_offered == h2", {3}),
    ("tls.resumed == false", ALL - {5}),
    ("tls.resumed == true", set()),
    ("tls.resumed", ALL - {5}),
    ("tls.starttls == smtp", {4}),
    ("tls.handshake.type == certificate_request", {1, 2}),
    ("tls.handshake.type == 13", {1, 2}),
    ("tls.request.answer == empty", {4}),
    ('tls.request.authority contains "CA One"', {2}),
    ("tls.client.state in {declined, unanswered}", {4}),
    ("tls.alert == 43", {2}),
    ("tls.alert == unsupported_certificate && tls.alert.level == fatal", {2}),
    ("tls.alert_message.desc == 43", {2}),
    ("tls.hidden.reason == tls13_encrypted", {3}),
    ('tls.defect contains "gap"', {5}),
    ("flow.outcome == refused and flow.refused_by == server", {2}),
    ("flow.start >= 2026-03-24 and flow.start < 2026-03-25", ALL),
    ('flow.start == "2026-03-24 11:55:20.9"', ALL),
    ("flow.start > 2026-03-25", set()),
    ("flow.direction in {inbound local}", {4, 6}),
    ("x509.serial == 46:DF:76:AA:00:00:00:00:00:29", {1, 5}),
    ("x509.serial == 0x46df76aa000000000029", {1, 5}),
    ('x509.serial == "00 46 df 76 aa 00 00 00 00 00 29"', {1, 5}),
    ("x509.serial == 46:df:76:aa:00:00:00:00:29", set()),
    ("x509.serial == 0", {4}),
    ("x509.serial < 0", {6}),
    ("tls.client.x509.serial == 46df76aa000000000029", set()),
    ("tls.client.x509.serial == 2f0000004c869c77c8981becde00000000004c", {1}),
    ("tls.client.x509.eku == clientAuth", {1, 6}),
    ("tls.client.x509.eku_present == true and !tls.client.x509.eku", {}),
    ("tls.server.x509.eku_present == false", {4}),
    ("x509.eku == 1.2.3.4.5.6.7.8.9.10.11.12.13", {6}),
    ("tls.broken_at == 0", {2}),
    ("tls.client.broken_at > 0", {6}),
    ("tls.client.chain_length == 0", {4}),
    ("x509.is_ca == true", {1, 6}),
    ("x509.not_after < 2026-11-02 and x509.not_before > 2025-10-31", ALL - {3}),
    ("x509.not_after < 2026-10-01", set()),
    ("x509.san.dns == server.example", ALL - {3}),
    ("x509.san.ip == 192.0.2.0/24", ALL - {3}),
    ('x509.subject == ""', {6}),
    ("x509.public_issuer == true", {1, 5}),
    ("x509.public_issuer == false", set()),
    ("tls.sni == nothing or not flow.number", set()),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "numbers"), CHOSEN, ids=[each for each, _ in CHOSEN])
def test_chosen(expression: str, numbers: set[int]) -> None:
    wanted = compile(expression)
    assert {flow.number for flow in EVERY if wanted(flow)} == set(numbers)


@pytest.mark.parametrize(
    ("expression", "column", "problem"),
    [
        ("tls.clint.verdict", 1, "there is no field 'tls.clint.verdict'; did you mean tls.client.verdict or tls.verdict?"),
        ("ip.addr and nonsense", 13, "there is no field 'nonsense'; tlseku fields lists them"),
        ("tls.client.verdict == worng", 23, "tls.client.verdict: 'worng' is not one of ok, fingerprint, unrestricted, any, wrong, empty, declined, incomplete, unreadable"),
        ("tls.sni > a", 9, "> makes no sense on tls.sni, of type host; what does: !=, ==, contains, in, matches"),
        ("ip.addr contains 10", 9, "contains makes no sense on ip.addr, of type address; what does: !=, ==, in"),
        ("tcp.port == http", 13, "tcp.port: expected a number"),
        ("tcp.port in {1, x}", 17, "tcp.port: expected a number"),
        ("tls.sni in {a..b}", 16, "a host has no range"),
        ("ip.addr in {10.0.0.1..::1}", 23, "the ends of a range are of different versions"),
        ('tls.sni matches "("', 17, "no regular expression: missing ): '('"),
        ("any tls.sni", 5, "any needs a comparison"),
        (
            "x509.not_after < 2027",
            18,
            "x509.not_after: 2027 is a bare number, which counts seconds since 1970; write a date such as 2027-01-01",
        ),
        ("flow.start in {20260324..20260325}", 16, "flow.start: 20260324 is a bare number, which counts seconds since 1970; write a date such as 2026-01-01"),
        ("x509.signature_algorithm == 0x0403", 29, "x509.signature_algorithm: '0x0403' is a number, and this field holds names"),
        ("tls.hidden == 0x1", 15, "tls.hidden: '0x1' is a number, and this field holds names"),
    ],
)  # fmt: skip
def test_refused(expression: str, column: int, problem: str) -> None:
    with pytest.raises(FilterError) as caught:
        compile(expression)
    assert (caught.value.column, caught.value.problem, caught.value.expression) == (
        column,
        problem,
        expression,
    )


def test_certificates_one_by_one() -> None:
    server = compile_for_certificates("x509.is_ca == true and tls.client.verdict == ok")
    leaf, issuer = SCENARIO_1.presented[0].chain
    assert (server(SCENARIO_1, leaf), server(SCENARIO_1, issuer)) == (False, True)
    assert server(REFUSED, issuer) is False


_OF_TEXT = ("text", "name", "host", "cipher", "word", "address", "purpose", "digest")


def test_every_field_has_values_of_its_kind() -> None:
    for field in FIELDS.values():
        for flow in EVERY:
            from tlseku.filter import Subject

            for value in field.values(Subject(flow)):
                assert isinstance(value, str if field.kind.name in _OF_TEXT else int)


def test_every_word_a_flow_has_can_be_asked_for() -> None:
    from tlseku.filter import Subject

    for field in FIELDS.values():
        if field.kind.name == "word":
            for flow in EVERY:
                assert all(field.kind.read(str(value)) == value for value in field.values(Subject(flow)))


def test_empty_eku_is_present() -> None:
    last = ODD_PURPOSES.presented[1].chain[0]
    assert compile_for_certificates("x509.eku_present == true and !x509.eku")(ODD_PURPOSES, last)
    assert not compile("x509.eku_present == true")(TLS13)


@pytest.mark.parametrize(
    "expression",
    [
        "{} == 1",
        "flow.carrier == {}",
        "flow.outcome == {}",
        "tls.alert == {}",
        "tls.client.verdict == {}",
        "x509.signature_algorithm == 0x{}",
        'tls.sni matches "({}"',
        'tls.sni matches "[[:{}"',
        "tls.cipher == 0x{}",
        "tls.cipher == {}",
        "tcp.port == {}",
        "x509.not_after > {}",
        "x509.serial == {}",
        "ip.addr == {}",
    ],
)
@pytest.mark.parametrize("filling", ["1", "x", "\u202e", "\x1b"], ids=ascii)
def test_no_message_is_long_or_steers_a_terminal(expression: str, filling: str) -> None:
    try:
        compile(expression.format(filling * 5000))
    except FilterError as error:
        said = str(error)
        assert len(said) < 500
        assert said.replace("…", "").isprintable()
