"""Numbers of handshake messages, and of what else stands among them.

Knows the code points of HandshakeType (RFC 8446 section 4 and RFC 5246 section 7.4; IANA TLS HandshakeType) that the
program tells apart; must not know what a message says, nor its word (``registry.names``). Everybody takes these numbers
from here. What a side says besides handshake messages has no HandshakeType: it has a number below 0.
"""

from __future__ import annotations

from typing import Final

HELLO_REQUEST: Final = 0
CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2
HELLO_VERIFY_REQUEST: Final = 3
NEW_SESSION_TICKET: Final = 4
END_OF_EARLY_DATA: Final = 5
ENCRYPTED_EXTENSIONS: Final = 8
CERTIFICATE: Final = 11
SERVER_KEY_EXCHANGE: Final = 12
CERTIFICATE_REQUEST: Final = 13
SERVER_HELLO_DONE: Final = 14
CERTIFICATE_VERIFY: Final = 15
CLIENT_KEY_EXCHANGE: Final = 16
FINISHED: Final = 20
CERTIFICATE_URL: Final = 21
CERTIFICATE_STATUS: Final = 22
SUPPLEMENTAL_DATA: Final = 23
KEY_UPDATE: Final = 24
COMPRESSED_CERTIFICATE: Final = 25

# Records that are no clear handshake messages: the content type (RFC 8446 section 5.1), below 0 ...
RECORD_CHANGE_CIPHER_SPEC: Final = -20
RECORD_ALERT: Final = -21
RECORD_ENCRYPTED_HANDSHAKE: Final = -22
RECORD_APPLICATION_DATA: Final = -23
# ... and an alert of which nobody knows more than its length.
RECORD_ENCRYPTED_ALERT: Final = -24
# What is no message at all: bytes that are missing, bytes that are no TLS, and a record longer than it may be.
HOLE: Final = -30
NOT_TLS: Final = -31
RECORD_TOO_LONG: Final = -32

HELLOS: Final = frozenset({CLIENT_HELLO, SERVER_HELLO})
ALERTS: Final = frozenset({RECORD_ALERT, RECORD_ENCRYPTED_ALERT})
