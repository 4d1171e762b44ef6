"""The two connections between a Core and an Edge, from all that each looks at in the other's certificate.

Knows who presents what (ST1 to ST3), SV1, SV2 and RL5; asks the rule-book ``expressway-15.5`` what a node says of a
purpose (CM1 to CM8) and ``acceptance`` for all else. Must not know services that rest on these. A zone fails if any
part fails; what is not known (a ca.pem, a day, a name) is left out and named.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from tlseku._objects import frozen, short
from tlseku.policy.effective import broken_at
from tlseku.policy.purposes import ANY_PURPOSE, in_words, needed_purpose
from tlseku.policy.rule_books import Context, Mode, RuleBook, load_rule_books
from tlseku.profiles.expressway.rules.acceptance import (
    NodeWord,
    Part,
    PartName,
    PresentedLeaf,
    oddities,
    parts_of,
    unknown_parts,
)
from tlseku.profiles.expressway.rules.condition import Node
from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.rules.rules import statements
from tlseku.profiles.expressway.rules.store import lists_client_auth, lists_server_auth
from tlseku.profiles.expressway.rules.store_check import Level
from tlseku.x509.certificate import Certificate

RULE_BOOK = "expressway-15.5"

ZoneWord = Literal["active", "failed", "undetermined"]

_LEVEL_OF: Mapping[ZoneWord, Level] = {"active": "fine", "failed": "wrong", "undetermined": "open"}


@short
@frozen
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


def zone_between(
    core: Node, edge: Node, mode: Mode, releases: tuple[Release, Release], time: int | None
) -> Zone:
    """The Unified Communications zone (SV1). ``releases`` are the Core's and the Edge's. Never raises."""
    shown = _shown(core, edge)
    parts = [
        _inbound(core.client, shown, edge, mode, releases),
        *_looked_at(shown, "core", edge, time),
        _outbound(edge.server, shown, core, releases),
        *_looked_at(shown, "edge", core, time),
    ]
    outcome, deciding = _decided(parts)
    rules = joined(*(part.rules for part in deciding), ("SV1",))
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
    if of not in shown:
        return ()
    parts = parts_of(shown[of], peer.trusted, peer.expects, time)
    # What is odd in a subject breaks the tunnels and no zone.
    return [part for part in parts if part.name != "subject"]


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
    rules = joined(_known(finding.rule), assumed, (presents,))
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
    return _purpose("edge", passes, joined(_known(finding.rule), (presents,)), reason, cure)


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


def tunnels_between(core: Node, edge: Node, release: Release) -> Zone:
    """The SSH tunnels (SV2); ``release`` is the Core's. They never depend on the checking mode. Never raises."""
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


def _known(rule: str) -> tuple[str, ...]:
    # A rule-book also answers by general rules of its own, for leaves that cannot be read; they are no statements.
    return (rule,) if rule in statements() else ()


def joined(*parts: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of rules put together, each once, the first ones first."""
    return tuple(dict.fromkeys(rule for part in parts for rule in part))


@functools.cache
def _book() -> RuleBook:
    return load_rule_books((RULE_BOOK,))[0]
