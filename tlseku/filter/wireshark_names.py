"""Fields under the names that Wireshark gives them.

Knows the fields of this program and Wireshark's names (https://www.wireshark.org/docs/dfref/, 4.0 and later); must not
know expressions. Whoever writes filters for Wireshark types its names, so each of them that is about something known
here answers. Most are another name for a field; where Wireshark says a thing in its own way (an OID, a bit) there is a
field that does, too. What a packet has there a flow has here: the value fits if a packet of the flow has it.

``ssl.…``, as Wireshark spelt it up to 2.6, is ``tls.…``, and ``dtls.…`` the same of flows that DTLS carries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tlseku.filter.certificate_fields import every_certificate
from tlseku.filter.field import Field, Subject
from tlseku.filter.kinds import (
    ADDRESS,
    BOOLEAN,
    DIGEST,
    NUMBER,
    OBJECT_IDENTIFIER,
    TEXT,
    TIME,
    Kind,
    Value,
    code,
)
from tlseku.flow import Flow
from tlseku.registry import names
from tlseku.registry.addresses import is_link_address
from tlseku.x509.algorithms import SIGNATURE_ALGORITHMS
from tlseku.x509.certificate import Certificate
from tlseku.x509.distinguished_name import name_attributes
from tlseku.x509.extension_value import KEY_USAGE_BITS

WIRESHARK_NAMES: Mapping[str, str] = {
    "frame.time": "flow.start",
    "frame.time_epoch": "flow.start",
    "frame.time_utc": "flow.start",
    "ip.host": "ip.addr",
    "ip.src_host": "ip.src",
    "ip.dst_host": "ip.dst",
    "ipv6.host": "ipv6.addr",
    "ipv6.src_host": "ipv6.src",
    "ipv6.dst_host": "ipv6.dst",
    "tls.record.version": "tls.version",
    "tls.handshake.version": "tls.version",
    "tls.handshake.extensions.supported_version": "tls.offered.version",
    "tls.handshake.ciphersuite": "tls.cipher",
    "tls.handshake.ciphersuites": "tls.cipher",
    "tls.handshake.extensions_server_name": "tls.sni",
    "tls.handshake.extensions_alpn_str": "tls.alpn_offered",
    "tls.handshake.extensions_supported_group": "tls.offered.group",
    "tls.handshake.extensions_supported_groups": "tls.offered.group",
    "tls.handshake.sig_hash_alg": "tls.offered.signature_algorithm",
    "tls.handshake.certificate": "x509.sha256",
    "tls.handshake.certificates": "x509.sha256",
    "tls.handshake.dnames": "tls.request.authority",
    "tls.handshake.dname": "tls.request.authority",
    # Those that ``tlseku wireshark install`` adds to Wireshark.
    "tlseku.eku": "x509.eku",
    "tlseku.flow": "flow.number",
    "tlseku.outcome": "flow.outcome",
    "tlseku.serial": "x509.serial",
    "tlseku.verdict": "tls.verdict",
    "tls.alert_message": "tls.alert",
    "tls.alert_message.desc": "tls.alert",
    "tls.alert_message.level": "tls.alert.level",
    "radius.Calling_Station_Id": "radius.calling_station_id",
    "radius.Called_Station_Id": "radius.called_station_id",
    "radius.NAS_Identifier": "radius.nas_identifier",
    "radius.NAS_IP_Address": "radius.nas_identifier",
    "radius.User_Name": "eap.identity",
    "x509af.serialNumber": "x509.serial",
    "x509af.notBefore": "x509.not_before",
    "x509af.notAfter": "x509.not_after",
    "x509af.subject": "x509.subject",
    "x509af.issuer": "x509.issuer",
    "x509af.signedCertificate_element": "x509.sha256",
    "x509af.Certificate_element": "x509.sha256",
    "x509ce.KeyPurposeId": "x509.eku",
    "x509ce.KeyPurposeIDs": "x509.eku",
    "x509ce.KeyUsage": "x509.key_usage",
    "x509ce.GeneralName": "x509.san",
    "x509ce.GeneralNames": "x509.san",
    "x509ce.dNSName": "x509.san.dns",
    "x509ce.iPAddress": "x509.san.ip",
    "x509ce.IPAddress.ipv4": "x509.san.ip",
    "x509ce.IPAddress.ipv6": "x509.san.ip",
    "x509ce.cA": "x509.is_ca",
    "x509ce.pathLenConstraint": "x509.path_len",
}
"""Wireshark's name of what is a field here, and that field."""

