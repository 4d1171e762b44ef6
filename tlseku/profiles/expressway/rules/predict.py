"""What a Core and an Edge will do together, from their certificates, trusted CAs, the checking mode and the releases.

Knows the statements SV1 to SV6 and RL1 to RL11, who presents what (ST1 to ST3); asks the rule-book ``expressway-15.5``
what a node says of a purpose (CM1 to CM8) and ``acceptance`` for all else that it looks at. Must not know files or
packets. Out comes a ``Prediction`` whose every outcome names the rules that it follows from, the deciding one first.
What nobody states is ``undetermined``, never guessed; what is not known (a ca.pem, a day, a name) is left out and
named.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tlseku.policy.effective import broken_at
from tlseku.policy.purposes import ANY_PURPOSE, in_words, needed_purpose
from tlseku.policy.rule_books import Context, Mode, RuleBook, load_rule_books
from tlseku.policy.validity import validity_at
from tlseku.profiles.expressway.rules.acceptance import (
    NodeWord,
    Part,
    PartName,
    PresentedLeaf,
    oddities,
    parts_of,
    unknown_parts,
)
from tlseku.profiles.expressway.rules.condition import Condition, Node, case_of, condition_of
from tlseku.profiles.expressway.rules.release import X15_4, X15_5, Release
from tlseku.profiles.expressway.rules.rules import statements
from tlseku.profiles.expressway.rules.store import lists_client_auth, lists_server_auth
from tlseku.profiles.expressway.rules.store_check import Level
from tlseku.x509.certificate import Certificate

RULE_BOOK = "expressway-15.5"

ZoneWord = Literal["active", "failed", "undetermined"]
ServiceWord = Literal["yes", "no", "undetermined"]


_DECIDED_BY: Mapping[ServiceWord, ZoneWord] = {
    "yes": "active",
    "no": "failed",
    "undetermined": "undetermined",
}

_LEVEL_OF: Mapping[ZoneWord, Level] = {"active": "fine", "failed": "wrong", "undetermined": "open"}


@dataclass(frozen=True, slots=True)
class Zone:
    """Whether a connection between the nodes comes up; ``rules`` are ids, the deciding one first. ``parts`` is all that
    the nodes look at in each other's certificates, as far as it is known; warnings are among them."""

    outcome: ZoneWord
    rules: tuple[str, ...]
    reason: str
    parts: tuple[Part, ...] = ()

    @property
    def to_do(self) -> tuple[str, ...]:
        """What to do, each cure once: of the parts that decide and of those that warn."""
        level = _LEVEL_OF[self.outcome]
        cures = [part.to_do for part in self.parts if part.level in (level, "caution")]
        return tuple(dict.fromkeys(cure for cure in cures if cure is not None))

    @property
    def warnings(self) -> tuple[Part, ...]:
        """The parts that pass with a warning."""
        return tuple(part for part in self.parts if part.level == "caution")


@dataclass(frozen=True, slots=True)
class Service:
    """Whether a service works; ``rules`` are ids, the deciding one first."""

    outcome: ServiceWord
    rules: tuple[str, ...]
    reason: str
    to_do: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """All that follows for a pair. ``release`` is the Core's. ``edge_mode`` is as told; ``mode_assumed`` says that On
    was taken for it (CM7). ``notes``, one line each, say what else to know, such as releases that differ.

    ``test_case`` is the vendor's test case that this amounts to. ``far_end`` is about the Edge as TLS client, such as
    to Webex: what the far end checks is not known here, so that it is ``yes`` at best where nothing stands against it.
    """

    release: Release
    edge_release: Release
    edge_mode: Mode
    mode_assumed: bool
    condition: Condition | None
    test_case: str | None
    uc_zone: Zone
    ssh_tunnels: Zone
    mra: Service
    webrtc: Service
    far_end: Service
    notes: tuple[str, ...] = ()


