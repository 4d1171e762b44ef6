"""Session secrets and what they open: the key log, the key schedule, the record protection of TLS.

Knows the SSLKEYLOGFILE format, key derivation and record ciphers (RFC 8446 sections 5 and 7, RFC 5246 sections 5 and 6
and what came before it); must not know packets, flows or handshake messages. ``store`` and ``keylog`` are light;
``prf``, ``schedule``, ``protection`` and what builds on them import ``cryptography`` and are to be imported only when
there are secrets to use.
"""

from tlseku.decryption.key_log import KeyLogReader, KeyLogWarning, read_secrets_block
from tlseku.decryption.secret_store import SecretStore

__all__ = ["KeyLogReader", "KeyLogWarning", "SecretStore", "read_secrets_block"]
