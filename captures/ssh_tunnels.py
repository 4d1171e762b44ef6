"""The SSH connections of the tunnels between Core and Edge, as far as anybody can see them.

Knows the clear part of SSH (RFC 4253): banners, KEXINIT and the answer to the key exchange; everything later is noise
of plausible lengths, because it would be encrypted. Must not know addresses or times. No SSH program took part.
"""

from __future__ import annotations

from collections.abc import Sequence

from packets import MICROSECOND, MILLISECOND, Connection, Side, noise

BANNER = b"SSH-2.0-OpenSSH_8.8\r\n"
X509_HOST_KEY = "x509v3-rsa2048-sha256"
"""RFC 6187 section 3.4."""

_MSS = 1460
_ROUND_TRIP = 500 * MICROSECOND


def refused_tunnel(connection: Connection, ts: int) -> None:
    """An SSH connection that agrees on keys and then fails to authenticate ("Permission denied")."""
    ts = connection.open(ts, _ROUND_TRIP, _MSS)
    parts: list[tuple[Side, bytes]] = [
        ("client", BANNER),
        ("server", BANNER),
        ("client", _kexinit("client")),
        ("server", _kexinit("server")),
        ("client", _packet(b"\x1e" + _string(noise("ssh key share c", 32)))),
        ("server", _packet(b"\x1f" + _string(noise("ssh key share s", 400))) + _packet(b"\x15")),
        ("client", _packet(b"\x15") + noise("ssh service request", 44)),
        ("server", noise("ssh service accept", 44)),
        ("client", noise("ssh userauth", 620)),
        ("server", noise("ssh userauth failure", 52)),
    ]
    for side, data in parts:
        ts += 2 * MILLISECOND
        connection.send(side, data, ts)
    connection.finish("client", ts + MILLISECOND, _ROUND_TRIP)


def lasting_tunnel(connection: Connection, ts: int, host_chain: Sequence[bytes]) -> None:
    """An SSH connection that authenticates and stays; the server's host key is a certificate chain (RFC 6187).

    The answer to the key exchange has the form of RFC 5656 section 4: host key, key share, signature.
    """
    ts = connection.open(ts, _ROUND_TRIP, _MSS)
    host_key = _string(X509_HOST_KEY.encode()) + len(host_chain).to_bytes(4, "big")
    host_key += b"".join(map(_string, host_chain)) + bytes(4)
    signature = _string(X509_HOST_KEY.encode()) + _string(noise("ssh signature", 256))
    answer = b"\x1f" + _string(host_key) + _string(noise("ssh key share s", 32)) + _string(signature)
    parts: list[tuple[Side, bytes]] = [
        ("client", BANNER),
        ("server", BANNER),
        ("client", _kexinit("client", X509_HOST_KEY)),
        ("server", _kexinit("server", X509_HOST_KEY)),
        ("client", _packet(b"\x1e" + _string(noise("ssh key share c", 32)))),
        ("server", _packet(answer) + _packet(b"\x15")),
        ("client", _packet(b"\x15") + noise("ssh service request", 44)),
        ("server", noise("ssh service accept", 44)),
        ("client", noise("ssh userauth with a certificate", 1404)),
        ("server", noise("ssh userauth success", 36)),
        ("client", noise("ssh global request", 108)),
        ("server", noise("ssh request success", 44)),
        ("client", noise("ssh channel data", 212)),
        ("server", noise("ssh channel data back", 180)),
    ]
    for side, data in parts:
        ts += 2 * MILLISECOND
        for start in range(0, len(data), _MSS):
            piece = data[start : start + _MSS]
            connection.send(side, piece, ts + start * 10, push=start + _MSS >= len(data))
    connection.ack("client", ts + 40 * MILLISECOND)


def _kexinit(side: Side, *host_keys: str) -> bytes:
    lists = (
        "curve25519-sha256,ecdh-sha2-nistp256",
        ",".join((*host_keys, "rsa-sha2-512", "rsa-sha2-256")),
        "aes256-gcm@openssh.com,aes256-ctr",
        "aes256-gcm@openssh.com,aes256-ctr",
        "hmac-sha2-256,hmac-sha2-512",
        "hmac-sha2-256,hmac-sha2-512",
        "none",
        "none",
        "",
        "",
    )
    names = b"".join(_string(text.encode()) for text in lists)
    return _packet(b"\x14" + noise(f"ssh cookie {side}", 16) + names + bytes(5))


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _packet(payload: bytes) -> bytes:
    padding = 4 + (-(len(payload) + 9) % 8)
    return (len(payload) + padding + 1).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)
