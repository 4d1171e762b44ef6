"""Encrypted handshakes opened with their session's secrets: what real peers said is what the flow says.

The peers are OpenSSL's programs on the loopback and Python's ``ssl`` in memory; what was typed at them is what must come
out. The recorded TLS 1.3 capture is held against the certificates that made it.
"""

from __future__ import annotations

import base64
import itertools
import random
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

import tlseku
from tests.decryption.memory import Spoken, Stage
from tests.decryption.tap import Line, overhear
from tests.decryption.test_live_programs import HELLO, OPENSSL_SERVER, _early, _gnutls, needs, openssl
from tests.dialogues import ended
from tests.engines import new_engine
from tests.tls import written
from tests.wire import CLIENT, SERVER, START
from tlseku import Analyzer
from tlseku.flow import Defect, Endpoint, Flow, Hidden
from tlseku.output.json.flow_json import flow_to_dict, to_json

C, S = 0, 1
KEYS = Path(__file__).resolve().parents[2] / "captures" / "tls13.keys"
CAPTURE = KEYS.with_suffix(".pcap")
NOT_FIT = "an encrypted record does not open with the session's secrets"
ALL = ("server_certificate", "certificate_request", "client_certificate")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("opener"))


def flow_of(turns: list[tuple[int, bytes]], key_log: bytes, *, size: int = 0) -> Flow:
    analyzer = Analyzer()
    assert analyzer.add_secrets(key_log) == []
    ends = (CLIENT, SERVER)
    events = []
    ts = START
    for side, data in turns:
        for at in range(0, len(data), size or len(data)):
            ts += 1000
            piece = data[at : at + (size or len(data))]
            events += analyzer.feed_stream(ts, ends[side], ends[1 - side], piece)
    events += analyzer.feed_stream(ts + 1000, CLIENT, SERVER, b"", end=True)
    (flow,) = ended([*events, *analyzer.close()])
    assert analyzer.summary.with_secrets == bool(key_log)
    return flow


def opened(spoken: Spoken) -> Flow:
    flow = flow_of(spoken.turns, spoken.key_log)
    assert flow.defects == ()
    for size in (1, 7):
        again = flow_of(spoken.turns, spoken.key_log, size=size)
        assert kinds(again, C) == kinds(flow, C)
        assert kinds(again, S) == kinds(flow, S)
        assert shas(again) == shas(flow)
        assert (again.outcome, again.hidden, again.defects) == (flow.outcome, flow.hidden, ())
    return flow


def kinds(flow: Flow, side: int) -> list[str]:
    role = ("client", "server")[side]
    return [message.kind for message in flow.messages if message.role == role]


def shas(flow: Flow) -> list[tuple[str, bool, list[str]]]:
    return [(p.role, p.renegotiation, [c.sha256 for c in p.chain]) for p in flow.presented]


def subjects(flow: Flow) -> list[tuple[str, bool, str | None]]:
    return [(p.role, p.renegotiation, p.chain[0].subject) for p in flow.presented]


def asked(flow: Flow) -> list[tuple[str, str, bool]]:
    return [(request.role, request.answer, request.renegotiation) for request in flow.requests]


def spoilt(key_log: bytes) -> bytes:
    return b"".join(line[:-6] + b"000000\n" for line in key_log.splitlines())


