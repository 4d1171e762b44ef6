"""QUIC version 1 and 2 (RFC 9000, RFC 9369): packets, frames and the TLS handshake in them (RFC 9001).

Each module opens with what it knows; what protects packets is in ``decryption``.
"""
