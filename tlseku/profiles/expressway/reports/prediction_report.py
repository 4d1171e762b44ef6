"""A prediction as the JSON object ``tlseku/prediction/1`` and as lines for people.

Knows predictions, the leafs that they rest on and the width of a page; must not know streams or how a prediction is
reached. Every rule that is cited stands with its sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from tlseku.output.json.flow_json import certificate_to_dict, named
from tlseku.output.words import wording
from tlseku.output.words.terminal_page import Line, Page, Segment, Style, fill, words
from tlseku.output.words.timestamps import date
from tlseku.policy.validity import Validity, validity_at
from tlseku.profiles.expressway.rules.predict import Prediction
from tlseku.profiles.expressway.rules.rules import sentences, statements
from tlseku.profiles.expressway.rules.services import Service
from tlseku.profiles.expressway.rules.store import Store, Trust, trust_in
from tlseku.profiles.expressway.rules.zone import Zone
from tlseku.x509.certificate import Certificate

PREDICTION_SCHEMA = "tlseku/prediction/1"

OUTCOMES: Mapping[str, str] = {
    "uc_zone": "UC zone (SIP TLS)",
    "ssh_tunnels": "SSH tunnels (2222)",
    "mra": "MRA login",
    "webrtc": "WebRTC proxy",
    "far_end": "Edge to far end",
}
"""The key of each outcome and what people call it."""

_LABEL = 20
_WORD = 14
_STYLES: Mapping[str, Style] = {
    "active": "ok",
    "yes": "ok",
    "failed": "wrong",
    "no": "wrong",
    "undetermined": "unsure",
}


class Basis(NamedTuple):
    """One store that a prediction rests on. ``validity`` is ``None`` where no day was named, ``trust`` says whether
    the CAs of the same node reach the leaf."""

    node: Literal["core", "edge"]
    place: Literal["client", "server"]
    store: Store
    trust: Trust = "unknown"
    validity: Validity | None = None


def basis_in(
    node: Literal["core", "edge"],
    client: Store | None,
    server: Store | None,
    trusted: Sequence[Certificate] | None,
    time: int | None,
) -> Iterator[Basis]:
    """The stores of a node that there are, judged at ``time`` if that is known, and by the CAs that it trusts."""
    if client is not None:
        yield Basis(node, "client", client, trust_in(client, trusted), _valid(client, time))
    if server is not None:
        yield Basis(node, "server", server, trust_in(server, trusted), _valid(server, time))


def _valid(store: Store, time: int | None) -> Validity | None:
    return None if time is None else validity_at(store.leaf, time)


def prediction_to_dict(prediction: Prediction, basis: Sequence[Basis] = ()) -> dict[str, object]:
    """The object ``tlseku/prediction/1``, valid against its JSON Schema."""
    outcomes = prediction_outcomes(prediction)
    cited = rules_of(prediction)
    return {
        "schema": PREDICTION_SCHEMA,
        "condition": prediction.condition,
        "test_case": prediction.test_case,
        "release": str(prediction.release),
        "edge_release": str(prediction.edge_release),
        "edge_mode": prediction.edge_mode,
        "mode_assumed": prediction.mode_assumed,
        "outcomes": {name: _outcome_to_dict(one) for name, one in outcomes.items()},
        "notes": list(prediction.notes),
        "stores": [_basis_to_dict(one) for one in basis],
        "rules": sentences(cited),
    }


def prediction_lines(prediction: Prediction, basis: Sequence[Basis], page: Page) -> Iterator[Line]:
    """The outcomes with their reasons, the leafs, then the sentences of all rules cited."""
    yield from fill((), words(page.clean(prediction_heading(prediction)), "strong"), page.width, 2)
    outcomes = prediction_outcomes(prediction)
    for name, one in outcomes.items():
        yield from outcome_lines(name, one, page)
    for note in prediction.notes:
        yield from fill((Segment("  ! ", "caution"),), words(page.clean(note)), page.width, 4)
    for number, shown in enumerate(basis):
        if number == 0:
            yield ()
        yield from _basis_lines(shown, page)
    yield ()
    yield from rule_lines(rules_of(prediction), page)


def outcome_lines(name: str, one: Zone | Service, page: Page) -> Iterator[Line]:
    """What is predicted of one thing, and below it what passes with a warning, and what to do."""
    # The product writes the state of a zone in capitals.
    is_state = name == "uc_zone" and one.outcome != "undetermined"
    begin: Line = (
        Segment(f"  {OUTCOMES[name]:<{_LABEL}}"),
        Segment(f"{one.outcome.upper() if is_state else one.outcome:<{_WORD}}", _STYLES[one.outcome]),
        Segment(f"[{' '.join(one.rules)}] ", "link"),
    )
    yield from fill(begin, words(page.clean(one.reason)), page.width, 2 + _LABEL + _WORD)
    for part in one.warnings if isinstance(one, Zone) else ():
        start: Line = (Segment("    ! ", "caution"), Segment(f"[{' '.join(part.rules)}] ", "link"))
        yield from fill(start, words(page.clean(part.reason)), page.width, 6)
    for cure in one.to_do:
        yield from fill((Segment("    "), Segment("do: ", "dim")), words(page.clean(cure)), page.width, 8)


def rules_of(prediction: Prediction) -> list[str]:
    """The ids of all rules that the outcomes and what they look at name."""
    outcomes = prediction_outcomes(prediction).values()
    parts = (*prediction.uc_zone.parts, *prediction.ssh_tunnels.parts)
    return [
        *(rule for outcome in outcomes for rule in outcome.rules),
        *(rule for part in parts if part.level == "caution" for rule in part.rules),
    ]


def rule_lines(ids: Sequence[str], page: Page) -> Iterator[Line]:
    """Each rule once, in the order of the table: its id, whether it is stated, and its sentence."""
    for rule, sentence in sentences(ids).items():
        statement = statements()[rule]
        start: Line = (Segment(f"  {rule:<5}", "link"),)
        said = sentence if statement.standing == "stated" else f"{sentence} ({statement.standing})"
        yield from fill(start, words(page.clean(said), "dim"), page.width, 7)


def store_label(one: Basis) -> str:
    """``Core client``, ``Edge server``."""
    return f"{one.node.capitalize()} {one.place}"


def prediction_outcomes(prediction: Prediction) -> dict[str, Zone | Service]:
    """What is predicted by the keys of ``OUTCOMES``."""
    found: dict[str, Zone | Service] = {name: getattr(prediction, name) for name in OUTCOMES}
    return found


def prediction_heading(prediction: Prediction) -> str:
    """One line: release, checking mode, condition and test case."""
    known = "no condition of the vendor's document"
    if prediction.condition is not None:
        known = f"condition {prediction.condition}"
    if prediction.test_case is not None:
        known += f", {prediction.test_case}"
    core, edge = prediction.release, prediction.edge_release
    said = str(core) if core == edge else f"Core {core}, Edge {edge}"
    if not edge.has_two_stores:
        stores = "one store on each node and " if not core.has_two_stores else "the Edge has one store and "
        return f"{said}: {stores}no checking mode"
    mode = {"on": "On", "off": "Off", "unknown": "not known, taken to be On"}[prediction.edge_mode]
    return f"{said}, checking mode of the Edge {mode}: {known}"


def _basis_lines(one: Basis, page: Page) -> Iterator[Line]:
    start: Line = (Segment(f"  {store_label(one):<{_LABEL}}", "strong"),)
    leaf = one.store.leaf
    said = [f"EKU {', '.join(wording.purposes(leaf))}", f"serial {wording.serial(leaf)}"]
    said.append(f"issuer {wording.name_or_state(leaf.issuer)}{wording.kind_of_issuer(leaf)}")
    ends = None if leaf.not_after is None else date(leaf.not_after)
    said.append(f"until {'an unknown day' if ends is None else ends}")
    style: Style = ""
    if one.validity is not None and one.validity.outcome != "valid":
        said.append(one.validity.reason)
        style = "wrong"
    if one.trust not in ("unknown", "direct"):
        said.append(f"issuer in ca.pem: {one.trust}")
        style = "wrong" if one.trust == "missing" else style
    yield from fill(start, words(page.clean("; ".join(said)), style), page.width, 2 + _LABEL)


def _outcome_to_dict(one: Zone | Service) -> dict[str, object]:
    said: dict[str, object] = named(one, "outcome", "rules", "reason", "to_do")
    if isinstance(one, Zone):
        said["parts"] = [
            {
                "part": part.name,
                **named(part, "of", "level", "rules", "reason", "to_do"),
            }
            for part in one.parts
        ]
    return said


def _basis_to_dict(one: Basis) -> dict[str, object]:
    return {
        "node": one.node,
        "store": one.place,
        **leaf_to_dict(one.store.leaf),
        "validity": None if one.validity is None else one.validity.outcome,
        "issuer_in_ca": one.trust,
    }


_OF_LEAF = ("sha256", "serial", "subject", "issuer", "public_issuer", "eku", "eku_names")


def leaf_to_dict(leaf: Certificate) -> dict[str, object]:
    """What is said of the leaf of a store."""
    facts = certificate_to_dict(leaf)
    return {
        **{name: facts[name] for name in _OF_LEAF},
        "eku_readable": leaf.readable and leaf.eku_readable,
        "not_after": facts["not_after"],
    }
