"""What a server answers inside a completed handshake when it does not take the client's certificate.

Knows how the protocols that judge a certificate late say no: HTTP (nginx, Apache, IIS), SMTP (Postfix), IMAP and POP3
(Dovecot), XMPP (RFC 6120 sections 4.9 and 6.5), PostgreSQL, MySQL and LDAP (RFC 4511 section 4.1.9); must not know TLS.
Takes the first decrypted bytes of both sides. Out comes the refusing answer as one line, or None: an answer that says
no for another reason, where the protocol tells, is none.
"""

from __future__ import annotations

import re

MAX_ANSWER = 120
"""Characters that are kept of an answer."""

_ABOUT_CERTIFICATE = re.compile(rb"certificate|client[ -]cert", re.IGNORECASE)
_HTTP = re.compile(rb"HTTP/\d\.\d (400|401|403|49[56])\b[^\r\n]*")
_HTML_TITLE = re.compile(rb"<title>(?:\d{3} )?([^<]{1,200})</title>", re.IGNORECASE)
_HTTP2_PREFACE = b"PRI * HTTP/2.0"
_HTTP2_HEADER = 9
_HTTP2_DATA, _HTTP2_HEADERS = 0, 1
_HTTP2_STATUS_400 = b"\x8c"
# 421 and 5xx refuse (RFC 5321 section 4.2.3); 454 is "TLS not available", 4.7.x policy (RFC 3463 section 3.8).
_SMTP = re.compile(rb"(?:^|\n)((?:421|4\d\d[ -]4\.7\.\d|5\d\d)[ -][^\r\n]*)")
_IMAP = re.compile(rb"(?:^|\n)([A-Za-z0-9.]{1,32} NO [^\r\n]*|\* BYE [^\r\n]*)")
_POP3 = re.compile(rb"(?:^|\n)(-ERR [^\r\n]*)")
_XMPP_STREAM_ERROR = re.compile(rb"<stream:error\b[^>]*>(.{1,1000}?)</stream:error>", re.DOTALL)
_XMPP_FAILURE = re.compile(rb"<failure\b[^>]*>(.{1,1000}?)</failure>", re.DOTALL)
_XML_CONDITION = re.compile(rb"<([a-z-]{3,40})[ />]")
_XML_TEXT = re.compile(rb"<text\b[^>]*>([^<]{1,500})</text>")
_EXTERNAL = b"EXTERNAL"

_POSTGRESQL_REFUSES = (b"28000", b"08P01")
_MYSQL_ACCESS_DENIED = 1045
_LDAP_BIND_RESPONSE = 0x61
# strongerAuthRequired, confidentialityRequired, inappropriateAuthentication; after EXTERNAL also authMethodNotSupported
# and invalidCredentials, which a wrong password brings as well (RFC 4511 appendix A.2).
_LDAP_REFUSES = {8: "strongerAuthRequired", 13: "confidentialityRequired", 48: "inappropriateAuthentication"}
_LDAP_REFUSES_EXTERNAL = {7: "authMethodNotSupported", 49: "invalidCredentials"}


def refusing_answer(client: bytes, server: bytes) -> str | None:
    """The answer with which ``server`` refuses, given what ``client`` said: the first bytes of both. Never raises."""
    if server.startswith(b"HTTP/"):
        said = _http(server)
    elif client.startswith(_HTTP2_PREFACE):
        said = _http2(server)
    else:
        said = (
            _xmpp(client, server)
            or _postgresql(server)
            or _mysql(server)
            or _ldap(client, server)
            or _line(server)
        )
    return None if said is None else " ".join(said.split())[:MAX_ANSWER]


def _http(server: bytes) -> str | None:
    status = _HTTP.match(server)
    if status is None or not _ABOUT_CERTIFICATE.search(server):
        return None
    title = _HTML_TITLE.search(server)
    line = _text(status.group())[len("HTTP/1.1") :].strip()
    return f"HTTP {line}" + ("" if title is None else f": {_text(title.group(1))}")


def _http2(server: bytes) -> str | None:
    """HEADERS with a refusing status, and a page that speaks of a certificate (RFC 9113 sections 4.1 and 6.2)."""
    status, page, at = None, b"", 0
    while at + _HTTP2_HEADER <= len(server):
        length, kind = int.from_bytes(server[at : at + 3], "big"), server[at + 3]
        payload = server[at + _HTTP2_HEADER : at + _HTTP2_HEADER + length]
        if kind == _HTTP2_HEADERS and status is None:
            status = _http2_status(payload)
        elif kind == _HTTP2_DATA:
            page += payload
        at += _HTTP2_HEADER + length
    if status is None or not _ABOUT_CERTIFICATE.search(page):
        return None
    title = _HTML_TITLE.search(page)
    return f"HTTP {status}" + ("" if title is None else f": {_text(title.group(1))}")


