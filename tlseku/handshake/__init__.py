"""A connection's messages become a flow: what was said, how it ended, what was hidden, how it is judged.

Joins ordered bytes (``network``), messages (``tls``), certificates (``x509``) and rules (``policy``); must not know
capture files or output.
"""