def test_the_recorded_handshake_gives_both_chains() -> None:
    (flow,) = flows = tlseku.read(CAPTURE, secrets=KEYS)
    assert (flows.warnings, flows.summary.with_secrets) == ((), 1)
    assert [(p.role, p.frame, p.frames, p.verdict, len(p.chain)) for p in flow.presented] == [
        ("server", 6, (5, 6), "ok", 2),
        ("client", 8, (7, 8), "ok", 2),
    ]
    assert [(r.role, r.frame, r.answer) for r in flow.requests] == [("server", 5, "presented")]
    assert all(match.ok for match in flow.requests[0].matches.values())
    assert (flow.outcome, flow.outcome_basis) == ("completed", "both Finished")
    assert (flow.hidden, flow.defects, flow.hints) == ((), (), ())
    assert [(a.frame, a.role, a.level, a.code, a.encrypted) for a in flow.alerts] == [
        (13, "client", 1, 0, False),
        (14, "server", 1, 0, False),
    ]
    assert kinds(flow, S) == ["server_hello", "change_cipher_spec", "encrypted_extensions", "certificate_request",
                              "certificate", "certificate_verify", "finished", "new_session_ticket", "new_session_ticket",
                              "application_data", "alert"]  # fmt: skip
    assert [m.kind for m in flow.messages if m.decrypted and m.role == "client"] == [
        "certificate",
        "certificate_verify",
        "finished",
        "alert",
    ]


def test_no_secret_and_no_application_data_reaches_the_output() -> None:
    (flow,) = tlseku.read(CAPTURE, secrets=KEYS.read_bytes())
    text = to_json(flow_to_dict(flow)) + repr(flow)
    secrets = [line.split()[2].decode() for line in KEYS.read_bytes().splitlines() if line[:1] != b"#"]
    assert secrets
    assert not [secret for secret in secrets if secret in text]
    assert "hello to you" not in text
    assert b"hello to you".hex() not in text


def test_without_secrets_nothing_is_opened() -> None:
    (flow,) = flows = tlseku.read(CAPTURE)
    assert flows.summary.with_secrets == 0
    assert flow.hidden == tuple(Hidden(what, "tls13_encrypted") for what in ALL)
    assert not any(message.decrypted for message in flow.messages)


def test_secrets_of_another_connection_change_nothing() -> None:
    log = b"CLIENT_HANDSHAKE_TRAFFIC_SECRET " + b"ab" * 32 + b" " + b"cd" * 48 + b"\n"
    assert list(tlseku.read(CAPTURE, secrets=log)) == list(tlseku.read(CAPTURE))


def test_wrong_secrets_do_not_fit() -> None:
    (flow,) = tlseku.read(CAPTURE, secrets=spoilt(KEYS.read_bytes()))
    assert flow.presented == ()
    assert flow.hidden == tuple(Hidden(what, "secrets_do_not_fit") for what in ALL)
    assert flow.defects == (Defect("tls", NOT_FIT, 5), Defect("tls", NOT_FIT, 8))


def test_a_hostile_key_log_is_warned_of() -> None:
    flows = tlseku.read(CAPTURE, secrets=[b"\0\xff" * 50_000, b"CLIENT_RANDOM 00 zz\n" * 30])
    assert list(flows) == list(tlseku.read(CAPTURE))
    assert len(flows.warnings) == 14
    assert all("zz" not in warning for warning in flows.warnings)


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_any_cut_with_secrets_gives_the_same_flow(seed: int) -> None:
    """Cut anywhere, sides in the order of the wire or one after the other where nothing waits for it."""
    draw = random.Random(seed)
    key_log = KEYS.read_bytes()
    turns = list(written.recording("tls13"))
    whole = flow_of(turns, key_log)
    pieces: list[tuple[int, bytes]] = []
    for side, data in turns:
        edges = sorted(
            {0, len(data), *(draw.randrange(len(data)) for _ in range(draw.choice((0, 1, 3, 20))))}
        )
        pieces += [(side, data[a:b]) for a, b in itertools.pairwise(edges)]
    if draw.random() < 0.5:
        # As if one direction was held up by a hole: all of the other comes first.
        first = draw.choice((C, S))
        pieces.sort(key=lambda piece: piece[0] != first)
    flow = flow_of(pieces, key_log)
    assert [kinds(flow, side) for side in (C, S)] == [kinds(whole, side) for side in (C, S)]
    assert sorted(shas(flow)) == sorted(shas(whole))
    assert asked(flow) == [("server", "presented", False)]
    assert (flow.hidden, flow.defects, flow.outcome_basis) == ((), (), "both Finished")