def _http2_status(block: bytes) -> str | None:
    """The status, which stands first: by its index in the static table, or as a literal (RFC 7541 section 6)."""
    if block[:1] == _HTTP2_STATUS_400:
        return "400"
    # A literal with the name :status, never Huffman-coded by servers that write it so.
    if block[:1] in (b"\x08", b"\x18", b"\x48") and block[1:5] in (
        b"\x03401",
        b"\x03403",
        b"\x03495",
        b"\x03496",
    ):
        return _text(block[2:5])
    return None


def _line(server: bytes) -> str | None:
    """The first refusing reply of SMTP, IMAP or POP3 that speaks of a certificate."""
    for form in (_SMTP, _IMAP, _POP3):
        for found in form.finditer(server):
            if _ABOUT_CERTIFICATE.search(found.group(1)):
                return _text(found.group(1))
    return None


def _xmpp(client: bytes, server: bytes) -> str | None:
    failure = _XMPP_FAILURE.search(server)
    # What fails after EXTERNAL is the certificate; other mechanisms have passwords.
    if failure is not None and _EXTERNAL in client:
        return f"SASL failure: {_condition(failure.group(1))}"
    error = _XMPP_STREAM_ERROR.search(server)
    if error is None:
        return None
    said = _condition(error.group(1))
    if said.startswith("not-authorized") or _ABOUT_CERTIFICATE.search(error.group(1)):
        return f"stream error: {said}"
    return None


def _condition(content: bytes) -> str:
    condition, text = _XML_CONDITION.search(content), _XML_TEXT.search(content)
    words = [_text(found.group(1)) for found in (condition, text) if found is not None]
    return ", ".join(words)


def _postgresql(server: bytes) -> str | None:
    """An ErrorResponse that is FATAL: type E, length, then fields of a letter and a string."""
    if len(server) < 6 or server[:1] != b"E":
        return None
    length = int.from_bytes(server[1:5], "big")
    fields = {field[:1]: field[1:] for field in server[5 : 1 + length].split(b"\0") if field}
    if fields.get(b"S") is None or fields.get(b"C") not in _POSTGRESQL_REFUSES:
        return None
    severity = fields.get(b"V", fields[b"S"])
    if severity != b"FATAL":
        return None
    return f"FATAL {_text(fields[b'C'])}: {_text(fields.get(b'M', b''))}"


def _mysql(server: bytes) -> str | None:
    """An ERR packet: length 3, sequence number, 0xff, code 2 (low byte first), "#" and an SQLSTATE, a message."""
    at = 0
    while at + 7 <= len(server):
        length = int.from_bytes(server[at : at + 3], "little")
        packet = server[at + 4 : at + 4 + length]
        if packet[:1] == b"\xff" and packet[3:4] == b"#" and len(packet) >= 9:
            code = int.from_bytes(packet[1:3], "little")
            if code == _MYSQL_ACCESS_DENIED:
                return f"ERROR {code} ({_text(packet[4:9])}): {_text(packet[9:])}"
        if length == 0:
            return None
        at += 4 + length
    return None


def _ldap(client: bytes, server: bytes) -> str | None:
    """A BindResponse: SEQUENCE, messageID, then [APPLICATION 1] with the resultCode first."""
    if server[:1] != b"\x30" or len(server) < 9:
        return None
    at = 2 if server[1] < 0x80 else 2 + (server[1] & 0x7F)
    if server[at : at + 1] != b"\x02" or at + 1 >= len(server):
        return None
    at += 2 + server[at + 1]
    if server[at : at + 1] != bytes((_LDAP_BIND_RESPONSE,)) or at + 1 >= len(server):
        return None
    at += 2 if server[at + 1] < 0x80 else 2 + (server[at + 1] & 0x7F)
    if server[at : at + 2] != b"\x0a\x01" or at + 2 >= len(server):
        return None
    code = server[at + 2]
    word = _LDAP_REFUSES.get(code)
    if word is None and _EXTERNAL in client:
        word = _LDAP_REFUSES_EXTERNAL.get(code)
    return None if word is None else f"LDAP result {code} ({word})"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").strip()
