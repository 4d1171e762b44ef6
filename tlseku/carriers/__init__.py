"""Carriers: what brings TLS to us beside TCP. A module for each, all with the same few verbs.

Knows how EAP, OpenVPN, DTLS, QUIC and others carry TLS, and what they say around it: who is asked, who is let in. Must
not know TLS beyond what it takes to find it, nor certificates, flows or how anything is printed. In go datagrams (and
the bytes of a TCP connection that turns out to be one of these), out come the bytes of TLS, side by side and in order,
with gaps as values, and an ``Outer``.

The way of a datagram:

1. ``network.decode.unread.carrier_in_udp`` tells by the first bytes (never by a port alone) that a UDP payload may be
   a carrier's: the *kind*, an integer of ``network.decode.segment`` (``RADIUS``, ``DTLS``, ``QUIC``, ``OPENVPN``,
   ``IKE``, ``KERBEROS``; ``EAPOL`` is an EtherType). It is on the path of every UDP packet: a few byte tests, no more.
   What only a conversation tells (QUIC's short headers, pieces of OpenVPN on any port) is told by
   ``CarrierHost.claimed``: both keys of a conversation that goes on, which the carrier puts in and takes out.
2. The decoder makes a ``Datagram`` of it (``network.decode.segment``), and the engine gives it to
   ``dispatch.Carriers.take``, which hands it to the ``Carrier`` of its kind. A new carrier is a line in
   ``dispatch.READERS``.
3. ``Carrier.take`` reads it and returns ``READ``, or the reason under which the packet is counted in
   ``Summary.skipped``: its own kind where it is named and cannot be read, ``NOT_TCP`` where it is something else.
   It never raises for any bytes.
4. For a conversation in which TLS begins the carrier makes a ``network.tcp.connection.Connection`` (its ends, its
   times, who said anything: ``saw_payload``; ``closed_by`` where the carrier knows who left) and asks
   ``CarrierHost.new_session`` for a ``TlsSession``, which becomes a flow. It is told of bytes of TLS
   (``data``), of holes (``gap``), of contradictions (``defect``), of what the carrier says (``tell``), of the end
   (``ended``). Sides are 0, the sender of ``connection.key``, and 1. What begins amid a conversation begins with a
   ``gap`` of 0 bytes.

``TlsSession.data`` takes records of TLS (RFC 8446 section 5.1) as they would stand in a TCP stream, since there is one
reader of TLS. A carrier with records of its own writes them so: a handshake message that is whole becomes a record
(22, 3, 3, length), an alert another one (21), ChangeCipherSpec 20, ciphertext keeps its type; see ``tls_records``. The
frame of a message is the one in which the last of its bytes came; where a carrier hands on nothing before a flight is
whole (EAP), it first says ``data(side, b"", frame, ts_ns)`` with the frame that completes it and then gives each piece
with the frame that brought it: that is where Wireshark shows the messages.

``Carrier.advance`` ends conversations of which nothing came for ``IDLE_NS``, ``Carrier.close`` all of them. Memory is
bounded for each carrier: ``limits`` counts by name how often a bound was met, and the names stand in the summary.
"""
