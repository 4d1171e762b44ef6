"""Which connections to record: who speaks to whom, what the server demands, and when.

Knows the identities and the demands of each connection; must not know addresses, ports or packets (``scenes``
does). A name here is the name of a file under ``handshakes/``. Every server is OpenSSL with its usual purpose
check, but for the one that plays an Edge with the checking mode Off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from handshakes import Recipe
from identities import Cast

_SIP_OPTIONS = (
    b"OPTIONS sip:far-end.example;transport=tls SIP/2.0\r\n"
    b"Via: SIP/2.0/TLS near-end.example;branch=z9hG4bK5f1e\r\n"
    b"From: <sip:near-end.example>;tag=7c2d\r\nTo: <sip:far-end.example>\r\n"
    b"Call-ID: 1f6c3a7e@near-end.example\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 0\r\nContent-Length: 0\r\n\r\n"
)
_SIP_OK = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS near-end.example;branch=z9hG4bK5f1e\r\n"
    b"From: <sip:near-end.example>;tag=7c2d\r\nTo: <sip:far-end.example>;tag=09be\r\n"
    b"Call-ID: 1f6c3a7e@near-end.example\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
_GET = b"GET /SPDefault.cnf.xml HTTP/1.1\r\nHost: cucm.ricky200.example:6972\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def _scenario1(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-03-24T11:55:20+00:00"),
        server=cast.webex,
        client=cast.smartslave_private_client,
        trusted=(cast.public_root, cast.bgluclab_ca),
        server_name="callservice.webex-stand-in.example",
        request=_SIP_OPTIONS,
        response=_SIP_OK,
    )


def _scenario2(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-03-26T07:31:12+00:00"),
        server=cast.vcs8c_private_server,
        client=cast.vcs15,
        trusted=(cast.ricky200_ca, cast.bgluclab_ca),
        request=_SIP_OPTIONS,
        response=_SIP_OK,
    )


def _test_case_1(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-03-27T09:12:01+00:00"),
        server=cast.smartslave_public,
        client=cast.vcs8c_public,
        trusted=(cast.public_root,),
        server_name="smartslave.ricky200.example",
    )


def _test_case_2(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-03-27T09:40:37+00:00"),
        server=cast.smartslave_public,
        client=cast.vcs8c_public,
        trusted=(cast.public_root,),
        # The chain is still verified, its purpose no longer: what the checking mode Off does.
        server_flags=("-Verify", "3", "-verify_return_error", "-purpose", "any"),
        server_name="smartslave.ricky200.example",
        request=_SIP_OPTIONS,
        response=_SIP_OK,
    )


def _test_case_3(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-03-27T10:05:44+00:00"),
        server=cast.cucm,
        client=cast.vcs8c_private_client,
        trusted=(cast.ricky200_ca,),
        request=_GET,
        response=_NOT_FOUND,
    )


def _condition_2_1(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-03-27T11:20:05+00:00"),
        server=cast.smartslave_2_1,
        client=cast.vcs8c_client_2_1,
        trusted=(cast.public_root, cast.ricky200_ca),
        server_name="smartslave.ricky200.example",
        request=_SIP_OPTIONS,
        response=_SIP_OK,
        kept=(cast.vcs8c_server_2_1.leaf, cast.public_root),
    )


def _no_eku(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-04-01T08:00:00+00:00"),
        server=cast.plain_server,
        client=cast.no_eku_client,
        trusted=(cast.plain_ca,),
        server_name="server.example",
        request=b"hello\n",
        response=b"hello to you\n",
    )


def _any_eku(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-04-01T08:10:00+00:00"),
        server=cast.plain_server,
        client=cast.any_eku_client,
        trusted=(cast.plain_ca,),
        server_name="server.example",
    )


def _wrong_eku_refused(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-04-01T08:20:00+00:00"),
        server=cast.plain_server,
        client=cast.wrong_client,
        trusted=(cast.plain_ca,),
        server_name="server.example",
    )


def _declined(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-04-01T08:30:00+00:00"),
        server=cast.plain_server,
        client=None,
        trusted=(cast.plain_ca,),
        server_flags=("-verify", "3", "-verify_return_error"),
        server_name="server.example",
        request=b"hello\n",
        response=b"hello, whoever you are\n",
    )


def _tls13(cast: Cast) -> Recipe:
    return Recipe(
        epoch=_epoch("2026-04-01T08:40:00+00:00"),
        server=cast.plain_server,
        client=cast.good_client,
        trusted=(cast.plain_ca,),
        version="-tls1_3",
        server_name="server.example",
        request=b"hello\n",
        response=b"hello to you\n",
        keep_keys=True,
    )


def _epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


RECIPES: Mapping[str, Callable[[Cast], Recipe]] = {
    "scenario1": _scenario1,
    "scenario2": _scenario2,
    "test-case-1": _test_case_1,
    "test-case-2": _test_case_2,
    "test-case-3": _test_case_3,
    "condition-2.1": _condition_2_1,
    "no-eku": _no_eku,
    "any-eku": _any_eku,
    "wrong-eku-refused": _wrong_eku_refused,
    "declined": _declined,
    "tls13": _tls13,
}
"""Every connection to record, by the name of its transcript."""
