"""The Certificate message: which certificates one side presents.

Knows both wire forms (RFC 5246 section 7.4.2; RFC 8446 section 4.4.2 with request context and extensions per
entry); must not know what is in a certificate. A message cut by a gap or the end of the capture still gives the
entries that are whole; an entry longer than its list is no certificate.
"""

from __future__ import annotations

from tlseku._objects import frozen, maker_of
from tlseku.errors import Malformed
from tlseku.tls.cursor import Cursor
from tlseku.tls.extensions import Extensions, read_extensions

MAX_ENTRIES = 500
"""Certificates of one message that are read. The longest real chains have some ten, and whole stores of roots 150; an
attacker can put a hundred thousand of five bytes into one message, which all that is said of each would make gigabytes.
"""


@frozen
class CertificateMessage:
    """``certificates`` as DER in the order sent. ``request_context`` and ``extensions`` (one block an entry) exist
    in TLS 1.3 only. ``whole`` is False where the list was cut or breaks off; ``certificates`` then holds the whole
    entries before. ``problem`` is what is wrong with the message, which behind a whole list may be bytes too many."""

    certificates: tuple[bytes, ...]
    request_context: bytes | None
    extensions: tuple[Extensions, ...]
    whole: bool
    problem: Malformed | None = None


_new_certificate_message = maker_of(CertificateMessage)


def read_certificate_message(body: bytes, tls13: bool, cut: bool = False) -> CertificateMessage:
    """The message in a handshake message's body, of which only the beginning is there if ``cut``.

    Never raises: what stands before damage is returned with the ``problem``.
    """
    cursor = Cursor(body)
    context = None
    whole = False
    certificates: list[bytes] = []
    extensions: list[Extensions] = []
    try:
        if tls13:
            context = cursor.vector_bytes(1, "certificate_request_context")
        length = cursor.uint(3, "the length of certificate_list")
        if length > cursor.remaining and not cut:
            raise Malformed(cursor.position, f"certificate_list ({length} bytes, {cursor.remaining} left)")
        entries = Cursor(body, cursor.position, min(cursor.position + length, cursor.end))
        while entries.remaining:
            if len(certificates) >= MAX_ENTRIES:
                raise Malformed(entries.position, f"no more than {MAX_ENTRIES} certificates in one message")
            certificate = entries.vector_bytes(3, "a certificate")
            if tls13:
                extensions.append(read_extensions_of_entry(entries))
            certificates.append(certificate)
        if length > entries.end - cursor.position:
            raise Malformed(entries.end, "the rest of certificate_list")
        whole = not cut
        Cursor(body, entries.end).finish("Certificate")
    except Malformed as problem:
        # With the traceback it would keep all callers, the whole conversation among them.
        kept = problem.with_traceback(None)
        return _new_certificate_message(tuple(certificates), context, tuple(extensions), whole, kept)
    return _new_certificate_message(tuple(certificates), context, tuple(extensions), whole)


def read_extensions_of_entry(entries: Cursor) -> Extensions:
    """The extensions of one CertificateEntry, which are always there in TLS 1.3. Raises Malformed."""
    block = entries.vector(2, "a CertificateEntry's extensions")
    return read_extensions(Cursor(block.data, block.position - 2, block.end))
