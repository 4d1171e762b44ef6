"""DTLS 1.0 and 1.2 (RFC 6347) in datagrams: records and the pieces of handshake messages, put together again.

Each module opens with what it knows; nothing here knows UDP, nor what a message says.
"""
