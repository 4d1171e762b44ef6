"""A working and a failing capture, flow against flow.

Knows flows and what is said of them; must not know how they are shown. Flows are paired by who talks to whom, never by
what they show: level by level of ``LEVELS``, each A with the first B that is left, in the order of their numbers. Ports
of clients change with every connection and count for nothing. Out come pairs with their aspects, and what is left over.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from hashlib import sha256

from tlseku._objects import frozen, short
from tlseku.correlation import client_certificate_state, correlate
from tlseku.flow import Flow, Presented
from tlseku.registry.names import (
    alert_name,
    certificate_type_name,
    eku_name,
    signature_scheme_name,
    version_name,
)
from tlseku.x509.certificate import Certificate

_Key = Hashable | None

LEVELS: tuple[tuple[str, Callable[[Flow], _Key]], ...] = (
    ("client, server, port and SNI", lambda flow: (flow.client.ip, flow.server, flow.sni)),
    ("server, port and SNI", lambda flow: None if flow.sni is None else (flow.server, flow.sni)),
    ("client, server and port", lambda flow: (flow.client.ip, flow.server)),
    ("server and port", lambda flow: flow.server),
    ("SNI and port", lambda flow: None if flow.sni is None else (flow.sni, flow.server.port)),
    ("client and port", lambda flow: (flow.client.ip, flow.server.port)),
    ("port", lambda flow: flow.server.port),
)
"""What two flows must have in common to be paired, the most first; None never pairs. A port is that of the server."""

ONLY_ONES = "nothing: the only flows left"
"""How the last flow of each side is paired, where just one is left on both."""

NAMES_SHOWN = 6

_OF_A_CHAIN = ("leaf", "EKU", "verdict", "effective EKU", "chain")
_ASPECTS_OF = {
    "SNI": "client_hello",
    "version": "server_hello",
    **{f"server {name}": "server_certificate" for name in _OF_A_CHAIN},
    **{f"client {name}": "client_certificate" for name in _OF_A_CHAIN},
    **dict.fromkeys(("CAs asked for", "kinds asked for", "answer", "request not met"), "certificate_request"),
}
"""Each aspect that may be hidden, and as what (``Hidden.what``)."""


@short
@frozen
class Aspect:
    """One thing in which two flows agree or differ, as text; None: there is no such thing."""

    name: str
    a: str | None
    b: str | None

    @property
    def same(self) -> bool:
        """Whether both sides say the same."""
        return self.a == self.b


@short
@frozen
class Pair:
    """Two flows that belong together, ``matched_by`` a level of ``LEVELS``, with every aspect in order."""

    a: Flow
    b: Flow
    matched_by: str
    aspects: tuple[Aspect, ...]

    @property
    def differences(self) -> tuple[Aspect, ...]:
        """The aspects in which they differ."""
        return tuple(each for each in self.aspects if not each.same)


@short
@frozen
class Comparison:
    """The pairs in the order of A, and the flows of each side that have no partner."""

    pairs: tuple[Pair, ...]
    only_a: tuple[Flow, ...]
    only_b: tuple[Flow, ...]

    @property
    def different(self) -> bool:
        """Whether a pair differs or a flow has no partner."""
        return bool(self.only_a or self.only_b) or any(pair.differences for pair in self.pairs)


def compare(a: Sequence[Flow], b: Sequence[Flow]) -> Comparison:
    """Pair the flows of two captures and compare each pair. Never raises."""
    left_a, left_b = list(a), list(b)
    pairs: list[Pair] = []
    for name, key in LEVELS:
        by_key: dict[_Key, list[Flow]] = {}
        for flow in reversed(left_b):
            by_key.setdefault(key(flow), []).append(flow)
        taken: set[int] = set()
        unpaired = []
        for flow in left_a:
            same = by_key.get(key(flow)) if key(flow) is not None else None
            if same:
                other = same.pop()
                taken.add(id(other))
                pairs.append(_pair(flow, other, name))
            else:
                unpaired.append(flow)
        left_a, left_b = unpaired, [flow for flow in left_b if id(flow) not in taken]
    if len(left_a) == len(left_b) == 1:
        pairs.append(_pair(left_a.pop(), left_b.pop(), ONLY_ONES))
    return Comparison(tuple(sorted(pairs, key=lambda pair: pair.a.number)), tuple(left_a), tuple(left_b))


def _pair(a: Flow, b: Flow, matched_by: str) -> Pair:
    of_a, of_b = _aspects(a), _aspects(b)
    names = [*of_a, *(name for name in of_b if name not in of_a)]
    return Pair(a, b, matched_by, tuple(Aspect(name, of_a.get(name), of_b.get(name)) for name in names))


def _aspects(flow: Flow) -> dict[str, str | None]:
    found: dict[str, str | None] = {
        "client": flow.client.ip,
        "server": f"{flow.server.ip} port {flow.server.port}",
        "SNI": flow.sni,
        "version": None if flow.version is None else version_name(flow.version),
    }
    for role in ("server", "client"):
        presented = next((each for each in flow.presented if each.role == role), None)
        found.update(_certificate_aspects(role, presented))
        if role == "server":
            found.update(_request_aspects(flow))
            found["client certificate"] = client_certificate_state(flow)
    for name, what in _ASPECTS_OF.items():
        # What could not be seen is not absent: "none" would be a statement.
        why = next((each.reason for each in flow.hidden if each.what == what), None)
        if why is not None and found[name] is None:
            found[name] = f"hidden ({why})"
    found["outcome"] = _outcome(flow)
    found["adds up to"] = (
        _listed([each.about for each in correlate(flow) if each.about != "not_requested"]) or None
    )
    return found


def _certificate_aspects(role: str, presented: Presented | None) -> dict[str, str | None]:
    names = _OF_A_CHAIN
    if presented is None or not presented.chain:
        word = None if presented is None else presented.verdict
        return {f"{role} {name}": word if name == "leaf" else None for name in names}
    leaf = presented.chain[0]
    broken = "" if presented.broken_at is None else f", broken at certificate {presented.broken_at}"
    values = (
        _identity(leaf),
        _purposes(leaf.eku) if leaf.eku_readable else "unreadable",
        presented.verdict,
        f"{_purposes(presented.effective_eku)}{broken}",
        _issuers(presented),
    )
    return {f"{role} {name}": value for name, value in zip(names, values, strict=True)}


def _request_aspects(flow: Flow) -> dict[str, str | None]:
    if not flow.requests:
        return {"CAs asked for": None, "kinds asked for": None, "answer": None, "request not met": None}
    request = flow.requests[-1]
    kinds = [certificate_type_name(code) for code in request.certificate_types or ()]
    kinds += [signature_scheme_name(code) for code in request.signature_algorithms or ()]
    unmet = [name for name, match in request.matches.items() if match.ok is False]
    return {
        "CAs asked for": _listed(sorted(request.authority_names)) or "any",
        "kinds asked for": _listed(kinds) or "any",
        "answer": request.answer,
        "request not met": _listed(unmet) or None,
    }


def _identity(leaf: Certificate) -> str:
    # The digest tells certificates apart whose serial and subject are the same.
    return f"{leaf.serial_hex or 'no serial'}, {leaf.subject or 'no name'}, SHA-256 {leaf.sha256[:16]}"


def _issuers(presented: Presented) -> str:
    cut = ", cut" if presented.entries_missing else ""
    issuers = [each.subject or "no name" for each in presented.chain[1:]]
    return f"{_listed(issuers) or 'the leaf alone'}{cut}"


def _purposes(eku: Sequence[str] | None) -> str:
    if eku is None:
        return "unrestricted"
    return ", ".join(eku_name(oid) for oid in eku) or "nothing"


def _outcome(flow: Flow) -> str:
    if flow.outcome != "refused":
        return flow.outcome
    alert = next((each for each in flow.alerts if each.role == flow.refused_by and each.level == 2), None)
    named = "" if alert is None else f" with {alert_name(alert.code)} ({alert.code})"
    return f"refused by {flow.refused_by}{named}"


def _listed(items: Sequence[str]) -> str:
    # What is left out still counts: two long lists that differ in the middle must not look the same.
    if len(items) <= NAMES_SHOWN:
        return ", ".join(items)
    rest = items[NAMES_SHOWN - 1 :]
    return f"{', '.join(items[: NAMES_SHOWN - 1])} and {len(rest)} more ({_digest(rest)})"


def _digest(items: Sequence[str]) -> str:
    return sha256("\0".join(items).encode("utf-8", "backslashreplace")).hexdigest()[:8]
