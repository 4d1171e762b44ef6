"""The two-store check: what the rules say of one node's server store, client store and trusted CAs.

Knows the statements on stores and uploads (ST1, ST5, ST6, ST8, UP1, UP2) and what each role needs (CM8, SV2); must not
know files or the other node. Out come remarks, worst first, each with its rule and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from tlseku._objects import frozen
from tlseku.policy.purposes import ANY_PURPOSE, in_words
from tlseku.policy.validity import validity_at
from tlseku.profiles.expressway.rules.release import X15_4, X15_5, Release
from tlseku.profiles.expressway.rules.store import (
    Store,
    Trust,
    lists_client_auth,
    lists_server_auth,
    trust_in,
)
from tlseku.x509.certificate import Certificate

UP1_MESSAGE = (
    "Invalid certificate: The file provided does not have a client usage attribute."
    " Services requiring mutual TLS may not work."
)
"""What the product says when it refuses a certificate for the client store (rule UP1)."""

ST8_COMMAND = "xConfiguration XCP TLS Certificate CVS EnableServerEkuUpload: On"
"""The switch of x15.4 that allows a serverAuth-only certificate on the Edge (rule ST8)."""

UP2_OPTION = "Upload server certificate file as client certificate"
"""The box of the upload page that copies a server certificate to the client store (rule UP2)."""

Level = Literal["wrong", "caution", "open", "fine"]
LEVELS: Mapping[Level, str] = {
    "wrong": "a rule is broken, or a service will fail",
    "caution": "works, but somebody should know",
    "open": "nobody states what happens",
    "fine": "as it should be",
}
"""How bad a remark is, worst first, and what each word means."""

Place = Literal["server", "client", "both"]


@frozen
class Remark:
    """What one rule says of a store. ``rule`` is the id, ``None`` for plain facts such as expiry; ``to_do`` is ``None``
    where there is nothing to do."""

    level: Level
    rule: str | None
    place: Place
    text: str
    to_do: str | None = None


def check_stores(
    server: Store | None,
    client: Store | None,
    trusted: Sequence[Certificate] | None = None,
    release: Release = X15_5,
    time: int | None = None,
    role: Literal["core", "edge"] | None = None,
) -> tuple[Remark, ...]:
    """Check the stores of one node; a store that is not there is ``None``. ``role`` is what the node is, if known.

    ``trusted`` are the certificates of ca.pem, ``None`` if it is not known; ``time``, in nanoseconds since
    1970-01-01 UTC, is when validity is judged, ``None``: not at all. Never raises.
    """
    found = [
        *_each("server", server, trusted, release, time),
        *_each("client", client, trusted, release, time),
    ]
    if server is not None:
        found += _server_role(server.leaf, "CM8" if release.has_two_stores else None)
        if client is None and not release.has_two_stores:
            found += _only_store(server.leaf, release, role)
    if client is not None and release.has_two_stores:
        found += _client_role(client.leaf)
    if server is not None and client is not None:
        found += _same_serial(server.leaf, client.leaf)
        found += _together(server, client, release, role)
    order = list(LEVELS)
    return tuple(sorted(found, key=lambda remark: order.index(remark.level)))


def _each(
    place: Place,
    store: Store | None,
    trusted: Sequence[Certificate] | None,
    release: Release,
    time: int | None,
) -> Iterator[Remark]:
    if store is None:
        return
    if store.leaves > 1:
        yield Remark(
            "caution",
            None,
            place,
            f"the file has {store.leaves} certificates that could be the leaf; the first counts",
            "leave only the node's own certificate and its CAs in the file",
        )
    if not store.leaf.readable:
        yield Remark(
            "wrong", None, place, "the certificate cannot be read", "upload a certificate that is whole"
        )
        return
    if time is not None:
        validity = validity_at(store.leaf, time)
        good = validity.outcome == "valid"
        yield Remark(
            "fine" if good else "open" if validity.outcome == "unreadable" else "wrong",
            None,
            place,
            validity.reason,
            None if good else "renew the certificate",
        )
    yield from _trust(place, trust_in(store, trusted), release)


def _trust(place: Place, trust: Trust, release: Release) -> Iterator[Remark]:
    # ST5 speaks of two stores; with one store its issuer belongs into ca.pem all the same, which nobody states.
    rule = "ST5" if release.has_two_stores else None
    if trust == "missing":
        yield Remark(
            "wrong",
            rule,
            place,
            "the issuer of the leaf is not in ca.pem",
            "append the CA certificates of the leaf, up to the root, to the trusted CAs",
        )
    elif trust == "through an intermediate":
        yield Remark(
            "caution",
            rule,
            place,
            "ca.pem has a CA above, but not the issuer of the leaf itself, which only the store's own file has",
            "append the issuing CA to the trusted CAs too",
        )
    elif trust == "direct":
        yield Remark("fine", rule, place, "the issuer of the leaf is in ca.pem")


_S_CURE = "upload a certificate that lists serverAuth"
_BOTH_CURE = "give the node a certificate that lists serverAuth and clientAuth"


def _server_role(leaf: Certificate, rule: str | None) -> Iterator[Remark]:
    lists = lists_server_auth(leaf)
    if lists is None:
        yield Remark("open", rule, "server", "the EKU cannot be read", _S_CURE)
    elif lists:
        yield Remark("fine", rule, "server", f"lists {in_words(leaf.eku or ())}: good for TLS server")
    elif leaf.eku is None:
        yield Remark("fine", rule, "server", "has no EKU extension, which restricts nothing")
    elif ANY_PURPOSE in leaf.eku:
        yield Remark(
            "open",
            rule,
            "server",
            "lists anyExtendedKeyUsage and not serverAuth: verifiers disagree about it",
            _S_CURE,
        )
    else:
        yield Remark(
            "wrong",
            rule,
            "server",
            f"lists {in_words(leaf.eku)} and not serverAuth: who connects to this node refuses it",
            _S_CURE,
        )


def _client_role(leaf: Certificate) -> Iterator[Remark]:
    lists = lists_client_auth(leaf)
    if lists is None:
        yield Remark(
            "open", "UP1", "client", "the EKU cannot be read", "use a certificate that lists clientAuth"
        )
    elif lists:
        yield Remark("fine", "UP1", "client", f"lists {in_words(leaf.eku or ())}: good for TLS client")
    elif leaf.eku is None or ANY_PURPOSE in leaf.eku:
        what = "has no EKU extension" if leaf.eku is None else "lists anyExtendedKeyUsage and not clientAuth"
        yield Remark(
            "open",
            "UP1",
            "client",
            f"{what}: nobody states whether an upload into the client store is refused for it",
            "use a certificate that lists clientAuth",
        )
    else:
        yield Remark(
            "wrong",
            "UP1",
            "client",
            f"lists {in_words(leaf.eku)} and not clientAuth; an upload into the client store is refused: {UP1_MESSAGE}",
            "upload a certificate that lists clientAuth; a private CA can issue it",
        )


def _only_store(
    leaf: Certificate, release: Release, role: Literal["core", "edge"] | None
) -> Iterator[Remark]:
    yield Remark("fine", "ST1", "server", f"{release} has one store, used as TLS server and as TLS client")
    if lists_client_auth(leaf) is not False or leaf.eku is None:
        return
    said = f"lists {in_words(leaf.eku)} and not clientAuth, which this node lacks as TLS client"
    with_switch = release[:2] == X15_4[:2]
    if role == "core":
        # Whatever was uploaded here, a Core cannot work with it.
        upload = (
            "the switch of x15.4 does not run on a Core" if with_switch else "the web interface refuses it"
        )
        text = f"{said}; a Core always needs it, and {upload} ({'RL2' if with_switch else 'RL1'})"
        yield Remark("wrong", "RL5", "server", text, _BOTH_CURE)
    elif with_switch:
        yield Remark(
            "caution",
            "ST8",
            "server",
            f"{said}; x15.4 takes its upload on the Edge only with the switch on, and never on a Core (RL2)",
            f"on the Edge: {ST8_COMMAND}",
        )
    elif role == "edge":
        yield Remark(
            "wrong",
            "RL3",
            "server",
            f"{said}; before X15.4 the SIP registration of MRA fails with it, and the web interface refuses it (RL1)",
            f"{_BOTH_CURE}, or upgrade to X15.4 or later",
        )
    else:
        yield Remark(
            "wrong",
            "RL1",
            "server",
            f"{said}; before X15.4 the web interface refuses its upload on Core and Edge, and there is no switch",
            f"{_BOTH_CURE}, or upgrade to X15.4 or later",
        )


def _same_serial(server: Certificate, client: Certificate) -> Iterator[Remark]:
    # A serial number is unique under its issuer only (RFC 5280 section 4.1.2.2).
    if server.serial is None or server.serial != client.serial or server.issuer_der == client.issuer_der:
        return
    yield Remark(
        "caution",
        None,
        "both",
        f"two certificates of two issuers share the serial number {server.serial_hex}: {server.issuer} and"
        f" {client.issuer}",
        "tell them apart by SHA-256, not by the serial number",
    )


def _together(
    server: Store, client: Store, release: Release, role: Literal["core", "edge"] | None
) -> Iterator[Remark]:
    same = server.leaf.sha256 == client.leaf.sha256
    if not release.has_two_stores:
        if same:
            yield from _only_store(server.leaf, release, role)
        else:
            yield Remark(
                "wrong",
                "ST1",
                "both",
                f"{release} has one store, so that there cannot be two different certificates",
                "name the release that these files come from",
            )
        return
    server_only = lists_server_auth(server.leaf) is True and lists_client_auth(server.leaf) is False
    if same:
        yield Remark(
            "caution",
            "ST6",
            "both",
            "both stores hold the same certificate: condition 1, as after an upgrade to x15.5",
            "before the next renewal, give the client store a certificate of its own that lists clientAuth",
        )
        if server_only:
            yield Remark(
                "caution",
                "UP2",
                "both",
                f'serverAuth only, yet in the client store: "{UP2_OPTION}" puts it there, past the check of UP1',
                "upload a certificate that lists clientAuth to the client store",
            )
    elif server_only:
        yield Remark(
            "caution",
            "UP2",
            "server",
            f'serverAuth only: uploaded again with "{UP2_OPTION}" it would replace the client store\'s certificate',
            "leave that box empty",
        )
    if server_only:
        yield Remark(
            "fine", "ST8", "server", f"the switch of x15.4 is deprecated and not needed: {ST8_COMMAND}"
        )