def test_a_lost_record_hides_only_what_was_in_it() -> None:
    (_, hello), (_, answer), *rest = written.recording("tls13")
    analyzer = Analyzer()
    analyzer.add_secrets(KEYS.read_bytes())
    events = analyzer.feed_stream(START, CLIENT, SERVER, hello)
    # Amid the server's flight, in which its Certificate is the longest message.
    at = len(answer) // 2
    events += analyzer.feed_stream(START, SERVER, CLIENT, answer[:at], missing=20)
    events += analyzer.feed_stream(START, SERVER, CLIENT, answer[at + 20 :])
    ends = (CLIENT, SERVER)
    for side, data in rest:
        events += analyzer.feed_stream(START, ends[side], ends[1 - side], data)
    (flow,) = ended([*events, *analyzer.close()])
    assert [p.role for p in flow.presented if not p.entries_missing] == ["client"]
    assert kinds(flow, S)[-2:] == ["application_data", "alert"]
    assert "finished" in kinds(flow, S)


def test_a_refused_client_certificate_in_tls13(stage: Stage) -> None:
    wrong = ["-tls1_3", "-cert", "server-rsa.pem"]
    flow = opened(openssl(stage, ["-Verify", "1", "-verify_return_error"], wrong, HELLO))
    assert subjects(flow) == [("server", False, "CN=server rsa"), ("client", False, "CN=server rsa")]
    assert [p.verdict for p in flow.presented] == ["ok", "wrong"]
    assert [(a.role, a.level, a.code) for a in flow.alerts] == [("server", 2, 43)]
    assert (flow.outcome, flow.refused_by) == ("refused", "server")
    assert flow.outcome_basis == "fatal alert unsupported_certificate (43)"


def test_a_missing_client_certificate_in_tls13(stage: Stage) -> None:
    client, server = stage.contexts(0x0304)
    server.verify_mode = ssl.CERT_REQUIRED
    flow = opened(stage.speak((client, server), ()))
    assert asked(flow) == [("server", "empty", False)]
    assert (flow.outcome, flow.refused_by) == ("refused", "server")
    assert [(a.role, a.level, a.code) for a in flow.alerts] == [("server", 2, 116)]


def test_a_late_question_in_tls13(stage: Stage) -> None:
    script: list[Line] = [(C, b"hello\n"), (S, b"c\n"), (C, b"after\n")]
    flow = opened(openssl(stage, [], ["-tls1_3", "-enable_pha"], script))
    assert subjects(flow) == [("server", False, "CN=server rsa"), ("client", False, "CN=client ec")]
    assert asked(flow) == [("server", "presented", False)]
    assert (flow.outcome, flow.hidden) == ("completed", ())


def test_hello_retry_request(stage: Stage) -> None:
    client, server = stage.contexts(0x0304, client_certificate=True)
    server.verify_mode = ssl.CERT_REQUIRED
    server.set_ecdh_curve("secp384r1")
    flow = opened(stage.speak((client, server)))
    assert [m.kind for m in flow.messages].count("server_hello") == 2
    assert asked(flow) == [("server", "presented", False)]
    assert (flow.outcome, flow.hidden) == ("completed", ())


def test_key_updates(stage: Stage) -> None:
    script: list[Line] = [(C, b"hello\n"), (C, b"K\n"), (C, b"one\n"), (S, b"k\n"), (S, b"two\n"), (S, b"K\n"),
                          (C, b"k\n"), (C, b"three\n"), (S, b"four\n")]  # fmt: skip
    flow = opened(openssl(stage, [], ["-tls1_3"], script))
    assert (kinds(flow, C).count("key_update"), kinds(flow, S).count("key_update")) == (2, 2)
    assert [(a.role, a.code) for a in flow.alerts] == [("client", 0), ("server", 0)]


