"""What a chain of certificates is good for, in which role.

Knows the facts of ``x509.certificate`` and roles; must not know packets, TLS or any DER library.
"""
