"""Advice fits what is seen: what must be advised, and what must not."""

from __future__ import annotations

import pytest

from tests.correlation.handshakes import (
    ASKED,
    C_FIN,
    CH,
    CKE,
    CLIENT_ONLY,
    DONE,
    EXPIRED,
    GOOD,
    NO_CERT,
    RESTRICTED,
    ROOT,
    S_FIN,
    SERVER_CA,
    SH,
    SKE,
    WRONG,
    C,
    S,
    Turn,
    alerts,
    presenting,
    shown,
)
from tests.dialogues import flow_of
from tlseku import correlate
from tlseku.output.words.advice import advice

CLIENT, SERVER = "the client 192.0.2.10", "the server 198.51.100.20"
GET_CLIENT_AUTH = (
    f"Give {CLIENT} a certificate whose EKU lists clientAuth. Public CAs stop issuing such, so take a private CA. Put it "
    "where the product keeps the certificate that it uses as a client, if it has such a store."
)
TRUST = f"Let {SERVER} trust that CA."
SWITCH_OFF = (
    f"Or ask whoever runs {SERVER} whether its EKU check can be switched off (Apache httpd: SSLVerifyClientEKU off; "
    "Expressway: checking mode Off)."
)
LOG = (
    f"Look into the log of {SERVER} for its own words, and check that it trusts the CA (CN=Test Root) and that nothing in "
    "the chain is revoked."
)
RENEW = (
    "Renew what has expired in the client's chain. If a public CA issued it, the new certificate may come without "
    "clientAuth: tlseku sunset FILE says so."
)
SUNSET = "If a public CA issued the client's certificate, its renewal may lack clientAuth: tlseku sunset FILE says when."
NOTHING = "There is nothing to do as far as this flow shows."

ADVISED: dict[str, tuple[tuple[Turn, ...], list[str]]] = {
    "the EKU": ((*presenting(WRONG, ROOT), alerts(S, 43)), [GET_CLIENT_AUTH, TRUST, SWITCH_OFF]),
    "the EKU, and perhaps trust": (
        (*presenting(WRONG, ROOT), alerts(S, 46)),
        [GET_CLIENT_AUTH, TRUST, SWITCH_OFF, LOG],
    ),
    "an issuer's EKU": (
        (*presenting(RESTRICTED, SERVER_CA, ROOT), alerts(S, 43)),
        [
            f"Have the certificate of {CLIENT} issued by a CA whose own EKU allows clientAuth or that has none: "
            "certificate #1 of the chain forbids it.",
            SWITCH_OFF,
        ],
    ),
    "expired": ((*presenting(EXPIRED, ROOT), alerts(S, 45)), [RENEW]),
    "expired and accepted": ((*presenting(EXPIRED, ROOT), S_FIN), [RENEW, SUNSET]),
    "nothing wrong": ((*presenting(GOOD, ROOT), alerts(S, 43)), [LOG]),
    "an issuer that is not known": (
        (*presenting(GOOD), alerts(S, 48)),
        [
            f"Add the CA that issued the certificate of {CLIENT} (CN=Test Root) to the CAs that {SERVER} trusts, and let "
            f"{CLIENT} send its whole chain in order.",
            LOG,
        ],
    ),
    "a server's EKU": (
        (CH, SH, shown(S, CLIENT_ONLY, ROOT), SKE, DONE, alerts(C, 43)),
        [f"Give {SERVER} a certificate whose EKU lists serverAuth, from a CA that may issue such."],
    ),
    "none came": (
        (*ASKED, NO_CERT, CKE, C_FIN, alerts(S, 40)),
        [
            f"Give {CLIENT} a certificate with clientAuth in its EKU, and check that it is told to use it.",
            f"If {CLIENT} has one, look at its EKU (tlseku cert FILE): .NET and Schannel withhold a certificate without "
            "clientAuth.",
        ],
    ),
    "none came, and none was needed": (
        (*ASKED, NO_CERT, CKE, C_FIN, S_FIN),
        [
            f"If a client certificate is wanted, give {CLIENT} a certificate with clientAuth in its EKU, and check that "
            "it is told to use it.",
            f"If {CLIENT} has one, look at its EKU (tlseku cert FILE): .NET and Schannel withhold a certificate without "
            "clientAuth.",
        ],
    ),
    "accepted despite its EKU": (
        (*presenting(WRONG, ROOT), S_FIN),
        [
            "Nothing fails here today. It will with a peer that checks the EKU, or once this one does: plan a "
            "certificate that lists the missing purpose."
        ],
    ),
    "closed without an alert": (
        presenting(GOOD, ROOT),
        [LOG],
    ),
    "refused for something else": (
        (CH, alerts(S, 70)),
        ["Look into the log of the side that refused: this capture does not show what it objects to."],
    ),
    "works, and may be public": ((*presenting(GOOD, ROOT), S_FIN), [SUNSET]),
    "no client certificate wanted": ((CH, SH, shown(S, GOOD, ROOT), SKE, DONE, CKE, C_FIN, S_FIN), [NOTHING]),
}


@pytest.mark.parametrize("case", ADVISED)
def test_advice(case: str) -> None:
    turns, expected = ADVISED[case]
    flow = flow_of(*turns)
    assert advice(flow, correlate(flow)) == expected


def test_nothing_is_advised_twice() -> None:
    for turns, _ in ADVISED.values():
        flow = flow_of(*turns)
        found = advice(flow, correlate(flow))
        assert len(found) == len(set(found))


@pytest.mark.parametrize(
    "case", [case for case in ADVISED if "EKU" not in case and case != "the EKU, and perhaps trust"]
)
def test_nobody_is_told_to_switch_off_checks_for_another_reason(case: str) -> None:
    assert SWITCH_OFF not in ADVISED[case][1]
