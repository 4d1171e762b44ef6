"""What to do next, for each kind of statement: short, true, and with the names from the flow.

Knows statements, causes and flows; must not know what any particular product calls its settings, but for examples, nor
any layout. Advice follows what *may* be the cause, so that it says what to try or to look at, not what will help.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tlseku.correlation import Statement, client_certificate_state
from tlseku.flow import Flow, Presented
from tlseku.output.words import wording
from tlseku.policy.purposes import CLIENT_AUTH

CAS_NAMED = 3

_BROKEN = ("refused_for_eku", "refused_after_certificate", "ended_after_certificate")
_TRUST_ALERTS = (42, 46, 48)


def advice(flow: Flow, statements: Sequence[Statement]) -> list[str]:
    """Plain sentences, what is nearest to the cause first; never empty."""
    found = list(dict.fromkeys(_all(flow, statements)))
    return found or ["There is nothing to do as far as this flow shows."]


def _all(flow: Flow, statements: Sequence[Statement]) -> Iterator[str]:
    for statement in statements:
        about = statement.about
        if about in _BROKEN:
            yield from _mend(flow, statement)
        elif about in ("refused_no_certificate", "declined", "unanswered"):
            yield from _provide(flow, needed=flow.outcome != "completed")
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
        elif about == "refused":
            yield "Look into the log of the side that refused: this capture does not show what it objects to."
        elif about == "hint_refused":
            yield "Look into the log of the server (or the client that left): in TLS 1.3 its alert is encrypted."
    for statement in statements:
        if statement.about in ("expired", "never_valid"):
            yield _renew(_presented_in(flow, statement))
        elif statement.about == "not_yet_valid":
            yield (
                "Compare the clocks of both sides and of the machine that captured with the certificate's first day."
            )
    yield from _see_more(flow)
    yield from _before_renewal(flow)


def _mend(flow: Flow, statement: Statement) -> Iterator[str]:
    presented = _presented_in(flow, statement)
    if presented is None:
        return
    owner, peer = _who(flow, presented.role), _who(flow, wording.other(presented.role))
    for cause in statement.causes:
        if cause == "eku":
            yield from _eku(presented, owner, peer)
        elif cause == "key_usage":
            yield f"Have the certificate of {owner} issued again with digitalSignature in its key usage."
        elif cause == "validity":
            yield _renew(presented)
        elif cause == "issuer":
            yield (
                f"Add the CA that issued the certificate of {owner} ({_top_issuer(presented)}) to the CAs that "
                f"{peer} trusts, and let {owner} send its whole chain in order."
            )
        elif cause in ("key_type", "signature_algorithm"):
            yield (
                f"Give {owner} a key and a signature of a kind that {peer} asks for, or let {peer} ask for more kinds "
                "(tlseku requests shows them)."
            )
        elif cause == "weak_key_or_hash":
            yield f"Have the chain of {owner} issued again with RSA of 2048 bits or EC, signed with SHA-256 or better."
        elif cause == "name":
            yield f"Give {owner} a certificate with the name that {peer} asks for, or change the name asked for."
        elif cause == "encoding":
            yield f"Have the certificate of {owner} issued again: its encoding is odd, which not every peer takes."
    alert = next((each for each in flow.alerts if each.frame in statement.frames), None)
    if not statement.causes or (alert is not None and alert.code in _TRUST_ALERTS):
        yield (
            f"Look into the log of {peer} for its own words, and check that it trusts the CA "
            f"({_top_issuer(presented)}) and that nothing in the chain is revoked."
        )
    elif statement.about == "ended_after_certificate":
        yield f"Look into the log of {peer}: some servers, Schannel among them, close without an alert."


def _eku(presented: Presented, owner: str, peer: str) -> Iterator[str]:
    if presented.role != "client":
        yield f"Give {owner} a certificate whose EKU lists serverAuth, from a CA that may issue such."
        return
    if presented.broken_at is not None and presented.broken_at > 0:
        yield (
            f"Have the certificate of {owner} issued by a CA whose own EKU allows clientAuth or that has none: "
            f"certificate #{presented.broken_at} of the chain forbids it."
        )
    if presented.verdict != "ok" or presented.broken_at is None:
        yield (
            f"Give {owner} a certificate whose EKU lists clientAuth. Public CAs stop issuing such, so take a private "
            "CA. Put it where the product keeps the certificate that it uses as a client, if it has such a store."
        )
        yield f"Let {peer} trust that CA."
    yield (
        f"Or ask whoever runs {peer} whether its EKU check can be switched off (Apache httpd: SSLVerifyClientEKU off; "
        "Expressway: checking mode Off)."
    )


def _provide(flow: Flow, *, needed: bool) -> Iterator[str]:
    client = _who(flow, "client")
    named = [name for request in flow.requests for name in request.authority_names]
    shown = "; ".join(named[:CAS_NAMED])
    more = f" and {len(named) - CAS_NAMED:,} more" if len(named) > CAS_NAMED else ""
    from_whom = f" from a CA that the server names ({shown}{more})" if named else ""
    lead = "Give" if needed else "If a client certificate is wanted, give"
    yield f"{lead} {client} a certificate with clientAuth in its EKU{from_whom}, and check that it is told to use it."
    yield (
        f"If {client} has one, look at its EKU (tlseku cert FILE): .NET and Schannel withhold a certificate without "
        "clientAuth."
    )


def _renew(presented: Presented | None) -> str:
    if presented is None or presented.role != "client":
        return "Renew what has expired in that chain."
    return (
        "Renew what has expired in the client's chain. If a public CA issued it, the new certificate may come without "
        "clientAuth: tlseku sunset FILE says so."
    )


def _see_more(flow: Flow) -> Iterator[str]:
    reasons = {each.reason for each in flow.hidden}
    if "tls13_encrypted" in reasons:
        yield (
            "TLS 1.3 encrypts the certificates: to see them, capture the same connection with TLS 1.2, or look at the "
            "certificate files themselves (tlseku cert FILE)."
        )
    if "resumed" in reasons:
        yield "The session was resumed: capture a fresh one, for instance after a restart of the client."
    if reasons & {
        "segment_lost",
        "snaplen_truncated",
        "starts_mid_handshake",
        "one_direction_only",
        "capture_ends",
    }:
        yield "Capture again from before the connection begins, with full packets and in both directions."


def _before_renewal(flow: Flow) -> Iterator[str]:
    if flow.outcome != "completed" or client_certificate_state(flow) != "presented":
        return
    leaf = next((each.chain[0] for each in flow.presented if each.role == "client" and each.chain), None)
    if (
        leaf is not None
        and leaf.eku is not None
        and CLIENT_AUTH in leaf.eku
        and leaf.public_issuer is not False
    ):
        yield (
            "If a public CA issued the client's certificate, its renewal may lack clientAuth: tlseku sunset FILE says "
            "when."
        )


def _presented_in(flow: Flow, statement: Statement) -> Presented | None:
    frames = statement.frames
    return next((each for each in flow.presented if each.frame in frames and each.chain), None)


def _top_issuer(presented: Presented) -> str:
    return wording.name_or_state(presented.chain[-1].issuer)


def _who(flow: Flow, role: str) -> str:
    return f"the {role} {wording.sender(flow, role)}" if role in ("client", "server") else "that side"
