"""Which host uses which certificate as TLS client, and what renewing it brings.

Knows flows, files of certificates and the policy about public issuers; must not know streams or layout, nor what
day it is. Out comes an ``Inventory``: a ``Host`` for each address that presented a certificate as client, with what it
presented as server beside it, and one for each file of certificates, all of which count as used by a client.

What TLS 1.3 hides is not in it: ``hidden_flows`` counts the flows whose client certificate could not be seen. WebRTC's
certificates are not in it, either: they are made for a call, and nobody looks at their purpose. Nor are those made for
Kerberos PKINIT or IKE, whose own purpose they list: whether they keep clientAuth does not matter there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple, cast

from tlseku._objects import frozen, short
from tlseku.flow import WITHOUT_TLS, Flow
from tlseku.output.reports.packed_chains import ChainPacker, leaf_digest
from tlseku.output.reports.sightings import Sighting, SightingBudget, Sightings
from tlseku.output.words import timestamps
from tlseku.policy.bundle import FileChain
from tlseku.policy.issuing_path import issuing_path
from tlseku.policy.own_purposes import own_purpose
from tlseku.policy.public_issuer import PublicRoots, Standing
from tlseku.policy.purposes import SERVER_AUTH
from tlseku.policy.renewal import IssuerKind, Renewal, renewal
from tlseku.policy.timeline import Timeline
from tlseku.policy.verdict import FINGERPRINT, Verdict, judge
from tlseku.x509.certificate import Certificate
from tlseku.x509.distinguished_name import name_attributes
from tlseku.x509.name_comparison import organisations


@short
class Terms(NamedTuple):
    """By what an inventory is judged: the ``timeline``, public ``roots`` (empty: no root data), certificates
    ``above`` that complete chains, and the day ``on`` which all are renewed (``None``: each on its own notAfter)."""

    timeline: Timeline
    roots: PublicRoots
    above: tuple[Certificate, ...] = ()
    on: date | None = None


@short
@frozen
class ClientUse:
    """A certificate used as TLS client: its longest ``chain`` seen (leaf first), the ``verdict`` for the role, the
    ``standing`` of its issuer, its ``renewal``, and where it was seen (empty for one from a file), with
    ``more_sightings`` that are only counted."""

    chain: Sequence[Certificate]
    verdict: Verdict
    standing: Standing
    renewal: Renewal
    sightings: tuple[Sighting, ...]
    more_sightings: int = 0

    @property
    def certificate(self) -> Certificate:
        """The leaf."""
        return self.chain[0]

    @property
    def sha256(self) -> str:
        """The digest of the leaf."""
        return leaf_digest(self.chain)


@short
@frozen
class ServerUse:
    """A certificate that the same host presented as TLS server, and where; ``chain`` is it alone."""

    chain: Sequence[Certificate]
    sightings: tuple[Sighting, ...]
    more_sightings: int = 0

    @property
    def certificate(self) -> Certificate:
        """The leaf."""
        return self.chain[0]

    @property
    def sha256(self) -> str:
        """The digest of the leaf."""
        return leaf_digest(self.chain)


@short
@frozen
class Host:
    """One host by its address, or one file by its name (``is_file``). ``both_roles`` are the SHA-256 digests of
    certificates that it presented in both roles."""

    name: str
    is_file: bool
    as_client: tuple[ClientUse, ...]
    as_server: tuple[ServerUse, ...]
    both_roles: tuple[str, ...]


@short
@frozen
class Inventory:
    """All hosts in the order of their first client certificate. ``hidden_flows`` are flows that hide their client's
    certificate, ``chains_without_role`` chains of which nobody knows who presented them; both are left out of
    ``hosts``. ``not_listed`` counts sightings beyond those that are kept."""

    hosts: tuple[Host, ...]
    terms: Terms
    hidden_flows: int = 0
    chains_without_role: int = 0
    not_listed: int = 0

    @property
    def certificates(self) -> int:
        """How many distinct client certificates there are, wherever they are used."""
        return len({use.sha256 for host in self.hosts for use in host.as_client})


class _Seen(Sightings):
    """The sightings of a certificate, and the longest chain that it began."""

    __slots__ = ("chain",)

    def __init__(self, chain: Sequence[Certificate], budget: SightingBudget) -> None:
        super().__init__(budget)
        self.chain = chain


_KEPT = "packed for an inventory"

_Host = dict[str, _Seen]
"""What a host presented in one role, by SHA-256."""


class _RenewalTerms(NamedTuple):
    """What a renewal depends on besides the timeline (``policy.renewal.renewal``)."""

    issuer: IssuerKind
    organisations: tuple[str, ...]
    on: date | None
    authorities: tuple[str, ...]
    doubt: str | None


class _Judge:
    """Judges each chain once, however many hosts use it, and each renewal once, whose certificates are alike."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._known: dict[tuple[str, ...], tuple[Verdict, Standing, Renewal]] = {}
        self._renewals: dict[_RenewalTerms, Renewal] = {}

    def use(self, chain: Sequence[Certificate], sightings: tuple[Sighting, ...], more: int = 0) -> ClientUse:
        """What is said of a chain that was seen somewhere."""
        key = (leaf_digest(chain), *[certificate.sha256 for certificate in chain[1:]])
        judged = self._known.get(key)
        if judged is None:
            judged = self._known[key] = self._judged(chain)
        return ClientUse(chain, *judged, sightings, more)

    def _judged(self, chain: Sequence[Certificate]) -> tuple[Verdict, Standing, Renewal]:
        terms = self._terms
        standing = terms.roots.standing((*chain, *terms.above))
        return judge(chain, "client"), standing, self._renewal(_renewal_terms(chain, standing, terms))

    def _renewal(self, of: _RenewalTerms) -> Renewal:
        known = self._renewals.get(of)
        if known is None:
            known = self._renewals[of] = renewal(
                self._terms.timeline,
                of.issuer,
                of.organisations,
                of.on,
                authorities=of.authorities,
                doubt=of.doubt,
            )
        return known