def predict(
    core: Node,
    edge: Node,
    edge_mode: Mode = "unknown",
    release: Release = X15_5,
    *,
    edge_release: Release | None = None,
    time: int | None = None,
) -> Prediction:
    """Predict the services between a Core (TLS and SSH client) and an Edge (server). Never raises.

    A leaf that is not known (``None``) makes what depends on it undetermined. ``release`` is the Core's and, unless
    ``edge_release`` says otherwise, the Edge's. Before x15.5 there is one store and no checking mode: the server leaf
    of such a node is what it presents in either role, and its mode plays no part. ``time``, in nanoseconds since
    1970-01-01 UTC, is when dates are judged, ``None``: not at all.
    """
    core_release, other = release, release if edge_release is None else edge_release
    core, edge = _as_presented(core, core_release), _as_presented(edge, other)
    zone = _zone(core, edge, edge_mode, (core_release, other), time)
    tunnels = _tunnels(core, edge, core_release)
    both_new = core_release.has_two_stores and other.has_two_stores
    condition = condition_of(core, edge) if both_new else None
    works = _both(zone, tunnels)
    return Prediction(
        release=core_release,
        edge_release=other,
        edge_mode=edge_mode,
        mode_assumed=other.has_two_stores and edge_mode == "unknown",
        condition=condition,
        test_case=case_of(condition, edge_mode),
        uc_zone=zone,
        ssh_tunnels=tunnels,
        mra=_with_pop_up(_with_service_message(works, edge.server, core_release, other), edge.server),
        webrtc=works,
        far_end=_far_end(edge.client, other, time),
        notes=_notes(core_release, other),
    )


def _notes(core: Release, edge: Release) -> tuple[str, ...]:
    if core == edge:
        return ()
    return (
        f"the releases differ, the Core runs {core} and the Edge {edge}: both must run the same one; each is judged by"
        " the rules of its own",
    )


def _as_presented(node: Node, release: Release) -> Node:
    # Before x15.5 the one certificate is used in either role (rule ST1).
    if release.has_two_stores:
        return node
    if node.server is None:
        return replace(node, server=node.client, server_above=node.client_above)
    return replace(node, client=node.server, client_above=node.server_above)


def _zone(core: Node, edge: Node, mode: Mode, releases: tuple[Release, Release], time: int | None) -> Zone:
    shown = _shown(core, edge)
    parts = [
        _inbound(core.client, shown, edge, mode, releases),
        *_looked_at(shown, "core", edge, time),
        _outbound(edge.server, shown, core, releases),
        *_looked_at(shown, "edge", core, time),
    ]
    outcome, deciding = _decided(parts)
    rules = _joined(*(part.rules for part in deciding), ("SV1",))
    reason = "; ".join(part.reason for part in deciding)
    if outcome == "active":
        reason = _in_short(deciding)
        unknown = _unknown(shown, core, edge, time)
        reason += f"; not looked at, since nobody told: {', '.join(unknown)}" if unknown else ""
    return Zone(outcome, rules, reason, tuple(parts))


def _in_short(parts: Sequence[Part]) -> str:
    """Why a zone is up: the purposes in full, the rest by name."""
    said = [part.reason for part in parts if part.name == "purpose"]
    others = list(dict.fromkeys(_SHORT[part.name] for part in parts if part.name in _SHORT))
    if others:
        said.append(f"{', '.join(others)} fit as far as they are known")
    return "; ".join(said)


_SHORT: Mapping[PartName, str] = {"chain": "trusted CAs", "dates": "dates", "name": "names"}


def _decided(parts: Sequence[Part]) -> tuple[ZoneWord, list[Part]]:
    wrong = [part for part in parts if part.level == "wrong"]
    if wrong:
        return "failed", wrong
    unsure = [part for part in parts if part.level == "open"]
    return (
        ("undetermined", unsure) if unsure else ("active", [part for part in parts if part.level == "fine"])
    )


def _shown(core: Node, edge: Node) -> Mapping[NodeWord, PresentedLeaf]:
    found: dict[NodeWord, PresentedLeaf] = {}
    if core.client is not None:
        found["core"] = PresentedLeaf("core", "client", core.client, core.client_above, core.trusted or ())
    if edge.server is not None:
        found["edge"] = PresentedLeaf("edge", "server", edge.server, edge.server_above, edge.trusted or ())
    return found


