"""Who is who in the captures: the certification authorities and every leaf, with serials that never change.

Knows names, serials, issuers and purposes; must not know packets or how a handshake runs. All of it is
synthetic: host names end in ``.example``, the public hierarchy calls itself synthetic, and the private keys are
made anew for every recording and thrown away. One ``Cast`` holds one set of keys, so that captures recorded in
one run show the very same certificates wherever the same node speaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property

from certificates import ANY_EKU, CLIENT_AUTH, SERVER_AUTH, Issued, Profile, chain_length, issue, name
from cryptography import x509

SCENARIO1_SERVER_RECORD = 5280
"""Bytes of the server's Certificate record in scenario 1: 4 x 1242 + 312."""

SCENARIO1_CLIENT_RECORD = 3193
"""The client's flight is 3588 bytes, of which ClientKeyExchange 75, CertificateVerify 269, CCS 6, Finished 45."""

SCENARIO2_SERVER_RECORD = 3140
"""Long enough to end in the third segment of 1460 bytes, together with all that follows it."""

_CERTIFICATE_TEMPLATE = ("1.3.6.1.4.1.311.21.7", bytes.fromhex("3013060b2b0601040182371508630102016402010a"))
"""What AD CS says of the template, version 100.10 (MS-WCCE section 2.2.2.7.7.2); the template is ours."""

_ENROLLED_AS = ("1.3.6.1.4.1.311.20.2", b"\x1e\x12" + "WebServer".encode("utf-16-be"))
"""The older form: a BMPString with the template's name (MS-WCCE section 2.2.2.7.7.1)."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A leaf and the CA certificates that its owner sends after it, in order."""

    leaf: Issued
    intermediates: tuple[Issued, ...] = ()

    @property
    def chain(self) -> tuple[Issued, ...]:
        """What goes into the Certificate message."""
        return (self.leaf, *self.intermediates)