@pytest.mark.parametrize(
    ("version", "cipher"),
    [
        ("-tls1_2", "ECDHE-RSA-AES256-GCM-SHA384"),
        ("-tls1_2", "ECDHE-RSA-AES128-SHA256"),
        ("-tls1_1", "AES128-SHA"),
        ("-tls1", "AES256-SHA"),
    ],
)
def test_a_renegotiation(stage: Stage, version: str, cipher: str) -> None:
    common = [version, "-cipher", f"{cipher}:@SECLEVEL=0"]
    script: list[Line] = [(C, b"hello\n"), (S, b"R\n"), (C, b"after\n"), (S, b"answer\n")]
    spoken = openssl(stage, [*common, "-no_ticket", "-no_cache"], common, script)
    flow = opened(spoken)
    assert subjects(flow) == [
        ("server", False, "CN=server rsa"),
        ("server", True, "CN=server rsa"),
        ("client", True, "CN=client ec"),
    ]
    assert asked(flow) == [("server", "presented", True)]
    assert (flow.outcome, flow.outcome_basis, flow.hidden) == ("completed", "both Finished", ())
    assert flow_to_dict(flow)["requests"][0]["renegotiation"] is True  # type: ignore[index]
    shut = flow_of(spoken.turns, b"")
    assert shut.hidden == tuple(Hidden(what, "renegotiation_encrypted") for what in ALL)
    wrong = flow_of(spoken.turns, spoilt(spoken.key_log))
    assert wrong.hidden == tuple(Hidden(what, "secrets_do_not_fit") for what in ALL)
    assert wrong.defects == (Defect("tls", NOT_FIT, 3), Defect("tls", NOT_FIT, 4))


def test_early_data_accepted_and_rejected(stage: Stage) -> None:
    taken = ["-psk_session", "early.session"]
    flow = opened(_early(stage, [*taken, "-no_anti_replay"], taken))
    assert kinds(flow, C) == ["client_hello", "change_cipher_spec", "application_data", "end_of_early_data",
                              "finished", "alert"]  # fmt: skip
    assert [hidden.reason for hidden in flow.hidden] == ["resumed", "resumed"]
    spoken = _early(stage, [], ["-sess_in", "early.session"])
    blind = b"".join(line for line in spoken.key_log.splitlines(keepends=True) if b"EARLY" not in line)
    for key_log in (spoken.key_log, blind):
        flow = flow_of(spoken.turns, key_log)
        assert subjects(flow) == [("server", False, "CN=server rsa")]
        assert (flow.outcome_basis, flow.hidden, flow.defects) == ("both Finished", (), ())
    wrong = flow_of(spoken.turns, spoilt(spoken.key_log))
    assert wrong.hidden == tuple(Hidden(what, "secrets_do_not_fit") for what in ALL)


def test_a_suite_that_nothing_opens(stage: Stage) -> None:
    priority = "NONE:+VERS-TLS1.2:+RSA:+COMP-NULL:+SIGN-ALL:+CTYPE-ALL:+CAMELLIA-128-GCM:+AEAD"
    spoken = _gnutls(stage, priority, "--rehandshake")
    flow = flow_of(spoken.turns, spoken.key_log)
    assert flow.outcome == "completed"
    assert set(flow.hidden) == {Hidden(what, "unsupported_suite") for what in ALL}


RAW_SERVER = ["--rawpkkeyfile", "server-rsa.key", "--rawpkfile", "server-rsa.pub"]
RAW_CLIENT = ["--rawpkkeyfile", "client-rsa.key", "--rawpkfile", "client-rsa.pub"]
RAW = "-CTYPE-ALL:+CTYPE-RAWPK"