def _looked_at(
    shown: Mapping[NodeWord, PresentedLeaf], of: NodeWord, peer: Node, time: int | None
) -> Iterable[Part]:
    return () if of not in shown else parts_of(shown[of], peer.trusted, peer.expects, time)


def _unknown(shown: Mapping[NodeWord, PresentedLeaf], core: Node, edge: Node, time: int | None) -> list[str]:
    found: dict[str, None] = {}
    for of, one in shown.items():
        peer = edge if of == "core" else core
        found.update(dict.fromkeys(unknown_parts(one, peer.trusted, peer.expects, time)))
    return list(found)


def _purpose(
    of: NodeWord, passes: bool | None, rules: tuple[str, ...], reason: str, to_do: str | None
) -> Part:
    level: Level = "open" if passes is None else "fine" if passes else "wrong"
    return Part("purpose", of, level, rules, reason, None if level == "fine" else to_do)


_NEEDS_C = "upload a certificate that lists clientAuth to the client store of the Core"
_NEEDS_C_ONE_STORE = "give the Core a certificate that lists serverAuth and clientAuth"
_NEEDS_S = "upload a certificate that lists serverAuth to the server store of the Edge"


def _inbound(
    leaf: Certificate | None,
    shown: Mapping[NodeWord, PresentedLeaf],
    edge: Node,
    mode: Mode,
    releases: tuple[Release, Release],
) -> Part:
    core_release, edge_release = releases
    presents = "ST2" if core_release.has_two_stores else "ST1"
    store = (
        "client-store leaf" if core_release.has_two_stores else "only leaf, which it presents as client too,"
    )
    cure = _NEEDS_C if core_release.has_two_stores else _NEEDS_C_ONE_STORE
    if leaf is None:
        where = "of the Core's client store" if core_release.has_two_stores else "of the Core"
        return _purpose(
            "core", None, (presents,), f"the leaf {where} is not known", f"get the certificate {where}"
        )
    if not edge_release.has_two_stores:
        return _with_no_mode("core", leaf, shown["core"].above, presents, cure)
    said = f"Core's {store} at the Edge: "
    assumed: tuple[str, ...] = ()
    if mode == "unknown":
        # No EKU extension passes in any mode, so that nothing needs to be assumed for it.
        assumed = () if leaf.eku is None and leaf.eku_readable else ("CM7",)
        said += "the checking mode is not known and taken to be On (CM7); " if assumed else ""
    finding = _book().judge(
        (leaf, *shown["core"].above),
        "client",
        context=Context("on" if mode == "unknown" else mode),
        more=edge.trusted or (),
    )
    passes = {"accept": True, "refuse": False}.get(finding.outcome)
    rules = _joined(_known(finding.rule), assumed, (presents,))
    known = finding.rule in statements()
    reason = f"{said}{finding.reason}{'' if known else f' ({finding.rule})'}"
    if not known:
        cure = "have the Core's client certificate issued by a CA that allows clientAuth, or that has no EKU"
    if passes is False:
        cure += ", or set the checking mode of the Edge to Off, which does not help the SSH tunnels (SV2)"
    return _purpose("core", passes, rules, reason, cure)


def _outbound(
    leaf: Certificate | None,
    shown: Mapping[NodeWord, PresentedLeaf],
    core: Node,
    releases: tuple[Release, Release],
) -> Part:
    core_release, edge_release = releases
    presents = "ST3" if edge_release.has_two_stores else "ST1"
    if leaf is None:
        where = "of the Edge's server store" if edge_release.has_two_stores else "of the Edge"
        return _purpose(
            "edge", None, (presents,), f"the leaf {where} is not known", f"get the certificate {where}"
        )
    above = shown["edge"].above
    if not core_release.has_two_stores:
        return _with_no_mode("edge", leaf, above, presents, _NEEDS_S)
    finding = _book().judge((leaf, *above), "server", more=core.trusted or ())
    passes = {"accept": True, "refuse": False}.get(finding.outcome)
    what = "Edge's server-store leaf" if edge_release.has_two_stores else "Edge's only leaf"
    known = finding.rule in statements()
    reason = f"{what}: {finding.reason}{'' if known else f' ({finding.rule})'}"
    cure = (
        _NEEDS_S
        if known
        else "have the Edge's certificate issued by a CA that allows serverAuth, or has no EKU"
    )
    return _purpose("edge", passes, _joined(_known(finding.rule), (presents,)), reason, cure)


