"""Flows turned into what people and machines read: tables, stories, JSON, CSV.

Knows the nouns of ``tlseku.flow``; must not know packets, TLS bytes or DER, and never prints: out come strings
and lines of styled segments. Text from certificates, SNI and file names is hostile; each sink escapes it once.
"""
