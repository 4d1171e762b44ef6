"""The services that rest on a zone and its tunnels, and the Edge as client of a far end.

Knows SV3 to SV6, RL3 and RL4; must not know why a zone is up or down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from tlseku._objects import frozen, short
from tlseku.policy.purposes import ANY_PURPOSE, in_words
from tlseku.policy.validity import validity_at
from tlseku.profiles.expressway.rules.release import X15_4, X15_5, Release
from tlseku.profiles.expressway.rules.store import lists_client_auth
from tlseku.profiles.expressway.rules.zone import Zone, ZoneWord, joined
from tlseku.x509.certificate import Certificate

ServiceWord = Literal["yes", "no", "undetermined"]

_DECIDED_BY: Mapping[ServiceWord, ZoneWord] = {
    "yes": "active",
    "no": "failed",
    "undetermined": "undetermined",
}


@short
@frozen
class Service:
    """Whether a service works; ``rules`` are ids, the deciding one first."""

    outcome: ServiceWord
    rules: tuple[str, ...]
    reason: str
    to_do: tuple[str, ...] = ()


def on_both(zone: Zone, tunnels: Zone) -> Service:
    """What works if and only if zone and tunnels are up (SV3). Never raises."""
    parts = (("Unified Communications zone", zone, "SV1"), ("SSH tunnels", tunnels, "SV2"))
    said = "; ".join(f"{name} {part.outcome}" for name, part, _ in parts)
    outcomes = {zone.outcome, tunnels.outcome}
    outcome: ServiceWord = "yes"
    if "failed" in outcomes:
        outcome = "no"
    elif "undetermined" in outcomes:
        outcome = "undetermined"
    rules = joined(("SV3",), *((rule,) for _, part, rule in parts if part.outcome == _DECIDED_BY[outcome]))
    return Service(outcome, rules, said)


def mra(works: Service, leaf: Certificate | None, core: Release, edge: Release) -> Service:
    """Login over MRA, from what works on zone and tunnels and the Edge's server ``leaf``. Never raises."""
    return _with_pop_up(_with_service_message(works, leaf, core, edge), leaf)


def _with_service_message(works: Service, leaf: Certificate | None, core: Release, edge: Release) -> Service:
    """MRA before X15.4: the Edge's certificate travels in a SIP SERVICE message, and the Core checks both EKUs."""
    if leaf is None or min(core, edge)[:2] >= X15_5[:2]:
        return works
    lists = lists_client_auth(leaf)
    if min(core, edge)[:2] >= X15_4[:2]:
        return replace(works, rules=(*works.rules, "RL4")) if works.outcome == "yes" and not lists else works
    if lists or works.outcome == "no":
        return works
    rules = joined(("SV3", "RL3"), works.rules)
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


def far_end(leaf: Certificate | None, release: Release, time: int | None) -> Service:
    """The Edge as TLS client with its client leaf, such as to Webex (SV4, SV5). Never raises."""
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