def _with_no_mode(
    of: NodeWord, leaf: Certificate, above: Sequence[Certificate], presents: str, cure: str
) -> Part:
    """The purpose as a node before x15.5 looks at it, which has no checking mode (RL5 for the Core's)."""
    role: Literal["client", "server"] = "client" if of == "core" else "server"
    need = "clientAuth" if role == "client" else "serverAuth"
    lists = lists_client_auth(leaf) if role == "client" else lists_server_auth(leaf)
    what = f"the {of.capitalize()}'s {'only ' if presents == 'ST1' else ''}leaf"
    if lists:
        broken = broken_at((leaf, *above), needed_purpose(role))
        if broken is None:
            return _purpose(of, True, (presents,), f"{what} lists {need}", None)
        reason = f"{what} lists {need}, but an issuer above it does not allow that: nobody states what becomes of it"
        return _purpose(of, None, (presents,), reason, cure)
    listed = leaf.eku_readable and leaf.eku is not None and ANY_PURPOSE not in leaf.eku
    if lists is False and listed and of == "core":
        reason = f"{what} lists {in_words(leaf.eku or ())} and not clientAuth, which the Core always needs"
        return _purpose(of, False, ("RL5", presents), reason, cure)
    said = "cannot be read" if lists is None else f"does not list {need}"
    return _purpose(
        of,
        None,
        (presents,),
        f"the EKU of {what} {said}; for releases before x15.5, which have no checking mode, nobody states what the peer"
        " makes of it",
        cure,
    )


def _tunnels(core: Node, edge: Node, release: Release) -> Zone:
    warnings = tuple(
        part for shown in _shown(core, edge).values() for part in oddities(shown) if part.name == "subject"
    )
    outcome, rules, reason, to_do = _tunnels_by_purpose(core.client, release)
    purpose = Part("purpose", "core", _LEVEL_OF[outcome], rules, reason, to_do)
    return Zone(outcome, rules, reason, (purpose, *warnings))


def _tunnels_by_purpose(
    leaf: Certificate | None, release: Release
) -> tuple[ZoneWord, tuple[str, ...], str, str | None]:
    rules: tuple[str, ...] = ("SV2", "ST2" if release.has_two_stores else "ST1")
    cure = _NEEDS_C if release.has_two_stores else _NEEDS_C_ONE_STORE
    if leaf is None:
        return "undetermined", rules, "the leaf that the Core presents as client is not known", cure
    lists = lists_client_auth(leaf)
    if lists is None:
        return "undetermined", rules, "the EKU of the Core's client leaf cannot be read", cure
    if lists:
        return "active", rules, "the Core's client leaf lists clientAuth", None
    if leaf.eku is None or ANY_PURPOSE in leaf.eku:
        what = "no EKU extension" if leaf.eku is None else "anyExtendedKeyUsage and not clientAuth"
        reason = f"the Core's client leaf has {what}: nobody states if that is enough here"
        return "undetermined", rules, reason, cure
    listed = f"the Core's client leaf lists {in_words(leaf.eku)} and not clientAuth"
    if not release.has_two_stores:
        return "failed", ("SV2", "RL5", "ST1"), f"{listed}, which the Core always needs", cure
    return "failed", rules, f"{listed}, whatever the checking mode", cure


def _both(zone: Zone, tunnels: Zone) -> Service:
    parts = (("Unified Communications zone", zone, "SV1"), ("SSH tunnels", tunnels, "SV2"))
    said = "; ".join(f"{name} {part.outcome}" for name, part, _ in parts)
    outcomes = {zone.outcome, tunnels.outcome}
    outcome: ServiceWord = "yes"
    if "failed" in outcomes:
        outcome = "no"
    elif "undetermined" in outcomes:
        outcome = "undetermined"
    rules = _joined(("SV3",), *((rule,) for _, part, rule in parts if part.outcome == _DECIDED_BY[outcome]))
    return Service(outcome, rules, said)


