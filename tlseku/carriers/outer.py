"""What the protocol around TLS says of a conversation, in one shape for all carriers.

Knows nothing of any of them: each fills in what it has. Text is as sent, not yet escaped, and hostile.
"""

from __future__ import annotations

from typing import Literal

from tlseku._objects import Short, frozen

Carrier = Literal["tcp", "dtls", "eap-radius", "eapol", "openvpn", "quic", "kerberos", "ike"]
"""What brought TLS (or, for ``kerberos`` and ``ike``, the certificates) to us."""

WITHOUT_TLS: frozenset[Carrier] = frozenset({"kerberos", "ike"})
"""What shows certificates and has no TLS."""

CarrierAnswer = Literal["accept", "reject"]


@frozen
class Outer(Short):
    """What a carrier says around TLS; None wherever it says nothing.

    ``method`` is the EAP type of the conversation (IANA EAP Method Types: 13 is EAP-TLS). ``identity`` is what the peer
    calls itself in clear (EAP-Response/Identity, else RADIUS User-Name). ``nas`` is the network access server
    (NAS-Identifier, else its address), ``calling_station`` and ``called_station`` are the RADIUS attributes of those
    names (RFC 2865 section 5): mostly the device and where it comes in. ``proxied`` says that a RADIUS proxy had the
    packets in its hands (Proxy-State).

    ``answer`` is how the carrier itself ended: ``accept`` (EAP-Success, Access-Accept) or ``reject`` (EAP-Failure,
    Access-Reject), ``answered_as`` the words for it, ``answer_frame`` and ``answer_ts`` where and when. ``repeated`` is
    the frame in which the client first sent its last flight again without ever getting an answer, the sign by which
    OpenVPN refuses. ``wrapping`` names what protects the control channel (``tls-auth``, ``tls-crypt``), and
    ``over_tcp`` says that it ran over TCP.
    ``beside_stun`` says that STUN was seen between the ends of a DTLS association, as with WebRTC (RFC 7983);
    ``quic_version`` is the version of the QUIC packets.
    """

    method: int | None = None
    identity: str | None = None
    nas: str | None = None
    calling_station: str | None = None
    called_station: str | None = None
    proxied: bool = False
    answer: CarrierAnswer | None = None
    answered_as: str | None = None
    answer_frame: int | None = None
    answer_ts: int | None = None
    repeated: int | None = None
    wrapping: str | None = None
    beside_stun: bool = False
    quic_version: int | None = None
    over_tcp: bool = False
