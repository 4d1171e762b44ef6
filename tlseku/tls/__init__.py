"""From ordered bytes to TLS messages, one direction at a time.

Knows records, handshake messages and the clear-text protocols that turn into TLS; must not know TCP, certificates'
contents or which flow the bytes belong to. ``reader`` is the entry: it takes bytes and holes and tells a
``MessageListener`` of one ``Message`` after the other.
"""
