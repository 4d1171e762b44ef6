"""DER in, facts of a certificate out.

Knows DER and RFC 5280; must not know roles, TLS or packets. ``reading.read_certificate`` is the way in, ``cache``
saves doing it twice, ``pem`` opens certificate files. cryptography and asn1crypto are imported when first needed.
"""