class Cast:
    """Every identity, made when first asked for and then kept.

    The node names follow the lab of the vendor's document: ``smartslave`` is the Edge, ``vcs8c`` the Core.
    """

    @cached_property
    def bgluclab_ca(self) -> Issued:
        """The private CA behind the Edge's client certificate in scenario 1."""
        subject = name(("DC", "com"), ("DC", "bgluclab"), ("CN", "bgluclab-WIN-DC-01-CA"))
        return issue(_root(subject, 0x1D3A5C7E9F20418B4C6D8E0F12345678, "2021-06-14", "2041-06-14"))

    @cached_property
    def ricky200_ca(self) -> Issued:
        """CA1 of the lab: the private CA behind the Core's server certificate in scenario 2."""
        subject = name(("DC", "com"), ("DC", "RICKY200"), ("CN", "RICKY200-THS-CA"))
        return issue(
            _root(subject, 0x4F1E2D3C4B5A69788796A5B4C3D2E1F0, "2020-02-03", "2040-02-03", hash_bits=384)
        )

    @cached_property
    def public_root(self) -> Issued:
        """The root of the synthetic public hierarchy."""
        subject = name(("C", "US"), ("O", "Synthetic Trust Services"), ("CN", "Synthetic Public Root R1"))
        return issue(_root(subject, 0x0A0142800000014523C844B500000002, "2014-01-16", "2034-01-16"))

    @cached_property
    def public_ca(self) -> Issued:
        """CA2 of the lab: a public issuing CA of the older kind, good for both purposes."""
        subject = name(
            ("C", "US"), ("O", "Synthetic Trust Services"), ("CN", "Synthetic Public TLS RSA CA 1")
        )
        profile = Profile(
            subject,
            serial=0x40018B3C5E2F7A91D06E4B8C00001F2D,
            not_before=_day("2022-09-12"),
            not_after=_day("2032-09-11"),
            ekus=(SERVER_AUTH, CLIENT_AUTH),
            is_ca=True,
            path_length=0,
            crl_urls=("http://crl.synthetic-trust.example/root-r1.crl",),
            issuer_urls=("http://certs.synthetic-trust.example/root-r1.p7c",),
            ocsp_urls=("http://ocsp.synthetic-trust.example",),
        )
        return issue(profile, self.public_root)

    @cached_property
    def webex(self) -> Holder:
        """The far end of scenario 1, serverAuth only; its Certificate record has an exact length."""
        farm = tuple(f"sip-edge-{number:02d}.webex-stand-in.example" for number in range(1, 31))
        hosts = ("callservice.webex-stand-in.example", *farm)
        profile = _public_leaf("Synthetic Far End Inc.", hosts, 0x40019C4D21E8A65B7F30C2D4E5F60718)
        others = (self.public_ca, self.public_root)
        length = SCENARIO1_SERVER_RECORD - chain_length(others) - 3
        return Holder(issue(profile, self.public_ca, length=length), others)

    @cached_property
    def smartslave_private_client(self) -> Holder:
        """The Edge's client store in scenario 1: both purposes, private CA, an exact length."""
        profile = Profile(
            name(("C", "IN"), ("O", "Synthetic Lab Ltd."), ("CN", "smartslave.bgluclab.example")),
            serial=0x2F0000004C869C77C8981BECDE00000000004C,
            not_before=_day("2026-03-10"),
            not_after=_day("2028-03-09"),
            ekus=(SERVER_AUTH, CLIENT_AUTH),
            dns_names=("smartslave.bgluclab.example", "bgluclab.example"),
            crl_urls=(
                _ldap(
                    "bgluclab-WIN-DC-01-CA", "bgluclab", "CN=WIN-DC-01,CN=CDP", "certificateRevocationList"
                ),
            ),
            issuer_urls=(_ldap("bgluclab-WIN-DC-01-CA", "bgluclab", "CN=AIA", "cACertificate"),),
            extra=(_CERTIFICATE_TEMPLATE,),
        )
        others = (self.bgluclab_ca,)
        length = SCENARIO1_CLIENT_RECORD - chain_length(others) - 3
        return Holder(issue(profile, self.bgluclab_ca, length=length), others)

    @cached_property
    def vcs8c_private_server(self) -> Holder:
        """The Core's server store in scenario 2: both purposes, CA1, sha384."""
        profile = _ricky200_leaf("vcs8c.ricky200.example", 0x46DF76AA000000000029)
        others = (self.ricky200_ca,)
        length = SCENARIO2_SERVER_RECORD - chain_length(others) - 3
        return Holder(issue(profile, self.ricky200_ca, length=length), others)

    @cached_property
    def vcs8c_private_client(self) -> Holder:
        """The Core's client store in test case 3: both purposes, CA1 (condition 2.1)."""
        profile = _ricky200_leaf("vcs8c.ricky200.example", 0x46DF76AA00000000002B)
        return Holder(issue(profile, self.ricky200_ca), (self.ricky200_ca,))

    @cached_property
    def vcs15(self) -> Holder:
        """The one store of the x8.11.4 node in scenario 2; it sends its leaf alone."""
        profile = _ricky200_leaf("vcs15.ricky200.example", 0x46DF76AA000000000017)
        return Holder(issue(profile, self.ricky200_ca))

    @cached_property
    def cucm(self) -> Holder:
        """The CUCM of test case 3, CA1."""
        profile = _ricky200_leaf("cucm.ricky200.example", 0x46DF76AA00000000001E)
        return Holder(issue(profile, self.ricky200_ca), (self.ricky200_ca,))

    @cached_property
    def vcs8c_public(self) -> Holder:
        """The Core's client store under condition 2: serverAuth only, CA2."""
        profile = _public_leaf(
            "Synthetic Lab Ltd.", ("vcs8c.ricky200.example",), 0x40019D11C07B52E8936AF4410D2B7C31
        )
        return Holder(issue(profile, self.public_ca), (self.public_ca,))

    @cached_property
    def smartslave_public(self) -> Holder:
        """The Edge's server store under condition 2: serverAuth only, CA2."""
        host = "smartslave.ricky200.example"
        profile = _public_leaf("Synthetic Lab Ltd.", (host,), 0x40019D11C2F06A7D15B8E3920C4D5E62)
        return Holder(issue(profile, self.public_ca), (self.public_ca,))

    @cached_property
    def vcs8c_client_2_1(self) -> Holder:
        """The Core's client store under condition 2.1: both purposes, CA1."""
        profile = _ricky200_leaf("vcs8c.ricky200.example", 0x46DF76AA00000000002D)
        return Holder(issue(profile, self.ricky200_ca), (self.ricky200_ca,))

    @cached_property
    def vcs8c_server_2_1(self) -> Holder:
        """The Core's server store under condition 2.1: serverAuth only, CA2. Nobody is shown it there."""
        profile = _public_leaf(
            "Synthetic Lab Ltd.", ("vcs8c.ricky200.example",), 0x40019D11C93D18F4A2770BE54C6D9F05
        )
        return Holder(issue(profile, self.public_ca), (self.public_ca,))

    @cached_property
    def smartslave_2_1(self) -> Holder:
        """Both stores of the Edge under condition 2.1: serverAuth only, CA2."""
        profile = _public_leaf(
            "Synthetic Lab Ltd.", ("smartslave.ricky200.example",), 0x40019D11CA5E02B7613F9C8840E1D726
        )
        return Holder(issue(profile, self.public_ca), (self.public_ca,))

    @cached_property
    def plain_ca(self) -> Issued:
        """The private CA of the captures without a vendor's story; it restricts nothing."""
        subject = name(("O", "Synthetic Example Ltd."), ("CN", "Example Private CA"))
        return issue(_root(subject, 0x5A17C0DE00000001, "2024-01-01", "2044-01-01"))

    @cached_property
    def plain_server(self) -> Holder:
        """server.example, serverAuth only."""
        return self._plain("server.example", 0x5A17C0DE00000010, (SERVER_AUTH,))

    @cached_property
    def good_client(self) -> Holder:
        """client.example with clientAuth only."""
        return self._plain("client.example", 0x5A17C0DE00000020, (CLIENT_AUTH,))

    @cached_property
    def wrong_client(self) -> Holder:
        """client.example with serverAuth only."""
        return self._plain("client.example", 0x5A17C0DE00000021, (SERVER_AUTH,))

    @cached_property
    def no_eku_client(self) -> Holder:
        """client.example without Extended Key Usage."""
        return self._plain("client.example", 0x5A17C0DE00000022, None)

    @cached_property
    def any_eku_client(self) -> Holder:
        """client.example with anyExtendedKeyUsage only."""
        return self._plain("client.example", 0x5A17C0DE00000023, (ANY_EKU,))

    def _plain(self, host: str, serial: int, ekus: tuple[x509.ObjectIdentifier, ...] | None) -> Holder:
        profile = Profile(
            name(("O", "Synthetic Example Ltd."), ("CN", host)),
            serial,
            _day("2026-01-05"),
            _day("2027-01-05"),
            ekus,
            dns_names=(host,),
        )
        return Holder(issue(profile, self.plain_ca), (self.plain_ca,))


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.utc)