@pytest.mark.parametrize("version", ["TLS1.2", "TLS1.3"])
@pytest.mark.parametrize(
    ("types", "client", "presented", "raw", "answer"),
    [
        (RAW, RAW_CLIENT, [], ["server_certificate", "client_certificate"], "hidden"),
        (
            "-CTYPE-ALL:+CTYPE-CLI-X509:+CTYPE-SRV-RAWPK",
            ["--x509certfile", "client-rsa.pem", "--x509keyfile", "client-rsa.pem"],
            [("client", "ok")],
            ["server_certificate"],
            "presented",
        ),
    ],
    ids=["both raw", "client has a chain"],
)
def test_raw_public_keys(
    stage: Stage,
    version: str,
    types: str,
    client: list[str],
    presented: list[tuple[str, str]],
    raw: list[str],
    answer: str,
) -> None:
    needs("gnutls-serv")
    needs("gnutls-cli")
    for role in ("server", "client"):
        key = load_pem_private_key((stage.place / f"{role}-rsa.pem").read_bytes(), None)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (stage.place / f"{role}-rsa.pub").write_bytes(public)
        (stage.place / f"{role}-rsa.key").write_bytes(private)
    priority = f"NORMAL:-VERS-ALL:+VERS-{version}:{types}"
    server = ["gnutls-serv", "-p", "{port}", "--echo", "--noticket", "--priority", priority, *RAW_SERVER]
    command = ["gnutls-cli", "127.0.0.1", "-p", "{port}", "--insecure", "--priority", priority, *client]
    spoken = overhear(stage.place, [*server, "--x509cafile", "root.pem"], command, HELLO)
    flow = opened(spoken)
    assert [(p.role, p.verdict) for p in flow.presented] == presented
    assert flow.hidden == tuple(Hidden(what, "raw_public_key") for what in raw)
    assert (asked(flow), flow.outcome) == ([("server", answer, False)], "completed")
    if version == "TLS1.2":
        # Nothing of it was encrypted.
        assert flow_of(spoken.turns, b"").hidden == flow.hidden


def test_certificates_and_requests_are_events_when_opened() -> None:
    analyzer = Analyzer()
    analyzer.add_secrets(KEYS.read_bytes())
    ends = (CLIENT, SERVER)
    events = []
    for side, data in written.recording("tls13"):
        events += [type(e).__name__ for e in analyzer.feed_stream(START, ends[side], ends[1 - side], data)]
    assert events == [
        "CertificateRequested",
        "CertificatePresented",
        "CertificatePresented",
        "AlertSeen",
        "AlertSeen",
    ]


@pytest.mark.parametrize(
    ("known", "presented", "hidden"),
    [
        ("SERVER", ["server"], [("client_certificate", "tls13_encrypted")]),
        (
            "CLIENT",
            ["client"],
            [("server_certificate", "tls13_encrypted"), ("certificate_request", "tls13_encrypted")],
        ),
        ("", ["server", "client"], []),
    ],
)
def test_the_secrets_of_one_side_hide_the_other(
    known: str, presented: list[str], hidden: list[tuple[str, str]]
) -> None:
    captures = Path(__file__).parents[2] / "captures"
    lines = (captures / "tls13.keys").read_bytes().splitlines(keepends=True)
    log = b"".join(line for line in lines if known.encode() in line)
    (flow,) = tlseku.read(captures / "tls13.pcap", secrets=[log])
    assert [each.role for each in flow.presented] == presented
    assert [(each.what, each.reason) for each in flow.hidden] == hidden
    assert not any("secrets" in each.reason for each in flow.defects)


def _hello_of_nss(stage: Stage, *options: str) -> Spoken:
    """NSS's client against OpenSSL's server, which knows nothing of ECH and logs the secrets."""
    needs("tstclnt")
    needs("certutil")
    database = f"sql:{stage.place / 'nss'}"
    if not (stage.place / "nss").is_dir():
        (stage.place / "nss").mkdir()
        command = ["certutil", "-N", "-d", database, "--empty-password"]
        subprocess.run(command, check=True, capture_output=True)
    client = ["tstclnt", "-h", "127.0.0.1", "-a", "secret.example.com", "-p", "{port}", "-d", database]
    client += ["-V", "tls1.3:tls1.3", "-o", "-w", "", *options]
    return overhear(stage.place, [*OPENSSL_SERVER, "-keylogfile", "{keys}"], client, HELLO)