_OID_OF = {name: oid for oid, name in SIGNATURE_ALGORITHMS.items()}


def _of_flow(
    name: str, meaning: str, values: Callable[[Flow], Iterable[Value]], kind: Kind = BOOLEAN
) -> Field:
    return Field(name, kind, meaning, lambda subject: values(subject.flow))


def _there(condition: bool) -> tuple[int, ...]:
    return (1,) if condition else ()


def _has_version(flow: Flow, version: int) -> bool:
    return not is_link_address(flow.client.ip) and (":" in flow.client.ip) == (version == 6)


def _six(*addresses: str) -> list[str]:
    return [address for address in addresses if ":" in address and not is_link_address(address)]


_ON_LINK = "on its link, where there is no IP"


def _link(address: str) -> list[str]:
    return [address] if is_link_address(address) else []


def _signature_oid(one: Certificate) -> tuple[str, ...]:
    algorithm = one.signature_algorithm
    return () if algorithm == "unknown" else (_OID_OF.get(algorithm, algorithm),)


def _named(kind: str) -> Callable[[Certificate], Iterable[Value]]:
    return lambda one: [value for each, value in one.san or () if each == kind]


def _name_texts(*types: str) -> Callable[[Certificate], Iterable[Value]]:
    return lambda one: [
        value
        for name in (one.issuer_der, one.subject_der)
        for kind, value in name_attributes(name)
        if kind in types or not types
    ]


def _of_certificates(
    name: str, kind: Kind, meaning: str, values: Callable[[Certificate], Iterable[Value]]
) -> Field:
    return Field(name, kind, meaning, every_certificate(values))


def _bit(name: str) -> Field:
    # RFC 5280 section 4.2.1.3 names both.
    theirs = "contentCommitment" if name == "nonRepudiation" else name
    return _of_certificates(
        f"x509ce.KeyUsage.{theirs}",
        BOOLEAN,
        f"whether keyUsage has the bit {name}",
        lambda one: () if one.key_usage is None else (int(name in one.key_usage),),
    )


def _times(one: Certificate) -> list[int]:
    return [time for time in (one.not_before, one.not_after) if time is not None]


