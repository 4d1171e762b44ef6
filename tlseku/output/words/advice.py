"""What to do next, for each kind of statement: short, true, and with the names from the flow.

Knows statements, causes and flows; must not know what any particular product calls its settings, but for examples, nor
any layout. Advice follows what *may* be the cause, so that it says what to try or to look at, not what will help.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tlseku.correlation import Statement, client_certificate_state
from tlseku.correlation.evidence import causes_in
from tlseku.correlation.protocol_rules import purposes_in_words, rules_for, rules_in_words, rules_of_role
from tlseku.flow import Flow, Presented
from tlseku.output.words import wording
from tlseku.output.words.software import products_of
from tlseku.policy.causes import Cause
from tlseku.policy.purposes import CLIENT_AUTH, needed_purpose
from tlseku.registry.names import eku_name

CAS_NAMED = 3
NAMES_SHOWN = 5

_BROKEN = (
    "refused_for_eku",
    "refused_after_certificate",
    "refused_without_alert",
    "refused_inside",
    "closed_after",
    "ended_after_certificate",
)
_SILENT = ("refused_without_alert", "refused_inside", "closed_after", "ended_after_certificate")
_READ_INSIDE = (
    "Read the first answer inside, with the secrets of the session (--keylog FILE), or the log of {peer}: without them "
    "nobody can say that this certificate was accepted."
)
_TRUST_ALERTS = (42, 46)
_EXPIRED, _UNKNOWN_CA = 45, 48
_COMPARE_CLOCKS = "Compare the clocks of both sides, and of what captured, with the dates of the certificate."


def advice(flow: Flow, statements: Sequence[Statement]) -> list[str]:
    """Plain sentences, what is nearest to the cause first; never empty."""
    found = list(dict.fromkeys(_all(flow, statements)))
    return found or ["There is nothing to do as far as this flow shows."]


def _all(flow: Flow, statements: Sequence[Statement]) -> Iterator[str]:
    # Whoever was never told whom to trust trusts no certificate, whatever else is wrong with it.
    for statement in sorted(statements, key=lambda each: each.about != "default_trust_store"):
        yield from _for(flow, statement)
    for statement in statements:
        if statement.about in ("expired", "never_valid"):
            yield _renew(_presented_in(flow, statement))
        elif statement.about == "not_yet_valid":
            yield _COMPARE_CLOCKS
    yield from _say_where(flow)
    yield from _see_more(flow)
    yield from _before_renewal(flow)


def _for(flow: Flow, statement: Statement) -> Iterator[str]:
    """What one statement asks for; dates come last, since they may have nothing to do with what happened."""
    about = statement.about
    if about in _BROKEN and "no_certificate" not in statement.causes:
        yield from _mend(flow, statement)
    elif about in ("declined", "unanswered") or "no_certificate" in statement.causes:
        # A client that turned the server down never came to its own certificate.
        if flow.refused_by != "client":
            yield from _provide(flow, needed=flow.outcome != "completed")
    elif about == "acceptance_unknown":
        presented = _presented_in(flow, statement)
        yield _READ_INSIDE.format(peer=_who(flow, "" if presented is None else wording.other(presented.role)))
    elif about == "accepted_despite_eku":
        yield (
            "Nothing fails here today. It will with a peer that checks the EKU, or once this one does: plan a "
            "certificate that lists the missing purpose."
        )
    elif about == "accepted_by_other_rules":
        yield (
            "Nothing fails here. Before the same chain meets another peer, see what its rule-book says: "
            "tlseku cert FILE."
        )
    elif about == "protocol_rule":
        presented = _presented_in(flow, statement)
        if presented is not None:
            yield from _serve_all_rules(flow, presented)
    elif about == "default_trust_store":
        yield (
            f"Tell {_who(flow, 'server')} which CAs to trust with its clients, in the setting that it reads: it names "
            "those of the default trust store (Apache Tomcat reads truststoreFile, and not caCertificateFile)."
        )
    elif about == "refused":
        yield "Look into the log of the side that refused: this capture does not show what it objects to."
    elif about == "hello_refused":
        yield from _widen(flow)
    elif about == "refused_message":
        yield from _shorten(flow, statement)
    elif about == "ech_rejected":
        yield (
            f"Publish the ECHConfig of {_who(flow, 'server')} in DNS anew (the HTTPS record, its ech parameter), or "
            f"let {_who(flow, 'client')} forget the one it has: a browser connects again by itself with the one that "
            "came back."
        )
    elif about == "hint_refused":
        yield "Look into the log of the server (or the client that left): in TLS 1.3 its alert is encrypted."


def _shorten(flow: Flow, statement: Statement) -> Iterator[str]:
    """The commonest message that outgrows its length is a request that names every CA of a store."""
    asked = next((each for each in flow.requests if each.frame in statement.frames), None)
    if asked is None:
        yield "Look into the log of the side that sent the message, and whether something between both changed it."
        return
    yield (
        f"Shorten the list of CAs that {_who(flow, asked.role)} names in its CertificateRequest: it may have 65,535 "
        "bytes, and a server that names its whole trust store exceeds that. Name only the CAs that issue client "
        "certificates."
    )


def _widen(flow: Flow) -> Iterator[str]:
    """The server found nothing to answer with: its certificate against what the client takes, then versions."""
    client, server = _who(flow, "client"), _who(flow, "server")
    if flow.offered is not None and flow.offered.only_tls13:
        yield f"Let {client} offer TLS 1.2 too, or {server} speak TLS 1.3: only that is offered."
    yield (
        f"Compare the key and the signatures of the certificate of {server} (tlseku cert FILE) with the schemes, "
        f"groups and versions that {client} offers (tlseku show FILE {flow.number}). A server with an ECDSA or RSA "
        "certificate from an RSA or ECDSA issuer beside the newer one serves both."
    )
    yield f"Look into the log of {server}: OpenSSL says no shared cipher, or no suitable signature algorithm."


def _mend(flow: Flow, statement: Statement) -> Iterator[str]:
    """What the alert can stand for first, then where else to look, then what comes next once that is mended."""
    presented = _presented_in(flow, statement)
    if presented is None:
        return
    owner, peer = _who(flow, presented.role), _who(flow, wording.other(presented.role))
    found: dict[str, list[Cause]] = {}
    for cause in causes_in(flow, presented):
        found.setdefault(cause.name, []).append(cause)
    names = statement.causes
    for name in names[: statement.fitting]:
        yield from _mend_cause(flow, presented, name, found.get(name, ()), owner, peer)
    yield from _where_to_look(flow, statement, presented, owner, peer)
    for name in names[statement.fitting :]:
        yield from _mend_cause(flow, presented, name, found.get(name, ()), owner, peer)


def _mend_cause(
    flow: Flow, presented: Presented, name: str, found: Sequence[Cause], owner: str, peer: str
) -> Iterator[str]:
    if name == "eku":
        yield from _eku(flow, presented, found, owner, peer)
    elif name == "key_usage":
        yield f"Have the certificate of {owner} issued again with digitalSignature in its key usage."
    elif name == "validity":
        expired = any("expired" in cause.reason or "never" in cause.reason for cause in found)
        yield _renew(presented) if expired else _COMPARE_CLOCKS
    elif name == "issuer":
        yield (
            f"Add the CA that issued the certificate of {owner} ({_top_issuer(presented)}) to the CAs that "
            f"{peer} trusts, and let {owner} send its whole chain in order."
        )
    elif name in ("key_type", "signature_algorithm"):
        asked = "asks for" if presented.role == "client" else "offers to verify"
        yield (
            f"Give {owner} a key and a signature of a kind that {peer} {asked}, or let {peer} take more kinds "
            "(tlseku show FILE FLOW lists them)."
        )
    elif name == "weak_key_or_hash":
        yield f"Have the chain of {owner} issued again with RSA of 2048 bits or EC, signed with SHA-256 or better."
    elif name == "name":
        yield (
            f"Give {owner} a certificate with the name {flow.sni}, or let {peer} ask for one that it has "
            f"({_alternative_names(presented)})."
        )
    elif name == "encoding":
        reasons = "; ".join(cause.reason for cause in found)
        yield f"Have the certificate of {owner} issued again: {reasons}."
    elif name == "ca_as_leaf":
        reasons = "; ".join(cause.reason for cause in found)
        yield f"Let {owner} send its own certificate first and its issuers behind it: {reasons}."
    elif name == "revocation":
        yield (
            f"Ask the CA ({_top_issuer(presented)}) whether the certificate of {owner} is revoked, and take a new one "
            f"if so; else renew the revocation list that {peer} uses."
        )


def _where_to_look(
    flow: Flow, statement: Statement, presented: Presented, owner: str, peer: str
) -> Iterator[str]:
    alert = next((each for each in flow.alerts if each.frame in statement.frames), None)
    silent = statement.about in _SILENT
    nothing = statement.fitting == 0 and statement.about != "ended_after_certificate"
    top = _top_issuer(presented)
    if nothing and alert is not None and alert.code == _EXPIRED:
        yield f"{_COMPARE_CLOCKS} An expired revocation list of {peer} has the same alert."
    elif nothing and presented.role == "server":
        yield (
            f"Find out what {peer} objects to in the certificate of {owner}: the name that it was told to reach (the "
            f"certificate has {_alternative_names(presented)}), the CA ({top}), or revocation. Its log says which."
        )
    elif (
        "issuer" in statement.causes[: statement.fitting] and alert is not None and alert.code == _UNKNOWN_CA
    ):
        yield f"Look into the log of {peer} for its own words: a missing revocation list has the same alert."
    elif nothing or not statement.causes or (alert is not None and alert.code in _TRUST_ALERTS):
        yield (
            f"Look into the log of {peer} for its own words, and check that it trusts the CA "
            f"({top}) and that nothing in the chain is revoked."
        )
    elif silent and statement.about != "refused_inside":
        yield f"Look into the log of {peer}: not every program sends an alert before it closes."


def _eku(flow: Flow, presented: Presented, found: Sequence[Cause], owner: str, peer: str) -> Iterator[str]:
    purpose = eku_name(needed_purpose("client" if presented.role == "client" else "server"))
    issuers = sorted({cause.at for cause in found if cause.at > 0})
    if issuers:
        listed = wording.listed([f"#{index}" for index in issuers])
        verb = "stands" if len(issuers) == 1 else "stand"
        yield (
            f"Have the certificate of {owner} issued by a CA whose own EKU lists {purpose} or that has none: "
            f"certificate {listed} of the chain {verb} against it."
        )
    if not issuers or any(cause.at == 0 for cause in found):
        if presented.role != "client":
            yield f"Give {owner} a certificate whose EKU lists serverAuth, from a CA that may issue such."
        elif rules_for(flow, presented):
            yield from _serve_all_rules(flow, presented)
        else:
            yield (
                f"Give {owner} a certificate whose EKU lists clientAuth. Public CAs stop issuing such, so take a "
                "private CA. Put it where the product keeps the certificate that it uses as a client, if it has such "
                "a store."
            )
            yield f"Let {peer} trust that CA."
    if presented.role == "client":
        example = "" if rules_for(flow, presented) else " (Expressway, for inbound SIP: checking mode Off)"
        yield f"Or ask whoever runs {peer} whether its EKU check can be switched off{example}."


def _serve_all_rules(flow: Flow, presented: Presented) -> Iterator[str]:
    """A certificate that every product of this protocol takes, whatever its purpose."""
    rules = rules_for(flow, presented)
    if rules:
        yield (
            f"Give {_who(flow, presented.role)} a certificate whose EKU lists {purposes_in_words(rules)}, or that has "
            f"none: {rules_in_words(rules)}."
        )


def _say_where(flow: Flow) -> Iterator[str]:
    """Where a product that the user named says why it refuses."""
    software = flow.peer_software
    if software is None or software.product is None or flow.outcome == "completed":
        return
    for product in products_of(flow, software):
        if product.log is not None:
            yield f"{product.title} says why in its log: {product.log}."


def _provide(flow: Flow, *, needed: bool) -> Iterator[str]:
    client = _who(flow, "client")
    named = [name for request in flow.requests for name in request.authority_names]
    shown = "; ".join(named[:CAS_NAMED])
    more = f" and {len(named) - CAS_NAMED:,} more" if len(named) > CAS_NAMED else ""
    from_whom = f" from a CA that the server names ({shown}{more})" if named else ""
    lead = "Give" if needed else "If a client certificate is wanted, give"
    rules = rules_of_role(flow, "client")
    purposes = purposes_in_words(rules) if rules else "clientAuth"
    why = f" ({rules_in_words(rules)})" if rules else ""
    what = f"a certificate with {purposes} in its EKU{from_whom}"
    yield f"{lead} {client} {what}, and check that it is told to use it{why}."
    if named:
        yield (
            f"If {client} has one, compare its CA with those named: Go, Java, wget with GnuTLS, and Erlang in TLS 1.3 "
            "send none where no name fits."
        )
    yield (
        f"If {client} is .NET or uses Schannel, look at the EKU of the one it has (tlseku cert FILE): these withhold a "
        "certificate without clientAuth."
    )


def _renew(presented: Presented | None) -> str:
    if presented is None or presented.role != "client":
        whose = "that" if presented is None or presented.role == "unknown" else f"the {presented.role}'s"
        return f"Renew what has expired in {whose} chain."
    return (
        "Renew what has expired in the client's chain. If a public CA issued it, the new certificate may come without "
        "clientAuth: tlseku sunset FILE says so."
    )


def _see_more(flow: Flow) -> Iterator[str]:
    reasons = {each.reason for each in flow.hidden}
    if "tls13_encrypted" in reasons and flow.carrier == "quic":
        yield (
            "QUIC has nothing but TLS 1.3, which encrypts the certificates: to see them, use a key log, let the client "
            "connect over TCP with TLS 1.2, or look at the certificate files themselves (tlseku cert FILE)."
        )
    elif "tls13_encrypted" in reasons:
        yield (
            "TLS 1.3 encrypts the certificates: to see them, capture the same connection with TLS 1.2, or look at the "
            "certificate files themselves (tlseku cert FILE)."
        )
    if "resumed" in reasons:
        yield "The session was resumed: capture a fresh one, for instance after a restart of the client."
    if "fragment_lost" in reasons:
        yield (
            "Captured with a port filter? Only the first fragment of an IP datagram has ports: add 'or (ip[6:2] & "
            "0x1fff != 0)' to the filter, for IPv6 'or ip6 proto 44', and capture again."
        )
    if reasons & {
        "segment_lost",
        "datagram_lost",
        "snaplen_truncated",
        "starts_mid_handshake",
        "one_direction_only",
        "capture_ends",
    }:
        yield "Capture again from before the connection begins, with full packets and in both directions."
    if "table_full" in reasons:
        yield "There are too many connections at a time: look at those of one host (tcpdump -r FILE -w SOME host ADDR)."


def _before_renewal(flow: Flow) -> Iterator[str]:
    if flow.outcome != "completed" or client_certificate_state(flow) != "presented":
        return
    shown = next((each for each in flow.presented if each.role == "client" and each.chain), None)
    if shown is None:
        return
    leaf = shown.chain[0]
    if leaf.self_issued or leaf.public_issuer is False:
        return
    eku = leaf.eku
    # A leaf without an EKU, or with any only, is renewed with serverAuth alone, too.
    if shown.verdict in ("unrestricted", "any") or (eku is not None and CLIENT_AUTH in eku):
        yield (
            "If a public CA issued the client's certificate, its renewal may lack clientAuth: tlseku sunset FILE says "
            "when."
        )


def _presented_in(flow: Flow, statement: Statement) -> Presented | None:
    frames = statement.frames
    return next((each for each in flow.presented if each.frame in frames and each.chain), None)


def _top_issuer(presented: Presented) -> str:
    return wording.name_or_state(presented.chain[-1].issuer)


def _alternative_names(presented: Presented) -> str:
    names = [value for kind, value in presented.chain[0].san or () if kind in ("dns", "ip")]
    if not names:
        return "no alternative names"
    more = f" and {len(names) - NAMES_SHOWN:,} more" if len(names) > NAMES_SHOWN else ""
    return f"{', '.join(names[:NAMES_SHOWN])}{more}"


def _who(flow: Flow, role: str) -> str:
    return f"the {role} {wording.sender(flow, role)}" if role in ("client", "server") else "that side"