def _ech_configs(public_name: bytes) -> str:
    """An ECHConfigList for a key that nobody has (draft-ietf-tls-esni section 4)."""
    key = X25519PrivateKey.generate().public_key().public_bytes_raw()
    contents = b"\7\0\x20" + b"\0\x20" + key + b"\0\4\0\1\0\1" + b"\x40"
    contents += bytes((len(public_name),)) + public_name + b"\0\0"
    config = b"\xfe\x0d" + len(contents).to_bytes(2, "big") + contents
    return base64.b64encode(len(config).to_bytes(2, "big") + config).decode()


@pytest.mark.parametrize(
    ("options", "sni"),
    [
        (["-i", "100"], "secret.example.com"),
        (["-N", _ech_configs(b"public.example.com")], "public.example.com"),
    ],
    ids=["decoy", "encrypted hello"],
)
def test_an_encrypted_client_hello(stage: Stage, options: list[str], sni: str) -> None:
    spoken = _hello_of_nss(stage, *options)
    outer = Hidden("client_hello", "ech")
    shut = flow_of(spoken.turns, b"")
    assert (shut.sni, shut.hidden) == (sni, (outer, *(Hidden(what, "tls13_encrypted") for what in ALL)))
    # Secrets of this hello's random open what follows: the server took it as it is.
    flow = flow_of(spoken.turns, spoken.key_log)
    assert (flow.sni, outer in flow.hidden) == (sni, False)
    assert [p.chain[0].subject for p in flow.presented][:1] == ["CN=server rsa"]
    # Those of an inner hello are logged under its own random, and with them what opens the inner hello.
    random = spoken.turns[0][1][11:43].hex().encode()
    inner = spoken.key_log.replace(random, b"ab" * 32)
    assert random in spoken.key_log
    inner += (
        b"ECH_SECRET " + random + b" " + b"cd" * 32 + b"\nECH_CONFIG " + random + b" " + b"ef" * 70 + b"\n"
    )
    accepted = flow_of(spoken.turns, inner)
    assert accepted.presented == flow.presented
    assert (accepted.sni, accepted.defects) == (sni, ())
    assert accepted.hidden == (Hidden("client_hello", "ech_accepted"), *flow.hidden)
    # They are another session's where they do not fit.
    engine = new_engine()
    assert engine.add_secrets(spoilt(inner)) == []
    events = []
    for side, data in spoken.turns:
        events += engine.feed_stream(START, (CLIENT, SERVER)[side], (CLIENT, SERVER)[1 - side], data)
    (flow,) = ended([*events, *engine.close()])
    assert (flow.sni, flow.hidden, flow.defects) == (sni, shut.hidden, ())
    assert (engine.summary.with_secrets, engine.too_late) == (0, 0)


def test_an_inner_hello_whose_log_knows_other_sessions_too() -> None:
    (side, hello), *others = written.recording("tls13")
    turns = [(side, written.outer_hello(hello, b"o" * 32)), *others]
    strangers = b"".join(
        b"SERVER_HANDSHAKE_TRAFFIC_SECRET %064x %064x\n" % (number, number) for number in range(20)
    )
    flow = flow_of(turns, strangers + KEYS.read_bytes() + strangers)
    plain = flow_of(list(written.recording("tls13")), KEYS.read_bytes())
    assert shas(flow) == shas(plain)
    assert [asked(each) for each in (flow, plain)] == [asked(plain)] * 2
    assert (flow.sni, flow.outcome) == (plain.sni, plain.outcome)
    assert (flow.hidden, plain.hidden) == ((Hidden("client_hello", "ech_accepted"),), ())
    # The same packets captured twice are two flows, each of which opens.
    analyzer = Analyzer()
    analyzer.add_secrets(KEYS.read_bytes())
    events = []
    for client in (CLIENT, Endpoint("192.0.2.77", 50000)):
        pair = (client, SERVER)
        for side, data in turns:
            events += analyzer.feed_stream(START, pair[side], pair[1 - side], data)
    assert [shas(each) for each in ended([*events, *analyzer.close()])] == [shas(plain)] * 2
