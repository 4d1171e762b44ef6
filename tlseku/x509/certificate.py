"""What a certificate says, as plain data.

Knows the nouns of RFC 5280 section 4; must not know how DER is read (``reading``), what a role needs
(``policy``) or where the certificate was seen (``flow``). Absent, present-and-empty and present are three
different values everywhere here: ``None``, an empty tuple, a filled tuple.
"""

from __future__ import annotations

from tlseku._objects import Displayed, frozen, in_short


@frozen
class Certificate(Displayed):
    """The facts of one X.509 certificate (RFC 5280 section 4.1 and 4.2).

    ``der`` the bytes as presented; ``sha256`` their digest in lower-case hex.
    ``version`` as people count, 1 to 3 in good certificates.
    ``serial`` the serial number as an integer (may be zero or negative), ``None`` if it cannot be read.
    ``subject`` and ``issuer`` are RFC 4514 strings (most specific RDN first), ``None`` if unreadable;
    ``subject_der`` and ``issuer_der`` the encoded Names, for comparison, ``b""`` if unreadable.
    ``not_before`` and ``not_after`` are nanoseconds since 1970-01-01 UTC, ``None`` if unreadable.
    ``eku`` the KeyPurposeIds of the Extended Key Usage extension as dotted strings in the order encoded
    (section 4.2.1.12): ``None`` no such extension, ``()`` present and empty. ``eku_readable`` is False where it
    could not be read: then ``eku`` is ``None`` and says nothing. ``eku_duplicate`` says that the extension appears
    more than once; ``eku`` is then the first one's.
    ``key_usage`` the names of the bits set (section 4.2.1.3, e.g. ``digitalSignature``), ``None`` if absent.
    ``basic_ca`` the cA boolean of basicConstraints, ``None`` if the extension is absent; ``path_len`` its
    pathLenConstraint. ``is_ca`` is ``basic_ca is True``.
    ``san`` are (kind, value) pairs with kinds ``dns``, ``ip``, ``email``, ``uri``, ``dirname``, ``rid``,
    ``other`` (``OID=text``, or ``#`` and hex); ``None`` if absent or unreadable (then ``defects`` says so).
    ``key_algorithm`` such as ``RSA 2048``, ``EC P-256``, ``Ed25519``; ``key_type`` the family in lower case
    (``rsa``, ``rsa-pss``, ``ec``, ``ed25519``, ``ed448``, ``dsa``, ``ml-dsa``, ``slh-dsa``, ``composite``,
    ``ml-kem``, ``unknown``); ``spki_sha256`` the digest of the
    SubjectPublicKeyInfo. ``signature_algorithm`` such as ``sha256WithRSAEncryption``.
    ``self_issued`` subject equals issuer (section 3.2). ``public_issuer`` whether the issuer is a public CA:
    ``None`` means unknown.
    ``defects`` lists what is odd in the encoding, in plain words; ``readable`` is False when not even the
    outer structure could be read (then only ``der`` and ``sha256`` hold).
    """

    der: bytes
    sha256: str
    version: int | None = None
    serial: int | None = None
    subject: str | None = None
    issuer: str | None = None
    subject_der: bytes = b""
    issuer_der: bytes = b""
    not_before: int | None = None
    not_after: int | None = None
    eku: tuple[str, ...] | None = None
    eku_critical: bool | None = None
    key_usage: tuple[str, ...] | None = None
    basic_ca: bool | None = None
    path_len: int | None = None
    san: tuple[tuple[str, str], ...] | None = None
    key_algorithm: str = "unknown"
    key_type: str = "unknown"
    signature_algorithm: str = "unknown"
    spki_sha256: str | None = None
    subject_key_id: bytes | None = None
    authority_key_id: bytes | None = None
    self_issued: bool = False
    public_issuer: bool | None = None
    defects: tuple[str, ...] = ()
    readable: bool = True
    eku_readable: bool = True
    eku_duplicate: bool = False

    @property
    def is_ca(self) -> bool:
        """Whether basicConstraints is present and says cA (RFC 5280 section 4.2.1.9)."""
        return self.basic_ca is True

    @property
    def serial_hex(self) -> str | None:
        """The serial as lower-case hex without leading zeros, ``-`` in front if negative; None if unreadable."""
        return None if self.serial is None else format(self.serial, "x")

    def __repr__(self) -> str:
        return in_short(f"<Certificate serial={self.serial_hex} eku={self.eku} subject={self.subject!r}>")