WIRESHARK_FIELDS: tuple[Field, ...] = (
    _of_flow("tls", "there where TLS is not that of DTLS", lambda flow: _there(flow.carrier != "dtls")),
    _of_flow("tcp", "there where TCP is below", lambda flow: _there(flow.transport == "tcp")),
    _of_flow("udp", "there where UDP is below", lambda flow: _there(flow.transport == "udp")),
    _of_flow("ip", "there where IPv4 is below", lambda flow: _there(_has_version(flow, 4))),
    _of_flow("ipv6", "there where IPv6 is below", lambda flow: _there(_has_version(flow, 6))),
    _of_flow(
        "ip.version",
        "4 or 6",
        lambda flow: [version for version in (4, 6) if _has_version(flow, version)],
        NUMBER,
    ),
    _of_flow(
        "ip.proto",
        "6 is TCP, 17 UDP",
        lambda flow: [] if flow.transport is None else [6 if flow.transport == "tcp" else 17],
        NUMBER,
    ),
    _of_flow("ipv6.src", "address of the TLS client, if it is IPv6", lambda f: _six(f.client.ip), ADDRESS),
    _of_flow("ipv6.dst", "address of the TLS server, if it is IPv6", lambda f: _six(f.server.ip), ADDRESS),
    _of_flow("eth.src", f"address of the TLS client {_ON_LINK}", lambda f: _link(f.client.ip), TEXT),
    _of_flow("eth.dst", f"address of the TLS server {_ON_LINK}", lambda f: _link(f.server.ip), TEXT),
    _of_flow("tls.record", "there where TLS is not that of DTLS", lambda f: _there(f.carrier != "dtls")),
    _of_flow(
        "tls.handshake",
        "there where a handshake message was seen",
        lambda flow: _there(any(each.type >= 0 for each in flow.messages)),
    ),
    *(
        _of_flow(
            f"tls.handshake.{name}",
            "types of certificates that a CertificateRequest asks for",
            lambda flow: [one for request in flow.requests for one in request.certificate_types or ()],
            code(names.CERTIFICATE_TYPES),
        )
        for name in ("cert_type", "cert_types")
    ),
    _of_certificates(
        "x509af.rdnSequence",
        TEXT,
        "subject and issuer",
        lambda one: [name for name in (one.issuer, one.subject) if name is not None],
    ),
    _of_certificates(
        "x509af.version", NUMBER, "version less one, as it is encoded", lambda one: _less_one(one.version)
    ),
    *(
        _of_certificates(name, OBJECT_IDENTIFIER, "OID of the signature algorithm", _signature_oid)
        for name in ("x509af.algorithm.id", "x509af.algorithmId")
    ),
    _of_certificates("x509af.utcTime", TIME, "begin and end of validity", _times),
    _of_certificates("x509af.generalizedTime", TIME, "begin and end of validity", _times),
    _of_certificates(
        "x509ce.rfc822Name", TEXT, "e-mail addresses among the subject alternative names", _named("email")
    ),
    _of_certificates(
        "x509ce.uniformResourceIdentifier",
        TEXT,
        "URIs among the subject alternative names",
        _named("uri"),
    ),
    _of_certificates(
        "x509ce.SubjectKeyIdentifier", DIGEST, "subjectKeyIdentifier", lambda one: _hex(one.subject_key_id)
    ),
    _of_certificates(
        "x509ce.keyIdentifier",
        DIGEST,
        "keyIdentifier of authorityKeyIdentifier",
        lambda one: _hex(one.authority_key_id),
    ),
    *map(_bit, KEY_USAGE_BITS),
    *(
        _of_certificates(f"x509sat.{name}", TEXT, "values in subject and issuer", _name_texts())
        for name in (
            "DirectoryString",
            "uTF8String",
            "UTF8String",
            "printableString",
            "PrintableString",
            "teletexString",
            "bmpString",
            "universalString",
            "IA5String",
        )
    ),
    _of_certificates("x509sat.CountryName", TEXT, "C in subject and issuer", _name_texts("C")),
    _of_certificates(
        "x509if.RelativeDistinguishedName_item_element", TEXT, "values in subject and issuer", _name_texts()
    ),
)
"""What Wireshark says in a way of its own."""


def _hex(value: bytes | None) -> tuple[str, ...]:
    return () if value is None else (value.hex(),)


def _less_one(version: int | None) -> tuple[int, ...]:
    return () if version is None else (version - 1,)


def wireshark_field(name: str, fields: Mapping[str, Field]) -> Field | None:
    """The field that Wireshark calls ``name``, which is then its name; None if there is none. ``fields`` are those of
    this program."""
    theirs, of_dtls = name, False
    if name == "ssl" or name.startswith("ssl."):
        theirs = f"tls{name[3:]}"
    elif name.startswith("dtls."):
        theirs, of_dtls = name[1:], True
    ours = WIRESHARK_NAMES.get(theirs, theirs)
    found = _BY_NAME.get(ours) or (None if ours == theirs else fields.get(ours))
    if found is None and (of_dtls or theirs != name):
        found = fields.get(theirs)
    if found is None:
        return None
    return found._replace(name=name, values=_only_dtls(found.values) if of_dtls else found.values)


def _only_dtls(values: Callable[[Subject], Iterable[Value]]) -> Callable[[Subject], Iterable[Value]]:
    return lambda subject: values(subject) if subject.flow.carrier == "dtls" else ()


_BY_NAME = {field.name: field for field in WIRESHARK_FIELDS}