def _with_service_message(works: Service, leaf: Certificate | None, core: Release, edge: Release) -> Service:
    """MRA before X15.4: the Edge's certificate travels in a SIP SERVICE message, and the Core checks both EKUs."""
    if leaf is None or min(core, edge)[:2] >= X15_5[:2]:
        return works
    lists = lists_client_auth(leaf)
    if min(core, edge)[:2] >= X15_4[:2]:
        return replace(works, rules=(*works.rules, "RL4")) if works.outcome == "yes" and not lists else works
    if lists or works.outcome == "no":
        return works
    rules = _joined(("SV3", "RL3"), works.rules)
    said = f"{works.reason}; before X15.4 the Edge's certificate needs serverAuth and clientAuth for MRA"
    cure = "give the Edge a certificate that lists serverAuth and clientAuth, or upgrade both nodes to X15.4 or later"
    checks = core[:2] < X15_4[:2]
    if lists is False and leaf.eku is not None and ANY_PURPOSE not in leaf.eku and checks:
        reason = f"{said}, and it lists {in_words(leaf.eku)} only: the SIP registration of MRA fails"
        return Service("no", rules, reason, (cure,))
    what = "the Core's release no longer checks that, and nobody states what becomes of it"
    if checks:
        what = "it has no EKU that says so, and nobody states what becomes of it"
    return Service("undetermined", rules, f"{said}; {what}", (cure,))


def _with_pop_up(works: Service, leaf: Certificate | None) -> Service:
    if works.outcome != "yes" or leaf is None or _is_private(leaf) is False:
        return works
    since = "the Edge's server leaf is" if _is_private(leaf) else "if the Edge's server leaf is"
    said = (
        f"{works.reason}; {since} from a private CA, clients that do not trust it show a certificate pop-up"
    )
    return replace(works, rules=(*works.rules, "SV6"), reason=said)


def _far_end(leaf: Certificate | None, release: Release, time: int | None) -> Service:
    presents = "ST2" if release.has_two_stores else "ST1"
    if leaf is None:
        return Service(
            "undetermined", ("SV4", presents), "the leaf that the Edge presents as client is not known"
        )
    validity = None if time is None else validity_at(leaf, time)
    if validity is not None and validity.outcome not in ("valid", "unreadable"):
        said = f"the Edge's client leaf is outside its dates on that day: {validity.reason}"
        return Service("no", ("SV4", presents), said, ("renew the certificate of the Edge",))
    private = _is_private(leaf)
    rules: tuple[str, ...] = ("SV4",)
    said = "the Edge's client leaf lists clientAuth"
    cures: tuple[str, ...] = ()
    lists = lists_client_auth(leaf)
    if lists is None:
        said = "the EKU of the Edge's client leaf cannot be read"
    elif leaf.eku is None:
        said = "the Edge's client leaf has no EKU extension, which restricts nothing"
    elif not lists:
        cures = (
            "have the far end not check the purpose, or give the Edge a client certificate with clientAuth",
        )
        said = (
            f"the Edge's client leaf lists {in_words(leaf.eku)} and not clientAuth: TLS works only where the far end"
            " does not check that"
        )
    if private is not False:
        rules += ("SV5",)
        since = "it is" if private else "if it is"
        said += f"; {since} from a private CA, the far end must hold that CA"
        cures += ("have the far end hold the CA of the Edge's client leaf",) if private else ()
    good = (lists is True or (lists is False and leaf.eku is None)) and private is False
    return Service("yes" if good else "undetermined", (*rules, presents), said, cures)


def _is_private(leaf: Certificate) -> bool | None:
    if leaf.self_issued and leaf.public_issuer is None:
        return True
    return None if leaf.public_issuer is None else not leaf.public_issuer


def _known(rule: str) -> tuple[str, ...]:
    # A rule-book also answers by general rules of its own, for leaves that cannot be read; they are no statements.
    return (rule,) if rule in statements() else ()


def _joined(*parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule for part in parts for rule in part))


@functools.cache
def _book() -> RuleBook:
    return load_rule_books((RULE_BOOK,))[0]