class Collector:
    """Takes flows and files of certificates one by one. Of flows it keeps numbers."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._judge = _Judge(terms)
        self._budget = SightingBudget()
        self._clients: dict[str, _Host] = {}
        self._servers: dict[str, _Host] = {}
        self._packer = ChainPacker()
        # CAs stand above many leafs; two objects of one would take twice the memory.
        self._authorities: dict[str, Certificate] = {}
        self._files: list[Host] = []
        self._hidden_flows = 0
        self._without_role = 0

    def flow(self, flow: Flow) -> None:
        """Take what a flow shows."""
        told = flow.asked_once
        self._hidden_flows += "client_certificate" in [hidden.what for hidden in told.hidden]
        for at, judged in enumerate(told.judged):
            if not judged.chain or judged.verdict == FINGERPRINT:
                continue
            if told.carrier in WITHOUT_TLS and own_purpose(told.carrier, judged.role, judged.chain[0].eku):
                continue
            if judged.role == "unknown":
                self._without_role += 1
                continue
            file, frame = flow.sighting(at)
            kept = flow.kept_with_chain(at)
            if judged.role == "client":
                seen = self._seen_at(self._clients.setdefault(told.client.ip, {}), judged.chain, kept)
            else:
                # What stands above the leaf matters to clients only.
                seen = self._seen_at(self._servers.setdefault(told.server.ip, {}), judged.chain[:1], kept)
            seen.add(told.number, file, frame)

    def _seen_at(self, host: _Host, chain: tuple[Certificate, ...], kept: dict[str, object] | None) -> _Seen:
        sha256 = chain[0].sha256
        seen = host.get(sha256)
        if seen is None:
            seen = host[sha256] = _Seen(self._packed(chain, kept), self._budget)
        elif len(chain) > len(seen.chain):
            seen.chain = self._packed(chain, kept)
        return seen

    def _packed(self, chain: Sequence[Certificate], kept: dict[str, object] | None) -> Sequence[Certificate]:
        """The chain as it is kept for long; once for all hosts where flows share it."""
        if kept is None:
            return self._shared(chain)
        packed = kept.get(_KEPT)
        if packed is None:
            packed = kept[_KEPT] = self._shared(chain)
        return cast("Sequence[Certificate]", packed)

    def _shared(self, chain: Sequence[Certificate]) -> Sequence[Certificate]:
        """The chain, with the authorities that other chains have, too."""
        known = self._authorities
        return self._packer.packed((chain[0], *[known.setdefault(each.sha256, each) for each in chain[1:]]))

    def file(self, name: str, chains: Iterable[FileChain]) -> None:
        """Take the chains of a file: each leaf counts as used by a client."""
        uses = tuple(self._judge.use(one.chain, ()) for one in chains)
        self._files.append(Host(name, True, uses, (), ()))

    def inventory(self, only: Collection[str] | None = None) -> Inventory:
        """All that was taken so far; of the hosts those in ``only``, if given."""
        hosts = [
            _host(ip, as_client, self._servers.get(ip, {}), self._judge)
            for ip, as_client in self._clients.items()
            if only is None or ip in only
        ]
        return Inventory(
            (*hosts, *self._files),
            self._terms,
            self._hidden_flows,
            self._without_role,
            self._budget.left_out,
        )

    def addresses(self) -> list[str]:
        """The addresses of all hosts that presented a client certificate so far."""
        return list(self._clients)


def _host(ip: str, as_client: _Host, as_server: _Host, judge: _Judge) -> Host:
    return Host(
        ip,
        False,
        tuple([judge.use(seen.chain, tuple(seen), seen.left_out) for seen in as_client.values()]),
        tuple([ServerUse(seen.chain, tuple(seen), seen.left_out) for seen in as_server.values()]),
        tuple([sha256 for sha256 in as_client if sha256 in as_server]),
    )


def _renewal_terms(chain: Sequence[Certificate], standing: Standing, terms: Terms) -> _RenewalTerms:
    leaf = chain[0]
    return _RenewalTerms(
        standing.kind,
        tuple(organisations(leaf.issuer_der)),
        _renewal_day(leaf) if terms.on is None else terms.on,
        tuple(_authorities(chain, terms.above)),
        _doubt(leaf, standing),
    )


def _authorities(chain: Sequence[Certificate], above: Sequence[Certificate]) -> list[str]:
    """The common names of the CAs above the leaf, its issuer first."""
    known = (*chain, *above)
    path = (known[index] for index in issuing_path(known).indexes)
    return [name for one in path for kind, name in name_attributes(one.issuer_der) if kind == "CN"]


def _doubt(leaf: Certificate, standing: Standing) -> str | None:
    if standing.tls_servers is False:
        return "its public root is not trusted for TLS servers, and the rules are about roots that are"
    if leaf.eku is not None and SERVER_AUTH not in leaf.eku:
        return "it is no certificate for TLS servers, and the rules are about those"
    return None


def _renewal_day(leaf: Certificate) -> date | None:
    text = None if leaf.not_after is None else timestamps.date(leaf.not_after)
    return None if text is None else date.fromisoformat(text)