def _root(subject: x509.Name, serial: int, not_before: str, not_after: str, hash_bits: int = 256) -> Profile:
    return Profile(
        subject, serial, _day(not_before), _day(not_after), is_ca=True, path_length=None, hash_bits=hash_bits
    )


def _public_leaf(organization: str, hosts: tuple[str, ...], serial: int) -> Profile:
    return Profile(
        name(("C", "US"), ("O", organization), ("CN", hosts[0])),
        serial,
        not_before=_day("2026-01-12"),
        not_after=_day("2027-01-11"),
        ekus=(SERVER_AUTH,),
        dns_names=hosts,
        crl_urls=("http://crl.synthetic-trust.example/tls-rsa-ca-1.crl",),
        issuer_urls=("http://certs.synthetic-trust.example/tls-rsa-ca-1.p7c",),
        ocsp_urls=("http://ocsp.synthetic-trust.example",),
    )


def _ricky200_leaf(host: str, serial: int) -> Profile:
    return Profile(
        name(("C", "IN"), ("O", "Synthetic Lab Ltd."), ("CN", host)),
        serial,
        not_before=_day("2026-02-16"),
        not_after=_day("2028-02-16"),
        ekus=(SERVER_AUTH, CLIENT_AUTH),
        dns_names=(host,),
        hash_bits=384,
        crl_urls=(_ldap("RICKY200-THS-CA", "RICKY200", "CN=THS,CN=CDP", "certificateRevocationList"),),
        issuer_urls=(_ldap("RICKY200-THS-CA", "RICKY200", "CN=AIA", "cACertificate"),),
        extra=(_ENROLLED_AS,),
    )


def _ldap(authority: str, domain: str, container: str, attribute: str) -> str:
    services = "CN=Public%20Key%20Services,CN=Services,CN=Configuration"
    classes = {"certificateRevocationList": "cRLDistributionPoint", "cACertificate": "certificationAuthority"}
    path = f"CN={authority},{container},{services},DC={domain},DC=com"
    return f"ldap:///{path}?{attribute}?base?objectClass={classes[attribute]}"
