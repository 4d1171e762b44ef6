"""The values of a GeneralName as text, the same for every reader.

Knows iPAddress and otherName (RFC 5280 section 4.2.1.6); must not know which library took the extension apart.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from tlseku.errors import Malformed
from tlseku.x509.der import header
from tlseku.x509.distinguished_name import string_value


def ip_text(octets: bytes) -> str:
    """Write 4 octets as IPv4 and 16 as compressed IPv6 (RFC 5952); any other number as ``#`` and hex."""
    if len(octets) == 4:
        return str(IPv4Address(octets))
    if len(octets) == 16:
        return str(IPv6Address(octets))
    return "#" + octets.hex()


def other_name_text(oid: str, value: bytes) -> str:
    """Write an otherName as ``OID=text`` where its DER ``value`` is a character string, else ``OID=#hex``.

    Microsoft's userPrincipalName (1.3.6.1.4.1.311.20.2.3) and SmtpUTF8Mailbox (RFC 9598) are such strings.
    """
    try:
        tag, start, stop = header(value, 0, len(value))
    except Malformed:
        return f"{oid}=#{value.hex()}"
    text = string_value(tag, value[start:stop]) if stop == len(value) else None
    return f"{oid}=#{value.hex()}" if text is None else f"{oid}={text}"


def ascii_text(octets: bytes) -> str:
    """Decode a dNSName, rfc822Name or URI; ``#`` and hex where it is not even UTF-8."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return "#" + octets.hex()
